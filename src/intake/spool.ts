/**
 * The spool: where an accepted message is durable before anything else is asked of anybody (ARCHITECTURE invariant 1). Small bodies lie in
 * shared segment files, big ones in files of their own; what is admitted to the database is released and its file deleted.
 */
import { randomInt } from 'node:crypto'
import { mkdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageId } from '../crm/ids.ts'
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { makeDataDir } from '../store/data-dir.ts'
import { holdFolder } from '../store/folder-lock.ts'
import { createBodyFile, type BodyFile, type SpoolRoom } from './spool-body.ts'
import type { Mark } from './mark.ts'
import { heldRecord, readHeld, SpoolQueue, type SpooledMessage } from './spool-queue.ts'
import { encodeRecord, type SpoolEntry } from './spool-record.ts'
import { findSpooled } from './spool-recovery.ts'
import { SegmentWriter } from './spool-segments.ts'

export interface SpoolOptions {
  readonly dataDir: string
  /** Accepted bytes that may wait for the database; beyond that mail is refused with 452. */
  readonly spoolBytesMax: number
  readonly log: Log
  /** Folder under `dataDir`; another name lets a second process have a spool of its own. */
  readonly folderName?: string
  /** See `SegmentWriterOptions`. */
  readonly segmentAgeMaxMs?: number
}

export interface SpoolHeld {
  readonly messages: number
  readonly bytes: number
  /** When the message that waits longest was received; null where none waits. */
  readonly oldestReceivedAt: Date | null
}

export interface Spool {
  /** Starts the file of a body that is too big for a segment. */
  createBody(id: MessageId): Promise<BodyFile>
  /**
   * Makes a message durable: when it resolves the message may be acknowledged, when it throws nothing of it is kept.
   * @param body The bytes, or the finished file.
   * @throws TemporaryFailure `diskFull` | `spoolFull` | `stopping`.
   */
  put(entry: SpoolEntry, body: Uint8Array | BodyFile): Promise<void>
  /** How many more bytes may be accepted. */
  roomBytes(): number
  /** Whether a message of this id waits for the database. */
  holds(id: MessageId): boolean
  /** The message under this mark that waits for the database, or did so a moment ago; or null. */
  findMarked(mark: Mark): MessageId | null
  /** What waits for the database; `bytes` counts what is being received as well. */
  held(): SpoolHeld
  /** The messages that wait longest, read back and checked, at most so many and of about so many bytes of body; [] where none waits. */
  oldest(messagesMax: number, bytesMax: number): Promise<SpooledMessage[]>
  /** Puts messages that cannot be admitted now behind all others. */
  postpone(messages: readonly SpooledMessage[]): void
  /** Forgets messages that are safe elsewhere. */
  release(messages: readonly SpooledMessage[]): Promise<void>
  /** `listener` is called after each `put`. */
  onPut(listener: () => void): void
  /** Waits for what is being written; what is held stays on disk for the next start. */
  close(): Promise<void>
}

const segmentAgeMaxMs = 2_000

/**
 * Opens (or makes) the spool in `dataDir` and finds what an earlier run left in it.
 * @throws PermanentFailure `dataFolderHeld` (another process has it), `dataFolderUnusable`.
 */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { log, spoolBytesMax } = options
  const folder = join(options.dataDir, options.folderName ?? 'spool')
  const bodyFolder = join(folder, 'bodies')
  makeDataDir(options.dataDir)
  await mkdir(bodyFolder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new PermanentFailure('dataFolderUnusable', `${folder} cannot be made: ${wordsOf(error)}`, { cause: error })
  })
  const lock = holdFolder(join(folder, 'lock'), `the mail spool ${folder}`)
  const found = await findSpooled({ folder, bodyFolder, log }).catch((error: unknown) => {
    lock.release()
    throw new PermanentFailure('dataFolderUnusable', `${folder} cannot be read: ${wordsOf(error)}`, { cause: error })
  })
  const salt = randomInt(2 ** 32)
  const writer = new SegmentWriter({
    folder,
    salt,
    firstNumber: found.nextSegmentNumber,
    segmentAgeMaxMs: options.segmentAgeMaxMs ?? segmentAgeMaxMs,
    log,
  })
  const queue = new SpoolQueue(found.records)
  const usedBytes = found.records.reduce((sum, record) => sum + record.bytes, 0)
  const room = openRoom(spoolBytesMax, usedBytes)
  let listener = (): void => undefined
  if (queue.length > 0) log.info({ messages: queue.length, bytes: usedBytes }, 'messages found in the spool')

  return {
    createBody: (id) => createBodyFile(bodyFolder, id, room),
    async put(entry, body) {
      const inFile = 'path' in body
      const record = encodeRecord(salt, entry, inFile ? null : body)
      const recordBytes = record.reduce((sum, part) => sum + part.length, 0)
      room.take(recordBytes)
      const place = await writer.append(record, recordBytes).catch((error: unknown) => {
        room.give(recordBytes)
        throw error
      })
      const bytes = recordBytes + (inFile ? body.bytes : 0)
      const held = heldRecord(entry, place, { bytes, bodyPath: inFile ? body.path : null, found: false })
      queue.add(held, { entry, content: inFile ? null : body })
      listener()
    },
    roomBytes: () => Math.max(0, spoolBytesMax - room.usedBytes()),
    holds: (id) => queue.holds(id),
    findMarked: (mark) => queue.findMarked(mark),
    held: () => ({ messages: queue.length, bytes: room.usedBytes(), oldestReceivedAt: queue.first()?.receivedAt ?? null }),
    async oldest(messagesMax, bytesMax) {
      const { whole, damaged } = await readHeld(queue.oldest(messagesMax, bytesMax), queue)
      for (const record of damaged) {
        // Its segment stays, since nobody releases it: the next start sets the damaged bytes aside.
        log.error({ id: record.id, segment: record.segment.path, start: record.start }, 'an accepted message is damaged on the disk')
        queue.remove(record)
      }
      return whole
    },
    postpone(messages) {
      for (const { record } of messages) queue.moveToEnd(record)
    },
    async release(messages) {
      for (const { record } of messages) {
        if (!queue.removeAdmitted(record)) continue
        room.give(record.bytes)
        if (record.bodyPath !== null) await unlink(record.bodyPath).catch(() => undefined)
        await writer.release(record.segment)
      }
    },
    onPut(added) {
      listener = added
    },
    async close() {
      room.shut()
      await writer.close()
      lock.release()
    },
  }
}

function openRoom(spoolBytesMax: number, firstUsedBytes: number): SpoolRoom & { usedBytes(): number; shut(): void } {
  let usedBytes = firstUsedBytes
  let isShut = false
  return {
    take(bytes) {
      if (isShut) throw new TemporaryFailure('stopping', 'the program is stopping')
      if (usedBytes + bytes > spoolBytesMax) {
        throw new TemporaryFailure('spoolFull', `the spool holds ${usedBytes} of at most ${spoolBytesMax} bytes; is the database away?`)
      }
      usedBytes += bytes
    },
    give(bytes) {
      usedBytes -= bytes
    },
    usedBytes: () => usedBytes,
    shut() {
      isShut = true
    },
  }
}
