/** Text that every store takes. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanText, withoutFormat } from '../../src/mail/clean-text.ts'

test('U+0000 and lone surrogates go, everything else stays', () => {
  expect(cleanText('a\0b\ud800c😀\udfff', 100)).toBe('abc😀')
})

test('no pair is cut in two', () => {
  expect(cleanText('ab😀', 3)).toBe('ab')
})

test('the result is bounded, well-formed and clean', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, max) => {
      const clean = cleanText(text, max)
      expect(clean.length).toBeLessThanOrEqual(max)
      expect(clean.isWellFormed() && !clean.includes('\0')).toBe(true)
      expect(cleanText(clean, max)).toBe(clean)
    }),
  )
})

test('every format character of Unicode goes, and nothing else', () => {
  for (let from = 0; from < 0x11_0000; from += 0x1000) {
    const all = Array.from({ length: 0x1000 }, (_, offset) => String.fromCodePoint(from + offset))
    expect(all.filter((character) => withoutFormat(character) !== character)).toEqual(all.filter((character) => /\p{Cf}/u.test(character)))
  }
})
