/** Applies the migrations of a folder in Prisma's format: each once, in order of name, all that are due or none, one process at a time. */
import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { PermanentFailure } from '../failure.ts'
import type { Log } from '../log.ts'
import { databaseFailure } from './postgres-error.ts'

/** The migrations that belong to this program. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
/** The advisory lock that Prisma's own engine takes. */
const advisoryLock = 72_707_369
const connectTimeoutMs = 15_000

/** Prisma's own table, so that its tools understand the database; who may not migrate may still see what is due. */
const recordTable = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
    logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0);
  GRANT SELECT ON _prisma_migrations TO PUBLIC`

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface MigrationSource {
  readonly url: string
  readonly folder?: string
}

/**
 * Brings the database up to the folder and answers the names of what was applied. `url` signs in as the owner of the tables.
 * Throws PermanentFailure: `migrationEdited`, `databaseUnusable` (made by a newer program; not allowed), TemporaryFailure where it is away.
 */
export async function applyMigrations(options: MigrationSource & { log: Log }): Promise<string[]> {
  const folder = options.folder ?? migrationsFolder
  return await connected(options.url, async (client) => {
    await client.query('BEGIN')
    await client.query(`SELECT pg_advisory_xact_lock(${String(advisoryLock)})`)
    const due = await dueMigrations(client, folder)
    if (due.length > 0) await client.query(recordTable)
    for (const { name, sql, checksum } of due) {
      const startedAt = new Date()
      // One simple query: a script goes over whole, $$ bodies and all.
      await client.query(sql)
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
         VALUES ($1, $2, now(), $3, $4, 1)`,
        [randomUUID(), checksum, name, startedAt],
      )
      options.log.info({ migration: name }, 'migration applied')
    }
    await client.query('COMMIT')
    return due.map(({ name }) => name)
  })
}

/** The names of what is not applied yet; throws as `applyMigrations`. Any user of the database may ask. */
export async function pendingMigrations(options: MigrationSource): Promise<string[]> {
  const folder = options.folder ?? migrationsFolder
  return await connected(options.url, async (client) => (await dueMigrations(client, folder)).map(({ name }) => name))
}

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs, application_name: 'leadpost migrate' })
  // A loss between two statements is met by the next one.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw databaseFailure(error)
  } finally {
    // Ends a transaction that is still open, too.
    await client.end().catch(() => {})
  }
}

async function dueMigrations(client: Client, folder: string): Promise<Migration[]> {
  const inFolder = readFolder(folder)
  const applied = await readApplied(client)
  const known = new Set(inFolder.map(({ name }) => name))
  const unknown = [...applied.keys()].find((name) => !known.has(name))
  if (unknown !== undefined) {
    const words = `The database has the migration ${unknown}, which this program does not know: it was made by a newer one. Run that, or go back to a backup.`
    throw new PermanentFailure('databaseUnusable', words)
  }
  for (const { name, checksum } of inFolder) {
    if ((applied.get(name) ?? checksum) === checksum) continue
    const words = `The migration ${name} was edited after it was applied. Put its file back as it was, and make a new migration for the change (npm run migration -- NAME).`
    throw new PermanentFailure('migrationEdited', words)
  }
  return inFolder.filter(({ name }) => !applied.has(name))
}

function readFolder(folder: string): Migration[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  return names.toSorted().map((name) => {
    const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8')
    return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
  })
}

async function readApplied(client: Client): Promise<Map<string, string>> {
  const { rows: found } = await client.query<{ there: boolean }>(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`)
  if (found[0]?.there !== true) return new Map()
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL',
  )
  return new Map(rows.map((row) => [row.migration_name, row.checksum]))
}
