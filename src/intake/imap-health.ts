/** How one mailbox fares, gathered by whoever watches it and written to its row now and then. */
import type { MailboxId } from '../crm/ids.ts'
import type { MailboxReport } from '../store/mailboxes.ts'

export class MailboxHealth {
  readonly #id: MailboxId
  #connectedAt: Date | null = null
  #lastMailAt: Date | null = null
  #upToDateAt: Date | null = null
  #isUpToDate = false
  #waiting = 0
  #setAside = 0
  #lastError: string | null = null
  #lastErrorAt: Date | null = null

  constructor(id: MailboxId) {
    this.#id = id
  }

  connected(): void {
    this.#connectedAt = new Date()
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

  failed(words: string): void {
    this.#lastError = words
    this.#lastErrorAt = new Date()
  }

  report(): MailboxReport {
    // While it is watched and nothing waits, it is up to date at any time.
    if (this.#isUpToDate) this.#upToDateAt = new Date()
    return {
      id: this.#id,
      connectedAt: this.#connectedAt,
      lastMailAt: this.#lastMailAt,
      upToDateAt: this.#upToDateAt,
      waiting: this.#waiting,
      setAside: this.#setAside,
      lastError: this.#lastError,
      lastErrorAt: this.#lastErrorAt,
    }
  }
}
