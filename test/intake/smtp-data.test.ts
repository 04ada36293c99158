import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataReader, type DataOutcome } from '../../src/intake/smtp-data.ts'

function readIn(chunks: readonly Uint8Array[]): { content: string; end: DataOutcome['kind']; rest: string } {
  const reader = new DataReader()
  let content = ''
  for (const [index, chunk] of chunks.entries()) {
    const outcome = reader.read(chunk)
    if (outcome.kind === 'bareLineBreak') return { content: '', end: 'bareLineBreak', rest: '' }
    content += Buffer.from(outcome.content).toString('latin1')
    if (outcome.kind === 'end') {
      const rest = Buffer.concat([chunk.subarray(outcome.rest), ...chunks.slice(index + 1)]).toString('latin1')
      return { content, end: 'end', rest }
    }
  }
  return { content, end: 'more', rest: '' }
}

function read(text: string): ReturnType<typeof readIn> {
  return readIn([Buffer.from(text, 'latin1')])
}

/** RFC 5321 §4.5.2, the sender's side. */
function stuffed(message: string): string {
  return `${message.replaceAll(/^\./gm, '..')}.\r\n`
}

describe('the octets of DATA', () => {
  it('end at CR LF dot CR LF, which is no content but for its first CR LF', () => {
    expect(read('a\r\n.\r\nQUIT\r\n')).toEqual({ content: 'a\r\n', end: 'end', rest: 'QUIT\r\n' })
  })

  it('end at once where the first line is a dot', () => {
    expect(read('.\r\n')).toEqual({ content: '', end: 'end', rest: '' })
  })

  it('lose the first dot of a line, whatever follows it', () => {
    expect(read('..\r\n...\r\n.x\r\n.\r\n').content).toBe('.\r\n..\r\nx\r\n')
  })

  it('keep NUL and every octet above 127', () => {
    const octets = Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => octet !== 10 && octet !== 13)
    const line = Buffer.from(octets).toString('latin1')
    expect(read(`${line}\r\n.\r\n`).content).toBe(`${line}\r\n`)
  })

  const smuggling = [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r.\r',
    '\r.\r\n',
    '\n.\r',
    '\r.\n',
    '\r\r\n.\r\n',
    '\r\n.\r\r\n',
    '\r\n\r.\r\n',
    '\n\r.\n\r',
    '\n\n.\r\n',
    '\r\n.\r.\r\n',
    '\n',
    '\r',
  ]
  for (const variant of smuggling) {
    it(`are refused at ${JSON.stringify(variant)}`, () => {
      expect(read(`body${variant}MAIL FROM:<smuggled@evil.example>\r\n.\r\n`).end).toBe('bareLineBreak')
      expect(readIn([...Buffer.from(`body${variant}X\r\n.\r\n`, 'latin1')].map((octet) => Buffer.from([octet]))).end).toBe('bareLineBreak')
    })
    it(`are refused at ${JSON.stringify(variant)} at the very start`, () => {
      expect(read(`${variant}X\r\n.\r\n`).end).toBe(variant.startsWith('\r\n.\r\n') ? 'end' : 'bareLineBreak')
    })
  }

  it('give back every message that was sent properly, however it is cut into chunks', () => {
    const line = fc.oneof(
      fc.constantFrom('.', '..', '.\t', '', ' ', 'From '),
      fc.string({ unit: fc.constantFrom('.', 'a', ' ', '\u00ff'), maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(fc.nat(60), { maxLength: 8 }), (lines, cuts) => {
        const message = lines.map((one) => `${one}\r\n`).join('')
        const wire = Buffer.from(`${stuffed(message)}NOOP\r\n`, 'latin1')
        const places = [0, ...cuts.map((cut) => Math.min(cut, wire.length)).toSorted((a, b) => a - b), wire.length]
        const chunks = places.slice(1).map((place, index) => wire.subarray(places[index], place))
        expect(readIn(chunks)).toEqual({ content: message, end: 'end', rest: 'NOOP\r\n' })
      }),
    )
  })

  it('mean the same however they are cut, whatever they are', () => {
    const octets = fc.array(fc.constantFrom(0x0d, 0x0a, 0x2e, 0x61), { maxLength: 14 })
    fc.assert(
      fc.property(octets, (given) => {
        const whole = Buffer.from(given)
        const single = given.map((octet) => Buffer.from([octet]))
        expect(readIn(single)).toEqual(readIn([whole]))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are refused exactly where a CR or LF stands alone before the end', () => {
    const octets = fc.array(fc.constantFrom(0x0d, 0x0a, 0x2e, 0x61), { maxLength: 14 })
    fc.assert(
      fc.property(octets, (given) => {
        const text = Buffer.from([...given, 0x61]).toString('latin1')
        const end = `\r\n${text}`.indexOf('\r\n.\r\n')
        const before = end < 0 ? text : text.slice(0, end + 3)
        const isBare = /\r(?!\n)|(?<!\r)\n/.test(before)
        expect(read(text).end).toBe(isBare ? 'bareLineBreak' : end < 0 ? 'more' : 'end')
      }),
      { numRuns: 2_000 },
    )
  })

  it('are not changed while they are read', () => {
    const wire = Buffer.from('..a\r\n..b\r\n.\r\n')
    const before = Buffer.from(wire)
    readIn([wire])
    expect(wire).toEqual(before)
  })
})
