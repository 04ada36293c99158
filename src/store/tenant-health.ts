/** How one tenant fares besides its mail, for whoever runs the installation: counts, and of people those alone who are to administer it. */
import type { TenantId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import type { Sql } from './database.ts'
import { failedOffersOf } from './failed-offers.ts'
import { userViewColumns, type UserView } from './user-view.ts'

export interface TenantHealth {
  readonly createdAt: Date
  /** Who may sign in. */
  readonly users: Readonly<Record<UserRole, number>>
  readonly disabledUsers: number
  /** Claimed by the tenant itself; what the operator vouches for counts for no limit. */
  readonly hostClaims: number
  /** That are not revoked. */
  readonly apiKeys: number
  /** Open questions that could not be judged again. */
  readonly failedOffers: number
}

/** In a transaction of the tenant. */
export async function readTenantHealth(sql: Sql, tenantId: TenantId): Promise<TenantHealth> {
  const [row] = await sql.rows<Omit<TenantHealth, 'users'> & { readonly users: Partial<Record<UserRole, number>> }>(
    `SELECT t.created_at AS "createdAt",
       (SELECT coalesce(jsonb_object_agg(role, people), '{}') FROM (
          SELECT role, count(*) AS people FROM user_account WHERE tenant_id = $1 AND disabled_at IS NULL GROUP BY role) r) AS users,
       (SELECT count(*) FROM user_account WHERE tenant_id = $1 AND disabled_at IS NOT NULL) AS "disabledUsers",
       (SELECT count(*) FROM host_claim WHERE tenant_id = $1) AS "hostClaims",
       (SELECT count(*) FROM api_key WHERE tenant_id = $1 AND revoked_at IS NULL) AS "apiKeys",
       ${failedOffersOf('$1')} AS "failedOffers"
     FROM tenant t WHERE t.id = $1`,
    [tenantId],
  )
  if (row === undefined) throw new Error('a tenant was found that is not there')
  return { ...row, users: { admin: 0, reviewer: 0, salesperson: 0, ...row.users } }
}

export interface Administrators {
  /** Somebody can sign in, with a password or at the tenant's provider. */
  readonly canSignIn: boolean
  /** Enabled admins, by address. */
  readonly all: readonly UserView[]
}

/** In a transaction of the tenant; they are held until its end, so that of two who invite the first one the second sees what the other did. */
export async function holdAdministrators(sql: Sql, tenantId: TenantId): Promise<Administrators> {
  await sql.run('SELECT FROM tenant WHERE id = $1 FOR UPDATE', [tenantId])
  return await readAdministrators(sql, tenantId)
}

/** In a transaction of the tenant. */
export async function readAdministrators(sql: Sql, tenantId: TenantId): Promise<Administrators> {
  const all = await sql.rows<UserView>(
    `SELECT ${userViewColumns} FROM user_account u WHERE u.tenant_id = $1 AND u.role = 'admin' AND u.disabled_at IS NULL ORDER BY u.email`,
    [tenantId],
  )
  const [provider] = await sql.rows('SELECT 1 FROM oidc_provider WHERE tenant_id = $1', [tenantId])
  return { canSignIn: all.length > 0 && (provider !== undefined || all.some(({ hasPassword }) => hasPassword)), all }
}
