import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import { openDatabase } from '../../src/store/database.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { applyMigrations } from '../../src/store/migrations.ts'
import { openEmptyDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts'
import { insertUnassigned, seedTenant, type Seed } from './seed.ts'

let db: TestDatabase
let ours: Seed
let theirs: Seed
/** Signed in as the program signs in, outside of our own code. */
let login: Client

beforeAll(async () => {
  db = await openTestDatabase()
  ours = await seedTenant(db, 'xyz')
  theirs = await seedTenant(db, 'abc')
  login = new Client({ connectionString: db.url })
  await login.connect()
})
afterAll(async () => {
  await login.end()
  await db.close()
})

/** Runs one statement in a transaction of that role, which is undone; answers rows, or throws. */
async function as(
  role: string,
  tenant: TenantId | null,
  text: string,
  values: unknown[] = [],
): Promise<{ rows: Record<string, unknown>[]; touched: number }> {
  await login.query('BEGIN')
  try {
    await login.query(`SET LOCAL ROLE ${role}`)
    if (tenant !== null) await login.query(`SELECT set_config('app.tenant', $1, true)`, [tenant])
    const { rows, rowCount } = await login.query<Record<string, unknown>>(text, values)
    return { rows, touched: rowCount ?? 0 }
  } finally {
    await login.query('ROLLBACK')
  }
}

async function tenantTables(): Promise<string[]> {
  const rows = await db.owner<{ table_name: string }>(
    `SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
  )
  return rows.map((row) => row.table_name)
}

describe('the catalog', () => {
  test('every table has row-level security enabled and forced', async () => {
    const bare = await db.owner(
      `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'
         AND NOT (relrowsecurity AND relforcerowsecurity)`,
    )
    expect(bare).toEqual([])
  })

  test('every table with a tenant column has a policy that holds the program to its tenant', async () => {
    const tables = await tenantTables()
    expect(tables.length).toBeGreaterThan(15)
    const policies = await db.owner<{ tablename: string; qual: string; with_check: string }>(
      `SELECT tablename, qual, with_check FROM pg_policies WHERE schemaname = 'public' AND 'leadpost_program' = ANY(roles)`,
    )
    for (const table of tables) {
      const found = policies.filter((policy) => policy.tablename === table)
      expect(found, table).toHaveLength(1)
      expect(found[0]?.qual, table).toContain('tenant_id = app_tenant()')
      expect(found[0]?.with_check, table).toContain('tenant_id = app_tenant()')
    }
    const forEverybody = await db.owner(`SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND 'public' = ANY(roles)`)
    expect(forEverybody).toEqual([])
  })

  test('no role of the program is a superuser, bypasses the policies or owns a table', async () => {
    const strong = await db.owner(
      `SELECT rolname FROM pg_roles WHERE (rolname LIKE 'leadpost\\_%' OR rolname = 'leadpost') AND rolname <> 'leadpost_owner' AND (
         rolsuper OR rolbypassrls OR rolcreaterole OR rolinherit
         OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relnamespace = 'public'::regnamespace))`,
    )
    expect(strong).toEqual([])
  })

  test('every link between two tables of a tenant carries the tenant', async () => {
    const crossing = await db.owner(
      `SELECT conname FROM pg_constraint k
       WHERE contype = 'f' AND connamespace = 'public'::regnamespace
         AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = k.confrelid AND attname = 'tenant_id')
         AND NOT EXISTS (
           SELECT FROM unnest(k.conkey, k.confkey) AS pair(here, there)
             JOIN pg_attribute h ON h.attrelid = k.conrelid AND h.attnum = pair.here AND h.attname = 'tenant_id'
             JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = pair.there AND t.attname = 'tenant_id')`,
    )
    expect(crossing).toEqual([])
  })
})

describe('the program, as one tenant', () => {
  test('reads its own row and no other in every table', async () => {
    for (const table of await tenantTables()) {
      const { rows } = await as('leadpost_program', ours.tenant, `SELECT DISTINCT tenant_id FROM ${table}`)
      expect(rows, `${table} (every table with a tenant has a row in seed.ts)`).toEqual([{ tenant_id: ours.tenant }])
    }
    const tenants = await as('leadpost_program', ours.tenant, 'SELECT slug FROM tenant')
    expect(tenants.rows).toEqual([{ slug: 'xyz' }])
    const messages = await as(
      'leadpost_program',
      ours.tenant,
      'SELECT m.id FROM inbound_message m JOIN raw_message r ON r.message_id = m.id',
    )
    expect(messages.rows).toEqual([{ id: ours.message }])
  })

  test('neither changes nor removes a row of another tenant', async () => {
    for (const table of await tenantTables()) {
      const changed = await as('leadpost_program', ours.tenant, `UPDATE ${table} SET tenant_id = tenant_id WHERE tenant_id = $1`, [
        theirs.tenant,
      ]).catch(refused)
      expect(changed.touched, table).toBe(0)
      const removed = await as('leadpost_program', ours.tenant, `DELETE FROM ${table} WHERE tenant_id = $1`, [theirs.tenant]).catch(refused)
      expect(removed.touched, table).toBe(0)
    }
    const raw = await as('leadpost_program', ours.tenant, 'UPDATE raw_message SET content = NULL WHERE message_id = $1', [theirs.message])
    expect(raw.touched).toBe(0)
  })

  test('cannot write a row in the name of another tenant, nor give one of its own away', async () => {
    for (const table of await tenantTables()) {
      const [row] = await db.owner<{ row: object }>(`SELECT to_jsonb(t) AS row FROM ${table} t WHERE tenant_id = $1 LIMIT 1`, [
        theirs.tenant,
      ])
      const insert = `INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`
      await expect(as('leadpost_program', ours.tenant, insert, [row?.row]), table).rejects.toThrow(/row-level security|permission denied/)
      const give = `UPDATE ${table} SET tenant_id = $1`
      await expect(as('leadpost_program', ours.tenant, give, [theirs.tenant]), table).rejects.toThrow(
        /row-level security|permission denied/,
      )
    }
  })

  test('sees nothing at all where the tenant was forgotten', async () => {
    await insertUnassigned(db, 'processing')
    for (const table of [...(await tenantTables()), 'tenant', 'inbound_message', 'raw_message']) {
      const { rows } = await as('leadpost_program', null, `SELECT count(*)::int AS seen FROM ${table}`)
      expect(rows, table).toEqual([{ seen: 0 }])
    }
  })

  test('has no rights outside of its role', async () => {
    await expect(login.query('SELECT 1 FROM lead')).rejects.toThrow(/permission denied/)
    await expect(login.query('SELECT 1 FROM delivery')).rejects.toThrow(/permission denied/)
  })

  test('cannot rewrite what the audit trail says', async () => {
    await expect(as('leadpost_program', ours.tenant, `UPDATE audit_entry SET actor = 'x'`)).rejects.toThrow(/permission denied/)
    await expect(as('leadpost_program', ours.tenant, 'DELETE FROM audit_entry')).rejects.toThrow(/permission denied/)
  })

  test('takes an unassigned delivery over, then sees its bytes; another tenant does not', async () => {
    const { message, delivery } = await insertUnassigned(db, 'processing')
    const bytes = 'SELECT content FROM raw_message WHERE message_id = $1'
    const before = await as('leadpost_program', ours.tenant, bytes, [message])
    expect(before.rows).toEqual([])
    await expect(
      as('leadpost_program', ours.tenant, 'UPDATE delivery SET tenant_id = $2 WHERE id = $1', [delivery, theirs.tenant]),
    ).rejects.toThrow(/row-level security/)
    await db.database.tenantSql(ours.tenant, async (sql) => {
      expect(
        await sql.run(`UPDATE delivery SET tenant_id = app_tenant(), state = 'ignored', reason = 'neverLog' WHERE id = $1`, [delivery]),
      ).toBe(1)
      expect(await sql.rows(bytes, [message])).toHaveLength(1)
      expect(await sql.run('UPDATE raw_message SET content = NULL, erased_at = now() WHERE message_id = $1', [message])).toBe(1)
    })
    const other = await as('leadpost_program', theirs.tenant, 'SELECT 1 FROM delivery WHERE id = $1', [delivery])
    expect(other.rows).toEqual([])
  })

  test('cannot link its rows to those of another tenant', async () => {
    const link = `INSERT INTO key_player (tenant_id, lead_id, contact_person_id) VALUES ($1, $2, $3)`
    await expect(as('leadpost_program', ours.tenant, link, [ours.tenant, theirs.lead, ours.contactPerson])).rejects.toThrow(/foreign key/)
    const file = `INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
                  VALUES ($1, gen_random_uuid(), 'mail', $2, $3, now(), now(), '[]', 'rule', CASE WHEN $3::uuid IS NOT NULL THEN 'outbound' END)`
    await expect(db.owner(file, [ours.tenant, ours.lead, theirs.mail])).rejects.toThrow(/foreign key/)
    await expect(db.owner(file, [ours.tenant, theirs.lead, null])).rejects.toThrow(/foreign key/)
    await expect(db.owner('UPDATE delivery SET lead_id = $2 WHERE id = $1', [ours.delivery, theirs.lead])).rejects.toThrow(/foreign key/)
  })
})

function refused(error: unknown): { touched: number } {
  expect(String(error)).toContain('permission denied')
  return { touched: 0 }
}

describe('the router', () => {
  test('sees no content of a tenant', async () => {
    for (const table of [
      'lead',
      'company',
      'contact_person',
      'contact_address',
      'participant',
      'attachment',
      'attachment_blob',
      'capture',
    ]) {
      await expect(as('leadpost_router', null, `SELECT 1 FROM ${table}`), table).rejects.toThrow(/permission denied/)
    }
    for (const column of ['subject', 'text', 'newest_text', 'html', 'from_address']) {
      await expect(as('leadpost_router', null, `SELECT ${column} FROM mail`), column).rejects.toThrow(/permission denied/)
    }
    for (const column of ['candidates', 'evidence', 'answer', 'settled_by']) {
      await expect(as('leadpost_router', null, `SELECT ${column} FROM confirmation`), column).rejects.toThrow(/permission denied/)
    }
    const raw = await as('leadpost_router', null, 'SELECT 1 FROM raw_message WHERE message_id = ANY($1)', [[ours.message, theirs.message]])
    expect(raw.rows).toEqual([])
    const deliveries = await as('leadpost_router', null, 'SELECT 1 FROM delivery WHERE tenant_id IS NOT NULL')
    expect(deliveries.rows).toEqual([])
  })

  test('reads the bytes of what no tenant has yet', async () => {
    const { message } = await insertUnassigned(db)
    const { rows } = await as('leadpost_router', null, 'SELECT content FROM raw_message WHERE message_id = $1', [message])
    expect(rows).toHaveLength(1)
  })

  test('finds a thread among mails that wait, unless anybody may have written them, and not among those that are settled or erased', async () => {
    const find = 'SELECT tenant_id FROM mail WHERE id = $1'
    const seen = async (): Promise<number> => (await as('leadpost_router', null, find, [ours.mail])).rows.length
    await db.owner('UPDATE history_entry SET undone_at = now() WHERE id = $1', [ours.historyEntry])
    await db.owner('UPDATE confirmation SET settled_at = NULL, settled_by = NULL WHERE mail_id = $1', [ours.mail])
    for (const [reasons, count] of [
      [['unmatched'], 1],
      [['ambiguous', 'contradiction'], 1],
      [['unmatched', 'unauthenticatedSender'], 0],
      [['severalAuthors'], 0],
      [['outsideReply'], 0],
    ] as const) {
      await db.owner('UPDATE confirmation SET reasons = $2 WHERE mail_id = $1', [ours.mail, reasons])
      expect(await seen(), reasons.join()).toBe(count)
    }
    await db.owner(`UPDATE confirmation SET reasons = '{unmatched}' WHERE mail_id = $1`, [ours.mail])
    await db.owner('UPDATE mail SET erased_at = now() WHERE id = $1', [ours.mail])
    expect(await seen()).toBe(0)
    await db.owner('UPDATE mail SET erased_at = NULL WHERE id = $1', [ours.mail])
    expect(await seen()).toBe(1)
    await db.owner(`UPDATE confirmation SET settled_at = now(), settled_by = 'x' WHERE mail_id = $1`, [ours.mail])
    expect(await seen()).toBe(0)
    await db.owner('UPDATE confirmation SET settled_at = NULL, settled_by = NULL WHERE mail_id = $1', [ours.mail])
    await db.owner('UPDATE history_entry SET undone_at = NULL WHERE id = $1', [ours.historyEntry])
  })

  test('finds a thread only among mails that stand in a history', async () => {
    await db.owner(`UPDATE confirmation SET settled_at = now(), settled_by = 'x' WHERE mail_id = $1`, [ours.mail])
    const find = 'SELECT tenant_id FROM mail WHERE id = $1'
    expect((await as('leadpost_router', null, find, [ours.mail])).rows).toHaveLength(1)
    await db.owner('UPDATE history_entry SET undone_at = now() WHERE id = $1', [ours.historyEntry])
    expect((await as('leadpost_router', null, find, [ours.mail])).rows).toHaveLength(0)
    await db.owner('UPDATE history_entry SET undone_at = NULL WHERE id = $1', [ours.historyEntry])
  })
})

describe('the operator', () => {
  test('sees where every message stands and no content', async () => {
    const { rows } = await as(
      'leadpost_operator',
      null,
      'SELECT d.state, t.slug FROM delivery d JOIN tenant t ON t.id = d.tenant_id ORDER BY t.slug',
    )
    expect(rows.map((row) => row['slug'])).toContain('abc')
    for (const text of [
      'SELECT subject FROM mail',
      'SELECT text FROM mail',
      'SELECT content FROM raw_message',
      'SELECT name FROM lead',
      'SELECT 1 FROM participant',
    ]) {
      await expect(as('leadpost_operator', null, text), text).rejects.toThrow(/permission denied/)
    }
  })

  test('changes nothing', async () => {
    await expect(as('leadpost_operator', null, `UPDATE delivery SET state = 'failed'`)).rejects.toThrow(/permission denied/)
    await expect(as('leadpost_operator', null, 'DELETE FROM inbound_message')).rejects.toThrow(/permission denied/)
  })
})

test('an owner of the database who is no superuser migrates it, runs the program, and is bound as well', async () => {
  const name = `owner_${newId().slice(-12)}`
  const empty = await openEmptyDatabase()
  const url = new URL(empty.ownerUrl)
  await db.owner(`CREATE ROLE ${name} LOGIN PASSWORD 'x'`)
  await db.owner(`GRANT leadpost_program, leadpost_router, leadpost_operator TO ${name}`)
  await db.owner(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${name}`)
  url.username = name
  url.password = 'x'
  await applyMigrations({ url: url.toString(), log: openLog('silent') })
  const database = openDatabase({ url: url.toString(), log: openLog('silent') })
  await database.ready()
  await storeTenants(database, [{ slug: 'owned', companies: [{ key: 'acme' }] }])
  // The functions that look at words run as the owner then, who sees the documents of all; they answer the asking tenant's alone.
  const owned = await findTenantId(database, 'owned')
  await database.tenantSql(owned, async (sql) => {
    await sql.run(
      `INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
       VALUES ($1, $2, 'x', '', 'outbound', now(), now(), '', '', '[]')`,
      [owned, newId()],
    )
    await sql.run(`INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document) SELECT tenant_id, id, now(), 'hello' FROM mail`)
  })
  const found = (tenantId: TenantId): Promise<unknown[]> =>
    database.tenantSql(tenantId, (sql) => sql.rows(`SELECT FROM search_all('hello', NULL, NULL, 10)`))
  expect(await found(owned)).toHaveLength(1)
  expect(await found(newId())).toEqual([])
  await database.close()
  const client = new Client({ connectionString: url.toString() })
  await client.connect()
  expect((await client.query('SELECT 1 FROM company')).rows).toEqual([])
  await client.end()
  await empty.close()
  await db.owner(`DROP ROLE ${name}`)
})
