/**
 * Stores what a tenants file brings (INTERFACE "load FILE.json"): one transaction for the whole file, so it is all there or none of it; loading
 * the same file again changes nothing.
 */
import type { TenantId } from '../crm/ids.ts'
import type { LoadedTenant } from '../crm/loaded-tenant.ts'
import { defaultPolicy } from '../crm/policy.ts'
import { PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import type { Database, Sql, TenantSwitch } from './database.ts'
import { loadLeads } from './load-leads.ts'
import { canonical, loadCompanies, loadContactPersons, loadUsers } from './load-people.ts'
import type { Counts, Loading } from './load-rows.ts'

/** One at a time may give out host names: two that registered the same one would only find out at the end. */
export const hostNamesLock = 72_707_371
const errorsShownMax = 100

export interface LoadSummary {
  readonly tenants: Counts
  readonly hostNames: Counts
  readonly users: Counts
  readonly companies: Counts
  readonly contactPersons: Counts
  readonly leads: Counts
}

interface Place {
  readonly tenant: LoadedTenant
  readonly path: string
  readonly id: TenantId
  readonly isNew: boolean
}

/**
 * Throws PermanentFailure('inputInvalid') with one line per mistake, `path in the file: words`; what belongs to another tenant (a host name, a
 * user's address) is such a mistake. Host names are vouched for by whoever loads them.
 */
export async function storeTenants(database: Database, tenants: readonly LoadedTenant[]): Promise<LoadSummary> {
  return await database.acrossTenants(async (enter) => {
    const errors: string[] = []
    const places = await findPlaces(enter, tenants, errors)
    refuse(errors)
    const summary: LoadSummary = {
      tenants: none(),
      hostNames: none(),
      users: none(),
      companies: none(),
      contactPersons: none(),
      leads: none(),
    }
    for (const place of places) await storeTenant(await enter.tenant(place.id), place, summary, errors)
    refuse(errors)
    return summary
  })
}

function refuse(errors: readonly string[]): void {
  if (errors.length === 0) return
  const more = errors.length > errorsShownMax ? [`and ${String(errors.length - errorsShownMax)} more`] : []
  throw new PermanentFailure(
    'inputInvalid',
    ['the file was not loaded; nothing was changed.', ...errors.slice(0, errorsShownMax), ...more].join('\n'),
  )
}

function none(): Counts {
  return { created: 0, updated: 0, unchanged: 0 }
}

/** The tenants' ids, and whether what is unique across the installation is free for them. */
async function findPlaces(enter: TenantSwitch, tenants: readonly LoadedTenant[], errors: string[]): Promise<Place[]> {
  const sql = await enter.router()
  await sql.run('SELECT pg_advisory_xact_lock($1)', [hostNamesLock])
  const slugs = tenants.map(({ slug }) => slug)
  const known = await sql.rows<{ id: TenantId; slug: string }>('SELECT id, slug FROM tenant WHERE slug = ANY($1)', [slugs])
  const idOf = new Map(known.map(({ slug, id }) => [slug, id]))
  const places = tenants.map((tenant, index): Place => {
    const id = idOf.get(tenant.slug)
    return { tenant, path: `tenants[${String(index)}]`, id: id ?? newId(), isNew: id === undefined }
  })
  await findForeign(sql, places, errors)
  return places
}

async function findForeign(sql: Sql, places: readonly Place[], errors: string[]): Promise<void> {
  const hosts = places.flatMap(({ tenant, path, id }) =>
    (tenant.hostNames ?? []).map(({ name }, at) => ({ path: `${path}.hostNames[${String(at)}]`, value: name as string, id })),
  )
  const users = places.flatMap(({ tenant, path, id }) =>
    (tenant.users ?? []).map(({ email }, at) => ({ path: `${path}.users[${String(at)}].email`, value: canonical(email), id })),
  )
  const ask = async (text: string, wanted: typeof hosts, what: string): Promise<void> => {
    const values = wanted.map(({ value }) => value)
    const rows = await sql.rows<{ value: string; tenant_id: TenantId; slug: string }>(text, [values])
    const holders = new Map(rows.map((row) => [row.value, row]))
    for (const { path, value, id } of wanted) {
      const holder = holders.get(value)
      if (holder !== undefined && holder.tenant_id !== id)
        errors.push(`${path}: the ${what} "${value}" belongs to the tenant "${holder.slug}"`)
    }
  }
  await ask(
    'SELECT h.name AS value, h.tenant_id, t.slug FROM host_name h JOIN tenant t ON t.id = h.tenant_id WHERE h.name = ANY($1)',
    hosts,
    'host name',
  )
  await ask(
    'SELECT u.email AS value, u.tenant_id, t.slug FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE u.email = ANY($1)',
    users,
    'address',
  )
}

async function storeTenant(sql: Sql, place: Place, summary: LoadSummary, errors: string[]): Promise<void> {
  const { tenant, path, id } = place
  const loading: Loading = { sql, tenantId: id, path, errors }
  // In the order in which one refers to the other.
  const counts: LoadSummary = {
    tenants: await storeTenantRow(sql, place),
    hostNames: await storeHostNames(loading, tenant.hostNames ?? []),
    users: await loadUsers(loading, tenant.users ?? []),
    companies: await loadCompanies(loading, tenant.companies ?? []),
    contactPersons: await loadContactPersons(loading, tenant.contactPersons ?? []),
    leads: await loadLeads(loading, tenant.leads ?? []),
  }
  if ((await storeNeverLog(loading, tenant.policy?.neverLog)) && counts.tenants.unchanged > 0) {
    counts.tenants.updated += 1
    counts.tenants.unchanged -= 1
  }
  for (const kind of Object.keys(counts) as (keyof LoadSummary)[]) add(summary[kind], counts[kind])
  if (Object.values(counts).every(({ created, updated }) => created + updated === 0)) return
  await sql.run(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), 'operator', 'load', $3, $4)`,
    [id, newId(), tenant.slug, JSON.stringify(counts)],
  )
}

function add(sum: Counts, counts: Counts): void {
  sum.created += counts.created
  sum.updated += counts.updated
  sum.unchanged += counts.unchanged
}

async function storeTenantRow(sql: Sql, place: Place): Promise<Counts> {
  const { tenant, id, isNew } = place
  const { name, locale, timeZone, currency, policy = {} } = tenant
  const named = [name, locale, timeZone, currency, policy.unauthenticatedSender, policy.internalMail, policy.onlyOpenLead]
  if (isNew) {
    const { unauthenticatedSender, internalMail, onlyOpenLead } = defaultPolicy
    const usual = [tenant.slug, 'en', 'UTC', 'EUR', unauthenticatedSender, internalMail, onlyOpenLead]
    await sql.run(
      `INSERT INTO tenant (id, slug, name, locale, time_zone, currency, unauthenticated_sender, internal_mail, only_open_lead)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, tenant.slug, ...named.map((value, at) => value ?? usual[at])],
    )
    return { created: 1, updated: 0, unchanged: 0 }
  }
  const columns = ['name', 'locale', 'time_zone', 'currency', 'unauthenticated_sender', 'internal_mail', 'only_open_lead']
  const wanted = columns.map((column, at) => `coalesce($${String(at + 2)}, ${column})`).join(', ')
  const updated = await sql.run(
    `UPDATE tenant SET (${columns.join(', ')}) = ROW(${wanted}) WHERE id = $1 AND (${columns.join(', ')}) IS DISTINCT FROM (${wanted})`,
    [id, ...named.map((value) => value ?? null)],
  )
  return { created: 0, updated, unchanged: 1 - updated }
}

