/** Which mails on the never-log list still have bytes in the blob store, and that one has none any more. */
import type { MessageId, TenantId } from '../crm/ids.ts'
import type { Database } from './database.ts'

const leftoversMax = 1_000

/** Tenants with mail that was left out by their never-log list. */
export async function tenantsToErase(database: Database): Promise<TenantId[]> {
  const rows = await database.operatorSql((sql) =>
    sql.rows<{ tenant_id: TenantId }>(
      `SELECT DISTINCT tenant_id FROM delivery WHERE state = 'ignored' AND reason = 'neverLog' AND tenant_id IS NOT NULL`,
    ),
  )
  return rows.map((row) => row.tenant_id)
}

export async function findUnerased(database: Database, tenantId: TenantId): Promise<{ messageId: MessageId; blobKey: string }[]> {
  return await database.tenantSql(tenantId, (sql) =>
    sql.rows(
      `SELECT r.message_id AS "messageId", r.blob_key AS "blobKey" FROM delivery d JOIN raw_message r ON r.message_id = d.message_id
       WHERE d.tenant_id = $1 AND d.state = 'ignored' AND d.reason = 'neverLog' AND r.blob_key IS NOT NULL LIMIT ${leftoversMax}`,
      [tenantId],
    ),
  )
}

/** The blob is gone; the row says so. Idempotent. */
export async function erasureDone(database: Database, tenantId: TenantId, messageId: MessageId): Promise<void> {
  await database.tenantSql(tenantId, (sql) =>
    sql.run('UPDATE raw_message SET blob_key = NULL, erased_at = now() WHERE message_id = $1 AND blob_key IS NOT NULL', [messageId]),
  )
}
