/** Contact persons and their addresses as the API shows and writes them. Every function runs in a transaction of the tenant. */
import type { CompanyId, ContactPersonId, TenantId } from '../crm/ids.ts'
import { leadNameKey } from '../crm/lead-name.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import { linkParticipants } from './contact-links.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'
import { boundsOf, inRange, namesFoundMax, othersAmong, rarestFirst, readNameSearch } from './name-search.ts'

export interface ContactPersonSummary {
  readonly id: ContactPersonId
  readonly key: string | null
  readonly name: string
  /** As written. */
  readonly addresses: string[]
  readonly company: { readonly id: CompanyId; readonly name: string }
  readonly version: number
}

export interface WrittenAddress {
  readonly key: AddressKey
  readonly written: string
}

const personColumns = `p.id, p.key, p.name, p.version, jsonb_build_object('id', c.id, 'name', c.name) AS company,
  ARRAY(SELECT a.address FROM contact_address a WHERE a.tenant_id = $1 AND a.contact_person_id = p.id ORDER BY a.address_key) AS addresses`
const personJoins = 'JOIN company c ON c.tenant_id = $1 AND c.id = p.company_id'

export interface ContactPersonFilter {
  readonly search?: string | undefined
  readonly company?: CompanyId | undefined
  readonly address?: AddressKey | undefined
  readonly limit: number
  readonly after?: string | undefined
}

/**
 * Newest first; with a search, whose name begins with it first. A search with an `@` is the beginning of an address.
 * @throws PermanentFailure `inputInvalid` for a strange `after`.
 */
export async function listContactPersonRows(
  sql: Sql,
  tenantId: TenantId,
  filter: ContactPersonFilter,
): Promise<{ contactPersons: ContactPersonSummary[]; next?: string }> {
  const written = filter.search?.trim() ?? ''
  const byAddress = written.includes('@')
  const plain = readNameSearch(byAddress ? undefined : written)
  if (plain?.words.length === 0) return { contactPersons: [] }
  const search = plain === null ? null : await rarestFirst(sql, tenantId, 'contactPerson', plain)
  const values: unknown[] = [tenantId, filter.limit + 1]
  const bind = (value: unknown): string => `$${String(values.push(value))}`
  const wanted = ['p.tenant_id = $1']
  let from = 'contact_person p'
  let rank = '0'
  if (byAddress) {
    const beginning = written.toLowerCase()
    from = `(SELECT DISTINCT contact_person_id AS id FROM (SELECT contact_person_id FROM contact_address WHERE tenant_id = $1
      AND address_key <> '' AND address_key COLLATE "C" >= ${bind(beginning)} AND address_key COLLATE "C" < ${bind(`${beginning}\u{10ffff}`)}
      LIMIT ${String(namesFoundMax)}) a) hit JOIN contact_person p ON p.tenant_id = $1 AND p.id = hit.id`
  } else if (search !== null) {
    const first = values.length + 1
    values.push(...boundsOf(search))
    from = `(SELECT DISTINCT id FROM (SELECT n.id FROM name_word n WHERE n.tenant_id = $1 AND n.kind = 'contactPerson' AND ${inRange(0, first)}${othersAmong(search, 'n.id', first)}
      LIMIT ${String(namesFoundMax)}) f) hit JOIN contact_person p ON p.tenant_id = $1 AND p.id = hit.id`
    rank = `(CASE WHEN starts_with(p.name_key, ${bind(search.key)}) THEN 0 ELSE 1 END)`
  }
  if (filter.company !== undefined) wanted.push(`p.company_id = ${bind(filter.company)}`)
  if (filter.address !== undefined)
    wanted.push(`p.id IN (SELECT contact_person_id FROM contact_address WHERE tenant_id = $1 AND address_key = ${bind(filter.address)})`)
  if (filter.after !== undefined) {
    const [place = '', id = ''] = readCursor(filter.after, /^\d$/, uuidForm)
    wanted.push(`(-${rank}, p.id) < (-${bind(Number(place))}::int, ${bind(id)}::uuid)`)
  }
  const rows = await sql.rows<ContactPersonSummary & { readonly rank: number }>(
    `WITH shown AS (SELECT p.id, ${rank} AS rank FROM ${from} WHERE ${wanted.join(' AND ')} ORDER BY rank, p.id DESC LIMIT $2)
     SELECT ${personColumns}, s.rank FROM shown s JOIN contact_person p ON p.tenant_id = $1 AND p.id = s.id ${personJoins}
     ORDER BY s.rank, p.id DESC`,
    values,
  )
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  return {
    contactPersons: shown.map(({ id, key, name, addresses, company, version }) => ({ id, key, name, addresses, company, version })),
    ...(rows.length > filter.limit && last !== undefined ? { next: writeCursor(String(last.rank), last.id) } : {}),
  }
}

/** Null where there is none. */
export async function readContactPersonRow(sql: Sql, tenantId: TenantId, id: ContactPersonId): Promise<ContactPersonSummary | null> {
  const rows = await sql.rows<ContactPersonSummary>(
    `SELECT ${personColumns} FROM contact_person p ${personJoins} WHERE p.tenant_id = $1 AND p.id = $2`,
    [tenantId, id],
  )
  return rows[0] ?? null
}

