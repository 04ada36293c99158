/**
 * Which questions there are: the queue by filters and pages, counted by reason, and the siblings of one. Each statement is made for the filters that are
 * asked for, so that a plan fits it. In a transaction of the tenant.
 */
import type { ConfirmationId, LeadId, TenantId } from '../crm/ids.ts'
import type { ConfirmReason } from '../matching/decision.ts'
import { searchPartsOf } from './confirmation-key.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'
import { isMailOfSql, type Viewer } from './viewer.ts'

export interface QueueFilter {
  readonly state: 'open' | 'settled'
  readonly reason?: ConfirmReason | undefined
  /** An address, or a domain. */
  readonly from?: string | undefined
  readonly lead?: LeadId | undefined
  /** Only what the viewer sent or wrote himself. */
  readonly mine?: boolean | undefined
  /** Words of subject, addresses and names, in any case and with any accents. */
  readonly search?: string | undefined
  readonly order: 'oldest' | 'newest'
  readonly limit: number
  readonly after?: string | undefined
}

export interface QueueCounts {
  readonly open: number
  /** That the viewer sent or wrote himself. */
  readonly mine: number
  readonly byReason: Readonly<Record<string, number>>
}

const timeForm = /^\d{1,16}$/

/** Values of one statement, bound as they are named. */
interface Binding {
  readonly values: unknown[]
  readonly bind: (value: unknown) => string
}

function openBinding(tenantId: TenantId): Binding {
  const values: unknown[] = [tenantId]
  return { values, bind: (value) => `$${String(values.push(value))}` }
}

/** Reviewers see all but what is private to others; a salesperson sees what he sent or wrote. */
function visibleSql(viewer: Viewer, binding: Binding, state: QueueFilter['state'] = 'open'): string[] {
  if (viewer.role === 'admin') return []
  if (viewer.role === 'salesperson') return [`c.id IN (${ownIdsSql(viewer, binding, state)})`]
  if (viewer.addresses.length === 0) return ['NOT c.private']
  return [`(NOT c.private OR c.id IN (${ownIdsSql(viewer, binding, state, ['c.private'])}))`]
}

/** What the viewer sent or wrote, found by his addresses: most of the others' questions are never looked at. */
function ownIdsSql(viewer: Viewer, binding: Binding, state: QueueFilter['state'], more: readonly string[] = []): string {
  const inState = ['c.tenant_id = $1', stateSql(state), ...more].join(' AND ')
  const [written, captured] = ownSql(viewer, binding, state)
  return `SELECT c.id FROM ${written} AND ${inState} UNION SELECT c.id FROM ${captured} AND ${inState}`
}

/**
 * As FROM and WHERE: those that he wrote, and those that he sent, as often as he did. Ids of mails grow with time: nearly all that somebody sent in years comes before the
 * first mail that still waits, and need not be looked at.
 */
function ownSql(viewer: Viewer, { bind }: Binding, state: QueueFilter['state']): [written: string, captured: string] {
  const addresses = `ANY(${bind(viewer.addresses)}::text[])`
  const first = '(SELECT f.mail_id FROM confirmation f WHERE f.tenant_id = $1 AND f.settled_at IS NULL ORDER BY f.mail_id LIMIT 1)'
  return [
    `confirmation c WHERE c.from_address = ${addresses}`,
    `capture k JOIN confirmation c ON c.tenant_id = $1 AND c.mail_id = k.mail_id
     WHERE k.tenant_id = $1 AND k.address = ${addresses}${state === 'open' ? ` AND k.mail_id >= ${first}` : ''}`,
  ]
}

function stateSql(state: QueueFilter['state']): string {
  return `c.settled_at IS ${state === 'open' ? '' : 'NOT '}NULL`
}

function filterSql(filter: QueueFilter, { bind }: Binding): string[] {
  const { from, lead, reason } = filter
  const parts = filter.search === undefined ? null : searchPartsOf(filter.search)
  return [
    ...(reason === undefined ? [] : [`${bind(reason)} = ANY(c.reasons)`]),
    ...(lead === undefined ? [] : [leadSql(lead, filter.state, bind)]),
    ...(from === undefined ? [] : [fromSql(from.trim().toLowerCase(), bind)]),
    ...(parts ?? []).map((part) => `strpos(c.search_key, ${bind(part)}) > 0`),
  ]
}

