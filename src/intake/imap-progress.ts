/** How far one folder is read, as the process that watches it knows; what of it must survive stands in the cursor. */
import type { MailboxCursor, UidRange } from '../store/mailboxes.ts'
import { rangesOf, uidsOf, uniteRanges, withoutRanges } from './imap-cursor.ts'

export class FolderProgress {
  #cursor: MailboxCursor
  /** The window was begun by an earlier session, so some of it may be taken already. */
  #isRepeat: boolean
  /** What the database has not got yet. */
  #isUnsaved = false

  constructor(cursor: MailboxCursor) {
    this.#cursor = cursor
    this.#isRepeat = cursor.begun !== null
  }

  get cursor(): MailboxCursor {
    return this.#cursor
  }

  get done(): readonly UidRange[] {
    return this.#cursor.done
  }

  get owed(): readonly UidRange[] {
    return this.#cursor.owed
  }

  get isRepeat(): boolean {
    return this.#isRepeat
  }

  get isUnsaved(): boolean {
    return this.#isUnsaved
  }

  /** The highest UID that was read; 0 where none was. */
  get highest(): number {
    return this.done.at(-1)?.[1] ?? 0
  }

  /** To be saved before the first of them is taken: a crash then leads to the same ids. */
  begin(uids: readonly number[], atMs: number): void {
    this.#change({ begun: { atMs, uids: rangesOf(uids) } })
    this.#isRepeat = false
  }

  /** What of the window is still to be taken. */
  remaining(): number[] {
    return uidsOf(withoutRanges(this.#cursor.begun?.uids ?? [], this.done))
  }

  endWindow(): void {
    if (this.#cursor.begun !== null) this.#change({ begun: null })
    this.#isRepeat = false
  }

  /** These are admitted, or gone, or never were. */
  finish(uids: readonly UidRange[]): void {
    if (uids.length > 0) this.#change({ done: uniteRanges(this.done, uids) })
  }

  /** These are admitted, and what is to be done with them on the server is not. */
  owe(uids: readonly number[]): void {
    if (uids.length > 0) this.#change({ owed: uniteRanges(this.owed, rangesOf(uids)) })
  }

  settle(uids: readonly UidRange[]): void {
    if (uids.length > 0) this.#change({ owed: withoutRanges(this.owed, uids) })
  }

  saved(): void {
    this.#isUnsaved = false
  }

  #change(change: Partial<MailboxCursor>): void {
    this.#cursor = { ...this.#cursor, ...change }
    this.#isUnsaved = true
  }
}
