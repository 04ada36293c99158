/** The never-log list of a tenant (PRODUCT §8). Rules are canonical (crm/never-log.ts). */
import type { TenantId } from '../crm/ids.ts'
import type { DomainName } from '../mail/address.ts'
import { writeAudit, type Actor } from './audit.ts'
import type { Database } from './database.ts'

export interface NeverLogRule {
  readonly pattern: string
  readonly createdAt: string
}

interface RuleRow {
  readonly pattern: string
  readonly created_at: Date
}

function ruleOf({ pattern, created_at: createdAt }: RuleRow): NeverLogRule {
  return { pattern, createdAt: createdAt.toISOString() }
}

export async function listNeverLogRules(database: Database, tenantId: TenantId): Promise<NeverLogRule[]> {
  const rows = await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<RuleRow>('SELECT pattern, created_at FROM never_log_rule WHERE tenant_id = $1 ORDER BY pattern', [tenantId]),
  )
  return rows.map(ruleOf)
}

/** The tenant's own host name that a rule for a domain would take in, or null. */
export async function findOwnHostBelow(database: Database, tenantId: TenantId, domain: string): Promise<DomainName | null> {
  const rows = await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<{ name: DomainName }>(
        `SELECT name FROM host_name WHERE tenant_id = $1 AND (name = $2 OR name LIKE '%.' || $2) LIMIT 1`,
        [tenantId, domain],
      ),
  )
  return rows[0]?.name ?? null
}

/** Answers the rule, also where it was there before. */
export async function addNeverLogRule(database: Database, tenantId: TenantId, pattern: string, actor: Actor): Promise<NeverLogRule> {
  return await database.tenantSql(tenantId, async (sql) => {
    const added = await sql.run('INSERT INTO never_log_rule (tenant_id, pattern) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      tenantId,
      pattern,
    ])
    if (added > 0) await writeAudit(sql, tenantId, { actor, action: 'neverLogRuleAdded', subject: pattern })
    const [row] = await sql.rows<RuleRow>('SELECT pattern, created_at FROM never_log_rule WHERE tenant_id = $1 AND pattern = $2', [
      tenantId,
      pattern,
    ])
    return ruleOf(row ?? { pattern, created_at: new Date() })
  })
}

/** False where there was none. */
export async function removeNeverLogRule(database: Database, tenantId: TenantId, pattern: string, actor: Actor): Promise<boolean> {
  return await database.tenantSql(tenantId, async (sql) => {
    const removed = await sql.run('DELETE FROM never_log_rule WHERE tenant_id = $1 AND pattern = $2', [tenantId, pattern])
    if (removed > 0) await writeAudit(sql, tenantId, { actor, action: 'neverLogRuleRemoved', subject: pattern })
    return removed > 0
  })
}
