/** Calendar parts as lines that a person reads. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { calendarText } from '../../src/mail/calendar-text.ts'
import { corpusFiles, corpusIsAbsent, corpusText } from '../support/corpus-files.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'

const invitation = [
  'BEGIN:VCALENDAR',
  'METHOD:REQUEST',
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'END:STANDARD',
  'END:VTIMEZONE',
  'BEGIN:VEVENT',
  'SUMMARY:XYZ Lead 11111\\, drawings',
  'DTSTART;TZID=Europe/Berlin:20260301T100000',
  'DTEND;TZID=Europe/Berlin:20260301T110000',
  'LOCATION:Room 1',
  'ORGANIZER;CN="Arndt, Anna":mailto:anna@xyz.example',
  'ATTENDEE;CN=Eva Novak;PARTSTAT=ACCEPTED:mailto:eva@ac',
  ' me.example',
  'ATTENDEE:MAILTO:bo@xyz.example',
  'DESCRIPTION:First line\\nsecond line',
  'BEGIN:VALARM',
  'DESCRIPTION:Reminder',
  'END:VALARM',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n')

describe('calendarText', () => {
  test('tells what, when, where and who', () => {
    expect(calendarText(invitation)).toBe(
      [
        'Invitation: XYZ Lead 11111, drawings',
        'When: 2026-03-01 10:00 (Europe/Berlin) – 2026-03-01 11:00 (Europe/Berlin)',
        'Where: Room 1',
        'Organizer: Arndt, Anna <anna@xyz.example>',
        'With: Eva Novak <eva@acme.example> (accepted), bo@xyz.example',
        '',
        'First line',
        'second line',
      ].join('\n'),
    )
  })

  test.each([
    ['REPLY', 'Answer to an invitation: '],
    ['CANCEL', 'Cancellation: '],
    ['COUNTER', 'Another time is proposed: '],
  ])('%s has its words', (method, words) => {
    expect(calendarText(invitation.replace('METHOD:REQUEST', `METHOD:${method}`))).toContain(words)
  })

  test('a calendar without an event says nothing', () => {
    expect(calendarText('BEGIN:VCALENDAR\r\nEND:VCALENDAR')).toBeNull()
    expect(calendarText('')).toBeNull()
  })

  test.each(['BEGIN:VEVENT\n', 'BEGIN:VEVENT\nEND:VEVENT\n', 'ATTENDEE;CN="', ' \n', 'A;B=C', 'BEGIN:VEVENT\nATTENDEE:x\n'])(
    'a megabyte of %j costs little',
    (unit) => {
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
      expect(cpuMilliseconds(() => void calendarText(text))).toBeLessThan(2_000)
    },
  )

  test('nothing throws', () => {
    const lines = invitation.split('\r\n')
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...lines), fc.string()), { maxLength: 30 }),
        (parts) => void calendarText(parts.join('\n')),
      ),
      { numRuns: 500 },
    )
  })

  test.skipIf(corpusIsAbsent)('of the calendars of the corpus each with an event says something', () => {
    const calendars = corpusFiles('apache__james-project').filter((file) => file.endsWith('.ics'))
    expect(calendars.length).toBeGreaterThan(5)
    const silent = calendars.filter((file) => /BEGIN:VEVENT/.test(corpusText(file)) && calendarText(corpusText(file)) === null)
    expect(silent).toEqual([])
  })
})
