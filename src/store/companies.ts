/** Companies as the API shows and writes them. Every function runs in a transaction of the tenant. */
import type { CompanyId, TenantId } from '../crm/ids.ts'
import { leadNameKey } from '../crm/lead-name.ts'
import { newId } from '../id.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'
import { boundsOf, inRange, namesFoundMax, othersAmong, rarestFirst, readNameSearch } from './name-search.ts'

export interface CompanySummary {
  readonly id: CompanyId
  readonly key: string | null
  readonly name: string
  readonly taxNumber: string | null
  readonly openLeads: number
  readonly contactPersons: number
}

const companyColumns = `c.id, c.key, c.name, c.tax_number AS "taxNumber",
  (SELECT count(*) FROM lead l WHERE l.tenant_id = $1 AND l.company_id = c.id AND l.status = 'open') AS "openLeads",
  (SELECT count(*) FROM contact_person p WHERE p.tenant_id = $1 AND p.company_id = c.id) AS "contactPersons"`

/** Newest first; with a search, those that begin with it first. @throws PermanentFailure `inputInvalid` for a strange `after`. */
export async function listCompanyRows(
  sql: Sql,
  tenantId: TenantId,
  filter: { readonly search?: string | undefined; readonly limit: number; readonly after?: string | undefined },
): Promise<{ companies: CompanySummary[]; next?: string }> {
  const written = readNameSearch(filter.search)
  if (written?.words.length === 0) return { companies: [] }
  const search = written === null ? null : await rarestFirst(sql, tenantId, 'company', written)
  const values: unknown[] = [tenantId, filter.limit + 1]
  const bind = (value: unknown): string => `$${String(values.push(value))}`
  const first = values.length + 1
  values.push(...(search === null ? [] : boundsOf(search)))
  const from =
    search === null
      ? 'company c'
      : `(SELECT DISTINCT id FROM (SELECT n.id FROM name_word n WHERE n.tenant_id = $1 AND n.kind = 'company' AND ${inRange(0, first)}${othersAmong(search, 'n.id', first)}
          LIMIT ${String(namesFoundMax)}) f) hit JOIN company c ON c.tenant_id = $1 AND c.id = hit.id`
  const rank = search === null ? '0' : `(CASE WHEN starts_with(c.name_key, ${bind(search.key)}) THEN 0 ELSE 1 END)`
  const behind: string[] = []
  if (filter.after !== undefined) {
    const [place = '', id = ''] = readCursor(filter.after, /^\d$/, uuidForm)
    behind.push(`(-${rank}, c.id) < (-${bind(Number(place))}::int, ${bind(id)}::uuid)`)
  }
  const rows = await sql.rows<CompanySummary & { readonly rank: number }>(
    `WITH shown AS (
       SELECT c.id, ${rank} AS rank FROM ${from} WHERE ${['c.tenant_id = $1', ...behind].join(' AND ')}
       ORDER BY rank, c.id DESC LIMIT $2)
     SELECT ${companyColumns}, s.rank FROM shown s JOIN company c ON c.tenant_id = $1 AND c.id = s.id ORDER BY s.rank, c.id DESC`,
    values,
  )
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  return {
    companies: shown.map(({ id, key, name, taxNumber, openLeads, contactPersons }) => ({
      id,
      key,
      name,
      taxNumber,
      openLeads,
      contactPersons,
    })),
    ...(rows.length > filter.limit && last !== undefined ? { next: writeCursor(String(last.rank), last.id) } : {}),
  }
}

/** Null where there is none. */
export async function readCompanyRow(sql: Sql, tenantId: TenantId, id: CompanyId): Promise<CompanySummary | null> {
  const rows = await sql.rows<CompanySummary>(`SELECT ${companyColumns} FROM company c WHERE c.tenant_id = $1 AND c.id = $2`, [
    tenantId,
    id,
  ])
  return rows[0] ?? null
}

/** A company of that name, without regard to case and accents, or of that tax number; null where there is none. */
export async function findSameCompany(
  sql: Sql,
  tenantId: TenantId,
  wanted: { readonly name: string; readonly taxNumber: string | null },
): Promise<CompanyId | null> {
  const key = leadNameKey(wanted.name)
  // Of all its words the longest is the rarest, as a rule.
  const word = key.split(' ').toSorted((one, other) => other.length - one.length)[0] ?? ''
  const rows = await sql.rows<{ id: CompanyId }>(
    `SELECT c.id FROM name_word n JOIN company c ON c.tenant_id = $1 AND c.id = n.id AND c.name_key = $3
     WHERE n.tenant_id = $1 AND n.kind = 'company' AND n.word = $2
     UNION ALL SELECT id FROM company WHERE tenant_id = $1 AND tax_number = $4 LIMIT 1`,
    [tenantId, word, key, wanted.taxNumber],
  )
  return rows[0]?.id ?? null
}

/** Others that make a company wait until this transaction ends, so that two do not make the same one. */
export async function lockCompanies(sql: Sql, tenantId: TenantId): Promise<void> {
  await sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended('company ' || $1::text, 0))`, [tenantId])
}

export async function insertCompany(sql: Sql, tenantId: TenantId, company: { name: string; taxNumber: string | null }): Promise<CompanyId> {
  const id = newId<CompanyId>()
  const { name, taxNumber } = company
  await sql.run('INSERT INTO company (tenant_id, id, name, name_key, tax_number) VALUES ($1, $2, $3, $4, $5)', [
    tenantId,
    id,
    name,
    leadNameKey(name),
    taxNumber,
  ])
  return id
}
