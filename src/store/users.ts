/** A tenant's own people: who there is, and their passwords for SMTP AUTH and sign-in. */
import type { UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database } from './database.ts'
import { findTenantId } from './tenants.ts'

export interface UserSummary {
  readonly id: UserId
  readonly email: AddressKey
  readonly name: string
  readonly role: UserRole
  readonly hasPassword: boolean
  readonly disabled: boolean
}

/** Throws PermanentFailure('notFound') for the tenant. */
export async function listUsers(database: Database, slug: string): Promise<UserSummary[]> {
  const tenantId = await findTenantId(database, slug)
  return await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<UserSummary>(
        `SELECT id, email, name, role, password_hash IS NOT NULL AS "hasPassword", disabled_at IS NOT NULL AS disabled
         FROM user_account WHERE tenant_id = $1 ORDER BY email`,
        [tenantId],
      ),
  )
}

/** `passwordHash` null takes the password away. Whoever is signed in is so no more. Throws PermanentFailure('notFound') for tenant or user. */
export async function setPasswordHash(database: Database, slug: string, email: AddressKey, passwordHash: string | null): Promise<void> {
  await changeUser(database, slug, email, 'passwordChanged', 'password_hash = $3', passwordHash)
}

/** A disabled user can no longer sign in, and is signed in no more; his mail still counts as the tenant's own. Throws PermanentFailure('notFound'). */
export async function setUserDisabled(database: Database, slug: string, email: AddressKey, disabled: boolean): Promise<void> {
  const change = 'disabled_at = CASE WHEN $3::boolean THEN coalesce(disabled_at, now()) END'
  await changeUser(database, slug, email, disabled ? 'userDisabled' : 'userEnabled', change, disabled)
}

async function changeUser(
  database: Database,
  slug: string,
  email: AddressKey,
  action: string,
  change: string,
  value: unknown,
): Promise<void> {
  const tenantId = await findTenantId(database, slug)
  await database.tenantSql(tenantId, async (sql) => {
    const touched = await sql.run(`UPDATE user_account SET ${change} WHERE tenant_id = $1 AND email = $2`, [tenantId, email, value])
    if (touched === 0) throw new PermanentFailure('notFound', `There is no user ${email} at the tenant "${slug}"`)
    if (action !== 'userEnabled')
      await sql.run(
        'DELETE FROM session WHERE tenant_id = $1 AND user_id = (SELECT id FROM user_account WHERE tenant_id = $1 AND email = $2)',
        [tenantId, email],
      )
    await sql.run(
      `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), 'operator', $3, $4, '{}')`,
      [tenantId, newId(), action, email],
    )
  })
}
