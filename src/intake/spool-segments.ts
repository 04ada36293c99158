/** Writes records into segment files so that each is durable when its promise resolves; all that wait share one write (group commit). */
import { constants, writev } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { syncFolder } from '../store/file-sync.ts'
import { diskFailure } from './disk-failure.ts'

const writeBuffers = promisify(
  (fd: number, buffers: readonly Uint8Array[], position: number, done: (error: Error | null, written?: number) => void): void => {
    writev(fd, buffers, position, done)
  },
)

/** A segment takes no more records once it is this long. */
const segmentBytesMax = 16 * 1024 * 1024
/**
 * A write that outgrows the file takes zeros along up to the next multiple of this, so that most writes change no metadata. Measured on ext4,
 * 20 writers, 4.4 KB records: growing file + fdatasync 42,000–53,000 records/s; whole segment filled beforehand 44,000–87,000; the same with
 * O_DSYNC (one system call instead of two) 81,000–90,000; growing by 1 MiB steps with O_DSYNC 87,000–98,000, and no file is written twice.
 */
const growthStepBytes = 1024 * 1024
const zeros = Buffer.alloc(growthStepBytes)
/** One write takes at most so many records (two buffers each) and bytes of them. */
const batchRecordsMax = 256
const batchBytesMax = 4 * 1024 * 1024
/**
 * Turns of the event loop between the first record that waits and its write, so that more go with it: a synced write costs some 150 µs of a core
 * whatever its size. An idle loop turns at once, a busy one has mail in each turn. Measured with 20 connections and 4 KB, as a share of a bare
 * listener that discards, run by run: 0.61–0.67 with none or one, 0.64–0.80 with two to four, 0.60–0.73 with ten, when everybody waits for one write.
 */
const gatherTurns = 3

export interface Segment {
  readonly path: string
  /** See `encodeRecord`; also part of the file's name, so that no damage inside the file can make it unreadable as a whole. */
  readonly salt: number
  /** Records in it that are not released yet. */
  held: number
  /** Records in it that were released. */
  released: number
  /** It takes no more records. */
  sealed: boolean
  deleted: boolean
}

export interface RecordPlace {
  readonly segment: Segment
  readonly start: number
  readonly end: number
}

export interface SegmentWriterOptions {
  readonly folder: string
  readonly salt: number
  /** Number of the first segment to make; greater than any present. */
  readonly firstNumber: number
  /** A segment out of which something was released takes no more records after this time, so that what is erased elsewhere does not linger here. */
  readonly segmentAgeMaxMs: number
  readonly log: Log
}

interface Waiting {
  readonly record: readonly Uint8Array[]
  readonly bytes: number
  readonly resolve: (place: RecordPlace) => void
  readonly reject: (error: Error) => void
}

interface OpenSegment extends Segment {
  readonly file: FileHandle
  readonly ageTimer: NodeJS.Timeout
  /** Everything before this is durable. */
  end: number
  /** The file's length, zeros included. */
  length: number
  ageReached: boolean
}

const segmentName = /^(\d{12})-([0-9a-f]{8})\.segment$/

function segmentPath(folder: string, number: number, salt: number): string {
  return join(folder, `${String(number).padStart(12, '0')}-${salt.toString(16).padStart(8, '0')}.segment`)
}

