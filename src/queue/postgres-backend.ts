/** BullMQ on Postgres: its own pool, in the schema `bullmq`. */
import { createPostgresBackend, Queue, Worker } from 'bullmq'
import { type QueueBackend, eventsMax, queueBackend, queueName, workerOptions } from './backend.ts'
import { openQueuePool } from './postgres-pool.ts'

/** Two for the queue's own statements and one that listens for the worker. */
const connectionsMax = 4

/** Connects, brings BullMQ's own schema up to date and opens the queue. Throws what `pg` throws when the server is away. */
export async function connectPostgres(url: string, onError: (error: unknown) => void): Promise<QueueBackend> {
  const { connection, end } = await openQueuePool({ url, name: 'leadpost-bell', connectionsMax, onError })
  const queue = new Queue(queueName, { connection, streams: { events: { maxLen: eventsMax } } }, createPostgresBackend)
  queue.on('error', onError)
  return queueBackend(
    queue,
    (work, concurrency) => new Worker(queueName, work, { connection, concurrency, ...workerOptions }, createPostgresBackend),
    end,
    onError,
  )
}
