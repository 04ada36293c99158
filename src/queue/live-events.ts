/**
 * Tells processes that something was committed that a tenant's people, or whoever runs the installation, should see now. A nudge carries the tenant and nothing else: what happened is read
 * from the audit trail (store/events.ts), so a nudge may be lost or doubled. Within a process it costs nothing; other processes hear it through
 * BullMQ's Relay, on Postgres or Redis, and are told only while there are any.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgresRelayBackend, Relay, type RelaySubscription } from 'bullmq'
import { Redis } from 'ioredis'
import type { Log } from '../log.ts'
import { openQueuePool } from './postgres-pool.ts'
import { troubleReport, within } from './trouble.ts'

export interface LiveEvents {
  /** After the commit; null where it is about no tenant. Whoever runs the installation is nudged with each. Never throws and never waits. */
  nudge(tenantId: string | null): void
  /**
   * Calls `look` at every nudge of this tenant, or (null) of any, whichever process it comes from, and where some may have been missed. Answers what
   * ends it.
   */
  onNudge(tenantId: string | null, look: () => void): () => void
  /** Calls `look` at the nudges of this process. Answers what ends it. */
  onOwnNudge(look: (tenantId: string) => void): () => void
  /** Resolves once other processes are heard; for tests and for the readiness of several processes. */
  ready(): Promise<void>
  close(): Promise<void>
}

export interface LiveEventsOptions {
  /** Redis carries the nudges where this is given; else Postgres does. */
  readonly redisUrl: string | null
  readonly databaseUrl: string
  readonly log: Log
}

/** Between two nudges of one tenant to other processes: the first goes at once, those that come meanwhile become one. */
const spacingMs = 40
/** The same of what those who run the installation are told, whom nobody waits for. */
const anySpacingMs = 1_000
/** How often it is asked whether there are other processes; one that starts says so by itself. */
const othersIntervalMs = 10_000
const reconnectDelayMs = 1_000
const connectTimeoutMs = 5_000
const closeTimeoutMs = 5_000
const reconnectDelayMaxMs = 2_000
/** One that listens, one that publishes, one that reads. */
const connectionsMax = 3
const namespace = 'leadpost'
const arrivals = 'arrivals'
/** The topic of nudges of any tenant; ids of tenants are UUIDs. */
const any = 'any'

interface Connected {
  readonly relay: Pick<Relay, 'nodeId' | 'on' | 'publish' | 'subscribe' | 'getCounts' | 'waitUntilReady' | 'close'>
  disconnect(): Promise<void>
}

interface Watched {
  readonly looks: Set<() => void>
  subscription: Promise<RelaySubscription> | null
}

/** Opens at once; a server that is away is tried again until it answers or this is closed. Meanwhile nudges stay within the process. */
export function openLiveEvents(options: LiveEventsOptions): LiveEvents {
  return new Nudges(options)
}

class Nudges implements LiveEvents {
  readonly #options: LiveEventsOptions
  readonly #report: (error: unknown) => void
  readonly #closing = new AbortController()
  readonly #watched = new Map<string, Watched>()
  readonly #ownLooks = new Set<(tenantId: string) => void>()
  /** Tenants that were told of to other processes just now; true: to be told anew. */
  readonly #resting = new Map<string, boolean>()
  readonly #open = Promise.withResolvers<void>()
  readonly #counting: NodeJS.Timeout
  readonly #connecting: Promise<void>
  #connected: Connected | null = null
  #hasOthers = false

  constructor(options: LiveEventsOptions) {
    this.#options = options
    this.#report = troubleReport(options.log)
    this.#connecting = this.#connectUntilDone()
    this.#counting = setInterval(() => void this.#countOthers().catch(this.#trouble), othersIntervalMs).unref()
  }

