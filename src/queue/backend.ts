/** What the bell needs of BullMQ, whichever server keeps its jobs. */
import type { Queue, Worker } from 'bullmq'

/** One connected job server, made by `connectPostgres` or `connectRedis`. */
export interface QueueBackend {
  /** One job that says no more than "look at the rows". */
  addRing(): Promise<void>
  /** Jobs that wait or are being worked on. */
  depth(): Promise<number>
  /** Starts handing jobs to `work`, at most `concurrency` at a time in this process. */
  startWorker(work: () => Promise<void>, concurrency: number): { close(): Promise<void> }
  closeQueue(): Promise<void>
  /** Ends every connection at once, without waiting for the server to answer. */
  disconnect(): Promise<void>
}

export const queueName = 'leadpost-bell'

/** A finished ring is worth nothing: the rows say what was done. */
const ringOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const

/** Waits and limits that BullMQ would else set for jobs that take long and must not be lost; a ring is neither. */
export const workerOptions = {
  drainDelay: 5,
  runRetryDelay: 1_000,
  lockDuration: 30_000,
  stalledInterval: 30_000,
  maxStalledCount: 1,
} as const
export const eventsMax = 100

type AnyQueue = Pick<Queue, 'close'> & {
  add(name: string, data: object, options: typeof ringOptions): Promise<unknown>
  getJobCounts(...states: ('waiting' | 'active')[]): Promise<Record<string, number>>
}
type AnyWorker = Pick<Worker, 'close'> & { on(event: 'error', listener: (error: unknown) => void): unknown }

/** The same five verbs over a queue of either kind. */
export function queueBackend(
  queue: AnyQueue,
  startWorker: (work: () => Promise<void>, concurrency: number) => AnyWorker,
  disconnect: () => Promise<void>,
  onError: (error: unknown) => void,
): QueueBackend {
  return {
    async addRing() {
      await queue.add('ring', {}, ringOptions)
    },
    async depth() {
      const counts = await queue.getJobCounts('waiting', 'active')
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    startWorker(work, concurrency) {
      const worker = startWorker(work, concurrency)
      worker.on('error', onError)
      return worker
    },
    closeQueue: () => queue.close(),
    disconnect,
  }
}
