import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '../../src/id.ts'
import { listAudit } from '../../src/store/audit.ts'
import type { Database, Sql } from '../../src/store/database.ts'
import { openDeliveryCounts } from '../../src/store/delivery-counts.ts'
import { listLeadRows } from '../../src/store/leads.ts'
import { pageOfLead, pageOfRecent } from '../../src/store/history-pages.ts'
import { insertMessage, seedTenant, type Seed } from './seed.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { vacuum } from '../support/vacuum.ts'

const mails = 20_000
let db: TestDatabase
let xyz: Seed
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  await db.owner(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
     SELECT $1, gen_random_uuid(), now(), 'rule', 'mailAppended', i::text, '{}' FROM generate_series(1, $2::int) i`,
    [xyz.tenant, mails],
  )
  await db.owner(
    `INSERT INTO history_entry (tenant_id, id, kind, lead_id, occurred_at, recorded_at, evidence, decided_by)
     SELECT $1, gen_random_uuid(), 'note', $2, now(), now(), '[]', 'rule' FROM generate_series(1, $3::int) i`,
    [xyz.tenant, xyz.lead, mails],
  )
  await db.owner(
    `INSERT INTO lead (tenant_id, id, number, name, name_key)
     SELECT $1, gen_random_uuid(), i::text, n.name, lower(n.name)
     FROM generate_series(20000, 30000) i, LATERAL (SELECT (ARRAY['Website', 'Pump', 'Office'])[1 + i % 3] || ' ' || (ARRAY['service', 'contract'])[1 + i % 2] AS name) n`,
    [xyz.tenant],
  )
  await vacuum(db, ['audit_entry', 'history_entry', 'lead', 'name_word'])
})
afterAll(() => db.close())

/** The plans of the statements that `work` sends, under row-level security, each as it is once it is prepared for any values. */
async function plansOf(work: (database: Database) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  const explaining = (sql: Sql): Sql => ({
    ...sql,
    rows: async <R>(text: string, values?: readonly unknown[]) => {
      await sql.run('SET LOCAL plan_cache_mode = force_generic_plan')
      const rows = await sql.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
      plans.push(...rows.map((row) => row['QUERY PLAN']))
      return await sql.rows<R>(text, values)
    },
  })
  await work({ ...db.database, tenantSql: (tenantId, run) => db.database.tenantSql(tenantId, async (sql) => await run(explaining(sql))) })
  return plans.join('\n')
}

test.each([
  ['what people did', { people: true }, 'audit_entry_people'],
  ['what one of them did', { actor: 'anna@xyz.example' }, 'audit_entry_of_person'],
  ['an act that is rare', { action: 'mailMadePrivate' }, 'audit_entry_rare_acts'],
  ['a further page', { after: newId() }, 'audit_entry_pkey'],
])('of the trail %s is found by its index', async (_name, filter, index) => {
  const plans = await plansOf(async (database) => await listAudit(database, xyz.tenant, { limit: 50, ...filter }))
  expect(plans).toContain(index)
  expect(plans).toMatch(/Index Cond: .*tenant_id/)
})

test('a further page of what was filed last begins where the one before ended', async () => {
  const plans = await plansOf(
    async (database) =>
      await database.tenantSql(xyz.tenant, async (sql) => await pageOfRecent(sql, xyz.tenant, { limit: 50, after: newId() })),
  )
  expect(plans).toMatch(/Index Cond: .*\bid < /)
})

test('what does not fit a filter is passed over in the index alone', async () => {
  const plans = await plansOf(
    async (database) =>
      await database.tenantSql(xyz.tenant, async (sql) => {
        // All that this tenant has stands at one lead.
        await sql.run('SET LOCAL enable_seqscan = off')
        const page = { limit: 50, order: 'newest', direction: 'internal' } as const
        expect((await pageOfLead(sql, xyz.tenant, xyz.lead, page)).ids).toEqual([])
      }),
  )
  expect(plans).toMatch(/Index Only Scan (Backward )?using history_entry_of_lead/)
})

test('of two common words the second is looked for in an index alone', async () => {
  const plans = await plansOf(
    async (database) =>
      await database.tenantSql(xyz.tenant, async (sql) => {
        expect((await listLeadRows(sql, xyz.tenant, { search: 'website service', limit: 20 })).leads).toHaveLength(20)
      }),
  )
  expect(plans).toContain('Index Only Scan using name_word_tenant_id_id_word_idx')
  expect(plans).not.toMatch(/Seq Scan on name_word\b/)
})

test('states that are slow to count are handed out again, and counted anew behind whoever asks', async () => {
  let slowMs = 0
  const database: Database = {
    ...db.database,
    tenantSql: async (tenantId, work) => await db.database.tenantSql(tenantId, async (sql) => (await sleep(slowMs), await work(sql))),
  }
  const count = openDeliveryCounts(database)
  expect((await count(xyz.tenant)).byState).toEqual({ appended: 1 })
  await insertAppended()
  expect((await count(xyz.tenant)).byState).toEqual({ appended: 2 })
  slowMs = 120
  expect((await count(xyz.tenant)).byState).toEqual({ appended: 2 })
  await insertAppended()
  expect((await count(xyz.tenant)).byState).toEqual({ appended: 2 })
  slowMs = 0
  await expect.poll(async () => (await count(xyz.tenant)).byState, { timeout: 20_000, interval: 100 }).toEqual({ appended: 3 })
})

async function insertAppended(): Promise<void> {
  const message = newId<Seed['message']>()
  await insertMessage(db, message)
  await db.owner(
    `INSERT INTO delivery (id, message_id, tenant_id, state, due_at, lead_id, mail_id) VALUES ($1, $2, $3, 'appended', now(), $4, $5)`,
    [newId(), message, xyz.tenant, xyz.lead, xyz.mail],
  )
}
