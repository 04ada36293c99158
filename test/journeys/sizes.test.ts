/** The same product on other legs: a given Postgres, Redis for the queue, a database that is away, roles of their own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { openProgram } from '../../src/main.ts'
import { openStore } from '../../src/store/open-store.ts'
import { listMessages } from '../../src/store/messages.ts'
import { checkDatabase } from '../../src/verbs/check-store.ts'
import { readStories } from '../../src/verbs/stories.ts'
import { openStorySender, queuedAs } from '../../src/verbs/story-sender.ts'
import { tellStories } from '../../src/verbs/tell-stories.ts'
import { waitUntilSettled } from '../../src/verbs/wait-until-settled.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { isRedisInstalled, openTestRedis, type TestRedis } from '../support/redis.ts'
import { openTestProgram, type TestProgram } from './program.ts'

const stallMs = 30_000
const stories = readStories()

/** Every difference between the stories and what became of them. */
async function unlike({ program, smtp, passwords }: TestProgram): Promise<string[]> {
  const sender = openStorySender(smtp, passwords)
  try {
    const told = await tellStories(stories, sender, program.store.database, { stallMs })
    return told.flatMap(({ story, differences }) => differences.map((difference) => `${story.name}: ${difference}`))
  } finally {
    sender.close()
  }
}

describe('on a given Postgres', () => {
  let given: TestDatabase
  beforeAll(async () => {
    given = await openTestDatabase()
  })
  afterAll(() => given.close())

  test('every story ends as told', { timeout: 120_000 }, async () => {
    const running = await openTestProgram({ DATABASE_URL: given.url })
    onTestFinished(() => running.close())
    expect(await unlike(running)).toEqual([])
  })

  test('check warns of a user whom row-level security does not bind', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'leadpost-check-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    for (const [url, state] of [
      [given.url, 'works'],
      [given.ownerUrl, 'warning'],
    ] as const) {
      const store = await openStore({ dataDir, databaseUrl: url, blobUrl: null, log: openLog('silent'), migrate: false })
      onTestFinished(() => store.close())
      expect(await checkDatabase(store, readConfig({ DATABASE_URL: url }))).toMatchObject({ name: 'database', state })
    }
  })

  test('a process without the role worker leaves the work to one that has it', { timeout: 60_000 }, async () => {
    const door = await openTestProgram({ DATABASE_URL: given.url, ROLES: 'smtp' })
    onTestFinished(() => door.close())
    const transport = createTransport({ ...door.smtp, ignoreTLS: true })
    const mail = { from: 'anna@xyz.example', to: 'eva@acme.example', subject: 'XYZ Lead 11111 roles', text: 'roles' }
    const { response } = (await transport.sendMail({ ...mail, envelope: { from: 'anna@xyz.example', to: 'crm@localhost' } })) as {
      response: string
    }
    const id = queuedAs(response) ?? ''
    const { database } = door.program.store
    await expect
      .poll(async () => (await listMessages(database)).messages.find((message) => message.id === id)?.deliveries, { timeout: 10_000 })
      .toMatchObject([{ state: 'received' }])
    const worker = await openTestProgram({ DATABASE_URL: given.url })
    onTestFinished(() => worker.close())
    const settled = await waitUntilSettled(database, [id], { stallMs })
    expect(settled.get(id)?.deliveries).toMatchObject([{ state: 'appended', lead: '11111' }])
  })
})

/** An inline command of Redis' own protocol. */
function forgetAll(redis: TestRedis): void {
  connect(Number(new URL(redis.url).port), '127.0.0.1')
    .on('error', () => undefined)
    .end('FLUSHALL\r\n')
}

describe.skipIf(!isRedisInstalled)('with Redis for the queue', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await openTestRedis()
  })
  afterAll(() => redis.close())

  test('every story ends as told, though Redis forgets everything in between', { timeout: 120_000 }, async () => {
    const running = await openTestProgram({ REDIS_URL: redis.url })
    onTestFinished(() => running.close())
    const forgetting = setInterval(() => forgetAll(redis), 300)
    try {
      expect(await unlike(running)).toEqual([])
    } finally {
      clearInterval(forgetting)
    }
  })
})

describe('with the database away', () => {
  test('the program starts, takes mail, and says that it is not ready', { timeout: 60_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'leadpost-away-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const url = `postgres://leadpost@127.0.0.1:${await freePort()}/leadpost`
    const config = readConfig({ DATA_DIR: dataDir, SMTP_PORT: '0', HTTP_PORT: '0', DATABASE_URL: url, STOP_TIMEOUT_S: '2' })
    const program = await openProgram(config, openLog('silent'))
    onTestFinished(() => program.close())
    const transport = createTransport({ ...program.smtp[0], ignoreTLS: true })
    const mail = { from: 'anna@xyz.example', to: 'eva@acme.example', subject: 'XYZ Lead 11111', text: 'Hello' }
    const { response } = (await transport.sendMail({ ...mail, envelope: { from: 'anna@xyz.example', to: 'crm@localhost' } })) as {
      response: string
    }
    expect(queuedAs(response)).not.toBeNull()
    expect(program.spool.held().messages).toBe(1)
    const ready = await fetch(new URL('/health/ready', program.http))
    expect([ready.status, ((await ready.json()) as { detail: string }).detail]).toEqual([503, expect.stringContaining('database: ')])
    expect(await (await fetch(new URL('/metrics', program.http))).text()).toContain('leadpost_spool_messages 1')
  })
})
