import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askedWords, askedWordsMax, markWords, searchedWordsMax, searchWords } from '../../src/crm/search-words.ts'

/** Whether a search finds a text, as the index does. */
function finds(asked: string, text: string): boolean {
  const words = searchWords([text])
  const all = askedWords(asked)
  return (
    all.length > 0 &&
    all.every(({ forms, isBeginning }) => forms.some((form) => words.some((word) => (isBeginning ? word.startsWith(form) : word === form))))
  )
}

test.each([
  ['angebot', 'Unser Angebot vom Montag'],
  ['ange', 'Unser Angebot vom Montag'],
  ['mon ang', 'Unser Angebot vom Montag'],
  ['Müller', 'Herr Mueller'],
  ['mueller', 'Herr Müller'],
  ['muller', 'Herr Müller'],
  ['MÜLLER', 'herr müller'],
  ['müll', 'Mueller'],
  ['strasse', 'Hauptstraße 5, Straße'],
  ['straße', 'Strasse'],
  ['łódź', 'Lodz'],
  ['lodz', 'Łódź'],
  ['gor', 'Zażółć gęślą Góra'],
  ['malmo', 'Malmö'],
  ['malmoe', 'Malmö'],
  ['angstrom', 'Ångström'],
  ['aangstroem', 'Ångström'],
  ['smorgas', 'smörgåsbord'],
  ['שלום', 'שָׁלוֹם רב'],
  ['מלך', 'מלכים'],
  ['דוח', 'דו״ח דוח'],
  ['eva@acme.example', 'from Eva <Eva@ACME.example>'],
  ['eva@ac', 'eva@acme.example'],
  ['acme.example', 'eva@acme.example'],
  ['@acme.example', 'eva@acme.example'],
  ['muster', 'e.muster@acme.example'],
  ['11111', 'XYZ Lead 11111'],
  ['111', 'XYZ Lead 11111'],
  ['1024-2', 'quote 1024-2'],
  ['offer', 'offer_2026_final.pdf'],
  ['café', 'cafe\u0301'],
  ['ﬁle', 'file'],
])('"%s" is found in "%s"', (asked, text) => {
  expect(finds(asked, text)).toBe(true)
})

test.each([
  ['angebot freitag', 'Unser Angebot vom Montag'],
  ['gebot', 'Angebot'],
  ['a b', 'ab'],
  ['eva@other', 'eva@acme.example'],
  ['', 'anything'],
  ['!?', 'anything'],
  ['\u064c', 'anything'],
])('"%s" is not found in "%s"', (asked, text) => {
  expect(finds(asked, text)).toBe(false)
})

test('every word of a text finds it, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      for (const { forms } of askedWords(text))
        expect(forms.every((form) => form !== '' && !form.includes('\u0000') && form.isWellFormed())).toBe(true)
      const words = text.normalize('NFKC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
      for (const word of words.slice(0, 5)) if (word.length <= 64 && askedWords(word).length > 0) expect(finds(word, text), word).toBe(true)
    }),
  )
})

test('marks what was found, in the writing of the text', () => {
  const marked = (text: string, asked: string): string =>
    [...markWords(text, askedWords(asked))].map((part) => (part.isFound ? `[${part.text}]` : part.text)).join('')
  expect(marked('Herr Müller und Frau MUELLER', 'muell')).toBe('Herr [Müller] und Frau [MUELLER]')
  expect(marked('an eva@acme.example', 'eva@acme')).toBe('an [eva]@[acme].example')
  expect(marked('nothing', 'else')).toBe('nothing')
})

test('has limits', () => {
  expect(askedWords('w '.repeat(100))).toHaveLength(askedWordsMax)
  expect(searchWords([Array.from({ length: 20_000 }, (_, i) => `w${i}`).join(' ')])).toHaveLength(searchedWordsMax)
  expect(searchWords(['x'.repeat(1_000)])).toEqual([])
  const started = performance.now()
  for (const hostile of ['a@', '@', 'a.', '\u0301', 'ä', 'a@b.', '--']) searchWords([hostile.repeat(100_000)])
  expect(performance.now() - started).toBeLessThan(5_000)
})
