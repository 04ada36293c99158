/** A body too big for a segment, streamed to a file of its own; it counts only once a record names it. */
import { constants } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageId } from '../crm/ids.ts'
import { syncFolder } from '../store/file-sync.ts'
import { diskFailure } from './disk-failure.ts'

/** What is left of the spool's limit. */
export interface SpoolRoom {
  /** @throws TemporaryFailure `spoolFull` | `stopping`. */
  take(bytes: number): void
  give(bytes: number): void
}

export interface BodyFile {
  readonly path: string
  readonly bytes: number
  /** One call at a time. @throws TemporaryFailure `diskFull` | `spoolFull`. */
  write(chunk: Uint8Array): Promise<void>
  /** The file and its name would survive a power cut once it resolves. @throws TemporaryFailure `diskFull`. */
  finish(): Promise<void>
  /** Deletes it; for a message that was refused or broken off. */
  discard(): Promise<void>
}

export function bodyPath(folder: string, id: MessageId): string {
  return join(folder, id)
}

export async function createBodyFile(folder: string, id: MessageId, room: SpoolRoom): Promise<BodyFile> {
  const path = bodyPath(folder, id)
  const deed = 'writing a large mail to the spool'
  const file = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600).catch((error: unknown) => {
    throw diskFailure(error, deed)
  })
  let bytes = 0
  let isOpen = true

  async function close(): Promise<void> {
    if (!isOpen) return
    isOpen = false
    await file.close()
  }

  return {
    path,
    get bytes() {
      return bytes
    },
    async write(chunk) {
      room.take(chunk.length)
      bytes += chunk.length
      for (let done = 0; done < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, done).catch((error: unknown) => {
          throw diskFailure(error, deed)
        })
        if (bytesWritten === 0) throw diskFailure({ code: 'ENOSPC' }, deed)
        done += bytesWritten
      }
    },
    async finish() {
      try {
        await file.sync()
        await close()
        await syncFolder(folder)
      } catch (error) {
        throw diskFailure(error, deed)
      }
    },
    async discard() {
      room.give(bytes)
      bytes = 0
      await close().catch(() => undefined)
      await unlink(path).catch(() => undefined)
    },
  }
}
