/** BullMQ on Redis, through ioredis. */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type QueueBackend, eventsMax, queueBackend, queueName, workerOptions } from './backend.ts'

const connectTimeoutMs = 5_000
const reconnectDelayMaxMs = 2_000
const reconnectDelay = (times: number): number => Math.min(times * 100, reconnectDelayMaxMs)

/**
 * Connects and opens the queue. Throws what ioredis throws when the server is away at first; later it reconnects by itself, and a Redis that
 * came back empty is like a new one: BullMQ's scripts load themselves again.
 */
export async function connectRedis(url: string, onError: (error: unknown) => void): Promise<QueueBackend> {
  // A ring while the server is away fails at once instead of waiting in memory: the sweep reads the rows anyway.
  const producer = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: null,
    retryStrategy: reconnectDelay,
  })
  producer.on('error', onError)
  try {
    await producer.connect()
    await producer.ping()
  } catch (error) {
    producer.disconnect()
    throw error
  }
  const consumers: Redis[] = []
  const queue = new Queue(queueName, { connection: producer, streams: { events: { maxLen: eventsMax } } })
  queue.on('error', onError)
  return queueBackend(
    queue,
    (work, concurrency) => {
      const consumer = new Redis(url, { connectTimeout: connectTimeoutMs, maxRetriesPerRequest: null, retryStrategy: reconnectDelay })
      consumer.on('error', onError)
      consumers.push(consumer)
      return new Worker(queueName, work, { connection: consumer, concurrency, ...workerOptions })
    },
    async () => {
      for (const connection of [producer, ...consumers]) connection.disconnect()
      await Promise.resolve()
    },
    onError,
  )
}
