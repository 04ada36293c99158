/** How one mailbox fares, gathered by whoever watches it and written to its row now and then. */
import type { MailboxId } from '../crm/ids.ts'
import type { Fault } from '../failure.ts'
import type { MailboxReport } from '../store/mailboxes.ts'

export class MailboxHealth {
  readonly #id: MailboxId
  readonly #troubleAfterMs: number
  /** Since when it has failed without a connection in between. */
  #awaySince: number | null = null
  #connectedAt: Date | null = null
  #lastMailAt: Date | null = null
  #upToDateAt: Date | null = null
  #isUpToDate = false
  #waiting = 0
  #setAside = 0
  #lastError: string | null = null
  #lastFault: Fault | null = null
  #lastErrorAt: Date | null = null

  /** @param troubleAfterMs a connection that is lost and made again within this is no trouble. */
  constructor(id: MailboxId, troubleAfterMs: number) {
    this.#id = id
    this.#troubleAfterMs = troubleAfterMs
  }

  connected(): void {
    this.#connectedAt = new Date()
    this.#awaySince = null
  }

  disconnected(): void {
    this.#connectedAt = null
    this.#isUpToDate = false
  }

  admitted(): void {
    this.#lastMailAt = new Date()
  }

  /** @param waiting 0: everything in the folder is taken, or set aside. */
  waits(waiting: number, setAside: number): void {
    this.#waiting = waiting
    this.#setAside = setAside
    this.#isUpToDate = waiting === 0
    if (this.#isUpToDate) this.#upToDateAt = new Date()
  }

  failed({ words, fault }: { readonly words: string; readonly fault: Fault | null }): void {
    this.#awaySince ??= this.#connectedAt === null ? performance.now() : null
    this.#lastError = words
    this.#lastFault = fault
    this.#lastErrorAt = new Date()
  }

  report(): MailboxReport {
    // While it is watched and nothing waits, it is up to date at any time.
    if (this.#isUpToDate) this.#upToDateAt = new Date()
    return {
      id: this.#id,
      isTroubled: this.#connectedAt !== null ? false : this.#isAwayForLong() ? true : null,
      connectedAt: this.#connectedAt,
      lastMailAt: this.#lastMailAt,
      upToDateAt: this.#upToDateAt,
      waiting: this.#waiting,
      setAside: this.#setAside,
      lastError: this.#lastError,
      lastFault: this.#lastFault,
      lastErrorAt: this.#lastErrorAt,
    }
  }

  #isAwayForLong(): boolean {
    return this.#awaySince !== null && performance.now() - this.#awaySince >= this.#troubleAfterMs
  }
}
