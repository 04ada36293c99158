/**
 * Which messages of a folder are taken next: in windows, new mail before what has been waiting, the two in turn where both do. However many wait,
 * only the UIDs of some are in memory.
 */
import type { UidRange } from '../store/mailboxes.ts'
import { countUids, gapsIn, hasUid, isUid, rangesOf, uidHighest, withoutRanges } from './imap-cursor.ts'
import type { FolderProgress } from './imap-progress.ts'

/** What is asked of the server. */
export interface FolderView {
  /** Which of these UIDs there are. */
  search(uids: readonly UidRange[]): Promise<number[]>
  /** The UIDs of the last messages, at most so many. */
  newest(count: number): Promise<number[]>
}

/** Messages of one window: taken together, and with one write to the database. */
export const windowMessagesMax = 100
/** So many are taken in their order, whenever they came; of more, the newest go first. */
const inOrderMax = 1_000
/** UIDs that one search covers, at first; it grows where they are sparse. */
const spanFirst = 20_000
const spanFoundMin = 1_000

export class WaitingMessages {
  readonly #view: FolderView
  readonly #progress: FolderProgress
  /** Those that could not be taken and are left for later. */
  readonly #isSetAside: (uid: number) => boolean
  #fresh: number[] = []
  #old: number[] = []
  /** Of the old ones, UIDs up to here have been searched for; those up to `#scanEnd` are to be. */
  #scannedTo = 0
  #scanEnd = 0
  #span = spanFirst
  #highest = 0
  #exists = 0
  #lastWasFresh = false

  constructor(view: FolderView, progress: FolderProgress, isSetAside: (uid: number) => boolean) {
    this.#view = view
    this.#progress = progress
    this.#isSetAside = isSetAside
  }

  /** Looks at the folder as a whole, once it is selected. `exists` is what the server says it holds. */
  async start(exists: number): Promise<void> {
    this.#exists = exists
    this.#highest = this.#progress.highest
    this.#scanEnd = this.#highest
    const newest = exists === 0 ? [] : ascending(await this.#view.newest(inOrderMax))
    const added = newest.filter((uid) => uid > this.#highest)
    if (added.length === 0) return
    // In order: what a search finds. So is a folder read where fewer UIDs were told than there are messages.
    const isSearched = this.#highest === 0 || newest.length < Math.min(exists, inOrderMax)
    // Of a huge folder that is read for the first time, or grew huge meanwhile, the newest come first.
    const isHuge = added.length === newest.length && newest.length === inOrderMax && exists > inOrderMax
    const first = isHuge ? added.slice(-windowMessagesMax) : isSearched ? [] : added
    this.#highest = added.at(-1) ?? 0
    this.#scanEnd = (first[0] ?? this.#highest + 1) - 1
    this.#add(first, this.#scanEnd + 1)
  }

  /** Looks for what came since. */
  async look(): Promise<void> {
    const found = ascending(await this.#view.search([[this.#highest + 1, uidHighest]])).filter((uid) => uid > this.#highest)
    if (found.length === 0) return
    const from = this.#highest + 1
    this.#highest = found.at(-1) ?? this.#highest
    this.#exists += found.length
    this.#add(found, from)
  }

  /** Puts messages that were set aside first in line again. */
  retry(uids: readonly number[]): void {
    this.#old = [...uids, ...this.#old]
  }

  /** Whether the last window was of those that had been waiting. */
  get lastWasOld(): boolean {
    return !this.#lastWasFresh
  }

  /** The next window, ascending; [] where nothing waits. */
  async next(): Promise<number[]> {
    if (this.#old.length === 0) await this.#scan()
    const takesFresh = this.#fresh.length > 0 && !(this.#lastWasFresh && this.#old.length > 0)
    this.#lastWasFresh = takesFresh
    const window = (takesFresh ? this.#fresh : this.#old).splice(0, windowMessagesMax).filter((uid) => this.#isDue(uid))
    // What was taken meanwhile on another way is not the end.
    return window.length > 0 || this.#fresh.length + this.#old.length === 0 ? window : await this.next()
  }

  /** How many wait; of those that were not looked for yet, at most how many. */
  count(): number {
    const unseen = countUids(gapsIn(this.#progress.done, this.#scannedTo + 1, this.#scanEnd))
    return this.#fresh.length + this.#old.length + Math.min(unseen, Math.max(0, this.#exists))
  }

  #isDue(uid: number): boolean {
    return !hasUid(this.#progress.done, uid) && !this.#isSetAside(uid)
  }

  /** `uids` are all that there are from `from` on. */
  #add(uids: readonly number[], from: number): void {
    const there = rangesOf(uids)
    this.#progress.finish(withoutRanges(gapsIn(this.#progress.done, from, this.#highest), there))
    this.#fresh.push(...uids)
    const tooMany = this.#fresh.splice(0, Math.max(0, this.#fresh.length - inOrderMax))
    // They are found again when their turn comes.
    this.#scanEnd = tooMany.at(-1) ?? this.#scanEnd
  }

  /** Finds old ones, until there are some or none is left. */
  async #scan(): Promise<void> {
    if (this.#exists <= spanFirst) this.#span = uidHighest
    while (this.#old.length === 0 && this.#scannedTo < this.#scanEnd) {
      const to = Math.min(this.#scanEnd, this.#scannedTo + this.#span)
      const gaps = gapsIn(this.#progress.done, this.#scannedTo + 1, to)
      const answer = gaps.length === 0 ? [] : ascending(await this.#view.search(gaps))
      const found = answer.filter((uid) => uid > this.#scannedTo && uid <= to)
      const there = rangesOf(found)
      // A UID that is not there now never will be (RFC 9051 §2.3.1.1).
      this.#progress.finish(withoutRanges(gaps, there))
      this.#scannedTo = to
      this.#span = Math.min(uidHighest, found.length < spanFoundMin ? this.#span * 2 : spanFirst)
      this.#old = found.filter((uid) => this.#isDue(uid))
    }
  }
}

/** A server may answer in any order, twice, or nonsense. */
function ascending(uids: readonly number[]): number[] {
  return [...new Set(uids.filter(isUid))].toSorted((a, b) => a - b)
}