/** What a segment's file name says; null where it is no segment's. */
export function readSegmentName(name: string): { readonly number: number; readonly salt: number } | null {
  const match = segmentName.exec(name)
  return match === null ? null : { number: Number(match[1]), salt: Number.parseInt(match[2] ?? '', 16) }
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  #nextNumber: number
  #current: OpenSegment | null = null
  #waiting: Waiting[] = []
  #writing: Promise<void> | null = null
  #sealing: Promise<void> = Promise.resolve()

  constructor(options: SegmentWriterOptions) {
    this.#options = options
    this.#nextNumber = options.firstNumber
  }

  /**
   * Resolves with the record's place once it would survive a power cut.
   * @throws TemporaryFailure `diskFull`, and then the record is not in the spool.
   */
  append(record: readonly Uint8Array[], bytes: number): Promise<RecordPlace> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, bytes, resolve, reject })
      this.#writing ??= this.#writeWaiting()
    })
  }

  /** Notes that a record is no longer needed; a sealed segment without needed records is deleted. */
  async release(segment: Segment): Promise<void> {
    segment.held--
    segment.released++
    if (segment.sealed && segment.held === 0) await this.#remove(segment)
  }

  /** Waits for the writes in hand and closes the file. */
  async close(): Promise<void> {
    await this.#writing
    await this.#sealing
    await this.#seal()
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      for (let turn = 0; turn < gatherTurns; turn++) await new Promise(setImmediate)
      const batch = this.#waiting.splice(0, batchLength(this.#waiting))
      await this.#write(batch)
    }
    this.#writing = null
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const bytes = batch.reduce((sum, one) => sum + one.bytes, 0)
    try {
      const segment = await this.#segmentFor(bytes)
      const buffers = batch.flatMap((one) => one.record)
      const padding = segment.end + bytes > segment.length ? growthStepBytes - ((segment.end + bytes) % growthStepBytes) : 0
      const written = await writeAll(segment.file.fd, [...buffers, zeros.subarray(0, padding)], bytes, segment.end)
      segment.length = Math.max(segment.length, segment.end + written)
      for (const one of batch) {
        const start = segment.end
        segment.end += one.bytes
        segment.held++
        one.resolve({ segment, start, end: segment.end })
      }
    } catch (error) {
      // A failed sync is never asked again: the kernel may have dropped the pages and answer "done" (the fsync trap). What waits for this
      // write is refused, the segment ends at its last durable byte, and the next write begins a new one.
      const failure = diskFailure(error, 'writing the spool')
      this.#options.log.error({ segment: this.#current?.path, records: batch.length, problem: failure.message }, 'mail refused for now')
      await this.#seal()
      for (const one of batch) one.reject(failure)
    }
  }

  async #segmentFor(bytes: number): Promise<OpenSegment> {
    if (this.#current !== null && (this.#current.ageReached || this.#current.end + bytes > segmentBytesMax)) await this.#seal()
    this.#current ??= await this.#create()
    return this.#current
  }

  async #create(): Promise<OpenSegment> {
    const { folder, salt, segmentAgeMaxMs } = this.#options
    const path = segmentPath(folder, this.#nextNumber++, salt)
    const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_DSYNC, 0o600)
    try {
      await syncFolder(folder)
    } catch (error) {
      await file.close().catch(() => undefined)
      await unlink(path).catch(() => undefined)
      throw error
    }
    const ageTimer = setInterval(() => {
      segment.ageReached = segment.released > 0
      if (segment.ageReached && this.#writing === null && this.#current === segment) this.#sealing = this.#seal()
    }, segmentAgeMaxMs).unref()
    const start = { end: 0, length: 0, held: 0, released: 0, sealed: false, deleted: false, ageReached: false }
    const segment: OpenSegment = { path, salt, file, ageTimer, ...start }
    return segment
  }

  /** Ends the current segment at its last durable byte: gives back the zeros, and hides what was refused from the next start. */
  async #seal(): Promise<void> {
    const segment = this.#current
    if (segment === null) return
    this.#current = null
    segment.sealed = true
    clearInterval(segment.ageTimer)
    try {
      await segment.file.truncate(segment.end)
    } catch (error) {
      this.#options.log.warn({ segment: segment.path, problem: wordsOf(error) }, 'a spool segment could not be cut to its length')
    }
    await segment.file.close().catch(() => undefined)
    if (segment.held === 0) await this.#remove(segment)
  }

  async #remove(segment: Segment): Promise<void> {
    if (segment.deleted) return
    segment.deleted = true
    await unlink(segment.path).catch((error: unknown) => {
      this.#options.log.warn({ segment: segment.path, problem: wordsOf(error) }, 'a spool segment could not be deleted')
    })
  }
}

/** How many of those that wait go with one write. */
function batchLength(waiting: readonly Waiting[]): number {
  let bytes = 0
  const beyond = waiting.findIndex((one, index) => {
    bytes += one.bytes
    return index === batchRecordsMax || (index > 0 && bytes > batchBytesMax)
  })
  return beyond < 0 ? waiting.length : beyond
}

/** Writes all of `buffers` at `position`; what is behind the first `bytesNeeded` may be missing (padding). Returns the bytes written. */
async function writeAll(fd: number, buffers: readonly Uint8Array[], bytesNeeded: number, position: number): Promise<number> {
  let written = (await writeBuffers(fd, buffers, position)) ?? 0
  while (written < bytesNeeded) {
    const rest = Buffer.concat(buffers).subarray(written)
    const more = (await writeBuffers(fd, [rest], position + written)) ?? 0
    if (more === 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' })
    written += more
  }
  return written
}
