/** A tenant's OpenID provider, and whoever went there and has not come back yet. */
import { createHash } from 'node:crypto'
import type { TenantId } from '../crm/ids.ts'
import { TooManyRequests } from '../failure.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database } from './database.ts'

/** How long somebody may take at his provider. */
export const oidcSignInTimeoutMs = 10 * 60_000
/** Of one tenant, at the same time. */
export const oidcSignInsMax = 2_000

export interface OidcProvider {
  readonly tenantId: TenantId
  readonly issuer: string
  readonly clientId: string
  /** Sealed for this tenant, issuer and client (`secretPlace`). Null: a public client. */
  readonly clientSecret: Uint8Array | null
  readonly changedAt: Date
}

/** What a client secret is sealed with: changed in the row, it opens no more. */
export function secretPlace({ tenantId, issuer, clientId }: Pick<OidcProvider, 'tenantId' | 'issuer' | 'clientId'>): readonly unknown[] {
  return ['oidc', tenantId, issuer, clientId]
}

/** As the router: nobody is signed in yet. */
export async function findOidcProvider(database: Database, slug: string): Promise<OidcProvider | null> {
  return await read(database, 't.slug = $1', slug)
}

export async function readOidcProvider(database: Database, tenantId: TenantId): Promise<OidcProvider | null> {
  return await read(database, 't.id = $1', tenantId)
}

async function read(database: Database, where: string, value: string): Promise<OidcProvider | null> {
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<OidcProvider>(
        `SELECT p.tenant_id AS "tenantId", p.issuer, p.client_id AS "clientId", p.client_secret AS "clientSecret", p.changed_at AS "changedAt"
         FROM oidc_provider p JOIN tenant t ON t.id = p.tenant_id WHERE ${where}`,
        [value],
      ),
  )
  return rows[0] ?? null
}

/** Null takes it away. Whoever is at the old provider cannot come back. */
export async function writeOidcProvider(
  database: Database,
  tenantId: TenantId,
  provider: Pick<OidcProvider, 'issuer' | 'clientId' | 'clientSecret'> | null,
  actor: Actor,
): Promise<void> {
  await database.tenantSql(tenantId, async (sql) => {
    await sql.run('DELETE FROM oidc_provider WHERE tenant_id = $1', [tenantId])
    if (provider !== null)
      await sql.run('INSERT INTO oidc_provider (tenant_id, issuer, client_id, client_secret) VALUES ($1, $2, $3, $4)', [
        tenantId,
        provider.issuer,
        provider.clientId,
        provider.clientSecret,
      ])
    const detail = provider === null ? {} : { issuer: provider.issuer, clientId: provider.clientId }
    await writeAudit(sql, tenantId, { actor, action: 'oidcChanged', subject: provider?.issuer ?? 'none', detail })
  })
}

export interface RunningSignIn {
  readonly nonce: string
  readonly codeVerifier: string
  /** One of our own paths. */
  readonly returnPath: string
}

/** @throws TooManyRequests. */
export async function beginOidcSignIn(database: Database, tenantId: TenantId, state: string, running: RunningSignIn): Promise<void> {
  await database.routerSql(async (sql) => await sql.run('DELETE FROM oidc_sign_in WHERE expires_at < now()'))
  await database.tenantSql(tenantId, async (sql) => {
    const [found] = await sql.rows<{ count: number }>('SELECT count(*) AS count FROM oidc_sign_in WHERE tenant_id = $1', [tenantId])
    if ((found?.count ?? 0) >= oidcSignInsMax)
      throw new TooManyRequests('Too many people of this company are signing in at this moment; try again in a minute', 60)
    await sql.run(
      `INSERT INTO oidc_sign_in (tenant_id, state_hash, nonce, code_verifier, return_path, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 ms')`,
      [tenantId, stateHash(state), running.nonce, running.codeVerifier, running.returnPath, oidcSignInTimeoutMs],
    )
  })
}

/** Once: whoever comes back with the same state again finds nothing. Null too where it is too old. */
export async function takeOidcSignIn(database: Database, state: string): Promise<(RunningSignIn & { readonly tenantId: TenantId }) | null> {
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<RunningSignIn & { tenantId: TenantId; isLate: boolean }>(
        `DELETE FROM oidc_sign_in WHERE state_hash = $1
         RETURNING tenant_id AS "tenantId", nonce, code_verifier AS "codeVerifier", return_path AS "returnPath", expires_at < now() AS "isLate"`,
        [stateHash(state)],
      ),
  )
  const [row] = rows
  return row === undefined || row.isLate ? null : row
}

function stateHash(state: string): Buffer {
  return createHash('sha256').update(state).digest()
}
