/** The subject on one line, in which no number comes about that nobody sent. */
import { describe, expect, test } from 'vitest'
import { readHeaderLines } from '../../src/mail/header.ts'
import { readSubjects, subjectCharactersMax, subjectFieldsMax } from '../../src/mail/subject.ts'

function read(header: string | Buffer): ReturnType<typeof readSubjects> {
  return readSubjects(readHeaderLines(Buffer.from(header)).lines)
}

describe('readSubjects', () => {
  test.each([
    ['XYZ Lead 11111', 'XYZ Lead 11111'],
    [' XYZ\r\n Lead\r\n\t11111 ', 'XYZ Lead 11111'],
    // Hazard 6.
    [' 111\r\n 11', '111 11'],
    [' =?utf-8?Q?111?=\r\n =?utf-8?Q?11?=', '11111'],
    // Hazard 17: a line break that decoding brings would be a header of its own when sent on.
    [' =?utf-8?Q?Lead_11111=0D=0ABcc=3A_a=40b?=', 'Lead 11111 Bcc: a@b'],
    [' =?utf-8?Q?Lead_11111=0A?=', 'Lead 11111'],
    [' =?utf-8?Q?111=E2=80=A811?=', '111 11'],
    [' =?utf-8?Q?111=0011?=', '111\ufffd11'],
    [' =?utf-8?Q?111=0711?=', '111\ufffd11'],
    [' Müller', 'Müller'],
    ['', ''],
  ])('%j reads %j', (value, subject) => {
    expect(read(`Subject:${value}\r\n`)).toEqual({ subject, furtherSubjects: [], defects: [] })
  })

  test('a header without one has an empty subject', () => {
    expect(read('From: a@b\r\n')).toEqual({ subject: '', furtherSubjects: [], defects: [] })
  })

  test('raw octets of an old charset are read', () => {
    expect(read(Buffer.concat([Buffer.from('Subject: M'), Buffer.from([0xfc]), Buffer.from('ller 11111\r\n')])).subject).toBe(
      'Müller 11111',
    )
  })

  test('of two the first is shown, the other is kept for what it may name, and that is told (hazard 10)', () => {
    expect(read('Subject: 11111\r\nSubject: =?utf-8?Q?22222?=\r\n')).toMatchObject({
      subject: '11111',
      furtherSubjects: ['22222'],
      defects: [{ code: 'repeatedSubject' }],
    })
  })

  test('what is left out is told, be it characters or whole fields', () => {
    const codes = (header: string): string[] => read(header).defects.map(({ code }) => code)
    expect(codes(`Subject: 11111 ${'x'.repeat(subjectCharactersMax)}\r\n`)).toEqual(['subjectTooLong'])
    expect(codes(`Subject: 11111\r\nSubject: 11111 ${'x'.repeat(130_000)}\r\n`)).toEqual(['repeatedSubject', 'subjectTooLong'])
    expect(codes('Subject: 11111\r\n'.repeat(subjectFieldsMax))).toEqual(['repeatedSubject'])
    expect(codes('Subject: 11111\r\n'.repeat(subjectFieldsMax + 1))).toEqual(['repeatedSubject', 'subjectTooLong'])
  })

  test('octets that do not fit their charset are told', () => {
    expect(read('Subject: =?utf-8?Q?=F6?= 11111\r\n')).toMatchObject({ subject: 'ö 11111', defects: [{ code: 'undecodableSubject' }] })
  })

  test('130 KB are cut after a whole word, never inside a number (hazard 14)', () => {
    for (let offset = 0; offset < 12; offset++) {
      const { subject } = read(`Subject: ${'x'.repeat(offset)} ${'1234567890 '.repeat(12_000)}\r\n`)
      expect(subject.length).toBeLessThanOrEqual(subjectCharactersMax)
      expect(new Set(subject.split(' ').slice(1))).toEqual(new Set(['1234567890']))
    }
    expect(read(`Subject: ${'1'.repeat(130_000)}\r\n`).subject).toBe('')
    // The next encoded word would have gone on with the number.
    const words = '=?utf-8?Q?12345?= =?utf-8?Q?67890_?= '.repeat(4_000)
    for (let offset = 0; offset < 40; offset++) {
      const tokens = read(`Subject: ${'x'.repeat(offset)} ${words}\r\n`).subject.split(' ')
      expect(new Set(tokens.slice(offset === 0 ? 0 : 1))).toEqual(new Set(['1234567890']))
    }
  })
})
