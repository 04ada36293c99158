/** Entries as they are moved, taken out and made private. In a transaction of the tenant. */
import type { HistoryEntryId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { RankedCandidate } from '../matching/decision.ts'
import type { Sql } from './database.ts'
import { isMailOfSql, type Viewer } from './viewer.ts'

export interface EntryRef {
  readonly id: HistoryEntryId
  /** Null for a call, a meeting, a note. */
  readonly mailId: MailId | null
  readonly leadId: LeadId
  readonly private: boolean
  /** The viewer captured or wrote it. */
  readonly isOwn: boolean
}

/** Live or undone; null where the tenant has none of this id. */
export async function findEntry(sql: Sql, tenantId: TenantId, id: HistoryEntryId, viewer: Viewer): Promise<EntryRef | null> {
  const [row] = await sql.rows<EntryRef>(
    `SELECT h.id, h.mail_id AS "mailId", h.lead_id AS "leadId", m.private_at IS NOT NULL AS private,
            m.id IS NOT NULL AND ${isMailOfSql('m.id', 'm.from_address', '$3')} AS "isOwn"
     FROM history_entry h LEFT JOIN mail m ON m.tenant_id = $1 AND m.id = h.mail_id WHERE h.tenant_id = $1 AND h.id = $2`,
    [tenantId, id, viewer.addresses],
  )
  return row ?? null
}

/** Of the question that was answered last about a mail; what it proposed then may be right after all. */
export async function readFormerCandidates(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<readonly RankedCandidate[]> {
  const [row] = await sql.rows<{ candidates: readonly RankedCandidate[] }>(
    `SELECT candidates FROM confirmation WHERE tenant_id = $1 AND mail_id = $2 AND settled_at IS NOT NULL ORDER BY settled_at DESC, id DESC LIMIT 1`,
    [tenantId, mailId],
  )
  return row?.candidates ?? []
}

/** Wherever the mail stands, and in every question about it. Answers whether that changed anything. */
export async function writePrivate(sql: Sql, tenantId: TenantId, mailId: MailId, by: string | null, at: Date): Promise<boolean> {
  const changed = await sql.run(
    `UPDATE mail SET private_at = CASE WHEN $3::text IS NOT NULL THEN $4::timestamptz END, private_by = $3
     WHERE tenant_id = $1 AND id = $2 AND (private_at IS NOT NULL) <> ($3::text IS NOT NULL)`,
    [tenantId, mailId, by, at],
  )
  if (changed === 0) return false
  await sql.run('UPDATE confirmation SET private = $3 WHERE tenant_id = $1 AND mail_id = $2', [tenantId, mailId, by !== null])
  return true
}
