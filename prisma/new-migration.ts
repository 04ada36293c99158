/**
 * `npm run migration -- NAME`: writes the migration that leads from prisma/migrations to prisma/schema.prisma. Works offline: the migrations
 * are replayed in a throw-away database on the embedded Postgres.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog } from '../src/log.ts'
import { startEmbeddedPostgres } from '../src/store/embedded-postgres.ts'
import { migrationsFolder } from '../src/store/migrations.ts'
import { sqlToSchema } from './schema-engine.ts'

const reminder = `
-- By hand, for each new table with a tenant (a test fails without): ENABLE and FORCE ROW LEVEL SECURITY, the policy \`program\`, the grants to
-- leadpost_program; then CHECKs for closed lists. See the first migration.
`

async function newMigration(name: string): Promise<string | null> {
  const dataDir = mkdtempSync(join(tmpdir(), 'leadpost-shadow-'))
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, log: openLog('warn'), settings: { fsync: 'off' } })
    try {
      const schema = readFileSync(fileURLToPath(new URL('schema.prisma', import.meta.url)), 'utf8')
      const sql = await sqlToSchema({ schema, migrationsFolder, shadowUrl: postgres.ownerUrl })
      if (sql === null) return null
      const folder = join(migrationsFolder, `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`)
      mkdirSync(folder)
      writeFileSync(join(folder, 'migration.sql'), sql.includes('CREATE TABLE') ? sql + reminder : sql)
      return folder
    } finally {
      await postgres.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const [name] = process.argv.slice(2)
if (name === undefined || !/^[a-z][a-z0-9_]{0,80}$/.test(name)) {
  process.stderr.write('usage: npm run migration -- NAME   (small letters, digits and _: what it changes)\n')
  process.exit(2)
}
const folder = await newMigration(name)
process.stdout.write(
  folder === null
    ? 'Schema and migrations agree: there is nothing to do.\n'
    : `Wrote ${folder}: read it, and add what Prisma has no words for.\n`,
)
