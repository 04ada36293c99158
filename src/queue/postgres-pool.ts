/** A pool of connections to BullMQ's own schema, `bullmq`, brought up to date. */
import { type PostgresConnectionOptions, runMigrations } from 'bullmq'
import { Pool } from 'pg'

const schema = 'bullmq'
const connectTimeoutMs = 5_000

export interface QueuePool {
  /** As BullMQ wants it. */
  readonly connection: PostgresConnectionOptions
  readonly end: () => Promise<void>
}

/**
 * Connects and brings the schema up to date. Throws what `pg` throws when the server is away; then nothing stays open.
 * `synchronous_commit = off`: what is lost in a power cut is a bell or a nudge, since the rows are the truth; this halves its cost.
 */
export async function openQueuePool(options: {
  readonly url: string
  /** How Postgres names the connections. */
  readonly name: string
  readonly connectionsMax: number
  readonly onError: (error: unknown) => void
}): Promise<QueuePool> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: options.name,
    options: `-c search_path=${schema} -c synchronous_commit=off`,
  })
  pool.setMaxListeners(0)
  pool.on('error', options.onError)
  // A connection that is in use has no listener of the pool's: lost then, it would end the whole program.
  pool.on('connect', (client) => client.on('error', options.onError))
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
  return { connection: pool as unknown as PostgresConnectionOptions, end: () => pool.end() }
}
