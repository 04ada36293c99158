import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../src/log.ts'
import { type Bell, openBell } from '../../src/queue/bell.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { isRedisInstalled, openTestRedis, type TestRedis } from '../support/redis.ts'

const log = openLog('silent')
/** The machine may be busy; most of these take a few milliseconds. */
const soon = { timeout: 20_000 }
const opened: Bell[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bell) => bell.close()))
})
async function open(redisUrl: string | null, databaseUrl: string): Promise<Bell> {
  const bell = await openBell({ redisUrl, databaseUrl, log })
  opened.push(bell)
  return bell
}
/** Counts how often it was rung. */
function listen(bell: Bell, concurrency = 1): { heard: number } {
  const count = { heard: 0 }
  bell.onRing(async () => {
    count.heard += 1
    await Promise.resolve()
  }, concurrency)
  return count
}

/** What a bell does, whoever keeps its jobs. */
function everyBell(openHere: () => Promise<Bell>): void {
  it('is heard soon, in the process that rang and in another', async () => {
    const here = await openHere()
    const there = await openHere()
    const count = listen(there)
    const started = performance.now()
    await here.ring()
    await expect.poll(() => count.heard, { ...soon, interval: 5 }).toBeGreaterThan(0)
    expect(performance.now() - started).toBeLessThan(5_000)
    await there.ring()
    await expect.poll(() => count.heard, soon).toBeGreaterThan(1)
  })

  it('makes one ring of many that come together, and none is forgotten', async () => {
    const bell = await openHere()
    const count = listen(bell)
    await Promise.all(Array.from({ length: 1_000 }, () => bell.ring()))
    await expect.poll(() => count.heard, soon).toBeGreaterThan(0)
    await expect.poll(() => bell.depth(), soon).toBe(0)
    expect(count.heard).toBeLessThan(20)
    const before = count.heard
    await bell.ring()
    await expect.poll(() => count.heard, soon).toBeGreaterThan(before)
  })

  it('is heard at once in the process that rang, and work that is under way is not begun beside itself', async () => {
    const bell = await openHere()
    let [running, most] = [0, 0]
    bell.onRing(async () => {
      running += 1
      most = Math.max(most, running)
      await sleep(50)
      running -= 1
    }, 1)
    void bell.ring()
    expect(running).toBe(1)
    for (let ring = 0; ring < 10; ring++) await Promise.all([bell.ring(), sleep(40)])
    await expect.poll(() => bell.depth(), soon).toBe(0)
    // One of its own, and one for the queue.
    expect(most).toBeLessThanOrEqual(2)
  })

  it('keeps rings for a listener that comes later, and keeps nothing of those that were heard', async () => {
    const bell = await openHere()
    await bell.ring()
    expect(await bell.depth()).toBe(1)
    const count = listen(bell)
    await expect.poll(() => count.heard, soon).toBe(1)
    await expect.poll(() => bell.depth(), soon).toBe(0)
    await bell.ready()
  })

  it('goes on ringing after work that failed', async () => {
    const bell = await openHere()
    let heard = 0
    bell.onRing(async () => {
      heard += 1
      if (heard === 1) throw new Error('work failed')
      await Promise.resolve()
    }, 1)
    await bell.ring()
    await expect.poll(() => heard, soon).toBeGreaterThan(0)
    await expect.poll(() => bell.depth(), soon).toBe(0)
    const before = heard
    await bell.ring()
    await expect.poll(() => heard, soon).toBeGreaterThan(before)
    await expect.poll(() => bell.depth(), soon).toBe(0)
  })
}

describe('a bell on Postgres', () => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await openTestDatabase()
  })
  afterAll(async () => {
    await db.close()
  })

  everyBell(() => open(null, db.url))

  it('whose connections are cut recovers by itself, and ringing meanwhile throws nothing', async () => {
    const bell = await open(null, db.url)
    const count = listen(bell)
    await bell.ring()
    await expect.poll(() => count.heard, soon).toBe(1)
    await db.owner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
    await bell.ring()
    await expect.poll(async () => [await bell.ring(), count.heard][1], { ...soon, interval: 200 }).toBeGreaterThan(1)
  })

  it('whose server is away lets the program go on, and says so when asked', async () => {
    const port = await freePort()
    const started = performance.now()
    const bell = await open(null, `postgres://nobody@127.0.0.1:${port}/none`)
    const count = listen(bell)
    await bell.ring()
    expect(count.heard).toBe(1)
    expect(performance.now() - started).toBeLessThan(15_000)
    await expect(bell.ready()).rejects.toMatchObject({ kind: 'temporary', code: 'queueUnavailable' })
    await expect(bell.depth()).rejects.toMatchObject({ code: 'queueUnavailable' })
  })
})

describe.skipIf(!isRedisInstalled)('a bell on Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await openTestRedis()
  })
  afterEach(async () => {
    await redis.start()
    await forgetAll()
  })
  afterAll(() => redis.close())
  async function forgetAll(): Promise<void> {
    const client = new Redis(redis.url)
    await client.flushall()
    await client.script('FLUSH')
    client.disconnect()
  }

  everyBell(() => open(redis.url, 'postgres://unused'))

  it('that loses everything rings again afterwards', async () => {
    const bell = await open(redis.url, 'postgres://unused')
    const count = listen(bell)
    // From elsewhere, so that it is heard by way of the queue alone.
    const other = await open(redis.url, 'postgres://unused')
    await other.ring()
    await expect.poll(() => count.heard, soon).toBe(1)
    await forgetAll()
    await other.ring()
    await expect.poll(() => count.heard, soon).toBe(2)
  })

  it('that is killed and comes back empty rings again, and ringing meanwhile neither throws nor waits', async () => {
    const bell = await open(redis.url, 'postgres://unused')
    const count = listen(bell)
    await bell.ring()
    await expect.poll(() => bell.depth(), soon).toBe(0)
    const before = count.heard
    expect(before).toBeGreaterThan(0)
    await redis.kill()
    const started = performance.now()
    for (let n = 0; n < 5; n++) await bell.ring()
    expect(performance.now() - started).toBeLessThan(10_000)
    await expect(bell.ready()).rejects.toMatchObject({ code: 'queueUnavailable' })
    await redis.start()
    await expect.poll(async () => [await bell.ring(), count.heard][1], { ...soon, interval: 200 }).toBeGreaterThan(before + 5)
    await bell.ready()
  })

  it('that is away at the start is found when it comes', async () => {
    await redis.kill()
    const bell = await open(redis.url, 'postgres://unused')
    const count = listen(bell)
    await bell.ring()
    await redis.start()
    await expect.poll(async () => [await bell.ring(), count.heard][1], { ...soon, interval: 200 }).toBeGreaterThan(0)
  })

  it('that is away closes all the same', async () => {
    const bell = await openBell({ redisUrl: redis.url, databaseUrl: 'postgres://unused', log })
    listen(bell)
    await bell.ring()
    await redis.kill()
    await sleep(200)
    const started = performance.now()
    await bell.close()
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})
