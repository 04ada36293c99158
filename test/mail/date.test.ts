/** Dates as senders write them; what is no plausible time is told, not guessed. */
import { describe, expect, test } from 'vitest'
import { readDate } from '../../src/mail/date.ts'

function read(value: string): string | null {
  return readDate([{ name: 'date', value }]).date?.toISOString() ?? null
}

describe('readDate', () => {
  test.each([
    [' Mon, 02 Nov 2026 10:30:00 +0100', '2026-11-02T09:30:00.000Z'],
    [' Mon, 2 Nov 2026 10:30 -0000', '2026-11-02T10:30:00.000Z'],
    ['2 Nov 2026 10:30:00 EST', '2026-11-02T15:30:00.000Z'],
    ['Mon, 02 Nov 26 10:30:00 GMT', '2026-11-02T10:30:00.000Z'],
    ['Fri, 02 Nov 99 10:30:00 +0200 (CEST)', '1999-11-02T08:30:00.000Z'],
    ['Tue, 02 Nov 100 10:30:00 +0000', '2000-11-02T10:30:00.000Z'],
    ['Mon,\r\n 02 Nov 2026\r\n 10:30:00 +0530', '2026-11-02T05:00:00.000Z'],
    ['Mon, 02-Nov-2026 10:30:00 GMT+01:00', '2026-11-02T09:30:00.000Z'],
    ['Mon, 02 Nov 2026 10.30.00 Z', '2026-11-02T10:30:00.000Z'],
    ['Tue, 30 Jun 2015 23:59:60 +0000', '2015-07-01T00:00:00.000Z'],
  ])('%j is %s', (value, date) => {
    expect(read(value)).toBe(date)
  })

  // Hazard 17.
  test.each([
    'Mon, 02 Nov 3609 10:30:00 +0000',
    'Mon, 02 Nov 1926 10:30:00 +0000',
    '31 Feb 2026 10:30:00 +0000',
    'yesterday',
    'Mon, 02 Nov 2026',
    '2026-11-02T10:30:00Z',
    'Mon, 02 Nov 2026 25:30:00 +0000',
    `Mon, ${'0'.repeat(100_000)}`,
  ])('%j is told as implausible', (value) => {
    expect(readDate([{ name: 'date', value }])).toMatchObject({ date: null, defects: [{ code: 'dateImplausible' }] })
  })

  test('no date is told', () => {
    expect(readDate([])).toEqual({ date: null, defects: [{ code: 'noDate', detail: '' }] })
  })
})
