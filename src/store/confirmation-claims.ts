/** The rows of claims. In a transaction of the tenant. */
import type { ConfirmationId, MailId, TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

export interface ClaimRow {
  readonly claimedBy: string | null
  readonly claimedUntil: Date | null
}

/** Others wait until the transaction ends. Null where there is no such question. */
export async function lockClaim(
  sql: Sql,
  tenantId: TenantId,
  id: ConfirmationId,
): Promise<(ClaimRow & { readonly mailId: MailId; readonly settledAt: Date | null }) | null> {
  const [row] = await sql.rows<ClaimRow & { mailId: MailId; settledAt: Date | null }>(
    `SELECT mail_id AS "mailId", claimed_by AS "claimedBy", claimed_until AS "claimedUntil", settled_at AS "settledAt"
     FROM confirmation WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  )
  return row ?? null
}

export async function writeClaim(sql: Sql, tenantId: TenantId, id: ConfirmationId, by: string, until: Date): Promise<void> {
  const values = [tenantId, id, by, until]
  await sql.run('UPDATE confirmation SET claimed_by = $3, claimed_until = $4 WHERE tenant_id = $1 AND id = $2', values)
}

export async function clearClaim(sql: Sql, tenantId: TenantId, id: ConfirmationId): Promise<void> {
  await sql.run('UPDATE confirmation SET claimed_by = NULL, claimed_until = NULL WHERE tenant_id = $1 AND id = $2', [tenantId, id])
}
