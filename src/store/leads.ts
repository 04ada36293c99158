/** Leads as the API shows and writes them. Every function runs in a transaction of the tenant. */
import type { CompanyId, ContactPersonId, LeadId, TenantId, UserId } from '../crm/ids.ts'
import { leadNameKey } from '../crm/lead-name.ts'
import type { LeadStatus } from '../crm/policy.ts'
import { newId } from '../id.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'
import { boundsOf, inRange, namesFoundMax, othersAmong, rarestFirst, readNameSearch, type NameSearch } from './name-search.ts'

export interface LeadSummary {
  readonly id: LeadId
  readonly number: string
  readonly name: string
  readonly company: { readonly id: CompanyId; readonly name: string } | null
  readonly status: LeadStatus
  readonly owner: { readonly email: string; readonly name: string } | null
  readonly lastContactAt: string | null
  readonly version: number
}

export interface LeadWhole extends LeadSummary {
  readonly keyPlayers: {
    readonly contactPerson: { readonly id: ContactPersonId; readonly name: string; readonly addresses: string[] }
    readonly company: { readonly id: CompanyId; readonly name: string } | null
    readonly role: string
  }[]
  readonly quotes: string[]
  readonly entries: number
  readonly openConfirmations: number
  readonly openTasks: number
  readonly createdAt: string
  readonly tenantName: string
}

export interface LeadFilter {
  readonly search?: string | undefined
  readonly status?: LeadStatus | undefined
  readonly company?: CompanyId | undefined
  readonly owner?: UserId | undefined
  readonly limit: number
  readonly after?: string | undefined
}

interface LeadRow {
  readonly id: LeadId
  readonly number: string
  readonly name: string
  readonly status: LeadStatus
  readonly version: number
  readonly created_at: Date
  readonly company_id: CompanyId | null
  readonly company_name: string | null
  readonly owner_email: string | null
  readonly owner_name: string | null
  readonly last_contact_at: Date | null
  readonly rank: number
}

const leadColumns = `l.id, l.number, l.name, l.status, l.version, l.created_at, c.id AS company_id, c.name AS company_name,
  u.email AS owner_email, u.name AS owner_name,
  (SELECT h.occurred_at FROM history_entry h WHERE h.tenant_id = $1 AND h.lead_id = l.id AND h.undone_at IS NULL
   ORDER BY h.occurred_at DESC LIMIT 1) AS last_contact_at`
const leadJoins = `LEFT JOIN company c ON c.tenant_id = $1 AND c.id = l.company_id
  LEFT JOIN user_account u ON u.tenant_id = $1 AND u.id = l.owner_id`

function summaryOf(row: LeadRow): LeadSummary {
  const { id, number, name, status, version } = row
  return {
    id,
    number,
    name,
    company: row.company_id === null ? null : { id: row.company_id, name: row.company_name ?? '' },
    status,
    owner: row.owner_email === null ? null : { email: row.owner_email, name: row.owner_name ?? '' },
    lastContactAt: row.last_contact_at?.toISOString() ?? null,
    version,
  }
}

/** Newest first; with a search, what fits best first and of that the open ones. @throws PermanentFailure `inputInvalid` for a strange `after`. */
export async function listLeadRows(sql: Sql, tenantId: TenantId, filter: LeadFilter): Promise<{ leads: LeadSummary[]; next?: string }> {
  const written = readNameSearch(filter.search)
  if (written?.words.length === 0) return { leads: [] }
  const search = written === null ? null : await rarestFirst(sql, tenantId, 'lead', written)
  const values: unknown[] = [tenantId, filter.limit + 1]
  const bind = (value: unknown): string => `$${String(values.push(value))}`
  const { from, rank } = search === null ? { from: 'lead l', rank: '0' } : searched(search, filter.search?.trim() ?? '', values)
  const wanted = [
    'l.tenant_id = $1',
    ...(filter.status === undefined ? [] : [`l.status = ${bind(filter.status)}`]),
    ...(filter.company === undefined ? [] : [`l.company_id = ${bind(filter.company)}`]),
    ...(filter.owner === undefined ? [] : [`l.owner_id = ${bind(filter.owner)}`]),
  ]
  if (filter.after !== undefined) {
    const [behind = '', id = ''] = readCursor(filter.after, /^\d$/, uuidForm)
    wanted.push(search === null ? `l.id < ${bind(id)}` : `(-${rank}, l.id) < (-${bind(Number(behind))}::int, ${bind(id)}::uuid)`)
  }
  const order = search === null ? 'l.id DESC' : 'rank, l.id DESC'
  const rows = await sql.rows<LeadRow>(
    `WITH shown AS (SELECT l.id, ${rank} AS rank FROM ${from} WHERE ${wanted.join(' AND ')} ORDER BY ${order} LIMIT $2)
     SELECT ${leadColumns}, s.rank FROM shown s JOIN lead l ON l.tenant_id = $1 AND l.id = s.id ${leadJoins}
     ORDER BY s.rank, l.id DESC`,
    values,
  )
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  return {
    leads: shown.map(summaryOf),
    ...(rows.length > filter.limit && last !== undefined ? { next: writeCursor(String(last.rank), last.id) } : {}),
  }
}

