/** Messages that could not be taken: they stay in their folder, hold up no other, and are tried again ever more seldom. */
import { type Fault, faultOf } from '../failure.ts'
import { hasUid } from './imap-cursor.ts'
import type { UidRange } from '../store/mailboxes.ts'

const firstWaitMs = 10_000
const longestWaitMs = 6 * 3_600_000

interface Aside {
  readonly why: string
  readonly tries: number
  readonly dueAt: number
  /** It is being tried again. */
  readonly isOut: boolean
}

/** UIDs of one folder; times are those of `performance.now()`. */
export class SetAside {
  readonly #messages = new Map<number, Aside>()
  /** Connections that were lost while nothing but this message was being fetched. */
  readonly #losses = new Map<number, number>()

  get count(): number {
    return this.#messages.size
  }

  has(uid: number): boolean {
    return this.#messages.get(uid)?.isOut === false
  }

  add(uid: number, why: string, now: number): void {
    const tries = (this.#messages.get(uid)?.tries ?? 0) + 1
    const waitMs = Math.min(firstWaitMs * 2 ** (tries - 1), longestWaitMs)
    this.#messages.set(uid, { why, tries, dueAt: now + waitMs, isOut: false })
  }

  /** How often the connection was lost over this message, this time included. */
  countLoss(uid: number): number {
    const losses = (this.#losses.get(uid) ?? 0) + 1
    this.#losses.set(uid, losses)
    return losses
  }

  /** Hands out what is to be tried again now. */
  takeDue(now: number): number[] {
    const due = [...this.#messages].filter(([, { dueAt, isOut }]) => !isOut && dueAt <= now)
    for (const [uid, message] of due) this.#messages.set(uid, { ...message, isOut: true })
    return due.map(([uid]) => uid)
  }

  /** Forgets those that were taken, or are gone. */
  forget(done: readonly UidRange[]): void {
    for (const uid of this.#messages.keys()) if (hasUid(done, uid)) this.#messages.delete(uid)
    for (const uid of this.#losses.keys()) if (hasUid(done, uid)) this.#losses.delete(uid)
  }

  clear(): void {
    this.#messages.clear()
    this.#losses.clear()
  }

  /** In words for a person; null where there is none. */
  describe(): { readonly words: string; readonly fault: Fault } | null {
    const [first] = this.#messages
    if (first === undefined) return null
    const [uid, { why }] = first
    const others = this.#messages.size - 1
    return {
      words: `Message ${uid} stays in the folder: ${why}${others > 0 ? ` (and ${others} more)` : ''}.`,
      fault: faultOf('mailSetAside', { messages: this.#messages.size }),
    }
  }
}
