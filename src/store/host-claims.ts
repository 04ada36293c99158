/**
 * Host names that tenants say are theirs. A claim holds nothing: any number of tenants may claim one name, and whoever proves it first (or is
 * vouched for by the operator) gets the one row in `host_name`, which is what mail is routed by.
 */
import { randomBytes } from 'node:crypto'
import {
  lapsesAt,
  nextCheckAt,
  nextProof,
  proofRecord,
  type ProofChange,
  type ProofFinding,
  type ProofRecord,
  type ProofState,
} from '../crm/host-proof.ts'
import type { TenantId } from '../crm/ids.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import type { DomainName } from '../mail/address.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database, Sql } from './database.ts'
import { hostNamesLock } from './load-tenants.ts'
import { findTenantId } from './tenants.ts'

/** Claims of one tenant. */
export const hostClaimsMax = 500
/** Public once it is in the DNS, but nobody may guess what another's will be. */
const tokenBytes = 20

/** A claim as a look-up needs it. */
export interface HostClaim {
  readonly tenantId: TenantId
  readonly tenant: string
  readonly name: DomainName
  readonly token: string
  /** Whether this tenant holds the name now, proven or vouched for. */
  readonly holds: boolean
}

export interface AddedHostName {
  readonly record: ProofRecord
  /** This tenant's, by proof or since the operator vouched for it. */
  readonly counts: boolean
  readonly heldByOther: boolean
}

/**
 * Says that a name is the tenant's, or changes whether its sub-domains are (null: as it is; at first, not). The token stays from one call to the
 * next. What the operator vouched for keeps its sub-domains until it is proven.
 * @throws PermanentFailure `notFound` (tenant), `conflict` (too many names).
 */
export async function addHostClaim(
  database: Database,
  slug: string,
  claim: { readonly name: DomainName; readonly subdomains: boolean | null; readonly actor: Actor },
): Promise<AddedHostName> {
  const { name, subdomains, actor } = claim
  const tenantId = await findTenantId(database, slug)
  return await database.acrossTenants(async (enter) => {
    const sql = await enter.tenant(tenantId)
    const [before] = await sql.rows<{ subdomains: boolean | null; claims: number }>(
      `SELECT (SELECT subdomains FROM host_claim WHERE tenant_id = $1 AND name = $2), count(*) AS claims FROM host_claim WHERE tenant_id = $1`,
      [tenantId, name],
    )
    const isNew = before === undefined || before.subdomains === null
    if (isNew && (before?.claims ?? 0) >= hostClaimsMax)
      throw new PermanentFailure('conflict', `A tenant has ${hostClaimsMax} host names at most; remove one first`, {
        fault: faultOf('hostNamesTooMany', { max: hostClaimsMax }),
      })
    const [row] = await sql.rows<{ token: string; subdomains: boolean }>(
      `INSERT INTO host_claim (tenant_id, name, token, subdomains)
       VALUES ($1, $2, $3, coalesce($4, (SELECT subdomains FROM host_name WHERE tenant_id = $1 AND name = $2), false))
       ON CONFLICT (tenant_id, name) DO UPDATE SET subdomains = coalesce($4, host_claim.subdomains) RETURNING token, subdomains`,
      [tenantId, name, randomBytes(tokenBytes).toString('hex'), subdomains],
    )
    if (row === undefined) throw new Error('an upsert answers its row')
    await sql.run('UPDATE host_name SET subdomains = $3 WHERE tenant_id = $1 AND name = $2 AND proven_at IS NOT NULL', [
      tenantId,
      name,
      row.subdomains,
    ])
    if (isNew || before.subdomains !== row.subdomains) {
      const action = isNew ? 'hostNameClaimed' : 'hostNameChanged'
      await writeAudit(sql, tenantId, { actor, action, subject: name, detail: { subdomains: row.subdomains } })
    }
    const [holder] = await (
      await enter.router()
    ).rows<{ ours: boolean }>('SELECT tenant_id = $2 AS ours FROM host_name WHERE name = $1', [name, tenantId])
    return { record: proofRecord(name, row.token), counts: holder?.ours === true, heldByOther: holder?.ours === false }
  })
}

const claimColumns = `c.tenant_id AS "tenantId", t.slug AS tenant, c.name, c.token, h.name IS NOT NULL AS holds
  FROM host_claim c JOIN tenant t ON t.id = c.tenant_id LEFT JOIN host_name h ON h.name = c.name AND h.tenant_id = c.tenant_id`

/** Everybody's claims of a name, or one tenant's. @throws PermanentFailure `notFound` (tenant). */
export async function findHostClaims(database: Database, name: DomainName, slug: string | null): Promise<HostClaim[]> {
  if (slug !== null) await findTenantId(database, slug)
  return await database.routerSql(
    async (sql) =>
      await sql.rows<HostClaim>(`SELECT ${claimColumns} WHERE c.name = $1 AND ($2::text IS NULL OR t.slug = $2) ORDER BY t.slug`, [
        name,
        slug,
      ]),
  )
}