/** Those that have the first word in their name, their number or their company's name, and every other word somewhere there as well. */
function searched(search: NameSearch, written: string, values: unknown[]): { from: string; rank: string } {
  const first = values.length + 1
  values.push(...boundsOf(search))
  const number = `$${String(values.push(written))}`
  const key = `$${String(values.push(search.key))}`
  const found = (kind: 'lead' | 'company', column: string): string =>
    `SELECT l.id FROM name_word n JOIN lead l ON l.tenant_id = $1 AND l.${column} = n.id
     WHERE n.tenant_id = $1 AND n.kind = '${kind}' AND ${inRange(0, first)}${othersAmong(search, 'l.id, l.company_id', first)}
     LIMIT ${String(namesFoundMax)}`
  const from = `((${found('lead', 'id')}) UNION (${found('company', 'company_id')})) hit JOIN lead l ON l.tenant_id = $1 AND l.id = hit.id`
  const rank = `(CASE WHEN l.number = ${number} OR l.name_key = ${key} THEN 0
      WHEN starts_with(l.number, ${number}) OR starts_with(l.name_key, ${key}) THEN 2 ELSE 4 END + (l.status <> 'open')::int)`
  return { from, rank }
}

/** Null where there is no such lead. */
export async function readLeadRow(sql: Sql, tenantId: TenantId, number: string): Promise<LeadWhole | null> {
  const [row] = await sql.rows<
    LeadRow &
      Pick<LeadWhole, 'entries' | 'openConfirmations' | 'openTasks' | 'quotes' | 'tenantName'> & { players: LeadWhole['keyPlayers'] }
  >(
    `SELECT ${leadColumns}, 0 AS rank, (SELECT name FROM tenant WHERE id = $1) AS "tenantName",
       (SELECT count(*) FROM history_entry h WHERE h.tenant_id = $1 AND h.lead_id = l.id AND h.undone_at IS NULL) AS entries,
       (SELECT count(*) FROM questions_of_lead(l.id)) AS "openConfirmations",
       (SELECT count(*) FROM task t WHERE t.tenant_id = $1 AND t.lead_id = l.id AND t.done_at IS NULL) AS "openTasks",
       ARRAY(SELECT q.number FROM quote q WHERE q.tenant_id = $1 AND q.lead_id = l.id ORDER BY length(q.number), q.number) AS quotes,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
           'contactPerson', jsonb_build_object('id', p.id, 'name', p.name, 'addresses', to_jsonb(ARRAY(
             SELECT a.address FROM contact_address a WHERE a.tenant_id = $1 AND a.contact_person_id = p.id ORDER BY a.address_key))),
           'company', jsonb_build_object('id', pc.id, 'name', pc.name), 'role', k.role) ORDER BY p.name, p.id)
         FROM key_player k JOIN contact_person p ON p.tenant_id = $1 AND p.id = k.contact_person_id
           JOIN company pc ON pc.tenant_id = $1 AND pc.id = p.company_id
         WHERE k.tenant_id = $1 AND k.lead_id = l.id), '[]') AS players
     FROM lead l ${leadJoins} WHERE l.tenant_id = $1 AND l.number = $2`,
    [tenantId, number],
  )
  if (row === undefined) return null
  const { players, quotes, entries, openConfirmations, openTasks, tenantName } = row
  const createdAt = row.created_at.toISOString()
  return { ...summaryOf(row), keyPlayers: players, quotes, entries, openConfirmations, openTasks, createdAt, tenantName }
}

/** Where somebody is a key player, and those of his company: newest first. */
export async function leadsOfContactPerson(sql: Sql, tenantId: TenantId, id: ContactPersonId, leadsMax: number): Promise<LeadSummary[]> {
  const rows = await sql.rows<LeadRow>(
    `SELECT ${leadColumns}, 0 AS rank FROM lead l ${leadJoins} WHERE l.tenant_id = $1 AND l.id IN (
       SELECT k.lead_id FROM key_player k WHERE k.tenant_id = $1 AND k.contact_person_id = $2
       UNION SELECT o.id FROM contact_person p JOIN lead o ON o.tenant_id = $1 AND o.company_id = p.company_id
         WHERE p.tenant_id = $1 AND p.id = $2)
     ORDER BY l.id DESC LIMIT $3`,
    [tenantId, id, leadsMax],
  )
  return rows.map(summaryOf)
}

