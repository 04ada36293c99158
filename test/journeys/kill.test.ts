/**
 * kill -9 of the program, of its Postgres, of both, at random moments under load and during the start: every mail that got 250 is there exactly once.
 * KILL_ROUNDS says how many rounds (6), KILL_SEED repeats a run.
 */
import { globSync, readFileSync, realpathSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from '../../src/log.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { readHistory } from '../../src/store/history.ts'
import { listMessages, type MessageJson } from '../../src/store/messages.ts'
import { queuedAs } from '../../src/verbs/story-sender.ts'
import { waitUntilSettled } from '../../src/verbs/wait-until-settled.ts'
import { leadpost, startLeadpost, type Started } from '../verbs/leadpost.ts'

const rounds = Number(process.env['KILL_ROUNDS'] ?? 6)
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000)
const roundTimeoutMs = 60_000
const connectionsMax = 6
const stallMs = 60_000

/** A small repeatable chance (mulberry32). */
function openChance(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

let dataDir: string
let env: { DATA_DIR: string; STOP_TIMEOUT_S: string }
let started: Started | null = null
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'leadpost-kill-'))
  env = { DATA_DIR: dataDir, STOP_TIMEOUT_S: '5' }
})
afterEach(async () => {
  await started?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** Ids by mark of what got 250. */
type Acknowledged = Map<string, string>

/** Sends without pause until told to stop; what breaks off is not sent again. */
function load(port: number, round: number, acknowledged: Acknowledged): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    pool: true,
    maxConnections: connectionsMax,
    maxMessages: Infinity,
  })
  const send = async (mark: string, bodyBytes: number): Promise<void> => {
    const mail = {
      from: 'anna@xyz.example',
      to: 'eva@acme.example',
      subject: `XYZ Lead 11111 ${mark}`,
      messageId: `<${mark}@mail.example>`,
      text: `${mark}\n${'x'.repeat(70)}\n`.repeat(Math.ceil(bodyBytes / 90)),
    }
    const info = (await transport.sendMail({ ...mail, envelope: { from: 'anna@xyz.example', to: 'crm@localhost' } })) as {
      response: string
    }
    acknowledged.set(mark, queuedAs(info.response) ?? '')
  }
  const sender = async (number: number): Promise<void> => {
    for (let count = 0; !stopping.signal.aborted; count++)
      await send(`${round}-${number}-${count}`, count % 10 === 9 ? 150_000 : 500).catch(() => sleep(20))
  }
  const senders = Array.from({ length: connectionsMax }, (_, number) => sender(number))
  return {
    async stop() {
      stopping.abort()
      transport.close()
      await Promise.all(senders)
    },
  }
}

/** The server's own process, as its lock file says; null while it is not up. */
function postgresPid(): number | null {
  const [file] = globSync(join(realpathSync(join(dataDir, 'postgres')), '**/postmaster.pid'))
  const pid = file === undefined ? Number.NaN : Number(readFileSync(file, 'utf8').split('\n')[0])
  return Number.isInteger(pid) ? pid : null
}

function killPostgres(): void {
  const pid = postgresPid()
  try {
    if (pid !== null) process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function killDuringStart(afterMs: number): Promise<void> {
  const ready = await startLeadpost(env, afterMs).catch(() => null)
  await ready?.stop('SIGKILL')
}

async function allMessages(database: Database): Promise<MessageJson[]> {
  const all: MessageJson[] = []
  let after: string | undefined
  do {
    const page = await listMessages(database, { after })
    all.push(...page.messages)
    after = page.next
  } while (after !== undefined)
  return all
}

async function filedMessageIds(database: Database): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await readHistory(database, 'xyz', '11111', { after })
    ids.push(...page.entries.map(({ messageId }) => messageId ?? ''))
    after = page.next
  } while (after !== undefined)
  return ids
}

test(`${rounds} rounds of kill -9 under load (seed ${seed})`, { timeout: rounds * roundTimeoutMs + 120_000 }, async () => {
  const chance = openChance(seed)
  const acknowledged: Acknowledged = new Map()
  started = await startLeadpost(env)
  expect((await leadpost(['load', resolve('fixtures/world.json')], env)).status).toBe(0)
  for (let round = 0; round < rounds; round++) {
    started ??= await startLeadpost(env)
    const sending = load(started.run.smtp[0]?.port ?? 0, round, acknowledged)
    const before = acknowledged.size
    await expect.poll(() => acknowledged.size - before, { timeout: roundTimeoutMs / 2 }).toBeGreaterThanOrEqual(connectionsMax)
    await sleep(chance() * 900)
    const what = ['program', 'postgres', 'both'][round % 3]
    if (what !== 'program') killPostgres()
    if (what === 'postgres') await sleep(chance() * 1_500)
    await started.stop('SIGKILL')
    started = null
    await sending.stop()
    if (chance() < 0.4) await killDuringStart(chance() * 1_500)
  }
  started = await startLeadpost(env)
  const database = openDatabase({ url: started.run.database, log: openLog('silent') })
  try {
    expect(acknowledged.size).toBeGreaterThanOrEqual(rounds * connectionsMax)
    const settled = await waitUntilSettled(database, acknowledged.values(), { stallMs })
    expect(settled.size).toBe(acknowledged.size)
    expect([...settled.values()].filter(({ deliveries }) => deliveries.length !== 1 || deliveries[0]?.state !== 'appended')).toEqual([])
    const filed = await filedMessageIds(database)
    expect(filed.length - new Set(filed).size).toBe(0)
    const missing = [...acknowledged.keys()].filter((mark) => !filed.includes(`<${mark}@mail.example>`))
    expect(missing).toEqual([])
    const ids = (await allMessages(database)).map(({ id }) => id)
    expect(ids.length - new Set(ids).size).toBe(0)
    console.info(`kill -9: ${rounds} rounds, ${acknowledged.size} acknowledged, ${filed.length} filed, each once`)
  } finally {
    await database.close()
  }
})
