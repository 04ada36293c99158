import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../src/log.ts'
import { type LiveEvents, openLiveEvents } from '../../src/queue/live-events.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { isRedisInstalled, openTestRedis, type TestRedis } from '../support/redis.ts'

const log = openLog('silent')
const soon = { timeout: 20_000, interval: 2 }
const xyz = '018f3b1a-0000-7000-8000-000000000001'
const abc = '018f3b1a-0000-7000-8000-000000000002'

const opened: LiveEvents[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((live) => live.close()))
})
async function open(redisUrl: string | null, databaseUrl: string): Promise<LiveEvents> {
  const live = openLiveEvents({ redisUrl, databaseUrl, log })
  opened.push(live)
  await live.ready()
  return live
}

function count(live: LiveEvents, tenantId: string | null): { looks: number; end: () => void } {
  const counted = { looks: 0, end: (): void => undefined }
  counted.end = live.onNudge(tenantId, () => (counted.looks += 1))
  return counted
}

/** Two processes that know of each other. */
async function two(openHere: () => Promise<LiveEvents>): Promise<readonly [here: LiveEvents, there: LiveEvents]> {
  const here = await openHere()
  const there = await openHere()
  const tenant = '018f3b1a-0000-7000-8000-000000000009'
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const) {
    const heard = await watch(to, tenant)
    await expect
      .poll(() => {
        from.nudge(tenant)
        return heard.looks
      }, soon)
      .toBeGreaterThan(0)
    heard.end()
  }
  return [here, there]
}

/** Subscribed: it looks once by itself then. */
async function watch(live: LiveEvents, tenantId: string | null): Promise<ReturnType<typeof count>> {
  const counted = count(live, tenantId)
  await expect.poll(() => counted.looks, soon).toBeGreaterThan(0)
  counted.looks = 0
  return counted
}

/** What nudges do, whoever carries them. */
function everyNudge(openHere: () => Promise<LiveEvents>): void {
  it('is heard at once in the process that nudged, and soon in another', async () => {
    const [here, there] = await two(openHere)
    const near = await watch(here, xyz)
    const far = await watch(there, xyz)
    const started = performance.now()
    here.nudge(xyz)
    expect(near.looks).toBe(1)
    await expect.poll(() => far.looks, soon).toBe(1)
    expect(performance.now() - started).toBeLessThan(2_000)
    // Its own words do not come back to it.
    expect(near.looks).toBe(1)
  })

  it('is heard by those alone who watch the tenant', async () => {
    const [here, there] = await two(openHere)
    const ours = await watch(there, xyz)
    const theirs = await watch(there, abc)
    here.nudge(xyz)
    await expect.poll(() => ours.looks, soon).toBe(1)
    expect(theirs.looks).toBe(0)
    ours.end()
    here.nudge(xyz)
    here.nudge(abc)
    await expect.poll(() => theirs.looks, soon).toBe(1)
    expect(ours.looks).toBe(1)
  })

  it('is heard by who watches all tenants, and what is no tenant’s by nobody else', async () => {
    const [here, there] = await two(openHere)
    const all = [await watch(here, null), await watch(there, null)]
    const ours = await watch(there, xyz)
    here.nudge(xyz)
    expect(all[0]?.looks).toBe(1)
    await expect.poll(() => [all[1]?.looks, ours.looks], soon).toEqual([1, 1])
    here.nudge(null)
    expect(all[0]?.looks).toBe(2)
    await expect.poll(() => all[1]?.looks, soon).toBe(2)
    expect(ours.looks).toBe(1)
  })

  it('makes few of many that come together, and the last is not forgotten', async () => {
    const [here, there] = await two(openHere)
    const far = await watch(there, xyz)
    for (let nudge = 0; nudge < 1_000; nudge++) here.nudge(xyz)
    await expect.poll(() => far.looks, soon).toBe(2)
  })

  it('tells who asked for the nudges of this process of no others', async () => {
    const [here, there] = await two(openHere)
    const heard: string[] = []
    const end = here.onOwnNudge((tenantId) => heard.push(tenantId))
    const near = await watch(here, xyz)
    there.nudge(xyz)
    await expect.poll(() => near.looks, soon).toBe(1)
    here.nudge(abc)
    expect(heard).toEqual([abc])
    end()
    here.nudge(abc)
    expect(heard).toEqual([abc])
  })
}

let db: TestDatabase
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(() => db.close())

describe('a nudge carried by Postgres', () => {
  everyNudge(() => open(null, db.url))

  it('stays in the process, without failing, while the server is away', async () => {
    const live = openLiveEvents({ redisUrl: null, databaseUrl: 'postgres://nobody@127.0.0.1:1/none', log })
    const near = count(live, xyz)
    live.nudge(xyz)
    expect(near.looks).toBe(1)
    await live.close()
  })
})

describe.skipIf(!isRedisInstalled)('a nudge carried by Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await openTestRedis()
  })
  afterAll(() => redis.close())

  everyNudge(() => open(redis.url, db.url))
})
