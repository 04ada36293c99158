import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isLeadNumber,
  isQuoteNumber,
  leadNumberDigitsMax,
  nearMissesMax,
  numberedSubjectCharactersMax,
  numberTokensMax,
  quoteOfVersion,
  readSubjectNumbers,
} from '../../src/crm/lead-number.ts'
import { readSubjects } from '../../src/mail/subject.ts'

interface Row {
  readonly subject: string
  readonly leads?: readonly string[]
  readonly quotes?: readonly string[]
  readonly misses?: readonly string[]
}

/** Everything that a row does not name is not found. */
function numbers(row: Omit<Row, 'subject'>) {
  return { leadNumbers: row.leads ?? [], quoteNumbers: row.quotes ?? [], nearMisses: row.misses ?? [], cut: false }
}

describe('a lead number is a token of ASCII digits between spaces', () => {
  test.each<Row>([
    { subject: 'XYZ Lead 11111', leads: ['11111'] },
    { subject: '11111', leads: ['11111'] },
    { subject: '11111 offer', leads: ['11111'] },
    { subject: 'Re: AW: Fwd: XYZ Lead 11111 and more', leads: ['11111'] },
    { subject: '', leads: [] },
    { subject: '   \t ', leads: [] },
    { subject: 'no number here' },
    { subject: '1', leads: ['1'] },
    { subject: 'leading zeros stay: 0815 is not 815', leads: ['0815', '815'] },
    { subject: 'twice 11111 and 11111', leads: ['11111'] },
    { subject: 'in order 22222 11111 22222 33333', leads: ['22222', '11111', '33333'] },
    { subject: '-11111', misses: ['11111'] },
    { subject: '+11111', misses: ['11111'] },
    { subject: '1e5 0x10', misses: [] },
    { subject: '11111.', misses: ['11111'] },
    { subject: '11111 .', leads: ['11111'] },
  ])('$subject', (row) => {
    expect(readSubjectNumbers(row.subject)).toEqual(numbers(row))
  })
})

describe('every Unicode white space bounds a token', () => {
  const spaces = [
    '\t',
    '\n',
    '\v',
    '\f',
    '\r',
    ' ',
    '\u0085',
    '\u00A0',
    '\u1680',
    '\u2000',
    '\u2003',
    '\u2009',
    '\u200A',
    '\u2028',
    '\u2029',
  ]
  test.each([...spaces, '\u202F', '\u205F', '\u3000', '\r\n ', ' \u3000\t'])('%j', (space) => {
    expect(readSubjectNumbers(`Lead${space}11111${space}x`)).toEqual(numbers({ leads: ['11111'] }))
    expect(readSubjectNumbers(`${space}11111${space}22222${space}`)).toEqual(numbers({ leads: ['11111', '22222'] }))
  })

  test('a character that only looks empty is no space', () => {
    // Hangul filler, Braille blank: letters and symbols to Unicode.
    expect(readSubjectNumbers('11111\u3164x')).toEqual(numbers({ misses: ['11111'] }))
    expect(readSubjectNumbers('11111\u2800offer')).toEqual(numbers({ misses: ['11111'] }))
  })
})

describe('invisible format characters are taken out before anything is read', () => {
  const invisible = [
    '\u00AD',
    '\u061C',
    '\u180E',
    '\u200B',
    '\u200C',
    '\u200D',
    '\u200E',
    '\u200F',
    '\u202A',
    '\u202E',
    '\u2060',
    '\u2066',
    '\u2069',
  ]
  test.each([...invisible, '\uFEFF', '\uFFF9', '\u{E0020}', '\u{1D173}'])('%j', (mark) => {
    expect(readSubjectNumbers(`Lead ${mark}11111${mark}`)).toEqual(numbers({ leads: ['11111'] }))
    expect(readSubjectNumbers(`Lead 11${mark}111 ${mark}`)).toEqual(numbers({ leads: ['11111'] }))
    expect(readSubjectNumbers(`Lead:${mark}11111`)).toEqual(numbers({ misses: ['11111'] }))
  })

  test('an Arabic number sign is a format character too, but it is seen, and so it stays', () => {
    expect(readSubjectNumbers('\u060011111')).toEqual(numbers({ misses: ['11111'] }))
  })

  test('a right-to-left subject with marks around its number', () => {
    expect(readSubjectNumbers('\u200Fליד\u200F \u202B11111\u202C דחוף')).toEqual(numbers({ leads: ['11111'] }))
  })
})

describe('digits of other scripts are no lead number', () => {
  test.each<Row>([
    { subject: 'Lead １１１１１', misses: ['11111'] },
    { subject: 'Lead ١٢٣٤٥', misses: ['12345'] },
    { subject: 'Lead ۱۲۳۴۵', misses: ['12345'] },
    { subject: 'Lead १२३', misses: ['123'] },
    { subject: 'Lead 𝟏𝟐𝟑𝟒𝟓', misses: ['12345'] },
    { subject: 'Lead 𝟷𝟸𝟹', misses: ['123'] },
    { subject: 'Lead 111１１', misses: ['11111'] },
    { subject: 'Lead ①②③' },
    { subject: 'Lead ¹²³' },
    { subject: 'Lead 1️⃣', misses: ['1'] },
    { subject: 'Lead Ⅻ 十一' },
  ])('$subject', (row) => {
    expect(readSubjectNumbers(row.subject)).toEqual(numbers(row))
  })
})

