/** BullMQ on Postgres: its own pool, in the schema `bullmq`. */
import { createPostgresBackend, type PostgresConnectionOptions, Queue, runMigrations, Worker } from 'bullmq'
import { Pool } from 'pg'
import { type QueueBackend, eventsMax, queueBackend, queueName, workerOptions } from './backend.ts'

const schema = 'bullmq'
/** Two for the queue's own statements and one that listens for the worker. */
const connectionsMax = 4
const connectTimeoutMs = 5_000

/**
 * Connects, brings BullMQ's own schema up to date and opens the queue. Throws what `pg` throws when the server is away.
 * `synchronous_commit = off`: a bell may be lost in a power cut, since the rows are the truth; this halves its cost.
 */
export async function connectPostgres(url: string, onError: (error: unknown) => void): Promise<QueueBackend> {
  const pool = new Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'leadpost-bell',
    options: `-c search_path=${schema} -c synchronous_commit=off`,
  })
  pool.setMaxListeners(0)
  pool.on('error', onError)
  try {
    const client = await pool.connect()
    try {
      await runMigrations(client, schema)
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  // BullMQ describes the few calls it makes on a pool in types of its own, into which those of `pg` do not fit word for word.
  const connection = pool as unknown as PostgresConnectionOptions
  const queue = new Queue(queueName, { connection, streams: { events: { maxLen: eventsMax } } }, createPostgresBackend)
  queue.on('error', onError)
  return queueBackend(
    queue,
    (work, concurrency) => new Worker(queueName, work, { connection, concurrency, ...workerOptions }, createPostgresBackend),
    () => pool.end(),
    onError,
  )
}
