/** The order in which spooled messages wait for the database, kept as places on disk; what is not in memory as well is read back when its turn comes. */
import { open } from 'node:fs/promises'
import type { MessageId } from '../crm/ids.ts'
import { Recent } from '../store/recent.ts'
import { markIn, type Mark } from './mark.ts'
import { readRecord, type SpoolEntry } from './spool-record.ts'
import type { RecordPlace } from './spool-segments.ts'

export interface HeldRecord extends RecordPlace {
  readonly id: MessageId
  readonly receivedAt: Date
  /** It was handed in under a mark (see mark.ts), so that it can be asked for. */
  readonly mark: Mark | null
  /** What it takes of the spool's limit. */
  readonly bytes: number
  readonly bodyPath: string | null
  /** Left by an earlier run: it may have been admitted already. */
  readonly found: boolean
  /** Its place in the queue; null while it is in none. */
  slot: number | null
  /** What lies there, while it is in memory as well. */
  inMemory: Pick<SpooledMessage, 'entry' | 'content'> | null
}

/** A message as admission gets it: `content` where it lay in a segment, else `bodyPath`. */
export interface SpooledMessage {
  readonly record: HeldRecord
  readonly entry: SpoolEntry
  readonly content: Uint8Array | null
  readonly bodyPath: string | null
  readonly found: boolean
}

/** A record that stands in no queue yet. */
export function heldRecord(
  { id, channel, receivedAt }: SpoolEntry,
  place: RecordPlace,
  body: Pick<HeldRecord, 'bytes' | 'bodyPath' | 'found'>,
): HeldRecord {
  // Ids of mailboxes are UUIDv8 as well, and found by themselves.
  const mark = channel === 'upload' || channel === 'file' ? markIn(id) : null
  return { ...place, ...body, id, receivedAt, mark, slot: null, inMemory: null }
}

/** `newId` makes each id once, so nobody can ask whether it is held before he has it. */
function mayComeAgain(id: MessageId): boolean {
  return markIn(id) !== null
}

const compactionStep = 4_096
/** Of records that wait for the database and need not be read back from the disk. */
const bytesInMemoryMax = 8 * 1024 * 1024
/** Marks that are known beyond their mail's stay: whoever asked the database just before it got there asks here just after it left. */
const lateMarksMax = 20_000

/**
 * First in, first out; millions may wait, so nothing here walks over all of them. What is known of a record stands on the record: a map through which
 * every mail goes makes a new table every so often, and its old tables, which V8 only collects with all the rest, hold the mails of minutes.
 */
export class SpoolQueue {
  #slots: (HeldRecord | null)[]
  #head = 0
  #count: number
  /** Of those that are asked for by their id; see `mayComeAgain`. */
  readonly #ids = new Set<MessageId>()
  readonly #byMark = new Map<Mark, HeldRecord>()
  readonly #late = new Recent<Mark, MessageId>(lateMarksMax)
  #dropped = 0
  #bytesInMemory = 0

  constructor(records: readonly HeldRecord[]) {
    this.#slots = []
    this.#count = 0
    for (const record of records) this.add(record)
  }

  get length(): number {
    return this.#count
  }

