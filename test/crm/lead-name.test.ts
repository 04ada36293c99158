import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leadNameKey, leadNameKeyCharactersMax, leadNamePhrases, leadNameWordsMax, namedSubjectWordsMax } from '../../src/crm/lead-name.ts'

function isNamed(name: string, subject: string): boolean {
  return leadNamePhrases(subject).includes(leadNameKey(name))
}

describe('a name is folded to its words', () => {
  test.each([
    ['Website relaunch', 'website relaunch'],
    ['  WEBSITE –  Relaunch! ', 'website relaunch'],
    ['Förderband Halle 3', 'forderband halle 3'],
    ['Forderband'.normalize('NFD'), 'forderband'],
    ['Straße / STRASSE', 'strasse strasse'],
    ['Łódź Ørsted Æther Œuvre', 'lodz orsted aether oeuvre'],
    ['İstanbul ISPARTA ışık', 'istanbul isparta isik'],
    ['Ὀδυσσεύς ΟΔΥΣΣΕΥΣ', 'οδυσσευσ οδυσσευσ'],
    ['Ｗｅｂ', 'web'],
    ['web\u200Bsite', 'website'],
    ['מערכת אזעקה', 'מערכת אזעקה'],
    ['ガス か', 'ガス か'],
    ['🙂 !!!', ''],
    ['', ''],
  ])('%s', (name, folded) => {
    expect(leadNameKey(name)).toBe(folded)
  })

  test('vowel signs make other words, and marks of Japanese too', () => {
    expect(leadNameKey('कि')).not.toBe(leadNameKey('का'))
    expect(leadNameKey('が')).not.toBe(leadNameKey('か'))
  })

  test('a name of any length fits an index', () => {
    expect(leadNameKey('a'.repeat(100_000))).toHaveLength(leadNameKeyCharactersMax)
    expect(leadNameKey('𝒜'.repeat(100_000)).isWellFormed()).toBe(true)
    expect(Buffer.byteLength(leadNameKey('漢'.repeat(100_000)))).toBeLessThan(2_000)
  })
})

describe('a name is found in a subject as whole words', () => {
  test.each([
    ['Website relaunch', 'Re: Website relaunch', true],
    ['Website relaunch', 'WEBSITE RELAUNCH: offer', true],
    ['Website relaunch', 'your website-relaunch, part 2', true],
    ['Förderband Halle 3', 'forderband halle 3', true],
    ['Forderband Halle 3', 'Förderband (Halle 3)', true],
    ['Website relaunch', 'Website of the relaunch', false],
    ['Website relaunch', 'relaunch website', false],
    ['Website', 'Websites', false],
    ['Web', 'Website', false],
    ['Halle 3', 'Halle 33', false],
    ['🙂', '🙂', false],
    ['', 'anything', false],
  ])('%s in %s: %s', (name, subject, found) => {
    expect(isNamed(name, subject)).toBe(found)
  })

  test('a name of more words than the limit is never found by its name', () => {
    const words = Array.from({ length: leadNameWordsMax + 1 }, (_, index) => `w${index}`)
    expect(isNamed(words.join(' '), words.join(' '))).toBe(false)
    expect(isNamed(words.slice(1).join(' '), words.join(' '))).toBe(true)
  })

  test('a name that was cut is not found by what is left of it', () => {
    expect(isNamed('a'.repeat(1_000), 'a'.repeat(leadNameKeyCharactersMax))).toBe(false)
  })

  test('a subject of too many words is not searched at all', () => {
    expect(leadNamePhrases('word '.repeat(namedSubjectWordsMax))).not.toEqual([])
    expect(leadNamePhrases('word '.repeat(namedSubjectWordsMax + 1))).toEqual([])
    expect(leadNamePhrases('x'.repeat(1_000_000))).toEqual([])
  })
})

test('a name is found in every subject that has it between other words, in any case', () => {
  const words = fc.array(fc.stringMatching(/^[a-zäöüłż0-9]{1,8}$/), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(words, words, words, fc.boolean(), (before, name, after, isUpper) => {
      const written = isUpper ? name.join('  ').toUpperCase() : name.join(' - ')
      expect(isNamed(name.join(' '), `${before.join(' ')} ${written}, ${after.join(' ')}`)).toBe(true)
    }),
  )
})

test('folding is total, bounded, and folding again changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const folded = leadNameKey(text)
      expect(folded.length).toBeLessThanOrEqual(leadNameKeyCharactersMax)
      expect(leadNameKey(folded)).toBe(folded)
      expect(leadNamePhrases(text)).not.toContain('')
    }),
  )
})