/** Proven names that are due to be looked up, those that wait longest first; no other process gets them until `againAt`. */
export async function takeDueHostClaims(database: Database, due: { at: Date; againAt: Date; claimsMax: number }): Promise<HostClaim[]> {
  return await database.routerSql(
    async (sql) =>
      await sql.rows<HostClaim>(
        `WITH due AS (
           SELECT tenant_id, name FROM host_claim WHERE next_check_at <= $1 ORDER BY next_check_at LIMIT $3 FOR UPDATE SKIP LOCKED
         ), taken AS (
           UPDATE host_claim SET next_check_at = $2 FROM due WHERE host_claim.tenant_id = due.tenant_id AND host_claim.name = due.name
           RETURNING host_claim.tenant_id, host_claim.name
         )
         SELECT ${claimColumns} JOIN taken ON taken.tenant_id = c.tenant_id AND taken.name = c.name`,
        [due.at, due.againAt, due.claimsMax],
      ),
  )
}

export interface HostCheck {
  /** `withdrawn`: the claim was removed meanwhile. `heldByOther`: the record is there, but another tenant has the name. */
  readonly change: ProofChange | 'heldByOther' | 'withdrawn'
  /** Whether this tenant's mail is routed by it from now on. */
  readonly counts: boolean
  /** When a proof whose record is gone lapses, at the earliest. */
  readonly lapsesAt: Date | null
}

interface ClaimRow {
  readonly missing_since: Date | null
  readonly missing_answers: number
  readonly subdomains: boolean
  readonly is_watched: boolean
  readonly proven_at: Date | null
  readonly vouched_for: boolean | null
}

/** Keeps what a look-up for that claim found, and what follows from it (crm/host-proof.ts). */
export async function recordHostCheck(
  database: Database,
  claim: Pick<HostClaim, 'tenantId' | 'name' | 'token'>,
  check: { readonly finding: ProofFinding; readonly at: Date; readonly actor: Actor },
): Promise<HostCheck> {
  const { tenantId, name } = claim
  const { finding, at, actor } = check
  return await database.tenantSql(tenantId, async (sql) => {
    // Load looks who holds a name before it takes it; so the two take turns.
    await sql.run('SELECT pg_advisory_xact_lock($1)', [hostNamesLock])
    const [row] = await sql.rows<ClaimRow>(
      `SELECT c.missing_since, c.missing_answers, c.subdomains, c.next_check_at IS NOT NULL AS is_watched, h.proven_at, h.vouched_for
       FROM host_claim c LEFT JOIN host_name h ON h.name = c.name AND h.tenant_id = c.tenant_id
       WHERE c.tenant_id = $1 AND c.name = $2 AND c.token = $3 FOR UPDATE OF c`,
      [tenantId, name, claim.token],
    )
    if (row === undefined) return { change: 'withdrawn', counts: false, lapsesAt: null }
    const before: ProofState = { isProven: row.proven_at !== null, missingSince: row.missing_since, missingAnswers: row.missing_answers }
    const next = nextProof(before, finding, at)
    const isRefused = next.change === 'proven' && !(await hold(sql, claim, row.subdomains, at))
    if (next.change === 'lapsed') await letGo(sql, claim)
    const state = isRefused ? before : next.state
    const again = state.isProven || row.is_watched ? nextCheckAt(state, finding, at) : null
    await sql.run(
      `UPDATE host_claim SET checked_at = $3, finding = $4, missing_since = $5, missing_answers = $6, next_check_at = $7
       WHERE tenant_id = $1 AND name = $2`,
      [tenantId, name, at, finding, state.missingSince, state.missingAnswers, again],
    )
    const change = isRefused ? 'heldByOther' : next.change
    const action = change === null ? undefined : auditedActions[change]
    if (action !== undefined) await writeAudit(sql, tenantId, { actor, action, subject: name, detail: { finding } })
    const { isProven, missingSince } = state
    return { change, counts: isProven || row.vouched_for === true, lapsesAt: missingSince === null ? null : lapsesAt(missingSince) }
  })
}

const auditedActions: Readonly<Partial<Record<NonNullable<HostCheck['change']>, string>>> = {
  proven: 'hostNameProven',
  missed: 'hostNameProofMissing',
  restored: 'hostNameProofRestored',
  lapsed: 'hostNameProofLapsed',
}

/** False where another tenant has it. */
async function hold(sql: Sql, { tenantId, name }: Pick<HostClaim, 'tenantId' | 'name'>, subdomains: boolean, at: Date): Promise<boolean> {
  const values = [name, tenantId, subdomains, at]
  const ours = await sql.run('UPDATE host_name SET proven_at = $4, subdomains = $3 WHERE name = $1 AND tenant_id = $2', values)
  if (ours > 0) return true
  // The row of another tenant is not seen here, but stands in the way all the same.
  const insert = `INSERT INTO host_name (name, tenant_id, subdomains, proven_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`
  return (await sql.run(insert, values)) > 0
}

