/** Lists of people as clients write them into a body, and addresses anywhere in a text. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressesInText, readWrittenMailboxes } from '../../src/mail/written-mailboxes.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'

describe('readWrittenMailboxes', () => {
  test.each<[string, (readonly [string | null, string | null])[]]>([
    [
      'Anna <anna@xyz.example>, bo@xyz.example',
      [
        ['Anna', 'anna@xyz.example'],
        [null, 'bo@xyz.example'],
      ],
    ],
    [
      'Arndt, Anna <anna@xyz.example>; Berg, Bo <bo@xyz.example>',
      [
        ['Arndt, Anna', 'anna@xyz.example'],
        ['Berg, Bo', 'bo@xyz.example'],
      ],
    ],
    [
      'Anna <anna@xyz.example<mailto:anna@xyz.example>>; Bo <bo@xyz.example<mailto:bo@xyz.example>>;',
      [
        ['Anna', 'anna@xyz.example'],
        ['Bo', 'bo@xyz.example'],
      ],
    ],
    [
      'anna@xyz.example <mailto:anna@xyz.example> , bo@xyz.example [mailto:bo@xyz.example]',
      [
        [null, 'anna@xyz.example'],
        [null, 'bo@xyz.example'],
      ],
    ],
    [
      '\'Arndt, Anna\' <anna@xyz.example>, "Bo" <bo@xyz.example>',
      [
        ['Arndt, Anna', 'anna@xyz.example'],
        ['Bo', 'bo@xyz.example'],
      ],
    ],
    [
      "'anna@xyz.example' <anna@xyz.example>, \"'bo@xyz.example'\" <bo@xyz.example>",
      [
        [null, 'anna@xyz.example'],
        [null, 'bo@xyz.example'],
      ],
    ],
    ['„Anna Arndt” <anna@xyz.example>', [['Anna Arndt', 'anna@xyz.example']]],
    [
      'Anna Arndt; Berg, Bo',
      [
        ['Anna Arndt', null],
        ['Berg, Bo', null],
      ],
    ],
    ['Anna Arndt', [['Anna Arndt', null]]],
    ['', []],
  ])('%s', (written, expected) => {
    expect(readWrittenMailboxes(written).map(({ name, key }) => [name, key])).toEqual(expected)
  })
})

describe('addressesInText', () => {
  test('finds each once, in order, in whatever stands around it', () => {
    const text =
      'Write to Eva (eva@acme.example), <bo@xyz.example>; "mailto:KIM@acme.example". Or eva@acme.example! x@y, @, a@b, jörg@müller.example'
    expect(addressesInText(text, 10)).toEqual(['eva@acme.example', 'bo@xyz.example', 'kim@acme.example', 'jörg@xn--mller-kva.example'])
  })

  test('keeps to its limit', () => {
    const text = Array.from({ length: 500 }, (_, number) => `p${number}@acme.example`).join(' ')
    expect(addressesInText(text, 20)).toHaveLength(20)
  })

  test.each(['@', 'a@', 'a@b.', '<a@b.example', 'a'])('a megabyte of %j costs little', (unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
    expect(cpuMilliseconds(() => void addressesInText(text, 50))).toBeLessThan(1_500)
    expect(cpuMilliseconds(() => void readWrittenMailboxes(text))).toBeLessThan(1_500)
  })

  test('nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => void [addressesInText(text, 5), readWrittenMailboxes(text)]),
      { numRuns: 1_000 },
    )
  })
})
