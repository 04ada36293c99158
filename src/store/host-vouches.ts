/** Host names that the operator vouches for: they count without a DNS record. */
import type { TenantId } from '../crm/ids.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import type { DomainName } from '../mail/address.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database } from './database.ts'
import { hostNamesLock } from './load-tenants.ts'

/**
 * The name counts for this tenant from now on.
 * @param vouch `subdomains` null: as it is, or as the tenant claimed it.
 * @throws PermanentFailure `conflict` where another tenant has the name.
 */
export async function vouchForHostName(
  database: Database,
  tenantId: TenantId,
  vouch: { readonly name: DomainName; readonly subdomains: boolean | null; readonly actor: Actor },
): Promise<void> {
  const { name, subdomains, actor } = vouch
  await database.tenantSql(tenantId, async (sql) => {
    await sql.run('SELECT pg_advisory_xact_lock($1)', [hostNamesLock])
    const values = [name, tenantId, subdomains]
    const ours = await sql.run(
      'UPDATE host_name SET vouched_for = true, subdomains = coalesce($3, subdomains) WHERE name = $1 AND tenant_id = $2',
      values,
    )
    // The row of another tenant is not seen here, but stands in the way all the same.
    const added =
      ours > 0 ||
      (await sql.run(
        `INSERT INTO host_name (name, tenant_id, subdomains, vouched_for)
         VALUES ($1, $2, coalesce($3, (SELECT subdomains FROM host_claim WHERE tenant_id = $2 AND name = $1), false), true)
         ON CONFLICT (name) DO NOTHING`,
        values,
      )) > 0
    if (!added)
      throw new PermanentFailure('conflict', `Another tenant has ${name}; it has to be removed there first`, {
        fault: faultOf('hostNameHeldByOther', { name }),
      })
    await writeAudit(sql, tenantId, { actor, action: 'hostNameVouchedFor', subject: name })
  })
}

/** What is proven goes on counting. @throws PermanentFailure `notFound` where nobody vouches for it. */
export async function withdrawVouch(database: Database, tenantId: TenantId, name: DomainName, actor: Actor): Promise<void> {
  await database.tenantSql(tenantId, async (sql) => {
    const which = 'WHERE name = $1 AND tenant_id = $2 AND vouched_for AND proven_at IS'
    const gone = await sql.run(`DELETE FROM host_name ${which} NULL`, [name, tenantId])
    const kept = await sql.run(`UPDATE host_name SET vouched_for = false ${which} NOT NULL`, [name, tenantId])
    if (gone + kept === 0) throw new PermanentFailure('notFound', `Nobody vouches for ${name} there`)
    await writeAudit(sql, tenantId, { actor, action: 'hostNameVouchWithdrawn', subject: name, detail: { stillCounts: kept > 0 } })
  })
}
