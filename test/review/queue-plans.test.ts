import { afterAll, beforeAll, expect, test } from 'vitest'
import { countOpenConfirmations, findSiblings, listConfirmationIds, type QueueFilter } from '../../src/store/confirmation-list.ts'
import { readConfirmationRows } from '../../src/store/confirmation-rows.ts'
import type { Sql } from '../../src/store/database.ts'
import { readViewer, type Viewer } from '../../src/store/viewer.ts'
import { seedTenant, type Seed } from '../store/seed.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { vacuum } from '../support/vacuum.ts'

const openQuestions = 20_000
let db: TestDatabase
let xyz: Seed
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  const t = [xyz.tenant, openQuestions]
  await db.owner(
    `INSERT INTO mail (tenant_id, id, content_fingerprint, message_id_hash, subject, from_address, direction, occurred_at, received_at, newest_text, text, defects)
     SELECT $1, gen_random_uuid(), i::text, substring(sha256(convert_to(i::text, 'UTF8')) FOR 16), 'Number ' || i, 'user' || i % 20 || '@xyz.example',
            'outbound', now(), now(), repeat('text ', 100), 'text', '[]' FROM generate_series(1, $2::int) i`,
    t,
  )
  await db.owner(
    `INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, from_address, search_key, candidate_leads, thread_key)
     SELECT $1, gen_random_uuid(), id, CASE WHEN random() < 0.3 THEN '{ambiguous}' ELSE '{unmatched}' END::text[],
            jsonb_build_array(jsonb_build_object('leadId', $2::uuid, 'number', '11111', 'evidence',
              jsonb_build_array(jsonb_build_object('code', 'onlyOpenLead', 'detail', repeat(md5(id::text), 20), 'for', true)))), '[]', now(), from_address,
            lower(subject), ARRAY[$2::uuid], message_id_hash FROM mail WHERE tenant_id = $1 AND id <> $3`,
    [xyz.tenant, xyz.lead, xyz.mail],
  )
  await db.owner(
    `INSERT INTO capture (tenant_id, delivery_id, mail_id, address, channel, at)
     SELECT $1, gen_random_uuid(), id, from_address, 'smtp', now() FROM mail WHERE tenant_id = $1 AND id <> $2`,
    [xyz.tenant, xyz.mail],
  )
  await db.owner(
    `INSERT INTO lead (tenant_id, id, number, name, name_key) SELECT $1, gen_random_uuid(), i::text, 'Lead ' || i, 'lead ' || i FROM generate_series(20000, 22000) i`,
    [xyz.tenant],
  )
  await db.owner(
    `INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, from_address, search_key, settled_at, settled_by, answer)
     SELECT tenant_id, gen_random_uuid(), mail_id, reasons, '[]', '[]', opened_at, from_address, search_key, now(), 'anna@xyz.example', '{"kind": "dismiss", "reason": "x"}'
     FROM confirmation WHERE tenant_id = $1`,
    [xyz.tenant],
  )
  await vacuum(db, ['confirmation', 'capture', 'mail', 'lead'])
})
afterAll(() => db.close())

/** The plans of the statements that `work` sends, under row-level security as the program runs them. */
async function plansOf(work: (sql: Sql) => Promise<unknown>): Promise<string> {
  const plans: string[] = []
  await db.database.tenantSql(xyz.tenant, async (sql) => {
    await work({
      ...sql,
      rows: async <R>(text: string, values?: readonly unknown[]) => {
        const rows = await sql.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values)
        plans.push(...rows.map((row) => row['QUERY PLAN']))
        return await sql.rows<R>(text, values)
      },
    })
  })
  return plans.join('\n')
}

const reviewer: Viewer = { role: 'reviewer', addresses: [] }
const base: QueueFilter = { state: 'open', order: 'oldest', limit: 50 }

test.each<[string, Partial<QueueFilter>]>([
  ['as it is', {}],
  ['from the newest on', { order: 'newest' }],
  ['by reason', { reason: 'severalAuthors' }],
  ['by search', { search: 'nothing of the kind' }],
  ['by search and reason', { search: 'number 77', reason: 'unmatched' }],
])('the queue %s is answered from its index alone', async (_name, filter) => {
  const plans = await plansOf(async (sql) => await listConfirmationIds(sql, xyz.tenant, { ...base, ...filter }, reviewer))
  expect(plans).toContain('using confirmation_queue')
  expect(plans).not.toContain('Seq Scan')
})

test.each<[string, Partial<QueueFilter>, string]>([
  ['as it is', {}, 'Index Only Scan Backward using confirmation_settled on'],
  ['by search', { search: 'nothing of the kind' }, 'Index Only Scan Backward using confirmation_settled on'],
  ['by sender', { from: 'user7@xyz.example' }, 'confirmation_settled'],
])('what is settled %s is answered from its index alone', async (_name, filter, index) => {
  const settled: QueueFilter = { ...base, state: 'settled', order: 'newest', ...filter }
  const plans = await plansOf(async (sql) => await listConfirmationIds(sql, xyz.tenant, settled, reviewer))
  expect(plans).toContain(index)
  expect(plans).not.toContain('Seq Scan')
})

test('the rows of a page, and the leads that they name, are read by their keys', async () => {
  const plans = await plansOf(async (sql) => {
    const { ids } = await listConfirmationIds(sql, xyz.tenant, base, reviewer)
    const rows = await readConfirmationRows(sql, xyz.tenant, ids, new Date())
    expect(rows).toHaveLength(50)
    expect(rows.every(({ candidates }) => candidates[0]?.lead === '11111')).toBe(true)
  })
  expect(plans).toContain('using lead_pkey')
  expect(plans).not.toMatch(/Seq Scan on (?:confirmation|mail|participant|lead|history_entry)\b/)
})

test('a sender’s, a salesperson’s, the counts and the siblings read no table from end to end', async () => {
  const user = await db.database.tenantSql(xyz.tenant, async (sql) => await readViewer(sql, xyz.tenant, 'salesperson', xyz.user))
  const salesperson: Viewer = { ...user, addresses: [...user.addresses, 'user7@xyz.example' as never] }
  const some = async (sql: Sql): Promise<void> => {
    await listConfirmationIds(sql, xyz.tenant, { ...base, from: 'user7@xyz.example' }, reviewer)
    const { ids } = await listConfirmationIds(sql, xyz.tenant, base, salesperson)
    expect(ids).toHaveLength(50)
    await countOpenConfirmations(sql, xyz.tenant, reviewer)
    const [first = xyz.confirmation] = ids
    expect(await findSiblings(sql, xyz.tenant, first, reviewer, 200)).toHaveLength(200)
  }
  const plans = await plansOf(some)
  expect(plans).toContain('confirmation_of_sender')
  expect(plans).toContain('confirmation_by_reasons')
  expect(plans).not.toMatch(/Seq Scan on (?:confirmation|mail)\b/)
})
