/** The bytes of a spool segment: how one accepted message is written as a record, and how records are found again after a crash. Pure. */
import { crc32 } from 'node:zlib'
import type { MessageId } from '../crm/ids.ts'
import type { Envelope, IntakeChannel } from '../mail/message.ts'

/** What is known of a message beside its bytes. Times are ISO 8601 in JSON. */
export interface SpoolEntry {
  readonly id: MessageId
  readonly channel: IntakeChannel
  readonly receivedAt: Date
  /** Size of the raw message. */
  readonly bytes: number
  /** Hex, over the raw message. */
  readonly sha256: string
  readonly envelope: Envelope
}

/** Where a record lies in its segment and what it says; the body is between `bodyStart` and `end`, or in a file of its own. */
export interface FoundRecord {
  readonly entry: SpoolEntry
  readonly start: number
  readonly bodyStart: number
  readonly end: number
  readonly bodyInFile: boolean
}

export interface SegmentContents {
  readonly records: FoundRecord[]
  /** Regions that hold something but no whole record, with whole records behind them. */
  readonly damaged: { readonly start: number; readonly end: number }[]
  /** Bytes at the end that are no whole record: what a crash cuts off, never acknowledged. */
  readonly tornTailBytes: number
}

const recordMagic = Buffer.from([0x9c, 0x4c, 0x50, 0x31])
/** magic 4, bytes of the entry 4, bytes of the body 4, CRC over entry and body 4, CRC over this header 4; all big-endian. */
const recordHeaderBytes = 20
/** Bounds a length field that a flipped bit has made huge. */
const recordPartBytesMax = 64 * 1024 * 1024

/**
 * The record as the buffers to write, one after another. `body` null: the bytes are in a file of their own.
 * @param salt 32 random bits of the segment; every CRC starts from them, so that no mail can carry bytes that pass for a record.
 */
export function encodeRecord(salt: number, entry: SpoolEntry, body: Uint8Array | null): Uint8Array[] {
  const { id, channel, receivedAt, bytes, sha256, envelope } = entry
  // A Date among the values makes JSON.stringify take its slow way.
  const written = { id, channel, bytes, sha256, envelope, receivedAt: receivedAt.toISOString() }
  const json = JSON.stringify(body === null ? { ...written, bodyInFile: true } : written)
  const entryBytes = Buffer.byteLength(json)
  const head = Buffer.allocUnsafe(recordHeaderBytes + entryBytes)
  head.write(json, recordHeaderBytes)
  let crc = crc32(head.subarray(recordHeaderBytes), salt)
  if (body !== null) crc = crc32(body, crc)
  recordMagic.copy(head)
  head.writeUInt32BE(entryBytes, 4)
  head.writeUInt32BE(body?.length ?? 0, 8)
  head.writeUInt32BE(crc, 12)
  head.writeUInt32BE(crc32(head.subarray(0, 16), salt), 16)
  return body === null ? [head] : [head, body]
}

/** Reads a record that is known to begin at `start`; null where the bytes are not a whole record. */
export function readRecord(bytes: Buffer, start: number, salt: number): FoundRecord | null {
  const bodyStart = readableUntil(bytes, start, salt)
  if (bodyStart === null) return null
  const end = bodyStart + bytes.readUInt32BE(start + 8)
  if (end > bytes.length) return null
  if (crc32(bytes.subarray(start + recordHeaderBytes, end), salt) !== bytes.readUInt32BE(start + 12)) return null
  return { ...readEntry(bytes.toString('utf8', start + recordHeaderBytes, bodyStart)), start, bodyStart, end }
}

/** The body's offset where an intact record header begins at `start`, else null. */
function readableUntil(bytes: Buffer, start: number, salt: number): number | null {
  if (start + recordHeaderBytes > bytes.length || !bytes.subarray(start, start + 4).equals(recordMagic)) return null
  if (crc32(bytes.subarray(start, start + 16), salt) !== bytes.readUInt32BE(start + 16)) return null
  const entryBytes = bytes.readUInt32BE(start + 4)
  return entryBytes > recordPartBytesMax || bytes.readUInt32BE(start + 8) > recordPartBytesMax
    ? null
    : start + recordHeaderBytes + entryBytes
}

function readEntry(json: string): { entry: SpoolEntry; bodyInFile: boolean } {
  const {
    bodyInFile = false,
    receivedAt,
    ...rest
  } = JSON.parse(json) as Omit<SpoolEntry, 'receivedAt'> & {
    receivedAt: string
    bodyInFile?: boolean
  }
  return { entry: { ...rest, receivedAt: new Date(receivedAt) }, bodyInFile }
}

/**
 * Every whole record of a segment, in order. A record that is not whole ends the reading only where no whole one follows: a flipped bit on the
 * disk may cost the message that it hit, not the acknowledged ones behind it.
 */
export function readSegment(bytes: Buffer, salt: number): SegmentContents {
  const records: FoundRecord[] = []
  const damaged: { start: number; end: number }[] = []
  let at = 0
  let damageStart: number | null = null
  while (at < bytes.length) {
    const record = readRecord(bytes, at, salt)
    if (record !== null) {
      if (damageStart !== null) damaged.push({ start: damageStart, end: at })
      damageStart = null
      records.push(record)
      at = record.end
      continue
    }
    damageStart ??= at
    const next = bytes.indexOf(recordMagic, at + 1)
    if (next < 0) break
    at = next
  }
  return { records, damaged, tornTailBytes: damageStart === null ? 0 : usedBytes(bytes, damageStart) }
}

/** How many bytes from `start` on are followed by nothing but the zeros that a segment is filled up with. */
function usedBytes(bytes: Buffer, start: number): number {
  let end = bytes.length
  while (end > start && bytes[end - 1] === 0) end--
  return end - start
}
