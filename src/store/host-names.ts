/** Whose mail is it: tenants by mail domain, by thread, and users by the address they sign in with. All as the router, over all tenants. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { TenantPolicy } from '../crm/policy.ts'
import type { AddressKey, DomainName } from '../mail/address.ts'
import { messageIdHash, type MessageIdKey } from '../mail/message-id.ts'
import type { Database } from './database.ts'

export interface HostedDomain {
  readonly tenantId: TenantId
  readonly slug: string
  readonly policy: TenantPolicy
}

interface HostRow {
  readonly name: DomainName
  readonly subdomains: boolean
  readonly tenant_id: TenantId
  readonly slug: string
  readonly unauthenticated_sender: TenantPolicy['unauthenticatedSender']
  readonly internal_mail: TenantPolicy['internalMail']
  readonly only_open_lead: TenantPolicy['onlyOpenLead']
}

/**
 * The tenant of each domain that has one: exactly that host name, or the nearest one above it that takes its sub-domains in. Host names
 * count once proven or vouched for (PRODUCT §2).
 */
export async function findTenantsByDomain(database: Database, domains: readonly DomainName[]): Promise<Map<DomainName, HostedDomain>> {
  if (domains.length === 0) return new Map()
  const names = [...new Set(domains.flatMap(withParents))]
  const rows = await database.routerReads(
    async (sql) =>
      await sql.rows<HostRow>(
        `SELECT h.name, h.subdomains, h.tenant_id, t.slug, t.unauthenticated_sender, t.internal_mail, t.only_open_lead
         FROM host_name h JOIN tenant t ON t.id = h.tenant_id
         WHERE h.name = ANY($1) AND (h.vouched_for OR h.proven_at IS NOT NULL)`,
        [names],
      ),
  )
  const byName = new Map(rows.map((row) => [row.name, row]))
  const found = new Map<DomainName, HostedDomain>()
  for (const domain of domains) {
    const row = withParents(domain)
      .map((name) => byName.get(name))
      .find((each) => each !== undefined && (each.name === domain || each.subdomains))
    if (row !== undefined) found.set(domain, hostedDomainOf(row))
  }
  return found
}

/** The domain and every domain above it, nearest first; `a.b.c` gives `a.b.c`, `b.c`, `c`. */
function withParents(domain: DomainName): DomainName[] {
  const labels = domain.split('.')
  return labels.map((_, index) => labels.slice(index).join('.') as DomainName)
}

function hostedDomainOf(row: HostRow): HostedDomain {
  return {
    tenantId: row.tenant_id,
    slug: row.slug,
    policy: { unauthenticatedSender: row.unauthenticated_sender, internalMail: row.internal_mail, onlyOpenLead: row.only_open_lead },
  }
}

/**
 * The tenants that have a mail with one of these Message-IDs in a history now, or waiting for a person, in which case one of their own people is
 * known to have written it; distinct. Ids are compared by their hash.
 */
export async function findTenantsByThread(database: Database, ids: readonly MessageIdKey[]): Promise<TenantId[]> {
  if (ids.length === 0) return []
  const hashes = ids.map((id) => Buffer.from(messageIdHash(id)))
  const rows = await database.routerReads(
    async (sql) =>
      await sql.rows<{ tenant_id: TenantId }>('SELECT DISTINCT tenant_id FROM mail WHERE message_id_hash = ANY($1::bytea[])', [hashes]),
  )
  return rows.map((row) => row.tenant_id)
}

export interface SignInUser {
  readonly tenantId: TenantId
  readonly userId: UserId
  readonly email: AddressKey
  readonly passwordHash: string | null
  readonly disabled: boolean
}

export async function findUserForSignIn(database: Database, email: AddressKey): Promise<SignInUser | null> {
  const rows = await database.routerReads(
    async (sql) =>
      await sql.rows<{ tenant_id: TenantId; id: UserId; email: AddressKey; password_hash: string | null; disabled_at: Date | null }>(
        'SELECT tenant_id, id, email, password_hash, disabled_at FROM user_account WHERE email = $1',
        [email],
      ),
  )
  const [row] = rows
  if (row === undefined) return null
  return { tenantId: row.tenant_id, userId: row.id, email: row.email, passwordHash: row.password_hash, disabled: row.disabled_at !== null }
}
