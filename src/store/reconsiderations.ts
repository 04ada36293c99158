/** Open questions that are to be judged again: taken like mail, by a claim that lapses, and given up after some tries. In a transaction of the tenant. */
import type { ConfirmationId, DeliveryId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { ConfirmReason, Evidence, RankedCandidate } from '../matching/decision.ts'
import { type ClaimedMessage, claimedMessage, type ClaimRow, messageColumns } from './claim.ts'
import { writeAudit } from './audit.ts'
import type { Database, Sql } from './database.ts'

/** `failed`: given up, with its reason, until something touches it again. */
export const reconsiderationStates = ['due', 'failed'] as const

/** One that was taken. */
export interface Reconsideration {
  readonly confirmationId: ConfirmationId
  /** This time included: who was overtaken by another, or by news, has the wrong one and ends nothing. */
  readonly attempts: number
  /** Null where nothing can be judged: it is settled, or its bytes are erased. */
  readonly waiting: WaitingMail | null
}

/** The mail of an open question, as it came, and as it was judged. */
export interface WaitingMail {
  readonly mailId: MailId
  readonly contentFingerprint: string
  readonly receivedAt: Date
  readonly reasons: readonly ConfirmReason[]
  readonly candidates: readonly RankedCandidate[]
  readonly evidence: readonly Evidence[]
  /** The first delivery that brought it. */
  readonly claim: ClaimedMessage
  /** Of that delivery (processing/trace.ts). */
  readonly trace: unknown
}

interface Row extends ClaimRow {
  readonly confirmationId: ConfirmationId
  readonly attempts: number
  readonly deliveryId: DeliveryId | null
  readonly mailId: MailId
  readonly contentFingerprint: string
  readonly mailReceivedAt: Date
  readonly reasons: readonly ConfirmReason[]
  readonly candidates: readonly RankedCandidate[]
  readonly evidence: readonly Evidence[]
  readonly trace: unknown
}

/** In order of id, so that the oldest question comes first. The first delivery alone: what it was sent to is what the question was asked about. */
const claimSql = (which: string): string => `
  WITH due AS MATERIALIZED (
    SELECT confirmation_id FROM reconsideration WHERE tenant_id = $1 AND state = 'due' AND due_at <= now() AND ${which}
    ORDER BY confirmation_id LIMIT $2 FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE reconsideration r SET attempts = r.attempts + 1, due_at = now() + $3 * interval '1 millisecond'
    FROM due WHERE r.tenant_id = $1 AND r.confirmation_id = due.confirmation_id RETURNING r.confirmation_id, r.attempts
  )
  SELECT t.confirmation_id AS "confirmationId", t.attempts, d.id AS "deliveryId", d.id, w.id AS "mailId", w.content_fingerprint AS "contentFingerprint",
    w.received_at AS "mailReceivedAt", c.reasons, c.candidates, c.evidence, d.trace, ${messageColumns}
  FROM taken t
    LEFT JOIN confirmation c ON c.tenant_id = $1 AND c.id = t.confirmation_id AND c.settled_at IS NULL
    LEFT JOIN mail w ON w.tenant_id = $1 AND w.id = c.mail_id AND w.erased_at IS NULL
    LEFT JOIN LATERAL (SELECT o.id, o.message_id, o.trace FROM capture k JOIN delivery o ON o.tenant_id = $1 AND o.id = k.delivery_id
      WHERE k.tenant_id = $1 AND k.mail_id = w.id ORDER BY o.id LIMIT 1) d ON true
    LEFT JOIN inbound_message m ON m.id = d.message_id
    LEFT JOIN raw_message r ON r.message_id = d.message_id AND r.erased_at IS NULL
  ORDER BY t.confirmation_id`
const claimFreshSql = claimSql('attempts = 0')
const claimRetrySql = claimSql('attempts > 0')

/** Some that nobody has tried yet, else one that somebody has: alone, so that a mail that does harm drags no other along. */
export async function claimReconsiderations(
  database: Database,
  tenantId: TenantId,
  { batchMax, claimMs }: { readonly batchMax: number; readonly claimMs: number },
): Promise<Reconsideration[]> {
  return await database.tenantSql(tenantId, async (sql) => {
    const fresh = await sql.rows<Row>(claimFreshSql, [tenantId, batchMax, claimMs])
    const rows = fresh.length > 0 ? fresh : await sql.rows<Row>(claimRetrySql, [tenantId, 1, claimMs])
    return rows.map(reconsiderationOf)
  })
}

function reconsiderationOf(row: Row): Reconsideration {
  const { confirmationId, attempts } = row
  if (row.deliveryId === null || (row.content === null && row.blob_key === null)) return { confirmationId, attempts, waiting: null }
  const { mailId, contentFingerprint, mailReceivedAt, reasons, candidates, evidence, trace } = row
  const about = { mailId, contentFingerprint, receivedAt: mailReceivedAt, reasons, candidates, evidence, trace }
  return { confirmationId, attempts, waiting: { ...about, claim: claimedMessage(row) } }
}

/** Done, unless something touched it again meanwhile. */
export async function endReconsideration(
  sql: Sql,
  tenantId: TenantId,
  { confirmationId, attempts }: Pick<Reconsideration, 'confirmationId' | 'attempts'>,
): Promise<void> {
  await sql.run('DELETE FROM reconsideration WHERE tenant_id = $1 AND confirmation_id = $2 AND attempts = $3', [
    tenantId,
    confirmationId,
    attempts,
  ])
}

/** Tried again in `dueInMs`; given up where that is null, which the trail tells. */
export async function putOffReconsideration(
  sql: Sql,
  tenantId: TenantId,
  { confirmationId, attempts }: Pick<Reconsideration, 'confirmationId' | 'attempts'>,
  { dueInMs, reason, detail }: { readonly dueInMs: number | null; readonly reason: string; readonly detail: string },
): Promise<void> {
  const touched = await sql.run(
    `UPDATE reconsideration SET state = CASE WHEN $4::float8 IS NULL THEN 'failed' ELSE 'due' END,
       due_at = now() + coalesce($4::float8, 0) * interval '1 millisecond', reason = $5, detail = $6
     WHERE tenant_id = $1 AND confirmation_id = $2 AND attempts = $3`,
    [tenantId, confirmationId, attempts, dueInMs, reason, detail],
  )
  if (touched > 0 && dueInMs === null)
    await writeAudit(sql, tenantId, { actor: 'rule', action: 'offerFailed', subject: confirmationId, detail: { confirmationId, reason } })
}

/** Which of the lead numbers, quote numbers and addresses were added after `since`. */
export async function findAddedLater(
  sql: Sql,
  tenantId: TenantId,
  asked: { readonly leads: readonly LeadId[]; readonly quotes: readonly string[]; readonly addresses: readonly string[] },
  since: Date,
): Promise<ReadonlySet<string>> {
  const rows = await sql.rows<{ what: string }>(
    `SELECT number AS what FROM lead WHERE tenant_id = $1 AND id = ANY($2) AND created_at > $5
     UNION SELECT number FROM quote WHERE tenant_id = $1 AND number = ANY($3) AND added_at > $5
     UNION SELECT address_key FROM contact_address WHERE tenant_id = $1 AND address_key = ANY($4) AND added_at > $5`,
    [tenantId, asked.leads, asked.quotes, asked.addresses, since],
  )
  return new Set(rows.map(({ what }) => what))
}
