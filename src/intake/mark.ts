/**
 * Ids of mail that its giver may hand in again. Such an id is time and a mark: the time lets it sort among all others, the mark is a hash of what makes
 * two deliveries the same one (a key of the giver's, or the content), by which the earlier one is found in spool and database. Pure.
 */
import { createHash } from 'node:crypto'
import type { MessageId } from '../crm/ids.ts'

declare const brand: unique symbol
/** What stands in the id behind its first 48 bits, as it is written there; 74 bits of it are the hash. */
export type Mark = string & { readonly [brand]: 'mark' }

const markCharacters = 22
/** `8` is the version (UUIDv8, RFC 9562 §5.8), and the next group begins with the variant. */
const markShape = /^8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The same for the same parts in the same order, and for nothing else. */
export function markOf(...parts: readonly string[]): Mark {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 10)
  bytes.writeUInt16BE(0x8000 | (bytes.readUInt16BE(0) & 0x0fff), 0)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(2) & 0x3f), 2)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8)}` as Mark
}

/** The id of a mail under this mark, begun at that time. */
export function markedId(mark: Mark, atMs: number): MessageId {
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-${mark}` as MessageId
}

/** Null where it was made otherwise: UUIDv7 has no mark. */
export function markIn(id: MessageId): Mark | null {
  return readMark(id.slice(-markCharacters))
}

export function readMark(written: string): Mark | null {
  return markShape.test(written) ? (written as Mark) : null
}