describe('a near miss gives its digits and never a lead number', () => {
  test.each<Row>([
    { subject: '(Lead 11111)', misses: ['11111'] },
    { subject: 'Lead #11111', misses: ['11111'] },
    { subject: 'Lead:11111', misses: ['11111'] },
    { subject: 'Lead 11111, offer', misses: ['11111'] },
    { subject: '"11111"', misses: ['11111'] },
    { subject: '[DEMOS #12148]', misses: ['12148'] },
    { subject: '[11111]', misses: ['11111'] },
    { subject: 'Lead11111', misses: ['11111'] },
    { subject: 'Nr.11111', misses: ['11111'] },
    { subject: 'Lead_11111', misses: ['11111'] },
    { subject: '11111,22222', misses: ['11111', '22222'] },
    { subject: '11111&22222;33333', misses: ['11111', '22222', '33333'] },
    { subject: '#11111 11111', leads: ['11111'] },
    { subject: '11111 #11111 #22222', leads: ['11111'], misses: ['22222'] },
    { subject: '#7', misses: ['7'] },
  ])('$subject', (row) => {
    expect(readSubjectNumbers(row.subject)).toEqual(numbers(row))
  })
})

describe('numbers of everyday subjects', () => {
  test.each<Row>([
    { subject: 'Re[2]: XYZ Lead 11111', leads: ['11111'] },
    { subject: 'AW[3] Fwd(4): offer' },
    { subject: 'Termin am 02.11.2026 um 10:30' },
    { subject: 'Termin am 2. November 2026', leads: ['2026'], misses: ['2'] },
    { subject: 'Report 2026-11-02' },
    { subject: 'Report 2026-01' },
    { subject: 'Report 2026/11' },
    { subject: '1.000,00 EUR', misses: ['00'] },
    { subject: '50% off, €500', misses: ['50', '500'] },
    { subject: 'Q3 A4 mp3 B2B 3D' },
    { subject: 'COVID19' },
    { subject: 'tel +49 30 1234567', leads: ['30', '1234567'], misses: ['49'] },
    { subject: '=?utf-8?Q?11111?=' },
  ])('$subject', (row) => {
    expect(readSubjectNumbers(row.subject)).toEqual(numbers(row))
  })
})

describe('a quote number is a number, a hyphen and a version', () => {
  test.each<Row>([
    { subject: 'Quote 1024-2', quotes: ['1024-2'] },
    { subject: '1024-1 1024-2 1024-1', quotes: ['1024-1', '1024-2'] },
    { subject: '1024-999', quotes: ['1024-999'] },
    { subject: '1024-1000' },
    { subject: '1024-0' },
    { subject: '1024-01' },
    { subject: '1024-', misses: ['1024'] },
    { subject: '1024-2-3' },
    { subject: '1024–2' },
    { subject: '(1024-2)' },
    { subject: '1024 - 2', leads: ['1024', '2'] },
    { subject: 'Lead 11111 quote 1024-2', leads: ['11111'], quotes: ['1024-2'] },
  ])('$subject', (row) => {
    expect(readSubjectNumbers(row.subject)).toEqual(numbers(row))
  })

  test('every version belongs to the one quote', () => {
    expect(quoteOfVersion('1024-2')).toBe('1024')
    expect(quoteOfVersion('1024')).toBe('1024')
    expect(isQuoteNumber('1024-2')).toBe(true)
    expect(isQuoteNumber('1024')).toBe(false)
  })
})

describe('numbers are read in the subject as it is decoded', () => {
  test.each<Row>([
    { subject: '=?utf-8?q?XYZ_Lead_111?= =?utf-8?q?11?=', leads: ['11111'] },
    { subject: '=?utf-8?b?MTEx?=\r\n =?utf-8?b?MTE=?=', leads: ['11111'] },
    { subject: 'Lead 111\r\n 11', leads: ['111', '11'] },
    { subject: 'Lead =?utf-8?q?11111?= x', leads: ['11111'] },
    { subject: '=?utf-8?q?Lead=C2=A011111=E2=80=AF?=', leads: ['11111'] },
    { subject: '=?utf-8?q?Lead_=E2=80=8F11=E2=80=8B111?=', leads: ['11111'] },
    { subject: '=?utf-8?q?Lead_=EF=BC=91=EF=BC=91=EF=BC=91?=', misses: ['111'] },
    { subject: '=?iso-8859-1?q?B=FCro_11111?=', leads: ['11111'] },
    { subject: '=?us-ascii?q?11111=29?=', misses: ['11111'] },
    { subject: 'XYZ Lead 11111\r\n', leads: ['11111'] },
  ])('$subject', (row) => {
    const { subject } = readSubjects([{ name: 'subject', value: ` ${row.subject}` }])
    expect(readSubjectNumbers(subject)).toEqual(numbers(row))
  })
})