/** The first number of a tenant that has none: long enough not to be met in a subject by chance. */
const firstNumber = '10001'
/** A number of more digits is some other system's; the next one is not counted on from it. */
const countedDigitsMax = 15

/**
 * One more than the highest that was ever given out: leads are not deleted, so no number comes twice. Numbers that begin with 0 are not counted on
 * from, as their next one would be another number to whoever reads it. Others wait until this transaction ends.
 */
export async function takeLeadNumber(sql: Sql, tenantId: TenantId): Promise<string> {
  await sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended('lead number ' || $1::text, 0))`, [tenantId])
  const [row] = await sql.rows<{ number: string }>(
    `SELECT number FROM lead WHERE tenant_id = $1 AND number !~ '^0' AND length(number) <= ${String(countedDigitsMax)}
     ORDER BY length(number) DESC, number DESC LIMIT 1`,
    [tenantId],
  )
  return row === undefined ? firstNumber : (BigInt(row.number) + 1n).toString()
}

export interface NewLead {
  readonly number: string
  readonly name: string
  readonly companyId: CompanyId | null
  readonly ownerId: UserId | null
}

/** Null where the number is another lead's. */
export async function insertLead(sql: Sql, tenantId: TenantId, lead: NewLead): Promise<LeadId | null> {
  const id = newId<LeadId>()
  const { number, name, companyId, ownerId } = lead
  const made = await sql.run(
    `INSERT INTO lead (tenant_id, id, number, name, name_key, company_id, owner_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant_id, number) DO NOTHING`,
    [tenantId, id, number, name, leadNameKey(name), companyId, ownerId],
  )
  return made === 0 ? null : id
}

export interface LeadChange {
  readonly name?: string | undefined
  readonly status?: LeadStatus | undefined
  /** Null takes it away; undefined leaves it. */
  readonly companyId?: CompanyId | null | undefined
  readonly ownerId?: UserId | null | undefined
}

/** False where the lead has another version by now: nothing was changed then. The version grows in any case, for key players are of the lead as well. */
export async function changeLead(sql: Sql, tenantId: TenantId, id: LeadId, version: number, change: LeadChange): Promise<boolean> {
  const { name, status, companyId, ownerId } = change
  const touched = await sql.run(
    `UPDATE lead SET name = coalesce($4, name), name_key = coalesce($5, name_key), status = coalesce($6, status),
       company_id = CASE WHEN $7 THEN $8::uuid ELSE company_id END, owner_id = CASE WHEN $9 THEN $10::uuid ELSE owner_id END,
       version = version + 1
     WHERE tenant_id = $1 AND id = $2 AND version = $3`,
    [
      tenantId,
      id,
      version,
      name ?? null,
      name === undefined ? null : leadNameKey(name),
      status ?? null,
      companyId !== undefined,
      companyId ?? null,
      ownerId !== undefined,
      ownerId ?? null,
    ],
  )
  return touched === 1
}

export interface WrittenKeyPlayer {
  readonly contactPersonId: ContactPersonId
  readonly role: string
}

/** These and no others. */
export async function writeKeyPlayers(sql: Sql, tenantId: TenantId, id: LeadId, players: readonly WrittenKeyPlayer[]): Promise<void> {
  const persons = players.map(({ contactPersonId }) => contactPersonId)
  const roles = players.map(({ role }) => role)
  await sql.run('DELETE FROM key_player WHERE tenant_id = $1 AND lead_id = $2 AND contact_person_id <> ALL($3::uuid[])', [
    tenantId,
    id,
    persons,
  ])
  await sql.run(
    `INSERT INTO key_player (tenant_id, lead_id, contact_person_id, role)
     SELECT $1, $2, p.id, p.role FROM unnest($3::uuid[], $4::text[]) AS p(id, role)
     ON CONFLICT (tenant_id, lead_id, contact_person_id) DO UPDATE SET role = EXCLUDED.role`,
    [tenantId, id, persons, roles],
  )
}

/** A user who is not disabled, by his address; null where there is none. */
export async function findActiveUser(sql: Sql, tenantId: TenantId, email: string): Promise<UserId | null> {
  const rows = await sql.rows<{ id: UserId }>('SELECT id FROM user_account WHERE tenant_id = $1 AND email = $2 AND disabled_at IS NULL', [
    tenantId,
    email,
  ])
  return rows[0]?.id ?? null
}