async function storeHostNames(loading: Loading, hosts: NonNullable<LoadedTenant['hostNames']>): Promise<Counts> {
  const counts = none()
  for (const { name, subdomains } of hosts) {
    const [row] = await loading.sql.rows<{ created: boolean }>(
      `INSERT INTO host_name (name, tenant_id, subdomains, vouched_for) VALUES ($1, $2, $3, true)
       ON CONFLICT (name) DO UPDATE SET subdomains = EXCLUDED.subdomains, vouched_for = true
       WHERE (host_name.subdomains, host_name.vouched_for) IS DISTINCT FROM (EXCLUDED.subdomains, true)
       RETURNING xmax = 0 AS created`,
      [name, loading.tenantId, subdomains],
    )
    counts[row === undefined ? 'unchanged' : row.created ? 'created' : 'updated'] += 1
  }
  return counts
}

/** Whether that changed anything. */
async function storeNeverLog(loading: Loading, patterns: readonly string[] | undefined): Promise<boolean> {
  if (patterns === undefined) return false
  const removed = await loading.sql.run('DELETE FROM never_log_rule WHERE tenant_id = $1 AND pattern <> ALL($2::text[])', [
    loading.tenantId,
    patterns,
  ])
  const added = await loading.sql.run(
    'INSERT INTO never_log_rule (tenant_id, pattern) SELECT $1, unnest($2::text[]) ON CONFLICT (tenant_id, pattern) DO NOTHING',
    [loading.tenantId, patterns],
  )
  return removed + added > 0
}
