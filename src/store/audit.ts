/** The audit trail of a tenant: who did what to what. */
import { newId } from '../id.ts'
import type { TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

/** `rule`, `operator`, or the address of a user. */
export type Actor = string

/** In the transaction of what it tells of: neither is there without the other. */
export async function writeAudit(
  sql: Sql,
  tenantId: TenantId,
  entry: { readonly actor: Actor; readonly action: string; readonly subject: string; readonly detail?: Readonly<Record<string, unknown>> },
): Promise<void> {
  await sql.run('INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), $3, $4, $5, $6)', [
    tenantId,
    newId(),
    entry.actor,
    entry.action,
    entry.subject,
    entry.detail ?? {},
  ])
}
