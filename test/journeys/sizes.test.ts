/** The same product on other legs: a given Postgres, Redis for the queue, a database that is away, roles of their own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
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
import { installed } from './installed.ts'
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

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
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
function forgetAll(port: number): void {
  connect(port, '127.0.0.1')
    .on('error', () => undefined)
    .end('FLUSHALL\r\n')
}

describe.skipIf(!installed('redis-server'))('with Redis for the queue', () => {
  let folder: string
  let redis: ChildProcess
  let port: number
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadpost-redis-'))
    port = await freePort()
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder], {
      stdio: 'ignore',
    })
    await vi.waitUntil(() => answers(port), { timeout: 10_000 })
  })
  afterAll(async () => {
    redis.kill()
    await once(redis, 'exit')
    await rm(folder, { recursive: true, force: true })
  })

  async function answers(at: number): Promise<boolean> {
    const socket = connect(at, '127.0.0.1')
    const answer = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    )
    socket.destroy()
    return answer
  }

  test('every story ends as told, though Redis forgets everything in between', { timeout: 120_000 }, async () => {
    const running = await openTestProgram({ REDIS_URL: `redis://127.0.0.1:${port}` })
    onTestFinished(() => running.close())
    const forgetting = setInterval(() => forgetAll(port), 300)
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
