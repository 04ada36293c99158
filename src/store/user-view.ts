/** A user as those who administer a tenant see him. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import type { Sql } from './database.ts'

export interface UserView {
  readonly id: UserId
  readonly email: string
  readonly name: string
  readonly role: UserRole
  readonly hasPassword: boolean
  readonly disabled: boolean
  /** A link waits to be used. */
  readonly invited: boolean
  readonly version: number
}

/** Of `user_account u`, in a transaction of the tenant. */
export const userViewColumns = `u.id, u.email, u.name, u.role, u.password_hash IS NOT NULL AS "hasPassword", u.disabled_at IS NOT NULL AS disabled,
  u.version, EXISTS (SELECT FROM one_time_link l WHERE l.tenant_id = u.tenant_id AND l.user_id = u.id AND l.kind = 'invitation'
    AND l.used_at IS NULL AND l.expires_at > now()) AS invited`

/** Null where the tenant has no such user. */
export async function readUserView(sql: Sql, tenantId: TenantId, id: UserId): Promise<UserView | null> {
  const rows = await sql.rows<UserView>(`SELECT ${userViewColumns} FROM user_account u WHERE u.tenant_id = $1 AND u.id = $2`, [
    tenantId,
    id,
  ])
  return rows[0] ?? null
}
