/** One holder per folder. The kernel keeps the lock and drops it however the holder ends, so there is no stale lock to guess about. */
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PermanentFailure } from '../failure.ts'

export interface HeldFolder {
  release(): void
}

/** A holder that was just killed takes a moment to be gone. */
const waitMs = 500
/** SQLITE_BUSY. */
const busyCode = 5

/**
 * Holds what `file` stands for until `release` or the end of this process. Node has no flock(2); SQLite keeps a record lock on its file for as
 * long as an exclusive transaction is open, and that is all that is used of it. `what` begins the sentence that the second holder gets.
 * Throws PermanentFailure('dataFolderHeld'), which names the holder; what the file system refuses, as it is.
 */
export function holdFolder(file: string, what: string): HeldFolder {
  const holderFile = `${file}.holder`
  const lock = new DatabaseSync(file)
  try {
    lock.exec(`PRAGMA busy_timeout = ${String(waitMs)}; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE`)
    const command = process.argv.slice(1, 3).map((part) => basename(part))
    writeFileSync(holderFile, `process ${String(process.pid)} on ${hostname()} (${command.join(' ')})\n`, { mode: 0o600 })
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== busyCode) throw error
    throw new PermanentFailure('dataFolderHeld', `${what} is held by ${holderOf(holderFile)}. Stop that first, or use another folder.`)
  }
  return { release: () => lock.close() }
}

function holderOf(holderFile: string): string {
  try {
    return readFileSync(holderFile, 'utf8').trim()
  } catch {
    return 'another process'
  }
}
