/**
 * Databases for tests: each `openTestDatabase()` is a fresh clone of a migrated template. By default on an embedded Postgres that this
 * process starts and that ends with the last clone; on another server where TEST_DATABASE_URL names one (as a superuser of it).
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/store/embedded-postgres.ts'
import { admitLogin } from '../../src/store/login-role.ts'
import { applyMigrations, migrationsFolder } from '../../src/store/migrations.ts'
import { reaches, serverUser } from '../../src/store/server-place.ts'

const log = openLog('silent')
const login = 'leadpost_test'
const password = 'leadpost_test'
/** How long ago a cluster was prepared that nobody uses any more. */
const outdatedMs = 60 * 60 * 1000
const lockOfTemplates = 72_707_370

export interface TestDatabase {
  /** As the program signs in: bound by row-level security. */
  readonly url: string
  /** As the owner, a superuser: sees everything. */
  readonly ownerUrl: string
  readonly database: Database
  /** One statement as the owner. */
  owner<R>(text: string, values?: unknown[]): Promise<R[]>
  close(): Promise<void>
}

interface Server {
  /** A superuser's, to the database `postgres`. */
  readonly url: string
  stop(): Promise<void>
}

let running: Promise<Server> | null = null
let clones = 0

/** Opens a database of its own with all migrations applied and no rows; `close` drops it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  clones += 1
  running ??= openServer()
  const server = await running
  const name = `test_${newId().replaceAll('-', '')}`
  await statement(server.url, `CREATE DATABASE ${name} TEMPLATE ${templateName()}`)
  await statement(server.url, `GRANT CONNECT, CREATE ON DATABASE ${name} TO ${login}`)
  const ownerUrl = withDatabase(server.url, name)
  const url = asLogin(ownerUrl)
  const database = openDatabase({ url, log })
  const owner = new Client({ connectionString: ownerUrl })
  owner.on('error', () => {})
  await owner.connect()
  return {
    url,
    ownerUrl,
    database,
    owner: async <R>(text: string, values?: unknown[]) => (await owner.query(text, values)).rows as R[],
    async close() {
      await database.close()
      await owner.end()
      await statement(server.url, `DROP DATABASE ${name} WITH (FORCE)`)
      clones -= 1
      if (clones > 0) return
      running = null
      await server.stop()
    },
  }
}

/** An empty database on the test server, without migrations; `close` drops it. */
export async function openEmptyDatabase(): Promise<{ ownerUrl: string; close(): Promise<void> }> {
  clones += 1
  running ??= openServer()
  const server = await running
  const name = `empty_${newId().replaceAll('-', '')}`
  await statement(server.url, `CREATE DATABASE ${name} TEMPLATE template0`)
  return {
    ownerUrl: withDatabase(server.url, name),
    async close() {
      await statement(server.url, `DROP DATABASE ${name} WITH (FORCE)`)
      clones -= 1
      if (clones > 0) return
      running = null
      await server.stop()
    },
  }
}

async function openServer(): Promise<Server> {
  const given = process.env['TEST_DATABASE_URL']
  if (given !== undefined && given !== '') {
    await makeTemplate(given)
    return { url: given, stop: async () => {} }
  }
  const prepared = await preparedDataDir()
  const dataDir = mkdtempSync(join(temporary(), 'leadpost-test-'))
  const remove = (): void => rmSync(dataDir, { recursive: true, force: true })
  const postgres = await startCopy(prepared, dataDir).catch((error: unknown) => {
    remove()
    throw error
  })
  return {
    url: withDatabase(postgres.ownerUrl, 'postgres'),
    async stop() {
      await postgres.stop()
      remove()
    },
  }
}

async function startCopy(prepared: string, dataDir: string): Promise<EmbeddedPostgres> {
  execFileSync('cp', ['-a', join(prepared, 'postgres'), dataDir])
  return await startEmbeddedPostgres({ dataDir, log, settings: { fsync: 'off', max_connections: '200' } })
}

/** A cluster that holds the template already, made once per set of migrations and kept in the temporary folder: copying it is quick. */
async function preparedDataDir(): Promise<string> {
  const folder = join(temporary(), `leadpost-prepared-${String(process.getuid?.())}-${fingerprint()}`)
  if (existsSync(folder)) return folder
  removeOutdated()
  const making = mkdtempSync(join(temporary(), 'leadpost-preparing-'))
  const postgres = await startEmbeddedPostgres({ dataDir: making, log, settings: { fsync: 'off' } })
  try {
    await makeTemplate(withDatabase(postgres.ownerUrl, 'postgres'))
  } finally {
    await postgres.stop()
  }
  try {
    renameSync(making, folder)
  } catch {
    // Another process was quicker.
    rmSync(making, { recursive: true, force: true })
  }
  return folder
}

/** What older migrations were prepared for, unless somebody may still be copying it. */
function removeOutdated(): void {
  const mine = `leadpost-prepared-${String(process.getuid?.())}-`
  for (const name of readdirSync(temporary()).filter((each) => each.startsWith(mine))) {
    const path = join(temporary(), name)
    if (Date.now() - statSync(path).mtimeMs > outdatedMs) rmSync(path, { recursive: true, force: true })
  }
}

/** A temporary folder that the server's user can reach, so that the cluster lies in it and can be copied and removed with it. */
function temporary(): string {
  return reaches(serverUser(), tmpdir()) ? tmpdir() : '/tmp'
}

async function makeTemplate(url: string): Promise<void> {
  const name = templateName()
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SELECT pg_advisory_lock(${String(lockOfTemplates)})`)
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [name])
    if (rowCount !== 0) return
    await client.query(`DROP DATABASE IF EXISTS ${name}`)
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
    await applyMigrations({ url: withDatabase(url, name), log })
    await admitLogin({ ownerUrl: withDatabase(url, name), login, password })
    await client.query(`ALTER DATABASE ${name} IS_TEMPLATE true`)
  } finally {
    await client.end()
  }
}

/** Changes with every migration. */
function fingerprint(): string {
  const hash = createHash('sha256')
  for (const entry of readdirSync(migrationsFolder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) hash.update(entry.name).update(readFileSync(join(migrationsFolder, entry.name, 'migration.sql')))
  }
  return hash.digest('hex').slice(0, 12)
}

function templateName(): string {
  return `leadpost_template_${fingerprint()}`
}

async function statement(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.toString()
}

function asLogin(url: string): string {
  const changed = new URL(url)
  changed.username = login
  changed.password = password
  return changed.toString()
}
