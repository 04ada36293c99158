/** Who is invited, who gets a new password by link, and what using a link does. Mailing them: outbox/link-mail.ts. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import { asAccount, isTakenAddress, type Account, type AccountRef } from '../store/accounts.ts'
import { writeAudit, type Actor } from '../store/audit.ts'
import type { Database, Sql } from '../store/database.ts'
import { createLink, type MadeLink } from '../store/links.ts'
import { createOperator } from '../store/operators.ts'
import { holdAdministrators } from '../store/tenant-health.ts'
import { readUserView, type UserView } from '../store/user-view.ts'

export interface Invitation {
  readonly email: AddressKey
  readonly name: string
  readonly role: UserRole
  readonly actor: Actor
}

export interface LinkForUser {
  readonly user: UserView
  readonly link: MadeLink
}

/**
 * A new user, or one who has no password yet (he was loaded, or his link grew old): then this is another link for him, and his role is this one.
 * @throws PermanentFailure `conflict` where the address has an account that is used already, here or elsewhere.
 */
export async function inviteUser(database: Database, tenantId: TenantId, invitation: Invitation): Promise<LinkForUser> {
  try {
    return await database.tenantSql(tenantId, async (sql) => await inviteInto(sql, tenantId, invitation))
  } catch (error) {
    if (isTakenAddress(error)) throw taken(invitation.email)
    throw error
  }
}

/**
 * The invitation of whoever is to administer a tenant that nobody can administer yet. Where somebody is named for it, it is he alone: otherwise whoever runs
 * the installation could let himself in.
 * @throws PermanentFailure `conflict` where an admin can sign in, another one is named, or the address has an account elsewhere.
 */
export async function inviteFirstAdmin(
  database: Database,
  tenantId: TenantId,
  admin: { readonly email: AddressKey; readonly name: string; readonly actor: Actor },
): Promise<LinkForUser> {
  try {
    return await database.tenantSql(tenantId, async (sql) => {
      const { canSignIn, all } = await holdAdministrators(sql, tenantId)
      if (canSignIn)
        throw new PermanentFailure('conflict', 'There is an admin who can sign in; whoever is to come in is invited there', {
          fault: faultOf('adminThere'),
        })
      const address = all.map(({ email }) => email).join(', ')
      if (all.length > 0 && !all.some(({ email }) => email === admin.email))
        throw new PermanentFailure('conflict', `${address} is named as admin there; nobody else can be invited from here`, {
          fault: faultOf('adminAlreadyNamed', { address }),
        })
      return await inviteInto(sql, tenantId, { ...admin, role: 'admin' })
    })
  } catch (error) {
    if (isTakenAddress(error)) throw taken(admin.email)
    throw error
  }
}

/** In a transaction of the tenant; Postgres refuses an address that another tenant or an operator has (`isTakenAddress`). */
export async function inviteInto(sql: Sql, tenantId: TenantId, { email, name, role, actor }: Invitation): Promise<LinkForUser> {
  const [known] = await sql.rows<{ id: UserId; role: UserRole; used: boolean }>(
    `SELECT id, role, password_hash IS NOT NULL OR disabled_at IS NOT NULL AS used FROM user_account
     WHERE tenant_id = $1 AND email = $2 FOR UPDATE`,
    [tenantId, email],
  )
  if (known?.used === true) throw taken(email)
  const id = known?.id ?? newId<UserId>()
  if (known === undefined)
    await sql.run('INSERT INTO user_account (tenant_id, id, email, name, role) VALUES ($1, $2, $3, $4, $5)', [
      tenantId,
      id,
      email,
      name,
      role,
    ])
  else if (known.role !== role) {
    await sql.run('UPDATE user_account SET role = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2', [tenantId, id, role])
    await writeAudit(sql, tenantId, { actor, action: 'roleChanged', subject: email, detail: { from: known.role, to: role } })
  }
  const link = await createLink(sql, { kind: 'invitation', ref: { kind: 'user', tenantId, id }, createdBy: actor })
  await writeAudit(sql, tenantId, {
    actor,
    action: 'userInvited',
    subject: email,
    detail: { role, expiresAt: link.expiresAt.toISOString() },
  })
  return { user: await present(sql, tenantId, id), link }
}

function taken(email: AddressKey): PermanentFailure {
  return new PermanentFailure(
    'conflict',
    `${email} has an account already, so it cannot be invited. If he forgot his password, make a link to set a new one; if he is disabled, enable him.`,
    { fault: faultOf('accountTaken', { address: email }) },
  )
}

async function present(sql: Sql, tenantId: TenantId, id: UserId): Promise<UserView> {
  const user = await readUserView(sql, tenantId, id)
  if (user === null) throw new PermanentFailure('notFound', `There is no user ${id}`)
  return user
}

/** @throws PermanentFailure `notFound`, `conflict` for a disabled user. */
export async function createResetLink(database: Database, tenantId: TenantId, id: UserId, actor: Actor): Promise<LinkForUser> {
  return await database.tenantSql(tenantId, async (sql) => {
    const user = await present(sql, tenantId, id)
    if (user.disabled)
      throw new PermanentFailure('conflict', `${user.email} is disabled; enable him first`, {
        fault: faultOf('accountDisabled', { address: user.email }),
      })
    const link = await createLink(sql, { kind: 'passwordReset', ref: { kind: 'user', tenantId, id }, createdBy: actor })
    await writeAudit(sql, tenantId, { actor, action: 'resetLinkMade', subject: user.email })
    return { user, link }
  })
}

/** For whoever asked by himself: `createResetLink`, or the same for an operator. */
export async function createOwnResetLink(database: Database, { ref, email }: Account): Promise<MadeLink> {
  return await asAccount(database, ref, async (sql) => {
    const link = await createLink(sql, { kind: 'passwordReset', ref, createdBy: email })
    if (ref.kind === 'user') await writeAudit(sql, ref.tenantId, { actor: email, action: 'resetLinkMade', subject: email })
    return link
  })
}

/** Signs in whoever opens it, without a password: for the demo, whose people nobody else has. */
export async function createSignInLink(database: Database, ref: AccountRef): Promise<MadeLink> {
  return await asAccount(database, ref, async (sql) => await createLink(sql, { kind: 'signIn', ref, createdBy: 'operator' }))
}

/** @throws PermanentFailure `conflict` where the address has an account. */
export async function inviteOperator(database: Database, wanted: { readonly email: AddressKey; readonly name: string }): Promise<MadeLink> {
  try {
    return await database.routerSql(async (sql) => {
      const id = await createOperator(sql, wanted)
      return await createLink(sql, { kind: 'invitation', ref: { kind: 'operator', id }, createdBy: 'operator' })
    })
  } catch (error) {
    if (isTakenAddress(error)) throw taken(wanted.email)
    throw error
  }
}
