import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../src/log.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { openStore } from '../../src/store/open-store.ts'
import { reaches } from '../../src/store/server-place.ts'

const log = openLog('silent')
const settings = { fsync: 'off' }
const isRoot = process.getuid?.() === 0
const child = fileURLToPath(new URL('embedded-child.ts', import.meta.url))
/** An ordinary user, whom root's tests act as: the first that the machine knows. */
const ordinary = ordinaryUser()
const nameless = { uid: 54_321, gid: 54_321 }
let base: string
let dataDir: string
let children: ChildProcess[] = []

beforeAll(() => {
  base = mkdtempSync(join('/tmp', 'leadpost-embedded-'))
  chmodSync(base, 0o755)
})
let folders = 0
function newFolder(): string {
  folders += 1
  return join(base, `data-${String(folders)}`)
}
afterEach(async () => {
  for (const each of children) each.kill('SIGKILL')
  children = []
  if (dataDir !== '') expect(await serversGone(dataDir), 'a server was left running').toBe(true)
})
afterAll(() => {
  rmSync(base, { recursive: true, force: true })
})

function ordinaryUser(): { uid: number; gid: number } {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':').slice(2, 4).map(Number))
  const [uid = 1, gid = 1] = users.find(([uid = 0, gid = 0]) => uid > 0 && uid < 65_534 && gid > 0) ?? []
  return { uid, gid }
}

function cluster(folder: string): string {
  return join(folder, 'postgres/cluster')
}

function serversIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/cwd`).startsWith(cluster(folder))
      } catch {
        return false
      }
    })
    .map(Number)
}

async function serversGone(folder: string): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (serversIn(folder).length === 0) return true
    await wait(50)
  }
  return false
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query<object>(text)
    return rows
  } finally {
    await client.end()
  }
}

interface Said {
  url?: string
  failure?: string
}

async function startChild(
  folder: string,
  then = 'wait',
  identity: { uid?: number; gid?: number } = {},
): Promise<{ process: ChildProcess; said: Said }> {
  const started = spawn(process.execPath, [child, folder, then], { ...identity, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(started)
  const [line] = (await once(createInterface({ input: started.stdout }), 'line')) as [string]
  return { process: started, said: JSON.parse(line) as Said }
}

async function withServer<T>(folder: string, work: (postgres: EmbeddedPostgres) => Promise<T>): Promise<T> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log, settings })
  try {
    return await work(postgres)
  } finally {
    await postgres.stop()
  }
}

test('what was written is there at the next start on the same folder', async () => {
  dataDir = newFolder()
  await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'CREATE TABLE t AS SELECT 7 AS x'))
  expect(await serversGone(dataDir)).toBe(true)
  expect(await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT x FROM t'))).toEqual([{ x: 7 }])
})

test('a second start on one folder is told who holds it, in this process and in another', async () => {
  dataDir = newFolder()
  await withServer(dataDir, async () => {
    const held = { code: 'dataFolderHeld', message: expect.stringContaining(`process ${String(process.pid)}`) as string }
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toMatchObject(held)
    const second = await startChild(dataDir)
    expect(second.said.failure).toContain(`process ${String(process.pid)}`)
  })
})

test('two first starts at once: one makes it, the other is told', async () => {
  dataDir = newFolder()
  const both = await Promise.all([startChild(dataDir), startChild(dataDir)])
  const told = both.filter(({ said }) => said.failure?.includes('is held by process') === true)
  expect(told).toHaveLength(1)
})

test('after kill -9 of the program alone, its server ends by itself and the next start finds everything', async () => {
  dataDir = newFolder()
  const { process: killed, said } = await startChild(dataDir)
  await query(said.url ?? '', 'CREATE TABLE t AS SELECT 7 AS x')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  expect(await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT x FROM t'))).toEqual([{ x: 7 }])
})

test('a server that outlived its program is found and stopped by the next start', async () => {
  dataDir = newFolder()
  const { process: killed, said } = await startChild(dataDir)
  await query(said.url ?? '', 'CREATE TABLE t AS SELECT 7 AS x')
  const [guard] = guardsOf(killed.pid ?? 0)
  expect(guard).toBeDefined()
  process.kill(guard ?? 0, 'SIGKILL')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  await wait(200)
  const orphan = serversIn(dataDir)
  expect(orphan.length).toBeGreaterThan(0)
  expect(await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT x FROM t'))).toEqual([{ x: 7 }])
  expect(serversIn(dataDir).filter((pid) => orphan.includes(pid))).toEqual([])
})

/** The shells that stop a server once its program is gone. */
function guardsOf(program: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[1]
        return Number(parent) === program && readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith('/bin/sh')
      } catch {
        return false
      }
    })
    .map(Number)
}

test('after kill -9 of program and server, the next start recovers what was committed', async () => {
  dataDir = newFolder()
  const { process: killed, said } = await startChild(dataDir)
  await query(said.url ?? '', 'CREATE TABLE t AS SELECT 7 AS x')
  for (const pid of [killed.pid ?? 0, ...guardsOf(killed.pid ?? 0), ...serversIn(dataDir)]) process.kill(pid, 'SIGKILL')
  await once(killed, 'exit')
  expect(await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT x FROM t'))).toEqual([{ x: 7 }])
})

test('a server that is killed under a running program is started again in the same place', async () => {
  dataDir = join(newFolder(), 'long-'.repeat(30))
  await withServer(dataDir, async ({ ownerUrl }) => {
    await query(ownerUrl, 'CREATE TABLE t AS SELECT 7 AS x')
    for (let round = 0; round < 2; round++) {
      const server = Number(readFileSync(join(cluster(dataDir), 'postmaster.pid'), 'utf8').split('\n')[0])
      process.kill(server, 'SIGKILL')
      await expect.poll(async () => await query(ownerUrl, 'SELECT x FROM t').catch(String), { timeout: 20_000 }).toEqual([{ x: 7 }])
    }
  })
})

test('a stale postmaster.pid whose number is another process now does not keep it from starting', async () => {
  dataDir = newFolder()
  await withServer(dataDir, async () => await Promise.resolve())
  const bystander = spawn('sleep', ['60'], isRoot ? { uid: 65_534, gid: 65_534, stdio: 'ignore' } : { stdio: 'ignore' })
  children.push(bystander)
  writeFileSync(
    join(cluster(dataDir), 'postmaster.pid'),
    `${String(bystander.pid)}\n${cluster(dataDir)}\n0\n5432\n/nonexistent\n\n1 1\nready\n`,
    { mode: 0o600 },
  )
  if (isRoot) chownSync(join(cluster(dataDir), 'postmaster.pid'), 65_534, 65_534)
  await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT 1'))
  expect(bystander.exitCode).toBeNull()
})

test('no server is left by an exit or by an exception that nobody catches', async () => {
  dataDir = newFolder()
  const exiting = await startChild(dataDir, 'exit')
  expect((await once(exiting.process, 'exit'))[0]).toBe(3)
  expect(await serversGone(dataDir)).toBe(true)
  const throwing = spawn(process.execPath, [child, dataDir, 'throw'], { stdio: 'ignore' })
  await once(throwing, 'exit')
  expect(await serversGone(dataDir)).toBe(true)
})

test('a path too long for a socket works all the same', async () => {
  dataDir = join(newFolder(), 'long-'.repeat(20), 'longer-'.repeat(10))
  await withServer(dataDir, async ({ ownerUrl }) => {
    expect(lstatSync(join(dataDir, 'postgres')).isDirectory()).toBe(true)
    expect(await query(ownerUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    const socket = new URL(ownerUrl).searchParams.get('host') ?? ''
    expect(statSync(socket).mode & 0o777).toBe(0o700)
  })
})

test('a socket folder that a killed run left is cleared away', async () => {
  dataDir = join(newFolder(), 'long-'.repeat(30))
  for (const leavesServer of [true, false]) {
    const { process: killed, said } = await startChild(dataDir)
    const socket = new URL(said.url ?? '').searchParams.get('host') ?? ''
    const left = leavesServer ? [...guardsOf(killed.pid ?? 0), ...serversIn(dataDir)] : []
    for (const pid of [...left, killed.pid ?? 0]) process.kill(pid, 'SIGKILL')
    await once(killed, 'exit')
    expect(await serversGone(dataDir)).toBe(true)
    await withServer(dataDir, async () => await Promise.resolve())
    expect(() => statSync(socket)).toThrow()
  }
})

test('nobody else on the machine gets in: the socket is closed to others and asks for a password', async () => {
  dataDir = newFolder()
  await withServer(dataDir, async ({ url, ownerUrl }) => {
    const socket = new URL(ownerUrl).searchParams.get('host') ?? ''
    expect(statSync(socket).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'postgres/passwords.json')).mode & 0o777).toBe(0o600)
    for (const given of [url, ownerUrl]) {
      const wrong = new URL(given)
      wrong.password = 'wrong'
      await expect(query(wrong.toString(), 'SELECT 1')).rejects.toThrow(/authentication/)
    }
    expect(await query(ownerUrl, `SELECT setting FROM pg_settings WHERE name = 'listen_addresses'`)).toEqual([{ setting: '' }])
    const rules = await query(ownerUrl, `SELECT DISTINCT auth_method FROM pg_hba_file_rules`)
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }])
  })
})

test('a folder that cannot be written is told with what to do', async () => {
  dataDir = ''
  const file = join(base, 'a-file')
  writeFileSync(file, '')
  await expect(startEmbeddedPostgres({ dataDir: join(file, 'data'), log })).rejects.toMatchObject({
    code: 'dataFolderUnusable',
    message: expect.stringMatching(/Set DATA_DIR/) as string,
  })
})

test('a database of another Postgres is refused with what to do', async () => {
  dataDir = newFolder()
  await withServer(dataDir, async () => await Promise.resolve())
  writeFileSync(join(cluster(dataDir), 'PG_VERSION'), '14\n')
  await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toMatchObject({
    code: 'databaseUnusable',
    message: expect.stringMatching(/Postgres 14/) as string,
  })
})

test('the store opens on it, migrated, and signs in as a user who owns nothing', async () => {
  dataDir = newFolder()
  const store = await openStore({ dataDir, databaseUrl: null, blobUrl: null, log, migrate: true })
  await store.database.ready()
  await expect(query(store.queueConnection.url, 'SELECT 1 FROM lead')).rejects.toThrow(/permission denied/)
  await query(store.queueConnection.url, 'CREATE SCHEMA bullmq; CREATE TABLE bullmq.job (x int)')
  await store.close()
  const again = await openStore({ dataDir, databaseUrl: null, blobUrl: null, log, migrate: true })
  await again.database.ready()
  await again.close()
})

const asOrdinary = isRoot && reaches(ordinary, import.meta.dirname)
if (isRoot && !asOrdinary) process.stderr.write('skipped: an ordinary user cannot reach this folder\n')

test.skipIf(!asOrdinary)('an ordinary user runs it as himself', async () => {
  dataDir = newFolder()
  mkdirSync(dataDir)
  chownSync(dataDir, ordinary.uid, ordinary.gid)
  const { process: started, said } = await startChild(dataDir, 'wait', ordinary)
  expect(said.failure).toBeUndefined()
  expect(statSync(cluster(dataDir)).uid).toBe(ordinary.uid)
  started.kill('SIGTERM')
  await once(started, 'exit')
})

test.skipIf(!asOrdinary)('a user without a name is told that Postgres needs one', async () => {
  dataDir = newFolder()
  mkdirSync(dataDir)
  chownSync(dataDir, nameless.uid, nameless.gid)
  const { said } = await startChild(dataDir, 'stop', nameless)
  expect(said.failure).toMatch(/user 54321 has none in \/etc\/passwd.*DATABASE_URL/)
})

test.skipIf(!asOrdinary)('an ordinary user is told of a folder that is not his', async () => {
  dataDir = newFolder()
  mkdirSync(dataDir, { mode: 0o755 })
  const { said } = await startChild(dataDir, 'stop', ordinary)
  expect(said.failure).toMatch(/cannot be written.*Set DATA_DIR/)
})

test.skipIf(!isRoot)('root in a closed home keeps the database where its user can reach it, and finds it again', async () => {
  const home = join(base, 'closed-home')
  mkdirSync(home, { mode: 0o700 })
  dataDir = join(home, 'data')
  await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'CREATE TABLE t AS SELECT 7 AS x'))
  const elsewhere = readlinkSync(join(dataDir, 'postgres'))
  expect(elsewhere.startsWith('/var/lib/leadpost/')).toBe(true)
  expect(await withServer(dataDir, async ({ ownerUrl }) => await query(ownerUrl, 'SELECT x FROM t'))).toEqual([{ x: 7 }])
  rmSync(elsewhere, { recursive: true })
  if (readdirSync('/var/lib/leadpost').length === 0) rmdirSync('/var/lib/leadpost')
})

test('the temporary folder is as it was', () => {
  dataDir = ''
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('leadpost-socket-'))).toEqual([])
})
