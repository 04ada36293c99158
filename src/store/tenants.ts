/** Tenants by their slug, which is what people and scripts call them. */
import type { TenantId } from '../crm/ids.ts'
import type { TenantPolicy } from '../crm/policy.ts'
import { PermanentFailure } from '../failure.ts'
import type { Database, Sql } from './database.ts'
import { failedOffersOf } from './failed-offers.ts'

/** Throws PermanentFailure('notFound'). */
export async function findTenantId(database: Database, slug: string): Promise<TenantId> {
  const rows = await database.routerSql(async (sql) => await sql.rows<{ id: TenantId }>('SELECT id FROM tenant WHERE slug = $1', [slug]))
  const [row] = rows
  if (row === undefined) throw new PermanentFailure('notFound', `There is no tenant "${slug}"`)
  return row.id
}

export interface TenantSummary {
  readonly id: TenantId
  readonly slug: string
  readonly name: string
}

export async function listTenants(database: Database): Promise<TenantSummary[]> {
  return await database.routerSql(async (sql) => await sql.rows<TenantSummary>('SELECT id, slug, name FROM tenant ORDER BY slug'))
}

export interface TenantWhole {
  readonly slug: string
  readonly name: string
  readonly locale: string
  readonly timeZone: string
  readonly currency: string
  readonly policy: TenantPolicy
  readonly version: number
}

/** In a transaction of the tenant. */
export async function readTenantRow(sql: Sql, tenantId: TenantId): Promise<TenantWhole> {
  const [row] = await sql.rows<TenantWhole>(
    `SELECT slug, name, locale, time_zone AS "timeZone", currency, version,
       jsonb_build_object('unauthenticatedSender', unauthenticated_sender, 'internalMail', internal_mail, 'onlyOpenLead', only_open_lead) AS policy
     FROM tenant WHERE id = $1`,
    [tenantId],
  )
  if (row === undefined) throw new PermanentFailure('notFound', 'This tenant is not there any more')
  return row
}

export interface TenantChange {
  readonly name?: string | undefined
  readonly locale?: string | undefined
  readonly timeZone?: string | undefined
  readonly currency?: string | undefined
  readonly policy?: { readonly [Key in keyof TenantPolicy]?: TenantPolicy[Key] | undefined } | undefined
}

/** In a transaction of the tenant. False where it has another version by now: nothing was changed then. */
export async function changeTenantRow(sql: Sql, tenantId: TenantId, version: number, change: TenantChange): Promise<boolean> {
  const { name, locale, timeZone, currency, policy = {} } = change
  const columns = ['name', 'locale', 'time_zone', 'currency', 'unauthenticated_sender', 'internal_mail', 'only_open_lead']
  const values = [name, locale, timeZone, currency, policy.unauthenticatedSender, policy.internalMail, policy.onlyOpenLead]
  const set = columns.map((column, at) => `${column} = coalesce($${String(at + 3)}, ${column})`).join(', ')
  return (
    (await sql.run(`UPDATE tenant SET ${set} WHERE id = $1 AND version = $2`, [
      tenantId,
      version,
      ...values.map((value) => value ?? null),
    ])) === 1
  )
}

/** In a transaction of the tenant that it is to be. False where the slug is another's. */
export async function insertTenant(
  sql: Sql,
  tenant: { readonly id: TenantId; readonly slug: string; readonly name: string; readonly locale: string; readonly timeZone: string },
): Promise<boolean> {
  const { id, slug, name, locale, timeZone } = tenant
  const made = await sql.run(
    'INSERT INTO tenant (id, slug, name, locale, time_zone) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (slug) DO NOTHING',
    [id, slug, name, locale, timeZone],
  )
  return made === 1
}

export interface TenantState {
  readonly slug: string
  readonly name: string
  readonly hostNames: number
  /** Who may sign in. */
  readonly users: number
  readonly inReview: number
  readonly failed: number
  /** Open questions that could not be judged again. */
  readonly failedOffers: number
  readonly lastMailAt: string | null
}

/** Every tenant and how it fares, without content. */
export async function listTenantStates(database: Database): Promise<TenantState[]> {
  const rows = await database.operatorSql(
    async (sql) =>
      await sql.rows<Omit<TenantState, 'lastMailAt'> & { readonly lastMailAt: Date | null }>(
        `SELECT t.slug, t.name,
           (SELECT count(*) FROM host_name h WHERE h.tenant_id = t.id) AS "hostNames",
           (SELECT count(*) FROM user_account u WHERE u.tenant_id = t.id AND u.disabled_at IS NULL) AS users,
           (SELECT count(*) FROM delivery d WHERE d.tenant_id = t.id AND d.state = 'inReview') AS "inReview",
           (SELECT count(*) FROM delivery d WHERE d.tenant_id = t.id AND d.state = 'failed') AS failed,
           ${failedOffersOf('t.id')} AS "failedOffers",
           (SELECT m.received_at FROM delivery d JOIN inbound_message m ON m.id = d.message_id
            WHERE d.tenant_id = t.id ORDER BY d.message_id DESC LIMIT 1) AS "lastMailAt"
         FROM tenant t ORDER BY t.slug`,
      ),
  )
  return rows.map((row) => ({ ...row, lastMailAt: row.lastMailAt?.toISOString() ?? null }))
}