/** As an array: of what a function answers the planner believes that it is much, and goes through the queue beside it. */
function leadSql(lead: LeadId, state: QueueFilter['state'], bind: Binding['bind']): string {
  return state === 'open'
    ? `c.id = ANY(ARRAY(SELECT questions_of_lead(${bind(lead)}::uuid)))`
    : `${bind(lead)}::uuid = ANY(c.candidate_leads)`
}

function fromSql(from: string, bind: Binding['bind']): string {
  const domain = from.startsWith('@') ? from.slice(1) : from
  return domain.includes('@') ? `c.from_address = ${bind(domain)}` : `split_part(c.from_address, '@', 2) = ${bind(domain)}`
}

/** A page of ids; `next` where more follow. @throws PermanentFailure `inputInvalid` for a strange `after`. */
export async function listConfirmationIds(
  sql: Sql,
  tenantId: TenantId,
  filter: QueueFilter,
  viewer: Viewer,
): Promise<{ ids: ConfirmationId[]; next?: string }> {
  const binding = openBinding(tenantId)
  const { bind, values } = binding
  const isOpen = filter.state === 'open'
  const [comparison, direction] = filter.order === 'oldest' ? ['>', 'ASC'] : ['<', 'DESC']
  // A salesperson sees nothing else anyway.
  const isOwn = viewer.role === 'salesperson' || filter.mine === true
  const wanted = [
    'c.tenant_id = $1',
    stateSql(filter.state),
    ...(viewer.role === 'salesperson' ? [] : visibleSql(viewer, binding, filter.state)),
    ...filterSql(filter, binding),
    ...(filter.after === undefined ? [] : [behindSql(filter.after, isOpen, comparison, bind)]),
  ].join(' AND ')
  const order = isOpen ? `c.id ${direction}` : `c.settled_at ${direction}, c.id ${direction}`
  const columns = `c.id${isOpen ? '' : ', c.settled_at'}`
  const cut = `ORDER BY ${order} LIMIT ${bind(filter.limit + 1)}`
  // OFFSET 0: for a page, the planner would rather go through all that others have as well.
  const from = isOwn
    ? `(${ownSql(viewer, binding, filter.state)
        .map((own) => `(SELECT DISTINCT ${columns} FROM (SELECT ${columns} FROM ${own} AND ${wanted} OFFSET 0) c ${cut})`)
        .join(' UNION ')}) c`
    : `confirmation c WHERE ${wanted}`
  const rows = await sql.rows<{ id: ConfirmationId; settled_at?: Date }>(`SELECT ${columns} FROM ${from} ${cut}`, values)
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  const ids = shown.map(({ id }) => id)
  if (rows.length <= filter.limit || last === undefined) return { ids }
  return { ids, next: isOpen ? writeCursor(last.id) : writeCursor(String(last.settled_at?.getTime()), last.id) }
}

function behindSql(after: string, isOpen: boolean, comparison: string, bind: Binding['bind']): string {
  if (isOpen) {
    const [id] = readCursor(after, uuidForm)
    return `c.id ${comparison} ${bind(id)}`
  }
  const [time, id] = readCursor(after, timeForm, uuidForm)
  return `(c.settled_at, c.id) ${comparison} (${bind(new Date(Number(time)))}, ${bind(id)}::uuid)`
}

/** What waits, as far as the viewer sees it. One with two reasons counts with both. */
export async function countOpenConfirmations(sql: Sql, tenantId: TenantId, viewer: Viewer): Promise<QueueCounts> {
  const groups = await countGroups(sql, tenantId, viewer)
  const byReason: Record<string, number> = {}
  for (const { reasons, count } of groups) for (const reason of reasons) byReason[reason] = (byReason[reason] ?? 0) + count
  const open = groups.reduce((sum, { count }) => sum + count, 0)
  return { open, mine: viewer.role === 'salesperson' ? open : await countOwn(sql, tenantId, viewer), byReason }
}

interface Group {
  readonly reasons: readonly string[]
  readonly count: number
}