/** What the operator vouches for as well stays. */
async function letGo(sql: Sql, { tenantId, name }: Pick<HostClaim, 'tenantId' | 'name'>): Promise<void> {
  await sql.run('DELETE FROM host_name WHERE name = $1 AND tenant_id = $2 AND NOT vouched_for', [name, tenantId])
  await sql.run('UPDATE host_name SET proven_at = NULL WHERE name = $1 AND tenant_id = $2', [name, tenantId])
}

/** Claim and name both; mail that was filed stays. @throws PermanentFailure `notFound` (tenant, or it has no such name). */
export async function removeHostName(database: Database, slug: string, name: DomainName, actor: Actor): Promise<void> {
  const tenantId = await findTenantId(database, slug)
  await database.tenantSql(tenantId, async (sql) => {
    const held = await sql.run('DELETE FROM host_name WHERE tenant_id = $1 AND name = $2', [tenantId, name])
    const claimed = await sql.run('DELETE FROM host_claim WHERE tenant_id = $1 AND name = $2', [tenantId, name])
    if (held + claimed === 0) throw new PermanentFailure('notFound', `The tenant "${slug}" has no host name ${name}`)
    await writeAudit(sql, tenantId, { actor, action: 'hostNameRemoved', subject: name, detail: { counted: held > 0 } })
  })
}

/** `proofMissing`: proven and still counting, but the record is gone for now. `unproven`: does not count. */
export type HostNameState = 'vouchedFor' | 'proven' | 'proofMissing' | 'unproven'

export interface HostNameJson {
  readonly tenant: string
  readonly name: DomainName
  readonly subdomains: boolean
  readonly counts: boolean
  readonly state: HostNameState
  readonly vouchedFor: boolean
  readonly provenAt: string | null
  /** Null: never claimed, only vouched for. */
  readonly record: (ProofRecord & { readonly type: 'TXT' }) | null
  readonly checkedAt: string | null
  readonly finding: ProofFinding | null
  readonly lapsesAt: string | null
}

interface ListedRow {
  readonly slug: string
  readonly name: DomainName
  readonly subdomains: boolean
  readonly vouched_for: boolean
  readonly proven_at: Date | null
  readonly token: string | null
  readonly checked_at: Date | null
  readonly finding: ProofFinding | null
  readonly missing_since: Date | null
}

/** One tenant's host names and claims, or everybody's, by tenant and name. @throws PermanentFailure `notFound` (tenant). */
export async function listHostNames(database: Database, slug: string | null): Promise<HostNameJson[]> {
  if (slug !== null) await findTenantId(database, slug)
  const rows = await database.operatorSql(
    async (sql) =>
      await sql.rows<ListedRow>(
        `SELECT t.slug, coalesce(h.name, c.name) AS name, coalesce(h.subdomains, c.subdomains) AS subdomains,
                coalesce(h.vouched_for, false) AS vouched_for, h.proven_at, c.token, c.checked_at, c.finding, c.missing_since
         FROM host_name h FULL JOIN host_claim c ON c.tenant_id = h.tenant_id AND c.name = h.name
              JOIN tenant t ON t.id = coalesce(h.tenant_id, c.tenant_id)
         WHERE $1::text IS NULL OR t.slug = $1 ORDER BY t.slug, 2`,
        [slug],
      ),
  )
  return rows.map(hostNameJson)
}

function hostNameJson(row: ListedRow): HostNameJson {
  const isProven = row.proven_at !== null
  const missingSince = isProven ? row.missing_since : null
  return {
    tenant: row.slug,
    name: row.name,
    subdomains: row.subdomains,
    counts: isProven || row.vouched_for,
    state: isProven ? (missingSince === null ? 'proven' : 'proofMissing') : row.vouched_for ? 'vouchedFor' : 'unproven',
    vouchedFor: row.vouched_for,
    provenAt: row.proven_at?.toISOString() ?? null,
    record: row.token === null ? null : { type: 'TXT', ...proofRecord(row.name, row.token) },
    checkedAt: row.checked_at?.toISOString() ?? null,
    finding: row.finding,
    lapsesAt: missingSince === null ? null : lapsesAt(missingSince).toISOString(),
  }
}

/** Which of these names another tenant holds: nothing else is told of it. */
export async function findHeldByOthers(database: Database, tenantId: TenantId, names: readonly DomainName[]): Promise<Set<DomainName>> {
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<{ name: DomainName }>('SELECT name FROM host_name WHERE name = ANY($1) AND tenant_id <> $2', [names, tenantId]),
  )
  return new Set(rows.map(({ name }) => name))
}