/** Which of these persons are not on file. */
export async function missingContactPersons(sql: Sql, tenantId: TenantId, ids: readonly ContactPersonId[]): Promise<ContactPersonId[]> {
  const rows = await sql.rows<{ id: ContactPersonId }>(
    `SELECT w.id FROM unnest($2::uuid[]) AS w(id)
     WHERE NOT EXISTS (SELECT FROM contact_person p WHERE p.tenant_id = $1 AND p.id = w.id)`,
    [tenantId, ids],
  )
  return rows.map(({ id }) => id)
}

/** Who has one of these addresses already, but for `except`. */
export async function findHolders(
  sql: Sql,
  tenantId: TenantId,
  keys: readonly AddressKey[],
  except: ContactPersonId | null,
): Promise<{ readonly address: AddressKey; readonly id: ContactPersonId; readonly companyId: CompanyId }[]> {
  return await sql.rows(
    `SELECT a.address_key AS address, p.id, p.company_id AS "companyId"
     FROM contact_address a JOIN contact_person p ON p.tenant_id = $1 AND p.id = a.contact_person_id
     WHERE a.tenant_id = $1 AND a.address_key = ANY($2) AND p.id IS DISTINCT FROM $3::uuid ORDER BY p.id`,
    [tenantId, keys, except],
  )
}

/** Which of these are the tenant's own: a user's, or of a host name of the tenant. */
export async function findOwnAddresses(sql: Sql, tenantId: TenantId, keys: readonly AddressKey[]): Promise<AddressKey[]> {
  const rows = await sql.rows<{ key: AddressKey }>(
    `SELECT w.key FROM unnest($2::text[]) AS w(key)
     WHERE EXISTS (SELECT FROM user_account WHERE tenant_id = $1 AND email = w.key)
        OR EXISTS (SELECT FROM user_address WHERE tenant_id = $1 AND address_key = w.key)
        OR EXISTS (SELECT FROM host_name h WHERE h.tenant_id = $1 AND (w.key LIKE '%@' || h.name OR (h.subdomains AND w.key LIKE '%.' || h.name)))`,
    [tenantId, keys],
  )
  return rows.map(({ key }) => key)
}

/** Others that write addresses wait until this transaction ends, so that two do not make the same person. */
export async function lockContactPersons(sql: Sql, tenantId: TenantId): Promise<void> {
  await sql.rows(`SELECT pg_advisory_xact_lock(hashtextextended('contact person ' || $1::text, 0))`, [tenantId])
}

export async function insertContactPerson(
  sql: Sql,
  tenantId: TenantId,
  person: { readonly name: string; readonly companyId: CompanyId; readonly addresses: readonly WrittenAddress[] },
): Promise<ContactPersonId> {
  const id = newId<ContactPersonId>()
  await sql.run('INSERT INTO contact_person (tenant_id, id, company_id, name, name_key) VALUES ($1, $2, $3, $4, $5)', [
    tenantId,
    id,
    person.companyId,
    person.name,
    leadNameKey(person.name),
  ])
  await writeAddresses(sql, tenantId, id, person.addresses)
  return id
}

/** False where the person has another version by now: nothing was changed then. */
export async function changeContactPerson(
  sql: Sql,
  tenantId: TenantId,
  id: ContactPersonId,
  version: number,
  change: { readonly name?: string | undefined; readonly companyId?: CompanyId | undefined },
): Promise<boolean> {
  const { name, companyId } = change
  const touched = await sql.run(
    `UPDATE contact_person SET name = coalesce($4, name), name_key = coalesce($5, name_key), company_id = coalesce($6, company_id),
       version = version + 1
     WHERE tenant_id = $1 AND id = $2 AND version = $3`,
    [tenantId, id, version, name ?? null, name === undefined ? null : leadNameKey(name), companyId ?? null],
  )
  return touched === 1
}

/** These and no others; unknown participants of earlier mail with one of them are known from now on. Answers how many those were. */
export async function writeAddresses(
  sql: Sql,
  tenantId: TenantId,
  id: ContactPersonId,
  addresses: readonly WrittenAddress[],
): Promise<number> {
  const keys = addresses.map(({ key }) => key)
  await sql.run('DELETE FROM contact_address WHERE tenant_id = $1 AND contact_person_id = $2 AND address_key <> ALL($3)', [
    tenantId,
    id,
    keys,
  ])
  await sql.run(
    `INSERT INTO contact_address (tenant_id, address_key, contact_person_id, address)
     SELECT $1, a.key, $2, a.written FROM unnest($3::text[], $4::text[]) AS a(key, written)
     ON CONFLICT (tenant_id, address_key, contact_person_id) DO UPDATE SET address = EXCLUDED.address`,
    [tenantId, id, keys, addresses.map(({ written }) => written)],
  )
  return await linkParticipants(sql, tenantId, keys)
}