async function countGroups(sql: Sql, tenantId: TenantId, viewer: Viewer): Promise<Group[]> {
  const grouped = (where: string): string =>
    `SELECT c.reasons, count(*)::int AS count FROM confirmation c WHERE c.tenant_id = $1 AND c.settled_at IS NULL AND ${where} GROUP BY c.reasons`
  const binding = openBinding(tenantId)
  if (viewer.role === 'salesperson') return await sql.rows<Group>(grouped(visibleSql(viewer, binding).join(' AND ')), binding.values)
  // In two parts, for each of which there is an index that holds nothing else.
  const visible = ['c.private', ...visibleSql(viewer, binding)].join(' AND ')
  return await sql.rows<Group>(`${grouped('NOT c.private')} UNION ALL ${grouped(visible)}`, binding.values)
}

async function countOwn(sql: Sql, tenantId: TenantId, viewer: Viewer): Promise<number> {
  if (viewer.addresses.length === 0) return 0
  const binding = openBinding(tenantId)
  const [row] = await sql.rows<{ count: number }>(
    `SELECT count(*)::int AS count FROM (${ownIdsSql(viewer, binding, 'open')}) own`,
    binding.values,
  )
  return row?.count ?? 0
}

/** Whether the viewer may see and answer it; false as well where there is none. */
export async function mayAnswer(sql: Sql, tenantId: TenantId, id: ConfirmationId, viewer: Viewer): Promise<boolean> {
  const own = isMailOfSql('c.mail_id', 'c.from_address', '$3')
  const visible = { admin: 'true', reviewer: `(NOT c.private OR ${own})`, salesperson: own }[viewer.role]
  const values = [tenantId, id, ...(viewer.role === 'admin' ? [] : [viewer.addresses])]
  const rows = await sql.rows(`SELECT FROM confirmation c WHERE c.tenant_id = $1 AND c.id = $2 AND ${visible}`, values)
  return rows.length > 0
}

export interface Sibling {
  readonly id: ConfirmationId
  readonly why: 'thread' | 'sender'
}

/**
 * Open ones that the same answer may fit, the nearest first: of the same thread, which the Message-IDs of both tell; of the same sender for the same reasons with the
 * same candidates. Without those that the viewer may not see.
 */
export async function findSiblings(sql: Sql, tenantId: TenantId, id: ConfirmationId, viewer: Viewer, max: number): Promise<Sibling[]> {
  const binding = openBinding(tenantId)
  const [own, limit] = [binding.bind(id), binding.bind(max)]
  const visible = visibleSql(viewer, binding)
    .map((condition) => ` AND ${condition}`)
    .join('')
  const open = `c.tenant_id = $1 AND c.settled_at IS NULL AND c.id <> ${own}${visible}`
  return await sql.rows<Sibling>(
    `WITH this AS MATERIALIZED (
       SELECT q.reasons, q.candidate_leads, q.from_address, m.message_id_hash, m.earlier,
              array_remove(m.earlier || q.thread_key || m.message_id_hash, NULL) AS threads
       FROM confirmation q JOIN mail m ON m.tenant_id = $1 AND m.id = q.mail_id WHERE q.tenant_id = $1 AND q.id = ${own}
     ), of_thread AS (
       SELECT c.id FROM confirmation c WHERE ${open} AND c.thread_key = ANY((SELECT threads FROM this)::bytea[])
       UNION
       SELECT c.id FROM mail o JOIN confirmation c ON c.mail_id = o.id
       WHERE o.tenant_id = $1 AND o.message_id_hash = ANY((SELECT earlier FROM this)::bytea[]) AND ${open}
     ), of_sender AS (
       SELECT c.id FROM confirmation c, this
       WHERE ${open} AND c.from_address = this.from_address AND c.reasons = this.reasons AND c.candidate_leads @> this.candidate_leads AND c.candidate_leads <@ this.candidate_leads
       ORDER BY c.id LIMIT ${limit}
     )
     SELECT id, 'thread' AS why FROM (SELECT id FROM of_thread ORDER BY id LIMIT ${limit}) t
     UNION ALL
     SELECT id, 'sender' FROM of_sender WHERE id NOT IN (SELECT id FROM of_thread)
     ORDER BY why DESC, id LIMIT ${limit}`,
    binding.values,
  )
}
