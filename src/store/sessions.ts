/** Sessions of the page: made, found by the hash of their token, listed, ended. Only the hash is kept, so whoever reads the database can use none. */
import { createHash, randomBytes } from 'node:crypto'
import type { SessionId } from '../crm/ids.ts'
import type { SignInWay } from '../crm/sign-in.ts'
import { newId } from '../id.ts'
import { accountColumns, accountOf, asAccount, ownerColumns, type Account, type AccountRef, type AccountRow } from './accounts.ts'
import type { Database, Sql } from './database.ts'

/** Unused for so long, a session ends. */
export const sessionIdleTimeoutMs = 12 * 60 * 60_000
/** However it is used, it ends after this. */
export const sessionAgeTimeoutMs = 30 * 24 * 60 * 60_000
/** Of one account; the one longest unused goes when another is made. */
export const sessionsPerAccountMax = 50
/** How exactly it is known when a session was used last. */
const lastSeenStepMs = 60_000
const userAgentCharactersMax = 300
/** 256 bits that nobody can guess. */
const tokenBytes = 32
const tokenShape = /^[A-Za-z0-9_-]{43}$/

/** What signs a browser in, or opens a link: 43 characters. */
export function newSecretToken(): string {
  return randomBytes(tokenBytes).toString('base64url')
}

/** Null for what can be no token. */
export function tokenHash(token: string): Buffer | null {
  return tokenShape.test(token) ? createHash('sha256').update(token).digest() : null
}

export interface NewSession {
  readonly way: SignInWay
  readonly clientAddress: string | null
  readonly userAgent: string | null
}

/** The token is in this answer and nowhere else. In a transaction of the account's tenant, or of the router. */
export async function createSession(sql: Sql, ref: AccountRef, wanted: NewSession): Promise<{ id: SessionId; token: string }> {
  const id = newId<SessionId>()
  const token = newSecretToken()
  const [tenantId, userId, operatorId] = ownerColumns(ref)
  await sql.run(
    `DELETE FROM session WHERE tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) = $2 AND (
       last_seen_at < now() - $3 * interval '1 ms' OR expires_at < now() OR id IN (
         SELECT id FROM session WHERE tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) = $2
         ORDER BY last_seen_at DESC OFFSET $4))`,
    [tenantId, ref.id, sessionIdleTimeoutMs, sessionsPerAccountMax - 1],
  )
  await sql.run(
    `INSERT INTO session (id, tenant_id, user_id, operator_id, token_hash, signed_in_by, expires_at, client_address, user_agent)
     VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 ms', $8, $9)`,
    [
      id,
      tenantId,
      userId,
      operatorId,
      tokenHash(token),
      wanted.way,
      sessionAgeTimeoutMs,
      wanted.clientAddress,
      wanted.userAgent?.slice(0, userAgentCharactersMax) ?? null,
    ],
  )
  return { id, token }
}

export interface FoundSession {
  readonly id: SessionId
  readonly account: Account
}

/**
 * Null for a token that is none, or of a session that ended, expired, or whose account is disabled; they are not told apart. Asked with every
 * request, so whatever changes about an account counts at once.
 */
export async function findSession(database: Database, token: string): Promise<FoundSession | null> {
  const hash = tokenHash(token)
  if (hash === null) return null
  return await database.routerSql(async (sql) => {
    const [row] = await sql.rows<AccountRow & { id: SessionId; is_stale: boolean }>(
      `SELECT s.id, s.last_seen_at < now() - $3 * interval '1 ms' AS is_stale, ${accountColumns}
       FROM session s
         LEFT JOIN user_account u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
         LEFT JOIN operator_account o ON o.id = s.operator_id
         LEFT JOIN tenant t ON t.id = s.tenant_id
       WHERE s.token_hash = $1 AND s.expires_at > now() AND s.last_seen_at > now() - $2 * interval '1 ms'`,
      [hash, sessionIdleTimeoutMs, lastSeenStepMs],
    )
    if (row === undefined || row.disabled) return null
    if (row.is_stale) await sql.run('UPDATE session SET last_seen_at = now() WHERE id = $1', [row.id])
    return { id: row.id, account: accountOf(row) }
  })
}

export interface SessionSummary {
  readonly id: SessionId
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly clientAddress: string | null
  readonly userAgent: string | null
}

/** The account's sessions that still count, the one used last first. */
export async function listSessions(database: Database, ref: AccountRef): Promise<SessionSummary[]> {
  const [tenantId] = ownerColumns(ref)
  return await asAccount(
    database,
    ref,
    async (sql) =>
      await sql.rows<SessionSummary>(
        `SELECT id, created_at AS "createdAt", last_seen_at AS "lastSeenAt", client_address AS "clientAddress", user_agent AS "userAgent",
                least(expires_at, last_seen_at + $3 * interval '1 ms') AS "expiresAt"
         FROM session WHERE tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) = $2
           AND expires_at > now() AND last_seen_at > now() - $3 * interval '1 ms'
         ORDER BY last_seen_at DESC, id DESC`,
        [tenantId, ref.id, sessionIdleTimeoutMs],
      ),
  )
}

/** False where the account has no such session. */
export async function endSession(database: Database, ref: AccountRef, id: SessionId): Promise<boolean> {
  const [tenantId] = ownerColumns(ref)
  const ended = await asAccount(
    database,
    ref,
    async (sql) =>
      await sql.run('DELETE FROM session WHERE id = $3 AND tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) = $2', [
        tenantId,
        ref.id,
        id,
      ]),
  )
  return ended > 0
}

/** Ends all of an account's sessions but one, in the transaction of what makes it necessary (another password, a disabled account). */
export async function endSessions(sql: Sql, ref: AccountRef, except: SessionId | null): Promise<number> {
  const [tenantId] = ownerColumns(ref)
  return await sql.run(
    'DELETE FROM session WHERE tenant_id IS NOT DISTINCT FROM $1 AND coalesce(user_id, operator_id) = $2 AND id IS DISTINCT FROM $3',
    [tenantId, ref.id, except],
  )
}
