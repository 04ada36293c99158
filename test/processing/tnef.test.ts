/** winmail.dat opened: the corpus, a small one made here, and hostile ones. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decompressRtf, readRtf } from '../../src/processing/compressed-rtf.ts'
import { isTnef, readTnef, tnefFilesMax } from '../../src/processing/tnef.ts'
import { corpusBytes, corpusFiles, corpusIsAbsent } from '../support/corpus-files.ts'
import { cpuMilliseconds } from '../support/cpu-time.ts'
import { judgeTnef } from '../support/understanding.ts'

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
/** An attribute: level, id, length, data, checksum. */
function attribute(level: number, id: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([level]), u32(id), u32(data.length), data, u16(0)])
}
function tnef(...attributes: Buffer[]): Buffer {
  return Buffer.concat([u32(0x223e9f78), u16(1), ...attributes])
}
function textProperty(id: number, text: string): Buffer {
  const bytes = Buffer.from(`${text}\u0000`, 'utf16le')
  return Buffer.concat([u16(0x1f), u16(id), u32(1), u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
function properties(...list: Buffer[]): Buffer {
  return Buffer.concat([u32(list.length), ...list])
}
function objectProperty(id: number, object: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(16, 7), object])
  return Buffer.concat([u16(0x0d), u16(id), u32(1), u32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}
const file = (name: string, content: string): Buffer[] => [
  attribute(2, 0x69002, Buffer.alloc(14)),
  attribute(2, 0x18010, Buffer.from(`${name}\u0000`)),
  attribute(2, 0x6800f, Buffer.from(content)),
]

describe('winmail.dat', () => {
  test('gives its body and its files', () => {
    const read = readTnef(
      tnef(
        attribute(1, 0x69003, properties(textProperty(0x37, 'Angebot für Łódź'), textProperty(0x1000, 'Guten Tag'))),
        ...file('plan.pdf', '%PDF'),
        ...file('b.txt', 'b'),
      ),
    )
    expect(read).toMatchObject({ subject: 'Angebot für Łódź', text: 'Guten Tag', html: null, broken: false })
    expect(read?.files.map(({ fileName, content }) => [fileName, Buffer.from(content).toString()])).toEqual([
      ['plan.pdf', '%PDF'],
      ['b.txt', 'b'],
    ])
  })

  test('in another code page is read in it', () => {
    const read = readTnef(
      tnef(
        attribute(1, 0x69007, Buffer.concat([u32(1250), u32(0)])),
        attribute(1, 0x2800c, Buffer.from([0xb3, 0xf3, 0xbf, 0x6b, 0x61, 0])),
      ),
    )
    expect(read?.text).toBe('łóżka')
  })

  test('with a message inside gives that message’s text and files', () => {
    const inner = tnef(
      attribute(1, 0x69003, properties(textProperty(0x37, 'Inner'), textProperty(0x1000, 'Inside'))),
      ...file('c.txt', 'c'),
    )
    const outer = tnef(attribute(2, 0x69002, Buffer.alloc(14)), attribute(2, 0x69005, properties(objectProperty(0x3701, inner))))
    expect(readTnef(outer)?.files.map(({ fileName, content }) => [fileName, Buffer.from(content).toString()])).toEqual([
      ['Inner.txt', 'Inside'],
      ['c.txt', 'c'],
    ])
  })

  test('that is none is none', () => {
    expect(isTnef(Buffer.from('%PDF'))).toBe(false)
    expect(readTnef(Buffer.from('%PDF'))).toBeNull()
    expect(readTnef(Buffer.alloc(0))).toBeNull()
  })

  test('that was cut gives what there is, and says so', () => {
    const whole = tnef(...file('a.txt', 'a'), ...file('b.txt', 'a longer content'))
    const read = readTnef(whole.subarray(0, whole.length - 8))
    expect(read?.files[0]?.fileName).toBe('a.txt')
    expect(read?.broken).toBe(true)
  })

  test('with more files than anybody sends is read to the limit', () => {
    const many = tnef(...Array.from({ length: tnefFilesMax + 50 }, (_, number) => file(`${number}`, 'x')).flat())
    expect(readTnef(many)?.files.length).toBe(tnefFilesMax)
  })

  test('with messages in messages is read to a depth', () => {
    let nested = tnef(attribute(1, 0x69003, properties(textProperty(0x1000, 'deep'))))
    for (let level = 0; level < 50; level++)
      nested = tnef(attribute(2, 0x69002, Buffer.alloc(14)), attribute(2, 0x69005, properties(objectProperty(0x3701, nested))))
    expect(readTnef(nested)?.files.length).toBeGreaterThan(0)
  })

  test.each([
    ['properties', tnef(attribute(1, 0x69003, Buffer.concat([u32(0xffffffff), Buffer.alloc(1_000_000, 3)])))],
    ['values', tnef(attribute(1, 0x69003, Buffer.concat([u32(1), u16(0x101f), u16(0x1000), u32(0xffffffff), Buffer.alloc(1_000_000)])))],
    ['attributes', tnef(...Array.from({ length: 90_000 }, () => attribute(1, 0x18004, Buffer.alloc(0))))],
    [
      'RTF',
      tnef(
        attribute(
          1,
          0x69003,
          properties(
            Buffer.concat([
              u16(0x102),
              u16(0x1009),
              u32(1),
              u32(1_000_016),
              u32(0),
              u32(0xffffffff),
              u32(0x75465a4c),
              u32(0),
              Buffer.alloc(1_000_000, 0xff),
            ]),
          ),
        ),
      ),
    ],
  ])('with endless %s is read in bounded time', (_, bytes) => {
    expect(cpuMilliseconds(() => void readTnef(bytes))).toBeLessThan(2_000)
  })
})

describe('compressed RTF', () => {
  test('is decompressed as in MS-OXRTFCP §4', () => {
    const bytes = Buffer.from('2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0', 'hex')
    expect(Buffer.from(decompressRtf(bytes) ?? []).toString('latin1')).toBe('{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n')
  })

  test('in which references cross the write position is decompressed as in MS-OXRTFCP §4.1.2', () => {
    const bytes = Buffer.from('1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0', 'hex')
    expect(Buffer.from(decompressRtf(bytes) ?? []).toString('latin1')).toBe('{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}')
  })

  test('gives back the HTML that it was made of', () => {
    const rtf = String.raw`{\rtf1\ansi\ansicpg1250\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Dzie\'f1 dobry{\*\htmltag244 <b>}\htmlrtf {\b \htmlrtf0 \u322?\'f3d\'9f{\*\htmltag252 </b>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}`
    expect(readRtf(Buffer.from(rtf, 'latin1'))).toEqual({ kind: 'html', content: '<p>Dzień dobry<b>łódź</b></p>' })
  })

  test('gives its text where it was made of text', () => {
    const rtf = String.raw`{\rtf1\ansi\ansicpg1252{\colortbl\red0;}{\*\generator x;}\pard Gr\'fc\'dfe\par \u8364?\~100\{\}\tab end}`
    expect(readRtf(Buffer.from(rtf, 'latin1'))).toEqual({ kind: 'text', content: 'Grüße\n€\u00a0100{}\tend' })
  })

  test.each(['{', '}', '\\', "\\'", '\\u1', '{\\*\\htmltag ', '\\par', '\\u-1?', 'a'])(
    'a megabyte of %j is read in bounded time',
    (unit) => {
      const bytes = Buffer.from(`{\\rtf1\\fromhtml1 ${unit.repeat(Math.ceil(1_000_000 / unit.length))}`)
      expect(cpuMilliseconds(() => void readRtf(bytes))).toBeLessThan(3_000)
    },
  )
})

describe.skipIf(corpusIsAbsent)('the corpus', () => {
  test('every file and body inside is found', () => {
    const judged = judgeTnef()
    expect(judged.length).toBeGreaterThanOrEqual(15)
    expect(judged.filter((one) => !one.right)).toEqual([])
  })

  test('mutants never throw or hang', () => {
    const samples = corpusFiles('jstedfast__MimeKit/UnitTests/TestData/tnef')
      .filter((name) => name.endsWith('.tnef'))
      .map(corpusBytes)
      .filter((bytes) => bytes.length < 50_000)
    const change = fc.record({
      sample: fc.constantFrom(...samples),
      places: fc.array(fc.tuple(fc.nat(50_000), fc.nat(255)), { maxLength: 12 }),
      cut: fc.nat(50_000),
    })
    fc.assert(
      fc.property(change, ({ sample, places, cut }) => {
        const bytes = Uint8Array.from(sample.subarray(0, Math.max(64, cut)))
        for (const [place, value] of places) bytes[6 + (place % (bytes.length - 6))] = value
        expect(cpuMilliseconds(() => void readTnef(bytes))).toBeLessThan(2_000)
      }),
      { numRuns: 1_500 },
    )
  })
})
