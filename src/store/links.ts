/** One-time links: made, looked at, used once. Only a hash of the token is kept. */
import type { LinkKind } from '../crm/sign-in.ts'
import { newId } from '../id.ts'
import { accountColumns, accountOf, ownerColumns, type Account, type AccountRef, type AccountRow } from './accounts.ts'
import type { Actor } from './audit.ts'
import type { Database, Sql } from './database.ts'
import { newSecretToken, tokenHash } from './sessions.ts'

export const invitationTimeoutMs = 7 * 24 * 60 * 60_000
export const resetLinkTimeoutMs = 24 * 60 * 60_000
export const firstOperatorLinkTimeoutMs = 24 * 60 * 60_000
export const signInLinkTimeoutMs = 24 * 60 * 60_000
/** So long after its end a link is still on record. */
const rememberedDays = 30

const timeoutMs: Readonly<Record<LinkKind, number>> = {
  invitation: invitationTimeoutMs,
  passwordReset: resetLinkTimeoutMs,
  firstOperator: firstOperatorLinkTimeoutMs,
  signIn: signInLinkTimeoutMs,
}

export interface NewLink {
  readonly kind: LinkKind
  /** Null for `firstOperator`, who is nobody yet. */
  readonly ref: AccountRef | null
  readonly createdBy: Actor
}

export interface MadeLink {
  /** In this answer and nowhere else. */
  readonly token: string
  readonly expiresAt: Date
}

/** In a transaction of the account's tenant, or of the router. Older links of that kind for the same account count no more. */
export async function createLink(sql: Sql, { kind, ref, createdBy }: NewLink): Promise<MadeLink> {
  const token = newSecretToken()
  const [tenantId, userId, operatorId] = ref === null ? [null, null, null] : ownerColumns(ref)
  await forgetLinks(sql, ref, kind)
  const [row] = await sql.rows<{ expiresAt: Date }>(
    `INSERT INTO one_time_link (id, tenant_id, user_id, operator_id, kind, token_hash, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 ms') RETURNING expires_at AS "expiresAt"`,
    [newId(), tenantId, userId, operatorId, kind, tokenHash(token), createdBy, timeoutMs[kind]],
  )
  if (row === undefined) throw new Error('a link was not written')
  return { token, expiresAt: row.expiresAt }
}

/** Those of an account that wait to be used (of one kind, or all), and what ended long ago. */
export async function forgetLinks(sql: Sql, ref: AccountRef | null, kind: LinkKind | null): Promise<void> {
  const [tenantId, userId, operatorId] = ref === null ? [null, null, null] : ownerColumns(ref)
  await sql.run(
    `DELETE FROM one_time_link WHERE tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) IS NOT DISTINCT FROM $2
       AND ($3::text IS NULL OR kind = $3) AND (used_at IS NULL OR expires_at < now() - $4 * interval '1 day')`,
    [tenantId, userId ?? operatorId, kind, rememberedDays],
  )
}

export interface FoundLink {
  readonly kind: LinkKind
  readonly expiresAt: Date
  /** Null for `firstOperator`. */
  readonly account: Account | null
}

/** Null for what is no link, was used, is too old, or is of a disabled account: they are not told apart. */
export async function findLink(database: Database, token: string): Promise<FoundLink | null> {
  const hash = tokenHash(token)
  if (hash === null) return null
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<AccountRow & { kind: LinkKind; expires_at: Date }>(
        `SELECT l.kind, l.expires_at, ${accountColumns}
         FROM one_time_link l
           LEFT JOIN user_account u ON u.tenant_id = l.tenant_id AND u.id = l.user_id
           LEFT JOIN operator_account o ON o.id = l.operator_id
           LEFT JOIN tenant t ON t.id = l.tenant_id
         WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > now()
           AND (l.kind <> 'firstOperator' OR NOT EXISTS (SELECT FROM operator_account))`,
        [hash],
      ),
  )
  const [row] = rows
  if (row === undefined || row.disabled) return null
  return { kind: row.kind, expiresAt: row.expires_at, account: row.account_id === null ? null : accountOf(row) }
}

/** In a transaction of the router: true for the one who comes first, false for everybody after him. */
export async function takeLink(sql: Sql, token: string): Promise<boolean> {
  const taken = await sql.run('UPDATE one_time_link SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()', [
    tokenHash(token),
  ])
  return taken === 1
}

/** A first operator's link, which makes earlier ones void; null where there is an operator already. */
export async function createFirstOperatorLink(database: Database): Promise<MadeLink | null> {
  return await database.routerSql(async (sql) => {
    const [found] = await sql.rows<{ there: boolean }>('SELECT EXISTS (SELECT FROM operator_account) AS there')
    if (found?.there !== false) return null
    return await createLink(sql, { kind: 'firstOperator', ref: null, createdBy: 'operator' })
  })
}
