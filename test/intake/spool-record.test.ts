import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageId } from '../../src/crm/ids.ts'
import { encodeRecord, readSegment, type SpoolEntry } from '../../src/intake/spool-record.ts'

const salt = 0x5eed5eed

function entry(id: string): SpoolEntry {
  const envelope = {
    reversePath: 'änna@xyz.example',
    forwardPaths: ['crm@crm.example'],
    clientAddress: '192.0.2.1',
    heloName: 'client.example',
    tls: null,
    authenticatedAs: null,
    fromTrustedNetwork: true,
  }
  return { id: id as MessageId, channel: 'smtp', receivedAt: new Date('2026-11-02T09:30:00Z'), bytes: 1, sha256: 'ab', envelope }
}

interface Written {
  readonly bytes: Buffer
  /** Where each record ends. */
  readonly ends: number[]
}

function segmentOf(bodies: readonly (Uint8Array | null)[], padding = 0): Written {
  const parts: Uint8Array[] = []
  const ends: number[] = []
  let end = 0
  for (const [index, body] of bodies.entries()) {
    for (const part of encodeRecord(salt, entry(`id-${index}`), body)) {
      parts.push(part)
      end += part.length
    }
    ends.push(end)
  }
  return { bytes: Buffer.concat([...parts, Buffer.alloc(padding)]), ends }
}

function idsIn(bytes: Buffer): string[] {
  return readSegment(bytes, salt).records.map((record) => record.entry.id)
}

const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 4 })

describe('a segment', () => {
  it('gives back every entry and body as it was written', () => {
    fc.assert(
      fc.property(bodies, fc.nat(100), (given, padding) => {
        const { bytes } = segmentOf(given, padding)
        const { records, damaged, tornTailBytes } = readSegment(bytes, salt)
        expect(records.map((record) => record.entry)).toEqual(given.map((_, index) => entry(`id-${index}`)))
        expect(records.map((record) => new Uint8Array(bytes.subarray(record.bodyStart, record.end)))).toEqual(given)
        expect({ damaged, tornTailBytes }).toEqual({ damaged: [], tornTailBytes: 0 })
      }),
    )
  })

  it('tells a body in a file of its own from an empty one', () => {
    const { records } = readSegment(segmentOf([null, new Uint8Array()]).bytes, salt)
    expect(records.map((record) => record.bodyInFile)).toEqual([true, false])
  })

  it('cut anywhere gives every record that is whole and nothing of the one that is not', () => {
    fc.assert(
      fc.property(bodies, (given) => {
        const { bytes, ends } = segmentOf(given)
        for (let cut = 0; cut <= bytes.length; cut++) {
          const whole = ends.filter((end) => end <= cut).length
          expect(idsIn(bytes.subarray(0, cut))).toEqual(given.slice(0, whole).map((_, index) => `id-${index}`))
        }
      }),
      { numRuns: 20 },
    )
  })

  it('cut anywhere and filled up with zeros gives the same', () => {
    const { bytes, ends } = segmentOf([Buffer.from('one'), Buffer.from('two')])
    for (let cut = 0; cut < bytes.length; cut++) {
      const torn = Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(200)])
      const found = idsIn(torn)
      const whole = ends.filter((end) => end <= cut).length
      expect(found).toEqual(['id-0', 'id-1'].slice(0, whole))
    }
  })

  it('with one bit flipped anywhere loses at most the record that it hit, and says so', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.nat(7), (given, place, bit) => {
        const { bytes, ends } = segmentOf(given)
        const at = place % bytes.length
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at)
        const hit = ends.findIndex((end) => at < end)
        const { records, damaged, tornTailBytes } = readSegment(bytes, salt)
        const others = given.map((_, index) => `id-${index}`).filter((_, index) => index !== hit)
        expect(records.map((record) => record.entry.id)).toEqual(others)
        expect(damaged.length + Math.sign(tornTailBytes)).toBe(1)
      }),
      { numRuns: 500 },
    )
  })

  it('never takes a record that a mail carries in its body for one', () => {
    const forged = Buffer.concat(encodeRecord(salt ^ 1, entry('forged'), Buffer.from('x')))
    const { bytes } = segmentOf([forged, Buffer.from('two')])
    // The outer record is damaged, so its body is searched.
    bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30)
    expect(idsIn(bytes)).toEqual(['id-1'])
  })

  it('is read without end or error whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readSegment(Buffer.from(bytes), salt).records).toEqual([])
      }),
    )
  })
})
