/** RFC 2047 as senders really write it. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBytes, decodeEncodedWords } from '../../src/mail/encoded-word.ts'

describe('decodeEncodedWords', () => {
  test.each([
    ['plain text', 'plain text'],
    ['=?utf-8?Q?XYZ_Lead_11111?=', 'XYZ Lead 11111'],
    ['=?UTF-8?B?WFlaIExlYWQgMTExMTE=?=', 'XYZ Lead 11111'],
    ['=?UTF-8?B?WFlaIExlYWQgMTExMTE?=', 'XYZ Lead 11111'],
    // Hazard 6: digits over two words are one number, across any white space.
    ['Lead =?utf-8?Q?111?= =?utf-8?Q?11?= now', 'Lead 11111 now'],
    ['Lead =?utf-8?Q?111?=\r\n\t=?iso-8859-1?Q?11?=', 'Lead 11111'],
    ['=?utf-8?Q?111?= 11', '111 11'],
    ['=?utf-8?Q?111_?= =?utf-8?Q?11?=', '111 11'],
    ['=?utf-8?Q?111?==?utf-8?Q?11?=', '11111'],
    // A letter split over two words, which RFC 2047 forbids and many do.
    ['=?utf-8?B?w7w=?= =?utf-8?Q?=C3?= =?utf-8?Q?=BC?=', 'üü'],
    ['=?iso-8859-1?Q?M=FCller?=', 'Müller'],
    ['=?ISO-8859-15?Q?=A4?=', '€'],
    ['=?windows-1251?B?z/Do4uXy?=', 'Привет'],
    ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['=?gb2312?B?xOO6ww==?=', '你好'],
    ['=?ks_c_5601-1987?B?vsiz5w==?=', '안녕'],
    ['=?utf-8*en?Q?hello?=', 'hello'],
    ['=?utf-7?Q?Hi_+AOQ-?=', 'Hi ä'],
    ['=?utf-8?Q?with spaces inside?=', 'with spaces inside'],
    ['=?utf-8?Q?Really??=', 'Really?'],
    ['=?utf-8?Q?50=25_=x_=?=', '50% =x ='],
    ['(=?utf-8?Q?a?=)', '(a)'],
    ['=?cp1252?Q?=80?=', '€'],
    ['=?"utf-8"?Q?=C3=BC?=', 'ü'],
    ['=?us-ascii?Q?plain?=', 'plain'],
  ])('%j reads %j', (written, text) => {
    expect(decodeEncodedWords(written)).toEqual({ text, undecodable: false })
  })

  test.each([
    ['=?utf-8?Q?=F6?=', 'ö', 'a lone octet under a wrong label (hazard 8)'],
    ['=?utf-8?Q?M=FCller?=', 'Müller', 'Latin-1 that calls itself UTF-8'],
    ['=?x-invented?Q?M=C3=BCller?=', 'Müller', 'UTF-8 under an invented label'],
    ['=?x-invented?Q?M=FCller?=', 'Müller', 'Latin-1 under an invented label'],
    ['=?us-ascii?Q?=C3=BC?=', 'ü', 'UTF-8 that calls itself ASCII'],
  ])('%j is guessed to be %j and says so: %s', (written, text) => {
    expect(decodeEncodedWords(written)).toEqual({ text, undecodable: true })
  })

  test.each(['=?', '=?utf-8?', '=?utf-8?Q?', '=?utf-8?Q?open', '=?utf-8?X?abc?=', '=??Q?abc?=', '= ?utf-8?Q?a?=', '=?utf-8 ?Q?a?='])(
    '%j is no encoded word and stays',
    (text) => {
      expect(decodeEncodedWords(text)).toEqual({ text, undecodable: false })
    },
  )

  test('never throws, and leaves text without encoded words alone', () => {
    const piece = fc.constantFrom(
      '=?',
      '?=',
      'utf-8',
      '?Q?',
      '?B?',
      '?',
      '=',
      '=C3',
      'ü',
      '\u0000',
      ' ',
      'QUJD',
      '\ud800',
      'utf-7',
      '+AOQ-',
      'iso-2022-jp',
      '=1B$B',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          const decoded = decodeEncodedWords(text)
          expect(text.includes('=?') || decoded.text === text).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('reads back whatever was encoded, however it was split', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        const bytes = Buffer.from(text.replaceAll('\ufeff', ''))
        const words: string[] = []
        for (let at = 0; at < bytes.length; at += size) words.push(`=?utf-8?B?${bytes.subarray(at, at + size).toString('base64')}?=`)
        expect(decodeEncodedWords(words.join('\r\n ')).text).toBe(bytes.toString())
      }),
    )
  })
})

test('no charset of any name makes decodeBytes throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('utf-16', 'iso-2022-kr', 'hz-gb-2312', 'replacement', 'x-user-defined', 'utf-7')),
      fc.uint8Array(),
      (charset, bytes) => {
        expect(typeof decodeBytes(bytes, charset.toLowerCase()).text).toBe('string')
      },
    ),
  )
})