describe('huge subjects', () => {
  test('more number tokens than the limit are told of, for a second lead may be among them', () => {
    const many = Array.from({ length: numberTokensMax + 1 }, (_, index) => String(10_000 + index)).join(' ')
    const numbers = readSubjectNumbers(many)
    expect(numbers.leadNumbers).toHaveLength(numberTokensMax)
    expect(numbers.cut).toBe(true)
    expect(readSubjectNumbers(many.slice(0, many.lastIndexOf(' '))).cut).toBe(false)
  })

  test('the same number again and again is one', () => {
    expect(readSubjectNumbers('11111 '.repeat(20_000))).toEqual(numbers({ leads: ['11111'] }))
  })

  test('near misses beyond the limit are left out', () => {
    const many = Array.from({ length: 100 }, (_, index) => `#${10_000 + index}`).join(' ')
    expect(readSubjectNumbers(many).nearMisses).toHaveLength(nearMissesMax)
  })

  test('a subject beyond the limit is cut between tokens, never inside one', () => {
    const filler = 'x'.repeat(numberedSubjectCharactersMax - 4)
    expect(readSubjectNumbers(`${filler} 11111`)).toEqual({ leadNumbers: [], quoteNumbers: [], nearMisses: [], cut: true })
    expect(readSubjectNumbers(`11111 ${'9'.repeat(numberedSubjectCharactersMax)}`)).toMatchObject({ leadNumbers: ['11111'], cut: true })
  })

  test('a run of digits longer than any number is none', () => {
    expect(readSubjectNumbers('1'.repeat(leadNumberDigitsMax))).toEqual(numbers({ leads: ['1'.repeat(leadNumberDigitsMax)] }))
    expect(readSubjectNumbers('1'.repeat(leadNumberDigitsMax + 1))).toEqual(numbers({}))
    expect(readSubjectNumbers(`${'1'.repeat(leadNumberDigitsMax + 1)}-2`)).toEqual(numbers({}))
  })

  test.each([
    ['digits', '1'.repeat(1_000_000)],
    ['hyphens', '1-'.repeat(500_000)],
    ['commas', '1,'.repeat(500_000)],
    ['brackets', '[(#'.repeat(300_000)],
    ['spaces', ' \u3000'.repeat(500_000)],
    ['marks', '\u200F1'.repeat(500_000)],
    ['Arabic digits', '١'.repeat(500_000)],
    ['mathematical digits', '𝟏 '.repeat(300_000)],
  ])('a million characters of %s take no time to speak of', (_, subject) => {
    const start = performance.now()
    readSubjectNumbers(subject)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})

describe('laws', () => {
  const number = fc.stringMatching(/^[0-9]{1,12}$/)
  const space = fc.constantFrom(' ', '\t', '\u00A0', '\u3000', '\u2009', ' \u200B ')
  const word = fc.string({ unit: 'grapheme', maxLength: 12 })

  test('whatever the subject: nothing is thrown, and every number found stands in it as a whole token', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (subject) => {
        const { leadNumbers, quoteNumbers } = readSubjectNumbers(subject)
        const tokens = subject.replace(/\p{Cf}/gu, '').split(/\p{White_Space}+/u)
        for (const found of [...leadNumbers, ...quoteNumbers]) expect(tokens).toContain(found)
        expect(leadNumbers.every(isLeadNumber)).toBe(true)
        expect(quoteNumbers.every(isQuoteNumber)).toBe(true)
      }),
    )
  })

  test('a number between spaces is found whatever stands around it', () => {
    fc.assert(
      fc.property(word, space, number, space, word, (before, left, digits, right, after) => {
        expect(readSubjectNumbers(before + left + digits + right + after).leadNumbers).toContain(digits)
      }),
    )
  })

  test('a number that touches a visible character is not', () => {
    fc.assert(
      fc.property(number, fc.stringMatching(/^[!-/:-~äöüλж€„“”（）]$/), fc.boolean(), (digits, mark, isBefore) => {
        expect(readSubjectNumbers(`Lead ${isBefore ? mark + digits : digits + mark}`).leadNumbers).toEqual([])
      }),
    )
  })

  test('invisible characters sown anywhere change nothing', () => {
    const sown = fc.array(fc.tuple(fc.constantFrom('\u200B', '\u200F', '\uFEFF', '\u2066', '\u00AD'), fc.nat(60)), { maxLength: 8 })
    fc.assert(
      fc.property(fc.array(fc.oneof(number, word), { maxLength: 6 }), sown, (words, marks) => {
        const subject = words.join(' ')
        let marked = subject
        for (const [mark, at] of marks) {
          const characters = Array.from(marked)
          marked = [...characters.slice(0, at), mark, ...characters.slice(at)].join('')
        }
        expect(readSubjectNumbers(marked)).toEqual(readSubjectNumbers(subject))
      }),
    )
  })
})
