/** Keys to the HTTP API: made, listed, revoked, and recognised. Only a hash is kept, so whoever reads the database can use none of them. */
import { createHash, randomBytes } from 'node:crypto'
import type { ApiKeyId, TenantId } from '../crm/ids.ts'
import type { ApiKeyRole } from '../crm/policy.ts'
import { PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database } from './database.ts'
import { checkedId } from './page.ts'
import { findTenantId } from './tenants.ts'

/** Keys of one tenant that are neither revoked nor expired. */
export const apiKeysMax = 200
/** 256 bits that nobody can guess: a plain hash keeps them as well as a slow one would. */
const secretBytes = 32
/** By its first letters a key is found where it should not be: in code, in logs. */
const keyShape = /^leadpost_[A-Za-z0-9_-]{43}$/

export interface NewApiKey {
  readonly role: ApiKeyRole
  /** What it is for. */
  readonly name: string | null
  /** Null: good until it is revoked. */
  readonly expiresAt: Date | null
  /** The server whose Authentication-Results are believed in mail that is handed in with it. */
  readonly trustedAuthservId?: string | null
  readonly actor: Actor
}

/** The key is in this answer and nowhere else. @throws PermanentFailure `notFound` (tenant), `conflict` (too many keys). */
export async function createApiKey(database: Database, slug: string, wanted: NewApiKey): Promise<{ id: ApiKeyId; key: string }> {
  const { role, name, expiresAt, trustedAuthservId = null, actor } = wanted
  const tenantId = await findTenantId(database, slug)
  const id = newId<ApiKeyId>()
  const key = `leadpost_${randomBytes(secretBytes).toString('base64url')}`
  await database.tenantSql(tenantId, async (sql) => {
    const [live] = await sql.rows<{ keys: number }>(
      'SELECT count(*) AS keys FROM api_key WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
      [tenantId],
    )
    if ((live?.keys ?? 0) >= apiKeysMax)
      throw new PermanentFailure('conflict', `The tenant "${slug}" has ${apiKeysMax} keys, the most there may be; revoke one first`)
    await sql.run(
      `INSERT INTO api_key (tenant_id, id, role, name, key_hash, created_by, expires_at, trusted_authserv_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [tenantId, id, role, name, hashOf(key), actor, expiresAt, trustedAuthservId],
    )
    const detail = { role, name, expiresAt: expiresAt?.toISOString() ?? null, ...(trustedAuthservId === null ? {} : { trustedAuthservId }) }
    await writeAudit(sql, tenantId, { actor, action: 'apiKeyCreated', subject: id, detail })
  })
  return { id, key }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** Who asks with a key. */
export interface ApiKeyHolder {
  readonly id: ApiKeyId
  readonly tenantId: TenantId
  readonly tenant: string
  readonly role: ApiKeyRole
  readonly expiresAt: Date | null
  readonly trustedAuthservId: string | null
}

/** Null for what is no key, or none that counts any more; the two are not told apart, so nobody learns which keys there were. */
export async function findApiKey(database: Database, written: string): Promise<ApiKeyHolder | null> {
  if (!keyShape.test(written)) return null
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<ApiKeyHolder>(
        `SELECT k.id, k.tenant_id AS "tenantId", t.slug AS tenant, k.role, k.expires_at AS "expiresAt",
                k.trusted_authserv_id AS "trustedAuthservId"
         FROM api_key k JOIN tenant t ON t.id = k.tenant_id
         WHERE k.key_hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())`,
        [hashOf(written)],
      ),
  )
  return rows[0] ?? null
}

export type ApiKeyState = 'active' | 'expired' | 'revoked'

export interface ApiKeyJson {
  readonly id: ApiKeyId
  readonly tenant: string
  readonly role: ApiKeyRole
  readonly name: string | null
  readonly state: ApiKeyState
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly trustedAuthservId: string | null
}

type ListedRow = Omit<ApiKeyJson, 'createdAt' | 'expiresAt' | 'revokedAt'> & {
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

/** One tenant's keys, or everybody's, oldest first; those that count no more as well. @throws PermanentFailure `notFound` (tenant). */
export async function listApiKeys(database: Database, slug: string | null): Promise<ApiKeyJson[]> {
  if (slug !== null) await findTenantId(database, slug)
  const rows = await database.operatorSql(
    async (sql) =>
      await sql.rows<ListedRow>(
        `SELECT k.id, t.slug AS tenant, k.role, k.name, k.created_at AS "createdAt", k.created_by AS "createdBy", k.expires_at AS "expiresAt",
                k.revoked_at AS "revokedAt", k.trusted_authserv_id AS "trustedAuthservId",
                CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= now() THEN 'expired' ELSE 'active' END AS state
         FROM api_key k JOIN tenant t ON t.id = k.tenant_id WHERE $1::text IS NULL OR t.slug = $1 ORDER BY k.id`,
        [slug],
      ),
  )
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  }))
}

/**
 * From now on nobody gets in with it. Answers false where it was revoked before.
 * @param only whose key it must be; null: anybody's.
 * @throws PermanentFailure `notFound`.
 */
export async function revokeApiKey(database: Database, written: string, actor: Actor, only: TenantId | null = null): Promise<boolean> {
  const id = checkedId<ApiKeyId>(written, 'key')
  return await database.acrossTenants(async (enter) => {
    const [row] = await (await enter.router()).rows<{ tenant_id: TenantId }>('SELECT tenant_id FROM api_key WHERE id = $1', [id])
    if (row === undefined || (only !== null && row.tenant_id !== only)) throw new PermanentFailure('notFound', `There is no key ${id}`)
    const sql = await enter.tenant(row.tenant_id)
    const revoked = await sql.run('UPDATE api_key SET revoked_at = now() WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL', [
      row.tenant_id,
      id,
    ])
    if (revoked > 0) await writeAudit(sql, row.tenant_id, { actor, action: 'apiKeyRevoked', subject: id })
    return revoked > 0
  })
}
