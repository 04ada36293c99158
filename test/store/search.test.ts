import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryEntryId, LeadId, MailId, TenantId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { search, type SearchAnswer, type SearchQuery } from '../../src/store/search.ts'
import { indexBatchMax, indexMails, tenantsToIndex } from '../../src/store/search-index.ts'
import type { Viewer } from '../../src/store/viewer.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { seedTenant, type Seed } from './seed.ts'

let db: TestDatabase
let xyz: Seed
let abc: Seed
const reviewer: Viewer = { role: 'reviewer', addresses: ['bernd@xyz.example' as AddressKey] }
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  abc = await seedTenant(db, 'abc')
  for (const table of ['company', 'contact_person']) await db.owner(`UPDATE ${table} SET name_key = lower(name)`)
})
beforeEach(async () => {
  await db.owner('DELETE FROM mail_search')
  await db.owner('DELETE FROM search_progress')
})
afterAll(() => db.close())

async function file(
  subject: string,
  { tenant = xyz.tenant, lead = xyz.lead, text = 'text', at = '2026-11-03T10:00:00Z', filed = true } = {},
): Promise<MailId> {
  const id = newId<MailId>()
  await db.owner(
    `INSERT INTO mail (tenant_id, id, content_fingerprint, subject, from_address, direction, occurred_at, received_at, newest_text, text, defects)
     VALUES ($1, $2, $2::uuid::text, $3, 'anna@xyz.example', 'outbound', $4, $4, $5, $5, '[]')`,
    [tenant, id, subject, at, text],
  )
  if (filed) await stand(id, lead, tenant, at)
  await happen(id, tenant)
  return id
}
async function stand(mail: MailId, lead: LeadId, tenant: TenantId, at = '2026-11-03T10:00:00Z'): Promise<void> {
  await db.owner(
    `INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction) VALUES ($1, $2, 'mail', $3, $4, $5, $5, '[]', 'rule', 'outbound')`,
    [tenant, newId<HistoryEntryId>(), lead, mail, at],
  )
}
async function happen(mail: MailId, tenant: TenantId = xyz.tenant): Promise<void> {
  await db.owner(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), 'rule', 'x', $3, '{}')`,
    [tenant, newId(), mail],
  )
}
async function indexAll(tenant: TenantId = xyz.tenant): Promise<void> {
  for (let batch = 0; batch < 100; batch++) if ((await indexMails(db.database, tenant)) === 'done') return
  throw new Error('never done')
}
function ask(q: string, more: Partial<SearchQuery> = {}, { tenant = xyz.tenant, viewer = reviewer } = {}): Promise<SearchAnswer> {
  return db.database.tenantSql(tenant, (sql) => search(sql, tenant, { q, limit: 50, kind: 'entry', ...more }, viewer))
}
const titles = ({ hits }: SearchAnswer): string[] => hits.map(({ title }) => title)

describe('the index', () => {
  test('takes in what was on file, and what comes after, each once', async () => {
    await file('Förderband on file')
    await indexAll()
    expect(titles(await ask('foerderband'))).toEqual(['Förderband on file'])
    await file('Förderband later')
    expect(await tenantsToIndex(db.database)).toContain(xyz.tenant)
    await indexAll()
    await indexAll(abc.tenant)
    expect(titles(await ask('förderband')).toSorted()).toEqual(['Förderband later', 'Förderband on file'])
    expect(await tenantsToIndex(db.database)).toEqual([])
  })

  test('follows a mail that is filed later, moved, taken out, erased', async () => {
    const [other] = await db.owner<{ id: LeadId }>(
      `INSERT INTO lead (tenant_id, id, number, name, name_key) VALUES ($1, $2, '22222', 'Other', 'other') RETURNING id`,
      [xyz.tenant, newId<LeadId>()],
    )
    const id = await file('Kranwagen', { filed: false })
    await indexAll()
    expect(titles(await ask('kranwagen'))).toEqual([])
    await stand(id, xyz.lead, xyz.tenant)
    await happen(id)
    await indexAll()
    expect(titles(await ask('kranwagen', { lead: '11111' }))).toEqual(['Kranwagen'])
    expect(titles(await ask('kranwagen', { lead: '22222' }))).toEqual([])
    await db.owner('UPDATE history_entry SET undone_at = now() WHERE mail_id = $1', [id])
    await stand(id, other?.id ?? xyz.lead, xyz.tenant)
    // Even before the index knows.
    expect(titles(await ask('kranwagen', { lead: '11111' }))).toEqual([])
    await happen(id)
    await indexAll()
    expect(titles(await ask('kranwagen', { lead: '22222' }))).toEqual(['Kranwagen'])
    await db.owner('UPDATE mail SET erased_at = now() WHERE id = $1', [id])
    expect(titles(await ask('kranwagen'))).toEqual([])
    await happen(id)
    await indexAll()
    expect(await db.owner('SELECT FROM mail_search WHERE mail_id = $1', [id])).toEqual([])
  })

  test('catches up with more than a batch of either kind, and after the database was moved', async () => {
    await indexAll()
    const many = indexBatchMax * 2 + 10
    await db.owner(
      `WITH m AS (INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
         SELECT $1, gen_random_uuid(), 'many' || n, 'Vielfach ' || n, 'outbound', now(), now(), '', '', '[]' FROM generate_series(1, $2) n RETURNING id),
       h AS (INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
         SELECT $1, gen_random_uuid(), 'mail', $3, id, now(), now(), '[]', 'rule', 'outbound' FROM m)
       INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) SELECT $1, gen_random_uuid(), now(), 'rule', 'x', id, '{}' FROM m`,
      [xyz.tenant, many, xyz.lead],
    )
    await indexAll()
    const count = async (): Promise<number> =>
      (await db.owner(`SELECT FROM mail_search s JOIN mail m ON m.id = s.mail_id WHERE m.subject LIKE 'Vielfach%'`)).length
    expect(await count()).toBe(many)
    await db.owner('DELETE FROM mail_search')
    await db.owner(`UPDATE search_progress SET seen = '9999999999:9999999999:'`)
    expect(await tenantsToIndex(db.database)).toContain(xyz.tenant)
    await indexAll()
    expect(await count()).toBe(many)
    await db.owner(`UPDATE history_entry SET undone_at = now() WHERE mail_id IN (SELECT id FROM mail WHERE subject LIKE 'Vielfach%')`)
  })

  test('is done by one process at a time', async () => {
    await indexAll()
    const mail = await file('Gleichzeitig')
    const results = await Promise.all(Array.from({ length: 4 }, () => indexMails(db.database, xyz.tenant)))
    expect(results).toContain('done')
    expect(await db.owner('SELECT FROM mail_search WHERE mail_id = $1', [mail])).toHaveLength(1)
  })
})

describe('a search', () => {
  test('finds subject, text, people and file names, marks what it found, and says where it stands', async () => {
    await indexAll()
    const [hit] = (await ask('hello offer eva')).hits
    expect(hit).toMatchObject({
      kind: 'entry',
      id: xyz.historyEntry,
      title: 'XYZ Lead 11111',
      lead: '11111',
      company: 'ACME AG',
      at: '2026-11-02T09:30:00.000Z',
    })
    expect((await ask('hello')).hits[0]?.excerpt).toBe('\u0001hello\u0002')
    expect((await ask('offer.pdf')).hits[0]?.excerpt).toBe('\u0001offer\u0002.\u0001pdf\u0002')
    expect((await ask('eva@acme.example')).hits[0]?.excerpt).toMatch(/\u0001Eva\u0002@\u0001acme\u0002\.\u0001example\u0002/)
  })

  test('comes newest first, page by page, each mail once', async () => {
    for (let day = 1; day <= 9; day++) await file(`Seitenweise ${day}`, { at: `2026-10-0${day}T10:00:00Z` })
    await indexAll()
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page = await ask('seitenweise', { limit: 4, after })
      expect(page.hits.length).toBeLessThanOrEqual(4)
      seen.push(...titles(page))
      after = page.next
      if (after === undefined) break
    }
    expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1].map((day) => `Seitenweise ${day}`))
    await expect(ask('seitenweise', { after: 'made up' })).rejects.toThrow(/"next"/)
  })

  test('shows nothing that is private to others', async () => {
    const id = await file('Geheimnis', { text: 'Geheimnis' })
    await file('Geheimnis open', { at: '2026-11-01T10:00:00Z' })
    await db.owner(`UPDATE mail SET private_at = now(), private_by = 'anna@xyz.example' WHERE id = $1`, [id])
    await indexAll()
    expect(titles(await ask('geheimnis'))).toEqual(['Geheimnis open'])
    // What is passed over takes no place on the page.
    expect(titles(await ask('geheimnis', { limit: 1 }))).toEqual(['Geheimnis open'])
    expect(titles(await ask('geheimnis', {}, { viewer: { role: 'admin', addresses: [] } }))).toEqual(['Geheimnis', 'Geheimnis open'])
    const own: Viewer = { role: 'salesperson', addresses: ['anna@xyz.example' as AddressKey] }
    expect(titles(await ask('geheimnis', {}, { viewer: own }))).toEqual(['Geheimnis', 'Geheimnis open'])
  })

  test('combines with the filters of a history, page by page, and finds mails alone then', async () => {
    const ids: MailId[] = []
    for (let day = 1; day <= 9; day++) ids.push(await file(`Kombiniert ${day}`, { at: `2026-10-0${day}T10:00:00Z` }))
    const inbound = [ids[1], ids[4], ids[7]]
    await db.owner(`UPDATE mail SET direction = 'inbound' WHERE id = ANY($1)`, [inbound])
    await db.owner(`UPDATE history_entry SET direction = 'inbound' WHERE mail_id = ANY($1)`, [inbound])
    for (const mail of [ids[4], ids[5]]) {
      await db.owner(
        `INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, contact_person_id)
         VALUES ($1, $2, 0, 'to', 'eva@acme.example', 'eva@acme.example', $3)`,
        [xyz.tenant, mail, xyz.contactPerson],
      )
      await db.owner(
        `INSERT INTO attachment (tenant_id, mail_id, position, file_name, media_type, bytes, sha256, inline) VALUES ($1, $2, 0, 'a.pdf', 'application/pdf', 3, 'abcd', false)`,
        [xyz.tenant, mail],
      )
      await db.owner('UPDATE history_entry SET has_files = true WHERE mail_id = $1', [mail])
    }
    await indexAll()
    for (const lead of ['11111', undefined]) {
      const first = await ask('kombiniert', { lead, direction: 'inbound', limit: 2 })
      expect(titles(first)).toEqual(['Kombiniert 8', 'Kombiniert 5'])
      const second = await ask('kombiniert', { lead, direction: 'inbound', limit: 2, after: first.next })
      expect(titles(second)).toEqual(['Kombiniert 2'])
      expect(second.next).toBeUndefined()
      expect(titles(await ask('kombiniert', { lead, person: xyz.contactPerson }))).toEqual(['Kombiniert 6', 'Kombiniert 5'])
      expect(titles(await ask('kombiniert', { lead, files: true, direction: 'outbound' }))).toEqual(['Kombiniert 6'])
      expect(titles(await ask('kombiniert', { lead, files: true, direction: 'internal' }))).toEqual([])
    }
    await db.owner(`UPDATE mail SET private_at = now(), private_by = 'eva@xyz.example' WHERE id = $1`, [ids[4]])
    expect(titles(await ask('kombiniert', { files: true }))).toEqual(['Kombiniert 6'])
    expect((await ask('acme', { kind: undefined, files: true })).hits.every(({ kind }) => kind === 'entry')).toBe(true)
    expect((await ask('acme', { kind: 'company', lead: '11111' })).hits).toEqual([])
  })

  test('takes any words without harm', async () => {
    await indexAll()
    for (const q of [
      "'",
      "a' | 'b",
      '\\',
      ':*',
      '!',
      '()',
      '&',
      '<->',
      "'; DROP TABLE mail; --",
      'x'.repeat(200),
      '\u0000',
      '"',
      "o'brien",
    ])
      expect(await ask(q, { kind: undefined }), q).toMatchObject({ hits: expect.any(Array) as unknown[] })
  })

  test('finds leads, companies and contact persons above the mails', async () => {
    await indexAll()
    const all = (await ask('acme', { kind: undefined })).hits
    expect(all.map(({ kind, title }) => `${kind} ${title}`)).toContain('company ACME AG')
    expect((await ask('1111', { kind: undefined })).hits[0]).toMatchObject({ kind: 'lead', title: 'Website relaunch', lead: '11111' })
    expect((await ask('rel web', { kind: 'lead' })).hits).toMatchObject([{ lead: '11111', company: expect.any(String) as string }])
    expect((await ask('eva@ac', { kind: 'contactPerson' })).hits).toMatchObject([{ title: 'Eva Muster', excerpt: 'Eva@acme.example' }])
    expect((await ask('mus ev', { kind: 'contactPerson' })).hits).toMatchObject([{ title: 'Eva Muster' }])
    expect((await ask('nobody', { kind: 'company' })).hits).toEqual([])
  })

  test('of one kind goes on page by page, the best first', async () => {
    for (const name of ['Werk', 'Werk Ost', 'Werk Süd', 'Alt Werk'])
      await db.owner(`INSERT INTO company (tenant_id, id, name, name_key) VALUES ($1, $2, $3, $4)`, [
        xyz.tenant,
        newId(),
        name,
        name.toLowerCase().replace('ü', 'u'),
      ])
    const first = await ask('werk', { kind: 'company', limit: 2 })
    expect(titles(first)).toEqual(['Werk', 'Alt Werk'])
    expect(titles(await ask('werk', { kind: 'company', limit: 2, after: first.next }))).toEqual(['Werk Ost', 'Werk Süd'])
    expect(titles(await ask('werk sued', { kind: 'company' }))).toEqual(['Werk Süd'])
  })
})

describe('the functions that look at documents', () => {
  test('answer ids of the asking tenant alone, also for words that name another', async () => {
    await file('Gemeinsam ours')
    await file('Gemeinsam theirs', { tenant: abc.tenant, lead: abc.lead })
    await indexAll()
    await indexAll(abc.tenant)
    expect(titles(await ask('gemeinsam'))).toEqual(['Gemeinsam ours'])
    expect(titles(await ask('gemeinsam', {}, { tenant: abc.tenant }))).toEqual(['Gemeinsam theirs'])
    const all = (await db.owner<{ id: MailId }>('SELECT id FROM mail')).map(({ id }) => id)
    const counted = await db.database.tenantSql(xyz.tenant, async (sql) => [
      (await sql.rows(`SELECT * FROM search_all('gemeinsam', NULL, NULL, 100)`)).length,
      (await sql.rows(`SELECT * FROM search_newest('gemeinsam', NULL, NULL, 100, 1000)`)).length,
      (await sql.rows(`SELECT * FROM search_all($1::tsquery, NULL, NULL, 100)`, [`'t:${abc.tenant.slice(-12)}'`])).length,
      (await sql.rows(`SELECT * FROM search_rare('gemeinsam', 'gemeinsam', NULL, NULL, 100)`)).length,
      (await sql.rows(`SELECT * FROM search_among('gemeinsam', $1, 100)`, [all])).length,
      (await sql.rows<{ counts: number[] }>(`SELECT search_counts(ARRAY['theirs', 'gemeinsam']::tsquery[], 1000) AS counts`))[0]?.counts,
    ])
    expect(counted).toEqual([1, 1, 0, 1, 1, [0, 1]])
  })

  test('are for the program alone, within a tenant, and their role can do nothing else', async () => {
    const forgotten = await db
      .owner<{ seen: number }>(
        `BEGIN; SET LOCAL ROLE leadpost_program; SELECT count(*)::int AS seen FROM search_all('hello', NULL, NULL, 100); COMMIT`,
      )
      .catch(() => null)
    if (Array.isArray(forgotten)) expect(JSON.stringify(forgotten)).not.toContain('"seen":1')
    for (const role of ['leadpost_router', 'leadpost_operator']) {
      const may = await db.owner<{ name: string }>(
        `SELECT proname AS name FROM pg_proc WHERE proname LIKE 'search\\_%' AND pronamespace = 'public'::regnamespace AND has_function_privilege($1, oid, 'EXECUTE')`,
        [role],
      )
      expect(may, role).toEqual([])
    }
    const reach = await db.owner<{ table_name: string }>(
      `SELECT relname AS table_name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '_prisma_migrations'
         AND has_table_privilege('leadpost_search', oid, 'SELECT, INSERT, UPDATE, DELETE')`,
    )
    expect(reach).toEqual([{ table_name: 'mail_search' }])
    const [role] = await db.owner(`SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'leadpost_search'`)
    expect(role).toEqual({ rolcanlogin: false, rolsuper: false, rolbypassrls: false })
    expect(await db.owner(`SELECT has_schema_privilege('leadpost_search', 'public', 'CREATE') AS may`)).toEqual([{ may: false }])
  })

  test('find beside a rare word a common one without its index, and page by page what stands at a long lead', async () => {
    const many = 1_600
    await db.owner(
      `WITH m AS (INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
         SELECT $1, gen_random_uuid(), 'haufen' || n, 'Haufen ' || CASE WHEN n % 800 = 0 THEN 'Einzelnes' ELSE n::text END, 'outbound', now() - n * interval '1 hour', now(), '', '', '[]'
         FROM generate_series(1, $2) n RETURNING id, occurred_at, subject),
       h AS (INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
         SELECT $1, gen_random_uuid(), 'mail', $3, id, occurred_at, now(), '[]', 'rule', 'outbound' FROM m)
       INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document)
       SELECT $1, id, occurred_at, array_to_tsvector(string_to_array(lower(subject), ' ') || ARRAY['t:' || right($1::text, 12), 'l:' || right($3::text, 12)]) FROM m`,
      [xyz.tenant, many, xyz.lead],
    )
    for (const lead of [undefined, '11111']) {
      expect(titles(await ask('haufen einzelnes', { lead }))).toEqual(['Haufen Einzelnes', 'Haufen Einzelnes'])
      const first = await ask('haufen 15', { lead, limit: 4 })
      const second = await ask('haufen 15', { lead, limit: 200, after: first.next })
      const found = [...titles(first), ...titles(second)]
      expect(found.slice(0, 3)).toEqual(['Haufen 15', 'Haufen 150', 'Haufen 151'])
      expect([...new Set(found)]).toHaveLength(111)
      expect(second.next).toBeUndefined()
    }
  })

  test('use the index over words', async () => {
    await db.owner(
      `INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
       SELECT $1, gen_random_uuid(), 'plan' || n, '', 'outbound', now(), now(), '', '', '[]' FROM generate_series(1, 3000) n`,
      [xyz.tenant],
    )
    await db.owner(
      `INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document)
       SELECT tenant_id, id, occurred_at, array_to_tsvector(ARRAY['t:' || right(tenant_id::text, 12), 'common', content_fingerprint]) FROM mail WHERE content_fingerprint LIKE 'plan%'`,
    )
    await db.owner('ANALYZE mail_search')
    const plan = await db.owner<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT s.tenant_id, s.mail_id, s.occurred_at FROM mail_search s WHERE s.document @@ 'plan77'::tsquery`,
    )
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('mail_search_document')
    await db.owner(`DELETE FROM mail_search`)
  })
})
