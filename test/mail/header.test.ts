/** Where a header ends and what lines stand in it, whatever the line ends and octets. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldBodies, headerBlockOf, headerBytesMax, headerLinesMax, readHeaderLines, unfolded } from '../../src/mail/header.ts'

function linesOf(text: string): [string, string][] {
  return readHeaderLines(Buffer.from(text)).lines.map(({ name, value }) => [name, value])
}

describe('headerBlockOf', () => {
  test.each([
    ['A: 1\r\n\r\nbody', 'A: 1\r\n'],
    ['A: 1\n\nbody', 'A: 1\n'],
    ['A: 1\n\r\nbody', 'A: 1\n'],
    ['A: 1\r\r\n\r\r\nbody', 'A: 1\r\r\n'],
    ['\r\nbody', ''],
    ['\nbody', ''],
  ])('%j has the header %j', (text, header) => {
    const { block, bodyStart, complete } = headerBlockOf(Buffer.from(text))
    expect(Buffer.from(block).toString()).toBe(header)
    expect(text.slice(bodyStart)).toBe('body')
    expect(complete).toBe(true)
  })

  test.each(['', 'A: 1', 'A: 1\r\n', 'A: 1\r\n\r', 'A: 1\r\n \r\nB: 2\r\n'])('%j is not complete yet', (text) => {
    const { block, bodyStart, complete } = headerBlockOf(Buffer.from(text))
    expect({ complete, bodyStart, length: block.length }).toEqual({ complete: false, bodyStart: text.length, length: text.length })
  })

  test('a search that goes on where the last one stopped finds the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', ':', '\r', '\n', ' '), maxLength: 40 }), fc.nat(40), (text, cut) => {
        const bytes = Buffer.from(text)
        const first = headerBlockOf(bytes.subarray(0, cut))
        const whole = headerBlockOf(bytes)
        const goneOn = first.complete ? headerBlockOf(bytes) : headerBlockOf(bytes, Math.min(cut, bytes.length))
        expect(goneOn).toEqual(whole)
        expect(first.complete && first.bodyStart !== whole.bodyStart).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('a header of 10 MB is cut at its limit, and what comes after changes nothing', () => {
    const endless = Buffer.from('X-Long: x\r\n'.repeat(1_000_000))
    const { block, complete } = headerBlockOf(endless)
    expect(block).toHaveLength(headerBytesMax)
    expect(complete).toBe(false)
    expect(headerBlockOf(endless.subarray(0, headerBytesMax)).block).toEqual(block)
  })
})

describe('readHeaderLines', () => {
  test('names are in lower case, values keep their folds', () => {
    expect(linesOf('FROM: a\r\nSubject:b\r\n c\r\n\td\r\nTo : e\r\n')).toEqual([
      ['from', ' a'],
      ['subject', 'b\r\n c\r\n\td'],
      ['to', ' e'],
    ])
    expect(unfolded('b\r\n c\r\n\td')).toBe('b c\td')
  })

  test.each([
    ['a lone carriage return', 'Subject: x\rFrom: b@attacker.example\r\nFrom: a@tenant.example\r\n'],
    ['white space before the colon', 'From : b@attacker.example\r\nFrom: a@tenant.example\r\n'],
    ['a fold before the colon', 'From\r\n : b@attacker.example\r\nFrom\r\n:a@tenant.example\r\n'],
    ['a fold of carriage returns', 'From: b@attacker.example\rFrom: a@tenant.example\r'],
    ['a white line between them', 'From: b@attacker.example\r\n \r\nFrom: a@tenant.example\r\n'],
    ['a blank before the first field', ' From: b@attacker.example\r\nFrom: a@tenant.example\r\n'],
    ['a byte order mark', '\ufeffFrom: b@attacker.example\r\nFrom: a@tenant.example\r\n'],
    ['an mbox separator', 'From b@attacker.example Mon Nov  2 10:30:00 2026\r\nFrom: b@attacker.example\r\nfrom: a@tenant.example\r\n'],
  ])('both From fields are seen across %s', (_, text) => {
    expect(fieldBodies(readHeaderLines(Buffer.from(text)).lines, 'from').map((body) => body.trim())).toEqual([
      'b@attacker.example',
      'a@tenant.example',
    ])
  })

  test('a line that is no field goes on with the value above it, never as a part of its last word', () => {
    expect(linesOf('broken\r\nA: 1\r\nbroken\r\n continued\r\n\u00a0: x\r\nB: 2\r\nFrom')).toEqual([
      ['a', ' 1\r\n broken\r\n continued\r\n \u00a0: x'],
      ['b', ' 2\r\n From'],
    ])
  })

  test('UTF-8 and windows-1252 are read line by line', () => {
    const block = Buffer.concat([Buffer.from('Subject: Müller\r\nTo: '), Buffer.from([0x4d, 0xfc, 0x80]), Buffer.from('\r\n')])
    expect(readHeaderLines(block).lines.map((line) => line.value)).toEqual([' Müller', ' Mü€'])
  })

  test('a guessed letter never stands in an address', () => {
    const block = Buffer.from('From: M\xfcller<a@ten\xfcnt.example>\r\nSubject: M\xfcller@work\r\n', 'latin1')
    expect(readHeaderLines(block).lines.map((line) => line.value)).toEqual([' Müller<a@ten\ufffdnt.example>', ' Müller@work'])
  })

  test('U+0000 is told and never joins what stood around it', () => {
    const { lines, defects } = readHeaderLines(Buffer.from('From: a@ten\0ant.example\r\n'))
    expect(lines[0]?.value).toBe(' a@ten\ufffdant.example')
    expect(defects).toEqual([{ code: 'nulRemoved', detail: 'header' }])
  })

  test('a header that is cut loses its last, perhaps half, line and says so', () => {
    const block = Buffer.from(`X: ${'x'.repeat(headerBytesMax - 30)}\r\nFrom: anna@xyz.example.attacker.example\r\n`).subarray(
      0,
      headerBytesMax,
    )
    const { lines, defects } = readHeaderLines(block)
    expect(lines.map((line) => line.name)).toEqual(['x'])
    expect(defects.map((defect) => defect.code)).toEqual(['headerTooLong'])
  })

  test('too many lines are cut and told', () => {
    const { lines, defects } = readHeaderLines(Buffer.from('A: 1\n'.repeat(headerLinesMax + 1)))
    expect(lines).toHaveLength(headerLinesMax)
    expect(defects.map((defect) => defect.code)).toEqual(['tooManyHeaderLines'])
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        for (const { name, value } of readHeaderLines(headerBlockOf(bytes).block).lines) {
          expect(name).toMatch(/^[!-9;-~]+$/)
          expect(value.includes('\0')).toBe(false)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
