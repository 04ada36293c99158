/** Accounts that one signs in to: users of a tenant, and operators, who have none. An address has one account, whichever. */
import type { OperatorId, TenantId, UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database, Sql } from './database.ts'

/** Whose something is. */
export type AccountRef =
  | { readonly kind: 'user'; readonly tenantId: TenantId; readonly id: UserId }
  | { readonly kind: 'operator'; readonly id: OperatorId }

export interface Account {
  readonly ref: AccountRef
  readonly email: AddressKey
  readonly role: UserRole | 'operator'
  /** Null for operators. */
  readonly tenant: { readonly id: TenantId; readonly slug: string } | null
  readonly passwordHash: string | null
  readonly disabled: boolean
}

/** The columns by which the router tells an account, of `user_account u`, `operator_account o` and `tenant t`. */
export const accountColumns = `coalesce(u.id, o.id) AS account_id, u.tenant_id, t.slug, coalesce(u.email, o.email) AS email,
  coalesce(u.role, 'operator') AS role, coalesce(u.password_hash, o.password_hash) AS password_hash,
  coalesce(u.disabled_at, o.disabled_at) IS NOT NULL AS disabled`

export interface AccountRow {
  readonly account_id: string | null
  readonly tenant_id: TenantId | null
  readonly slug: string | null
  readonly email: AddressKey
  readonly role: UserRole | 'operator'
  readonly password_hash: string | null
  readonly disabled: boolean
}

export function accountOf(row: AccountRow): Account {
  const { tenant_id: tenantId, slug, email, role, disabled } = row
  return {
    ref:
      tenantId === null ? { kind: 'operator', id: row.account_id as OperatorId } : { kind: 'user', tenantId, id: row.account_id as UserId },
    email,
    role,
    tenant: tenantId === null || slug === null ? null : { id: tenantId, slug },
    passwordHash: row.password_hash,
    disabled,
  }
}

/** As the router, over all tenants; null where nobody has this address. */
export async function findAccount(database: Database, email: AddressKey): Promise<Account | null> {
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<AccountRow>(
        `SELECT ${accountColumns}
         FROM (SELECT $1::text AS email) wanted
           LEFT JOIN user_account u ON u.email = wanted.email
           LEFT JOIN operator_account o ON o.email = wanted.email AND u.id IS NULL
           LEFT JOIN tenant t ON t.id = u.tenant_id
         WHERE u.id IS NOT NULL OR o.id IS NOT NULL`,
        [email],
      ),
  )
  return rows[0] === undefined ? null : accountOf(rows[0])
}

/** A transaction that may touch what is this account's: its tenant's, or the router's for an operator. */
export async function asAccount<T>(database: Database, ref: AccountRef, work: (sql: Sql) => Promise<T>): Promise<T> {
  return ref.kind === 'user' ? await database.tenantSql(ref.tenantId, work) : await database.routerSql(work)
}

/** `[tenant_id, user_id, operator_id]`, as sessions and links keep whose they are. */
export function ownerColumns(ref: AccountRef): [TenantId | null, UserId | null, OperatorId | null] {
  return ref.kind === 'user' ? [ref.tenantId, ref.id, null] : [null, null, ref.id]
}

/** What the page shows of whoever is signed in. */
export interface Profile {
  readonly email: AddressKey
  readonly name: string
  readonly role: UserRole | 'operator'
  readonly locale: string | null
  readonly timeZone: string | null
  /** Null for operators. */
  readonly tenant: {
    readonly slug: string
    readonly name: string
    readonly locale: string
    readonly timeZone: string
    readonly currency: string
  } | null
}

interface ProfileRow {
  readonly email: AddressKey
  readonly name: string
  readonly role: UserRole
  readonly locale: string | null
  readonly time_zone: string | null
}

interface TenantRow {
  readonly slug: string
  readonly name: string
  readonly locale: string
  readonly time_zone: string
  readonly currency: string
}

/** Null where the account is gone. */
export async function readProfile(database: Database, ref: AccountRef): Promise<Profile | null> {
  return await asAccount(database, ref, async (sql) => {
    const [row] =
      ref.kind === 'user'
        ? await sql.rows<ProfileRow>('SELECT email, name, role, locale, time_zone FROM user_account WHERE tenant_id = $1 AND id = $2', [
            ref.tenantId,
            ref.id,
          ])
        : await sql.rows<ProfileRow>(`SELECT email, name, 'operator' AS role, locale, time_zone FROM operator_account WHERE id = $1`, [
            ref.id,
          ])
    if (row === undefined) return null
    const [tenant] =
      ref.kind === 'user'
        ? await sql.rows<TenantRow>('SELECT slug, name, locale, time_zone, currency FROM tenant WHERE id = $1', [ref.tenantId])
        : []
    const { time_zone: timeZone, ...rest } = row
    return { ...rest, timeZone, tenant: tenant === undefined ? null : tenantOf(tenant) }
  })
}

function tenantOf({ time_zone: timeZone, ...rest }: TenantRow): Profile['tenant'] {
  return { ...rest, timeZone }
}

/** What is absent stays as it is; null takes it away. */
export interface ProfileChange {
  readonly locale?: string | null | undefined
  readonly timeZone?: string | null | undefined
}

export async function writeProfile(database: Database, ref: AccountRef, change: ProfileChange): Promise<void> {
  const table = ref.kind === 'user' ? 'user_account' : 'operator_account'
  const whose = ref.kind === 'user' ? 'tenant_id = app_tenant() AND id = $1' : 'id = $1'
  await asAccount(database, ref, async (sql) => {
    await sql.run(
      `UPDATE ${table} SET locale = CASE WHEN $2 THEN $3 ELSE locale END, time_zone = CASE WHEN $4 THEN $5 ELSE time_zone END WHERE ${whose}`,
      [ref.id, change.locale !== undefined, change.locale ?? null, change.timeZone !== undefined, change.timeZone ?? null],
    )
  })
}

/** In the transaction of whatever ends the sessions that the old password began (sessions.ts, `endSessions`). */
export async function setAccountPassword(sql: Sql, ref: AccountRef, passwordHash: string): Promise<void> {
  await (ref.kind === 'user'
    ? sql.run('UPDATE user_account SET password_hash = $3 WHERE tenant_id = $1 AND id = $2', [ref.tenantId, ref.id, passwordHash])
    : sql.run('UPDATE operator_account SET password_hash = $2 WHERE id = $1', [ref.id, passwordHash]))
}

/** Postgres' answer to a second account for one address, whichever of the two tables it stands in. */
export function isTakenAddress(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: unknown; constraint?: unknown }
  return (
    code === '23505' && ['user_account_email_key', 'operator_account_email_key', 'one_account_per_address'].includes(String(constraint))
  )
}
