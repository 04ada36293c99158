/**
 * Makes mail searchable, after it was settled and beside it: what the audit trail tells since it was last read, then what was on file before that. Each
 * batch is one transaction with its own progress, so a kill repeats nothing and forgets nothing; two processes never do the same tenant at once.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MailId, TenantId } from '../crm/ids.ts'
import { searchWords } from '../crm/search-words.ts'
import type { Database, Sql } from './database.ts'
import { uuidSql } from './events.ts'
import { jsonText } from './json-text.ts'

/** Rows of the trail, or mails, of one batch. */
export const indexBatchMax = 200
/** Of the text of one mail, quotes included: what a client wrote is often on file in the answer alone. */
const textCharactersMax = 90_000

/** The event loop, on which mail comes in as well, is held no longer than this (or than one long mail takes). */
const sliceMs = 8

/** `more`: call again; `done`: nothing is left; `held`: another process is at it. */
export type IndexResult = 'more' | 'done' | 'held'

interface Progress {
  readonly seen: string
  readonly target: string | null
  readonly doneTo: string | null
  readonly filledTo: string | null
  readonly filled: boolean
  /** Of another database, whose transactions were counted otherwise (a restored dump). */
  readonly foreign: boolean
}

/** One batch of one tenant. Throws what the database throws; then nothing has changed. */
export async function indexMails(database: Database, tenantId: TenantId): Promise<IndexResult> {
  return await database.tenantSql(tenantId, async (sql) => {
    await sql.run('INSERT INTO search_progress (tenant_id, seen) VALUES ($1, pg_current_snapshot()) ON CONFLICT (tenant_id) DO NOTHING', [
      tenantId,
    ])
    const [progress] = await sql.rows<Progress>(
      `SELECT seen::text, target::text, done_to AS "doneTo", filled_to AS "filledTo", filled,
         pg_snapshot_xmax(seen) > pg_snapshot_xmax(pg_current_snapshot()) AS foreign
       FROM search_progress WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED`,
      [tenantId],
    )
    if (progress === undefined) return 'held'
    if (progress.foreign) return await beginAnew(sql, tenantId)
    const told = await followTrail(sql, tenantId, progress)
    if (told === 'more') return 'more'
    return progress.filled ? 'done' : await fill(sql, tenantId, progress)
  })
}

async function beginAnew(sql: Sql, tenantId: TenantId): Promise<IndexResult> {
  await sql.run(
    `UPDATE search_progress SET seen = pg_current_snapshot(), target = NULL, done_to = NULL, filled_to = NULL, filled = false WHERE tenant_id = $1`,
    [tenantId],
  )
  return 'more'
}

/** What was seen is moved on once all up to the target is done, in as many batches as that takes. */
async function followTrail(sql: Sql, tenantId: TenantId, { seen, target, doneTo }: Progress): Promise<'more' | 'done'> {
  const rows = await sql.rows<{ id: string; mailId: MailId | null; target: string }>(
    `SELECT a.id, ${uuidSql('a.subject')} AS "mailId", coalesce($3::pg_snapshot, pg_current_snapshot())::text AS target FROM audit_entry a
     WHERE a.tenant_id = $1 AND a.written_in >= pg_snapshot_xmin($2::pg_snapshot)
       AND a.written_in < pg_snapshot_xmax(coalesce($3::pg_snapshot, pg_current_snapshot()))
       AND NOT pg_visible_in_snapshot(a.written_in, $2::pg_snapshot) AND ($3 IS NULL OR pg_visible_in_snapshot(a.written_in, $3::pg_snapshot))
       AND ($4::uuid IS NULL OR a.id > $4)
     ORDER BY a.id LIMIT ${String(indexBatchMax + 1)}`,
    [tenantId, seen, target, doneTo],
  )
  const batch = rows.slice(0, indexBatchMax)
  await writeDocuments(
    sql,
    tenantId,
    batch.flatMap(({ mailId }) => mailId ?? []),
  )
  const last = batch.at(-1)
  if (last === undefined && target === null) return 'done'
  if (rows.length > batch.length && last !== undefined) {
    await sql.run('UPDATE search_progress SET target = $2::pg_snapshot, done_to = $3 WHERE tenant_id = $1', [
      tenantId,
      last.target,
      last.id,
    ])
    return 'more'
  }
  await sql.run('UPDATE search_progress SET seen = $2::pg_snapshot, target = NULL, done_to = NULL WHERE tenant_id = $1', [
    tenantId,
    target ?? last?.target ?? seen,
  ])
  return target === null ? 'done' : 'more'
}

