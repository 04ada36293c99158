/** A tenant's own people: who there is, and their passwords for SMTP AUTH and sign-in. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database } from './database.ts'
import { forgetLinks } from './links.ts'
import { findTenantId } from './tenants.ts'
import { readUserView, userViewColumns, type UserView } from './user-view.ts'

/** Throws PermanentFailure('notFound') for the tenant. */
export async function listUsers(database: Database, slug: string): Promise<UserView[]> {
  const tenantId = await findTenantId(database, slug)
  return await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<UserView>(`SELECT ${userViewColumns} FROM user_account u WHERE u.tenant_id = $1 ORDER BY u.email`, [tenantId]),
  )
}

export interface UserEdit {
  readonly version: number
  readonly name?: string | undefined
  readonly role?: UserRole | undefined
  readonly disabled?: boolean | undefined
}

/**
 * Changes a user's name, role, or whether he may sign in; who is disabled is signed in no more. A tenant keeps an admin who can sign in.
 * @throws PermanentFailure `notFound`, `conflict` (the last admin); ConflictFailure with the user as he is now.
 */
export async function changeUserOf(
  database: Database,
  asker: { readonly tenantId: TenantId; readonly actor: Actor },
  id: UserId,
  edit: UserEdit,
): Promise<UserView> {
  const { tenantId, actor } = asker
  return await database.tenantSql(tenantId, async (sql) => {
    // All admins are held, so that two of them do not take each other away at the same time.
    const admins = await sql.rows<{ id: UserId }>(
      `SELECT id FROM user_account WHERE tenant_id = $1 AND role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE`,
      [tenantId],
    )
    const before = await readUserView(sql, tenantId, id)
    if (before === null) throw new PermanentFailure('notFound', `There is no user ${id}`)
    if (before.version !== edit.version)
      throw new ConflictFailure(`${before.email} was changed by somebody else meanwhile; look at him as he is now`, before, {
        fault: faultOf('changedMeanwhile'),
      })
    const role = edit.role ?? before.role
    const disabled = edit.disabled ?? before.disabled
    const remains = role === 'admin' && !disabled
    if (!remains && admins.length === 1 && admins[0]?.id === id)
      throw new PermanentFailure('conflict', `${before.email} is the last admin who can sign in; make somebody else an admin first`, {
        fault: faultOf('lastAdmin', { address: before.email }),
      })
    await sql.run(
      `UPDATE user_account SET name = $3, role = $4, disabled_at = CASE WHEN $5::boolean THEN coalesce(disabled_at, now()) END
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, edit.name ?? before.name, role, disabled],
    )
    if (disabled) {
      await sql.run('DELETE FROM session WHERE tenant_id = $1 AND user_id = $2', [tenantId, id])
      await forgetLinks(sql, { kind: 'user', tenantId, id }, null)
    }
    const action = disabled === before.disabled ? 'userChanged' : disabled ? 'userDisabled' : 'userEnabled'
    await writeAudit(sql, tenantId, { actor, action, subject: before.email, detail: { name: edit.name, role: edit.role } })
    return (await readUserView(sql, tenantId, id)) ?? before
  })
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
