/**
 * The bell: tells workers, here and in other processes, that rows are due. It carries nothing else. Any ring may be lost or doubled;
 * the sweep in processing reads the rows and mends that (ARCHITECTURE, invariant 3).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { QueueBackend } from './backend.ts'
import { connectPostgres } from './postgres-backend.ts'
import { connectRedis } from './redis-backend.ts'
import { troubleReport, within } from './trouble.ts'

export interface Bell {
  /**
   * Never throws and never waits longer than `ringTimeoutMs`. The first ring goes at once; those that come within `ringSpacingMs` of it become one,
   * which follows by itself. Who listens in this process hears it without the way through the queue, though its server be away; other processes hear it then
   * a little later, and this resolves before.
   */
  ring(): Promise<void>
  /**
   * `work` is called once or more after every ring, at most `concurrency` times at once in this process for rings from the queue, and once at a time for
   * its own. One listener per bell.
   */
  onRing(work: () => Promise<void>, concurrency: number): void
  /** Rings that wait or are being answered. Throws TemporaryFailure('queueUnavailable') when the server is away. */
  depth(): Promise<number>
  /** Throws TemporaryFailure('queueUnavailable') when the server does not answer. */
  ready(): Promise<void>
  /** Waits for work under way, at most `closeTimeoutMs`, then ends every connection. */
  close(): Promise<void>
}

export interface BellOptions {
  /** Redis keeps the jobs where this is given; else Postgres does. */
  readonly redisUrl: string | null
  readonly databaseUrl: string
  readonly log: Log
}

const ringTimeoutMs = 1_000
/**
 * Between two rings of one process: one ring covers every row that is due, so more of them would only be work. On Postgres a ring costs 2.5 ms of a core
 * (a job made, taken, finished, and their events), as much as two mails; nobody who waits for a mail notices a tenth of a second.
 */
const ringSpacingMs = 100
/**
 * What this process takes up itself, other processes are told of so much later, and more seldom: the way through the queue takes the processor that the
 * mail waits for, and who has been told once looks until nothing is due.
 */
const ownFirstMs = 30
const othersSpacingMs = 300
const reconnectDelayMs = 1_000
const answerTimeoutMs = 2_000
const closeTimeoutMs = 5_000

/** Opens the bell. A server that is away does not stop the program: it is tried again until it answers or the bell is closed. */
export async function openBell(options: BellOptions): Promise<Bell> {
  const report = troubleReport(options.log)
  let closed = false
  /** A closed pool lets go of sockets that are still ending; what the server says on those when it stops is no news. */
  const trouble = (error: unknown): void => {
    if (!closed) report(error)
  }
  const closing = new AbortController()
  let backend: QueueBackend | null = null
  let listener: { work: () => Promise<void>; concurrency: number } | null = null
  let worker: ReturnType<QueueBackend['startWorker']> | null = null

  function startListening(): void {
    if (backend === null || listener === null || worker !== null || closing.signal.aborted) return
    worker = backend.startWorker(listener.work, listener.concurrency)
  }
  async function connect(): Promise<void> {
    const connected =
      options.redisUrl === null ? await connectPostgres(options.databaseUrl, trouble) : await connectRedis(options.redisUrl, trouble)
    backend = connected
    startListening()
  }
  await connect().catch(trouble)
  const connecting = backend === null ? triedUntilDone(connect, closing.signal, trouble) : null

  /** The way through the queue takes several round trips, for which nobody who waits for his mail in the page should wait. */
  let ownWork: Promise<void> | null = null
  function workHere(): void {
    if (listener === null || ownWork !== null) return
    // What fails here is tried again by the ring that comes through the queue.
    ownWork = listener
      .work()
      .catch(trouble)
      .finally(() => (ownWork = null))
  }
  const tellQueue = async (): Promise<void> => {
    if (backend !== null) await within(backend.addRing(), ringTimeoutMs).catch(trouble)
  }
  const others = spaced(othersSpacingMs, async () => {
    await sleep(ownFirstMs, undefined, { signal: closing.signal }).catch(() => undefined)
    await tellQueue()
  })
  let following: Promise<unknown> = Promise.resolve()
  const rings = spaced(ringSpacingMs, async () => {
    if (closing.signal.aborted) return
    if (listener === null) return await tellQueue()
    workHere()
    following = Promise.all([following, others.ring()])
  })
  async function depth(): Promise<number> {
    if (backend === null)
      throw new TemporaryFailure('queueUnavailable', 'The queue server does not answer; mail is still accepted and swept up without it.')
    try {
      return await within(backend.depth(), answerTimeoutMs)
    } catch (error) {
      throw new TemporaryFailure('queueUnavailable', `The queue server does not answer: ${wordsOf(error)}`, { cause: error })
    }
  }
  return {
    ring: () => rings.ring(),
    onRing(work, concurrency) {
      listener = { work, concurrency }
      startListening()
    },
    depth,
    async ready() {
      await depth()
    },
    async close() {
      await rings.close()
      await others.close()
      closing.abort()
      await Promise.all([connecting, following])
      // A server that is away never confirms a close; what it holds are rings, and those may be lost.
      if (worker !== null) await within(worker.close(), closeTimeoutMs).catch(trouble)
      if (ownWork !== null) await within(ownWork, closeTimeoutMs).catch(trouble)
      if (backend !== null) {
        await within(backend.closeQueue(), closeTimeoutMs).catch(trouble)
        await within(backend.disconnect(), closeTimeoutMs).catch(trouble)
      }
      closed = true
    },
  }
}

async function triedUntilDone(work: () => Promise<void>, closing: AbortSignal, trouble: (error: unknown) => void): Promise<void> {
  for (let isDone = false; !isDone && !closing.aborted;) {
    await sleep(reconnectDelayMs, undefined, { signal: closing }).catch(() => undefined)
    if (closing.aborted) return
    isDone = await work().then(
      () => true,
      (error: unknown) => {
        trouble(error)
        return false
      },
    )
  }
}

/** Rings at once and then at most every `spacingMs`; `close` sends the one that would still follow. */
function spaced(spacingMs: number, send: () => Promise<void>): { ring(): Promise<void>; close(): Promise<void> } {
  const ending = new AbortController()
  let isResting = false
  let isRungAgain = false
  let resting: Promise<void> = Promise.resolve()
  const ring = async (): Promise<void> => {
    if (isResting) {
      isRungAgain = true
      return
    }
    isResting = true
    await send()
    resting = rest()
  }
  async function rest(): Promise<void> {
    await sleep(spacingMs, undefined, { signal: ending.signal }).catch(() => undefined)
    isResting = false
    if (!isRungAgain) return
    isRungAgain = false
    await ring()
  }
  return {
    ring,
    async close() {
      ending.abort()
      await resting
    },
  }
}
