import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { faultCodes } from '../../src/failure.ts'
import { evidenceCodes, confirmReasons } from '../../src/matching/decision.ts'
import * as accountDe from '../../src/web/texts/account-de.ts'
import * as accountEn from '../../src/web/texts/account-en.ts'
import * as accountHe from '../../src/web/texts/account-he.ts'
import * as accountPl from '../../src/web/texts/account-pl.ts'
import * as accountSv from '../../src/web/texts/account-sv.ts'
import { admin as adminDe } from '../../src/web/texts/admin-de.ts'
import { admin as adminEn } from '../../src/web/texts/admin-en.ts'
import { admin as adminHe } from '../../src/web/texts/admin-he.ts'
import { admin as adminPl } from '../../src/web/texts/admin-pl.ts'
import { admin as adminSv } from '../../src/web/texts/admin-sv.ts'
import { de } from '../../src/web/texts/de.ts'
import { en } from '../../src/web/texts/en.ts'
import { fault as faultDe } from '../../src/web/texts/fault-de.ts'
import { fault as faultEn } from '../../src/web/texts/fault-en.ts'
import { fault as faultHe } from '../../src/web/texts/fault-he.ts'
import { fault as faultPl } from '../../src/web/texts/fault-pl.ts'
import { fault as faultSv } from '../../src/web/texts/fault-sv.ts'
import { he } from '../../src/web/texts/he.ts'
import { history as historyDe } from '../../src/web/texts/history-de.ts'
import { history as historyEn } from '../../src/web/texts/history-en.ts'
import { history as historyHe } from '../../src/web/texts/history-he.ts'
import { history as historyPl } from '../../src/web/texts/history-pl.ts'
import { history as historySv } from '../../src/web/texts/history-sv.ts'
import { pl } from '../../src/web/texts/pl.ts'
import { sv } from '../../src/web/texts/sv.ts'

const others = {
  de: { ...de, ...accountDe, history: historyDe, admin: adminDe, fault: faultDe },
  pl: { ...pl, ...accountPl, history: historyPl, admin: adminPl, fault: faultPl },
  sv: { ...sv, ...accountSv, history: historySv, admin: adminSv, fault: faultSv },
  he: { ...he, ...accountHe, history: historyHe, admin: adminHe, fault: faultHe },
} as const
const pluralForm = /_(zero|one|two|few|many|other)$/

/** `nav.waiting_one` → its words. */
function flat(texts: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]): [string, string][] =>
      typeof value === 'string' ? [[prefix + key, value]] : [...flat(value as object, `${prefix}${key}.`)],
    ),
  )
}

const baseOf = (key: string): string => key.replace(pluralForm, '')
const placeholders = (text: string): string[] => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? ''))].toSorted()

const english = flat({ ...en, ...accountEn, history: historyEn, admin: adminEn, fault: faultEn })
const plurals = new Set([...english.keys()].filter((key) => key.endsWith('_other')).map(baseOf))
/** What a form for one or two may say in words instead. */
const counts = new Set(['count', 'n', 'number'])
/** Names, units, and words that are the same in both languages. */
const sameWords = new Set(
  'Lead Leads Account Konto Live Name Administrator Administration System Offline Operator B KB MB kB Message-ID Details Status Text Original Audit Cc Bcc TLS STARTTLS Leadpost Mail Mails Filter filter Person person'.split(
    ' ',
  ),
)
/** More that is rightly the same, by its key. */
const sameKeys: Readonly<Record<string, readonly string[]>> = {
  de: ['find.entry', 'admin.hostNames.name', 'admin.mailboxes.port'],
  pl: [],
  sv: [],
  he: [],
}

describe.each(Object.entries(others))('%s', (language, texts) => {
  const own = flat(texts)

  test('has every text of the English page, and no other', () => {
    const bases = (map: ReadonlyMap<string, string>): string[] =>
      [...new Set([...map.keys()].map((key) => (plurals.has(baseOf(key)) ? baseOf(key) : key)))].toSorted()
    expect(bases(own)).toEqual(bases(english))
  })

  test('has each plural in all forms of the language', () => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories
    const missing = [...plurals].flatMap((base) => forms.filter((form) => !own.has(`${base}_${form}`)).map((form) => `${base}_${form}`))
    expect(missing).toEqual([])
  })

  test('fills in the same names', () => {
    const wrong = [...own].filter(([key, text]) => {
      const model = english.get(key) ?? english.get(`${baseOf(key)}_other`) ?? ''
      // "One mail" needs no number.
      const mayBeWithout = plurals.has(baseOf(key)) && !key.endsWith('_other')
      const [has, wants] = [placeholders(text), placeholders(model)]
      return !(mayBeWithout
        ? has.every((name) => wants.includes(name)) && wants.every((name) => counts.has(name) || has.includes(name))
        : has.join() === wants.join())
    })
    expect(wrong).toEqual([])
  })

  test('left nothing in English', () => {
    const same = [...own].filter(([key, text]) => {
      const words = text.replaceAll(/\{\{\w+\}\}/g, '').match(/\p{L}[\p{L}-]*/gu) ?? []
      return text === english.get(key) && words.some((word) => !sameWords.has(word)) && !(sameKeys[language] ?? []).includes(key)
    })
    expect(same).toEqual([])
  })

  test('leaves no text empty, and none with a space too many', () => {
    expect([...own].filter(([, text]) => text.trim() === '' || text !== text.trim() || text.includes('  '))).toEqual([])
  })
})

test('there are words for every code of evidence and every reason', () => {
  expect(evidenceCodes.filter((code) => !(code in en.evidence))).toEqual([])
  expect(confirmReasons.filter((reason) => !(reason in en.reason))).toEqual([])
})

describe.each(Object.entries({ en: { fault: faultEn }, ...others }))('faults in %s', (_, { fault }) => {
  const words: Readonly<Record<string, string>> = fault.code

  test('there are words for every code, and for no other', () => {
    expect(Object.keys(words).toSorted()).toEqual(Object.keys(faultCodes).toSorted())
  })

  test('the words name what the fault does; what another server said follows them', () => {
    const wrong = Object.entries(faultCodes).filter(
      ([code, values]) =>
        placeholders(words[code] ?? '').join() !==
        values
          .filter((value) => value !== 'said')
          .toSorted()
          .join(),
    )
    expect(wrong).toEqual([])
    expect(placeholders(fault.said)).toEqual(['said'])
  })
})

test('each language is one file that names its own', () => {
  for (const language of ['en', ...Object.keys(others)])
    expect(readFileSync(`src/web/texts/${language}.ts`, 'utf8')).toContain(`export const ${language}`)
})
