/** Sets of UIDs as ascending ranges that do not touch, and the ids of the messages behind them. Pure. */
import { createHash } from 'node:crypto'
import type { MessageId } from '../crm/ids.ts'
import type { MailboxCursor, UidRange } from '../store/mailboxes.ts'

/** RFC 9051 §2.3.1.1: UIDs are 32 bits, and 0 is none. */
export const uidHighest = 2 ** 32 - 1

export function isUid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= uidHighest
}

export function emptyCursor(uidValidity: string): MailboxCursor {
  return { uidValidity, done: [], owed: [], begun: null }
}

/** The ranges of these UIDs, in whatever order they come. */
export function rangesOf(uids: Iterable<number>): UidRange[] {
  return uniteRanges([...uids].map((uid) => [uid, uid]))
}

/** What is in one of them or more. */
export function uniteRanges(...sets: readonly (readonly UidRange[])[]): UidRange[] {
  const sorted = sets.flat().toSorted(([a], [b]) => a - b)
  const united: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = united.at(-1)
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else united.push([from, to])
  }
  return united
}

/** What is in `ranges` and not in `taken`. */
export function withoutRanges(ranges: readonly UidRange[], taken: readonly UidRange[]): UidRange[] {
  const left: UidRange[] = []
  let next = 0
  for (const [from, to] of ranges) {
    let start = from
    while (next > 0 && (taken[next - 1]?.[1] ?? 0) >= start) next--
    for (; next < taken.length; next++) {
      const [takenFrom, takenTo] = taken[next] as UidRange
      if (takenFrom > to) break
      if (takenFrom > start) left.push([start, Math.min(takenFrom - 1, to)])
      start = Math.max(start, takenTo + 1)
    }
    if (start <= to) left.push([start, to])
  }
  return left
}

/** From `from` to `to` without `done`; [] where that is nothing. */
export function gapsIn(done: readonly UidRange[], from: number, to: number): UidRange[] {
  return from > to ? [] : withoutRanges([[from, to]], done)
}

export function hasUid(ranges: readonly UidRange[], uid: number): boolean {
  return ranges.some(([from, to]) => from <= uid && uid <= to)
}

export function countUids(ranges: readonly UidRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

/** Every UID, ascending. For sets that are known to be small. */
export function uidsOf(ranges: readonly UidRange[]): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index))
}

/** As IMAP writes it: `1:4,7` (RFC 9051 §9, sequence-set). */
export function formatUids(ranges: readonly UidRange[]): string {
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}:${to}`)).join(',')
}

export interface FetchedMessage {
  readonly mailboxId: string
  readonly uidValidity: string
  readonly uid: number
  /** When its window was begun, milliseconds since 1970; stands in the cursor before the first message of it is taken. */
  readonly begunAtMs: number
  /** The lowest UID of its window. */
  readonly windowStart: number
}

const positionHighest = 0xfff

/**
 * The same message has the same id however often it is fetched, so a crash between its being durable and the cursor's move makes no second one.
 * A UUIDv8 (RFC 9562 §5.8) that sorts by time like the UUIDv7 of other messages: 48 bits of time, 12 bits of place in the window (so that mails
 * of one window are processed in their order), 62 bits of a hash over mailbox, UIDVALIDITY and UID.
 */
export function fetchedMessageId({ mailboxId, uidValidity, uid, begunAtMs, windowStart }: FetchedMessage): MessageId {
  const bytes = createHash('sha256').update(`${mailboxId}/${uidValidity}/${uid}`).digest().subarray(0, 16)
  const position = Math.min(uid - windowStart, positionHighest)
  bytes.writeUIntBE(begunAtMs, 0, 6)
  bytes.writeUInt16BE(0x8000 | position, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as MessageId
}
