/** The number that people know a lead by. */
import type { LeadId, TenantId } from '../crm/ids.ts'
import type { Database } from './database.ts'

/** Null where the tenant has no such lead. */
export async function readLeadNumber(database: Database, tenantId: TenantId, leadId: LeadId): Promise<string | null> {
  const [row] = await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<{ readonly number: string }>('SELECT number FROM lead WHERE tenant_id = $1 AND id = $2', [tenantId, leadId]),
  )
  return row?.number ?? null
}
