/** What an import asks of the rows on file, beside what a load does. */
import type { TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

/** Ids by address, of users who can sign in. */
export async function readActiveUsers(sql: Sql, tenantId: TenantId, emails: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql.rows<{ id: string; email: string }>(
    'SELECT id, email FROM user_account WHERE tenant_id = $1 AND email = ANY($2) AND disabled_at IS NULL',
    [tenantId, emails],
  )
  return new Map(rows.map(({ id, email }) => [email, id]))
}
