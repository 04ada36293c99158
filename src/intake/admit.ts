/**
 * Moves what the spool holds into blob store and database, hands it over or rings, and only then lets go of it (ARCHITECTURE invariant 2). A crash at any
 * point repeats a step; none loses or doubles a message. While the database is away it tries again, ever more seldom.
 */
import { existsSync } from 'node:fs'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { admitClaimed, admitMessages, findAdmitted, type AdmittedMessage } from '../store/admit.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import type { Database } from '../store/database.ts'
import { noMetrics, type IntakeMetrics } from './intake-metrics.ts'
import type { SpooledMessage } from './spool-queue.ts'
import type { Spool } from './spool.ts'

export interface AdmissionOptions {
  readonly spool: Spool
  readonly database: Database
  readonly blobs: BlobStore
  /** Wakes those who process; called after each batch that was not handed over. */
  readonly ring: () => Promise<void>
  /** Processing in this process, where there is one. */
  readonly taker?: Taker | null
  readonly log: Log
  readonly metrics?: IntakeMetrics
  /** The first wait after a failure, doubled up to the longest. */
  readonly retryFirstMs?: number
  readonly retryLongestMs?: number
}

/**
 * Takes what is admitted without its way through the table: claimed with the row's insert it costs one statement less, and a version of the row. What it has
 * no room for goes the way of all, to whichever process takes it.
 */
export interface Taker {
  readonly batchMax: number
  readonly claimMs: number
  /** Resolves as soon as a batch may be handed over, or after `ms`; answers whether one may. */
  room(ms: number): Promise<boolean>
  /** Never throws. What it is not done with when its process dies is anybody's after `claimMs`. */
  take(claims: readonly ClaimedMessage[]): void
}

export interface Admission {
  /** Resolves once nothing waits in the spool; after `close` at once. */
  settled(): Promise<void>
  /** Finishes the batch in hand; the rest stays in the spool for the next start. */
  close(): Promise<void>
}

/** A batch is one statement; measured on two cores, 100 rows of 4 KB per statement give 13,000 rows/s and 400 no more. */
const batchMessagesMax = 200
const batchBytesMax = 4 * 1024 * 1024
/** So long what was accepted waits in the spool for room where it is processed at once; then another process may take it. */
const patienceMs = 500
const retryFirstMs = 100
const retryLongestMs = 10_000

export function openAdmission(options: AdmissionOptions): Admission {
  const admission = new AdmissionLoop(options)
  options.spool.onPut(() => admission.wake())
  admission.wake()
  return { settled: async () => await admission.settled(), close: async () => await admission.close() }
}