  /** `contents`, what was just written there, is kept in memory while there is room: those before it are needed sooner. */
  add(record: HeldRecord, contents: HeldRecord['inMemory'] = null): void {
    record.slot = this.#dropped + this.#slots.push(record) - 1
    if (mayComeAgain(record.id)) this.#ids.add(record.id)
    if (record.mark !== null) this.#byMark.set(record.mark, record)
    this.#count++
    const bytes = record.end - record.start
    if (contents === null || this.#bytesInMemory + bytes > bytesInMemoryMax) return
    record.inMemory = contents
    this.#bytesInMemory += bytes
  }

  takeFromMemory(record: HeldRecord): HeldRecord['inMemory'] {
    const contents = record.inMemory
    if (contents !== null) {
      record.inMemory = null
      this.#bytesInMemory -= record.end - record.start
    }
    return contents
  }

  /** For ids that are made again, not those of `newId`. */
  holds(id: MessageId): boolean {
    return this.#ids.has(id)
  }

  /** Also of one that was admitted a moment ago. */
  findMarked(mark: Mark): MessageId | null {
    return this.#byMark.get(mark)?.id ?? this.#late.find(mark) ?? null
  }

  /** False where it was removed before. */
  remove(record: HeldRecord): boolean {
    const { slot } = record
    if (slot === null) return false
    record.slot = null
    this.takeFromMemory(record)
    if (mayComeAgain(record.id)) this.#ids.delete(record.id)
    if (record.mark !== null && this.#byMark.get(record.mark) === record) this.#byMark.delete(record.mark)
    this.#slots[slot - this.#dropped] = null
    this.#count--
    while (this.#head < this.#slots.length && this.#slots[this.#head] === null) this.#head++
    if (this.#head >= compactionStep && this.#head * 2 >= this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head)
      this.#dropped += this.#head
      this.#head = 0
    }
    return true
  }

  /** It is in the database now. False where it was removed before. */
  removeAdmitted(record: HeldRecord): boolean {
    const isRemoved = this.remove(record)
    if (isRemoved && record.mark !== null) this.#late.add(record.mark, record.id, 1)
    return isRemoved
  }

  moveToEnd(record: HeldRecord): void {
    if (this.remove(record)) this.add(record)
  }

  first(): HeldRecord | null {
    return this.#slots[this.#head] ?? null
  }

  /** The first ones, at most so many, and no more once they make `bytesMax`. */
  oldest(recordsMax: number, bytesMax: number): HeldRecord[] {
    const found: HeldRecord[] = []
    for (let slot = this.#head, bytes = 0; slot < this.#slots.length && found.length < recordsMax && bytes < bytesMax; slot++) {
      const record = this.#slots[slot]
      if (record === null || record === undefined) continue
      found.push(record)
      bytes += record.end - record.start
    }
    return found
  }
}

/** Takes what is in memory from there, and reads the other records back from their segments, neighbours in one read, and checks them. */
export async function readHeld(
  held: readonly HeldRecord[],
  queue: SpoolQueue,
): Promise<{ whole: SpooledMessage[]; damaged: HeldRecord[] }> {
  const known = new Map(
    held.flatMap((record) => {
      const contents = queue.takeFromMemory(record)
      return contents === null ? [] : [[record, { record, ...contents, bodyPath: record.bodyPath, found: record.found }] as const]
    }),
  )
  const { whole, damaged } = await readBack(held.filter((record) => !known.has(record)))
  for (const message of whole) known.set(message.record, message)
  return { whole: held.flatMap((record) => known.get(record) ?? []), damaged }
}

async function readBack(records: readonly HeldRecord[]): Promise<{ whole: SpooledMessage[]; damaged: HeldRecord[] }> {
  const whole: SpooledMessage[] = []
  const damaged: HeldRecord[] = []
  for (let first = 0; first < records.length;) {
    let next = first + 1
    while (next < records.length && records[next]?.segment === records[first]?.segment && records[next]?.start === records[next - 1]?.end)
      next++
    const run = records.slice(first, next)
    const bytes = await readRun(run)
    const runStart = run[0]?.start ?? 0
    for (const record of run) {
      const read = readRecord(bytes, record.start - runStart, record.segment.salt)
      if (read === null || read.entry.id !== record.id) damaged.push(record)
      else {
        const content = read.bodyInFile ? null : bytes.subarray(read.bodyStart, read.end)
        whole.push({ record, entry: read.entry, content, bodyPath: record.bodyPath, found: record.found })
      }
    }
    first = next
  }
  return { whole, damaged }
}

async function readRun(run: readonly HeldRecord[]): Promise<Buffer> {
  const start = run[0]?.start ?? 0
  const bytes = Buffer.allocUnsafe((run.at(-1)?.end ?? 0) - start)
  const file = await open(run[0]?.segment.path ?? '', 'r')
  try {
    let done = 0
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  } finally {
    await file.close()
  }
}