/** What was on file before the trail was followed. */
async function fill(sql: Sql, tenantId: TenantId, { filledTo }: Progress): Promise<IndexResult> {
  const rows = await sql.rows<{ id: MailId }>(
    `SELECT id FROM mail WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT ${String(indexBatchMax)}`,
    [tenantId, filledTo],
  )
  await writeDocuments(
    sql,
    tenantId,
    rows.map(({ id }) => id),
  )
  const isDone = rows.length < indexBatchMax
  await sql.run('UPDATE search_progress SET filled_to = $2, filled = $3 WHERE tenant_id = $1', [
    tenantId,
    rows.at(-1)?.id ?? filledTo,
    isDone,
  ])
  return isDone ? 'done' : 'more'
}

interface MailRow {
  readonly id: MailId
  readonly leadId: string
  readonly occurredAt: Date
  readonly texts: (string | null)[]
  readonly names: (string | null)[]
}

/** Mails that stand in a history get their document, others lose it. What is long comes as JSON: arrays of Postgres are read one character at a time. */
async function writeDocuments(sql: Sql, tenantId: TenantId, ids: readonly MailId[]): Promise<void> {
  const asked = [...new Set(ids)]
  if (asked.length === 0) return
  const rows = await sql.rows<MailRow>(
    `SELECT m.id, h.lead_id AS "leadId", h.occurred_at AS "occurredAt",
       json_build_array(m.subject, m.from_name, m.from_address, left(m.text, ${String(textCharactersMax)})) AS texts,
       to_json(ARRAY(SELECT concat_ws(' ', p.name, p.address, k.name, y.name) FROM participant p
           LEFT JOIN contact_person k ON k.tenant_id = $1 AND k.id = p.contact_person_id
           LEFT JOIN company y ON y.tenant_id = $1 AND y.id = k.company_id
           WHERE p.tenant_id = $1 AND p.mail_id = m.id)
         || ARRAY(SELECT a.file_name FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id)) AS names
     FROM mail m JOIN history_entry h ON h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL
     WHERE m.tenant_id = $1 AND m.id = ANY($2) AND m.erased_at IS NULL`,
    [tenantId, asked],
  )
  const documents: object[] = []
  let since = performance.now()
  for (const { id, leadId, occurredAt, texts, names } of rows) {
    const words = searchWords([...texts.slice(0, 3), ...names, ...texts.slice(3)].map((text) => text ?? ''))
    documents.push({ id, at: occurredAt, words: [tenantWord(tenantId), leadWord(leadId), ...words] })
    if (performance.now() - since < sliceMs) continue
    await nextTurn()
    since = performance.now()
  }
  if (documents.length > 0)
    await sql.run(
      `INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document)
       SELECT $1, r.id, r.at, array_to_tsvector(ARRAY(SELECT json_array_elements_text(r.words)))
       FROM json_to_recordset($2::json) AS r(id uuid, at timestamptz, words json) ORDER BY r.id
       ON CONFLICT (tenant_id, mail_id) DO UPDATE SET occurred_at = excluded.occurred_at, document = excluded.document`,
      [tenantId, jsonText(documents)],
    )
  const kept = new Set(rows.map(({ id }) => id))
  const gone = asked.filter((id) => !kept.has(id))
  if (gone.length > 0) await sql.run('DELETE FROM mail_search WHERE tenant_id = $1 AND mail_id = ANY($2)', [tenantId, gone])
}

/** No word that anybody types has a colon. */
export function tenantWord(tenantId: TenantId): string {
  return `t:${tenantId.slice(-12)}`
}

export function leadWord(leadId: string): string {
  return `l:${leadId.slice(-12)}`
}

/** Tenants with something that is not searchable yet. One statement, however many tenants. */
export async function tenantsToIndex(database: Database): Promise<TenantId[]> {
  const rows = await database.routerSql((sql) =>
    sql.rows<{ id: TenantId }>(
      `SELECT t.id FROM tenant t LEFT JOIN search_progress s ON s.tenant_id = t.id
       WHERE s.tenant_id IS NULL OR NOT s.filled OR s.target IS NOT NULL OR pg_snapshot_xmax(s.seen) > pg_snapshot_xmax(pg_current_snapshot())
         OR EXISTS (SELECT FROM audit_entry a WHERE a.tenant_id = t.id AND a.written_in >= pg_snapshot_xmin(s.seen)
           AND a.written_in < pg_snapshot_xmax(pg_current_snapshot()) AND NOT pg_visible_in_snapshot(a.written_in, s.seen))`,
    ),
  )
  return rows.map(({ id }) => id)
}