class AdmissionLoop {
  readonly #options: AdmissionOptions
  readonly #metrics: IntakeMetrics
  #running: Promise<void> | null = null
  #closing = false
  /** Ends the wait between two tries. */
  #stopWaiting: () => void = () => undefined
  /** Something came since the last batch was taken. */
  #hasNews = false
  /** All that was there is stuck; what comes new is not to wait for it. */
  #isStuck = false
  #waiters: (() => void)[] = []

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#metrics = options.metrics ?? noMetrics
  }

  wake(): void {
    if (this.#closing) return
    this.#hasNews = true
    this.#running ??= this.#run()
    if (this.#isStuck) this.#stopWaiting()
  }

  async settled(): Promise<void> {
    if (this.#closing || this.#options.spool.held().messages === 0) return
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve)
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#stopWaiting()
    await this.#running
    this.#tellSettled()
  }

  async #run(): Promise<void> {
    const { spool, log } = this.#options
    const { retryFirstMs: first = retryFirstMs, retryLongestMs: longest = retryLongestMs } = this.#options
    let waitMs = first
    // What came in this turn of the loop goes with the first batch.
    await new Promise(setImmediate)
    while (!this.#closing && spool.held().messages > 0) {
      try {
        await this.#admitOldest()
        waitMs = first
      } catch (error) {
        this.#metrics.count('admissionFailures', 1)
        log.warn({ problem: wordsOf(error), waitMs, ...spool.held() }, 'accepted mail waits in the spool')
        this.#isStuck = !(error instanceof TemporaryFailure)
        if (!(this.#isStuck && this.#hasNews)) await this.#wait(waitMs)
        this.#isStuck = false
        waitMs = Math.min(waitMs * 2, longest)
      }
    }
    this.#running = null
    if (spool.held().messages === 0) this.#tellSettled()
  }

  async #admitOldest(): Promise<void> {
    const { spool } = this.#options
    const taker = await this.#takerWithRoom()
    this.#hasNews = false
    const messages = await spool.oldest(taker?.batchMax ?? batchMessagesMax, batchBytesMax)
    try {
      await this.#admit(messages, taker)
    } catch (error) {
      if (error instanceof TemporaryFailure) throw error
      await this.#admitOneByOne(messages)
    }
  }

  async #takerWithRoom(): Promise<Taker | null> {
    const { taker = null, spool } = this.#options
    const oldest = spool.held().oldestReceivedAt
    if (taker === null || oldest === null) return null
    const waitedMs = Math.max(0, Date.now() - oldest.getTime())
    return (await taker.room(Math.max(0, patienceMs - waitedMs))) ? taker : null
  }

  /** One message that the database or the blob store will not have must not hold up the others. */
  async #admitOneByOne(messages: readonly SpooledMessage[]): Promise<void> {
    const { spool, log } = this.#options
    const stuck: unknown[] = []
    for (const message of messages) {
      try {
        await this.#admit([message], null)
      } catch (error) {
        if (error instanceof TemporaryFailure) throw error
        log.error({ id: message.entry.id, problem: wordsOf(error) }, 'an accepted message cannot be admitted; it stays in the spool')
        spool.postpone([message])
        stuck.push(error)
      }
    }
    if (stuck.length === messages.length) throw stuck[0]
  }

  async #admit(messages: readonly SpooledMessage[], taker: Taker | null): Promise<void> {
    const { spool, database, ring } = this.#options
    const fresh = await this.#withoutAdmitted(messages)
    for (const message of fresh) await this.#moveBody(message)
    const admitted = fresh.map(admittedMessage)
    // What had been waiting in a mailbox lets in the table pass what is new.
    if (taker !== null && !fresh.some(({ entry }) => entry.envelope.isBacklog === true)) {
      taker.take(await admitClaimed(database, admitted, taker.claimMs))
    } else {
      await admitMessages(database, admitted)
      await ring()
    }
    await spool.release(messages)
    this.#metrics.count('messagesAdmitted', fresh.length)
  }

  /**
   * Of what an earlier run left, some may be in the database already, and so may be what was fetched from a mailbox twice under one id. It may
   * even have been erased there since: it is not touched again.
   */
  async #withoutAdmitted(messages: readonly SpooledMessage[]): Promise<readonly SpooledMessage[]> {
    const doubtful = messages.filter((message) => message.found || message.entry.channel === 'imap').map((message) => message.entry.id)
    if (doubtful.length === 0) return messages
    const admitted = await findAdmitted(this.#options.database, doubtful)
    return messages.filter((message) => !admitted.has(message.entry.id))
  }

  async #moveBody({ entry, bodyPath }: SpooledMessage): Promise<void> {
    if (bodyPath === null) return
    const { blobs } = this.#options
    // `putFile` takes the file away, so a second try finds the blob in its place.
    if (existsSync(bodyPath)) await blobs.putFile(blobKey(entry.id), bodyPath)
    else (await blobs.get(blobKey(entry.id))).destroy()
  }

  async #wait(ms: number): Promise<void> {
    if (this.#closing) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #tellSettled(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }
}

function blobKey(id: string): string {
  return `messages/${id}`
}

function admittedMessage({ entry, content, bodyPath }: SpooledMessage): AdmittedMessage {
  return { ...entry, content, blobKey: bodyPath === null ? null : blobKey(entry.id) }
}