  nudge(tenantId: string | null): void {
    if (tenantId !== null) {
      this.#lookAt(tenantId)
      for (const look of this.#ownLooks) look(tenantId)
      this.#tellOthers(tenantId, spacingMs)
    }
    this.#lookAt(any)
    this.#tellOthers(any, anySpacingMs)
  }

  onNudge(whose: string | null, look: () => void): () => void {
    const tenantId = whose ?? any
    const one = this.#watched.get(tenantId) ?? { looks: new Set(), subscription: null }
    this.#watched.set(tenantId, one)
    one.looks.add(look)
    this.#subscribe(tenantId, one)
    return () => {
      one.looks.delete(look)
      if (one.looks.size > 0 || this.#watched.get(tenantId) !== one) return
      this.#watched.delete(tenantId)
      one.subscription?.then((subscription) => subscription.unsubscribe()).catch(this.#trouble)
    }
  }

  onOwnNudge(look: (tenantId: string) => void): () => void {
    this.#ownLooks.add(look)
    return () => void this.#ownLooks.delete(look)
  }

  ready(): Promise<void> {
    return this.#open.promise
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#counting)
    await this.#connecting
    if (this.#connected === null) return
    // A server that is away never confirms; its lease on us runs out by itself.
    await within(this.#connected.relay.close(), closeTimeoutMs).catch(() => undefined)
    await within(this.#connected.disconnect(), closeTimeoutMs).catch(() => undefined)
  }

  readonly #trouble = (error: unknown): void => {
    if (!this.#closing.signal.aborted) this.#report(error)
  }

  #lookAt(tenantId: string): void {
    for (const look of this.#watched.get(tenantId)?.looks ?? []) look()
  }

  readonly #lookAtAll = (): void => {
    for (const tenantId of this.#watched.keys()) this.#lookAt(tenantId)
  }

  #tellOthers(tenantId: string, betweenMs: number): void {
    if (this.#connected === null || !this.#hasOthers || this.#closing.signal.aborted) return
    if (this.#resting.has(tenantId)) {
      this.#resting.set(tenantId, true)
      return
    }
    this.#resting.set(tenantId, false)
    const { relay } = this.#connected
    relay.publish(topicOf(tenantId), { from: relay.nodeId }).catch(this.#trouble)
    setTimeout(() => {
      const isDue = this.#resting.get(tenantId) === true
      this.#resting.delete(tenantId)
      if (isDue) this.#tellOthers(tenantId, betweenMs)
    }, betweenMs).unref()
  }

  /** Tried again as long as somebody watches. */
  #subscribe(tenantId: string, one: Watched): void {
    if (this.#connected === null || one.subscription !== null) return
    const { relay } = this.#connected
    const subscription = relay.subscribe<{ from?: string }>(topicOf(tenantId), ({ data }) => {
      if (data.from !== relay.nodeId) this.#lookAt(tenantId)
    })
    one.subscription = subscription
    subscription.then(
      // What was told before this process was heard.
      () => this.#lookAt(tenantId),
      (error: unknown) => {
        this.#trouble(error)
        one.subscription = null
        setTimeout(() => (this.#watched.get(tenantId) === one ? this.#subscribe(tenantId, one) : undefined), reconnectDelayMs).unref()
      },
    )
  }

  async #countOthers(): Promise<void> {
    if (this.#connected === null || this.#closing.signal.aborted) return
    const { nodes } = await this.#connected.relay.getCounts()
    this.#hasOthers = nodes > 1
  }

  async #connect(): Promise<void> {
    const { redisUrl, databaseUrl } = this.#options
    const made = redisUrl === null ? await connectPostgres(databaseUrl, this.#trouble) : connectRedis(redisUrl, this.#trouble)
    const { relay } = made
    relay.on('error', this.#trouble)
    // Its lease had run out: what was told meanwhile went past it.
    relay.on('recovered', this.#lookAtAll)
    try {
      await within(relay.waitUntilReady(), connectTimeoutMs)
      await relay.subscribe(arrivals, () => void this.#countOthers().catch(this.#trouble))
      this.#connected = made
      await relay.publish(arrivals, null)
      await this.#countOthers()
    } catch (error) {
      this.#connected = null
      await within(relay.close(), closeTimeoutMs).catch(() => undefined)
      await made.disconnect()
      throw error
    }
    for (const [tenantId, one] of this.#watched) this.#subscribe(tenantId, one)
    this.#open.resolve()
  }

  async #connectUntilDone(): Promise<void> {
    while (this.#connected === null && !this.#closing.signal.aborted) {
      await this.#connect().catch(this.#trouble)
      if (this.#connected === null) await sleep(reconnectDelayMs, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    }
  }
}

function topicOf(tenantId: string): string {
  return `nudge.${tenantId}`
}

async function connectPostgres(url: string, onError: (error: unknown) => void): Promise<Connected> {
  const { connection, end } = await openQueuePool({ url, name: 'leadpost-live', connectionsMax, onError })
  const relay = new Relay({ connection, namespace, name: 'leadpost', backend: createPostgresRelayBackend })
  return { relay, disconnect: end }
}

function connectRedis(url: string, onError: (error: unknown) => void): Connected {
  const redis = new Redis(url, {
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, reconnectDelayMaxMs),
  })
  redis.on('error', onError)
  const relay = new Relay({ connection: redis, namespace, name: 'leadpost' })
  return {
    relay,
    async disconnect() {
      redis.disconnect()
      await Promise.resolve()
    },
  }
}
