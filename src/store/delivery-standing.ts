/** Where the deliveries of a mail stand once something has become of it: by a copy that came later, or by a person. In a transaction of the tenant. */
import type { ConfirmationId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { ConfirmReason } from '../matching/decision.ts'
import { explainReason } from '../matching/explain.ts'
import type { Sql } from './database.ts'
import { jsonText } from './json-text.ts'

interface Standing {
  readonly id: string
  readonly state: 'appended' | 'inReview' | 'ignored'
  readonly reason: string | null
  readonly detail: string | null
  readonly leadId: LeadId | null
  readonly mailId: MailId
}

const deliveriesSql = `SELECT d.id, d.state, d.reason, d.mail_id AS "mailId", s.mails FROM delivery d
  CROSS JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('mailId', k.mail_id, 'leadId', h.lead_id, 'openId', c.id, 'reasons', c.reasons,
      'dismissed', a.answer->>'reason') ORDER BY k.mail_id) AS mails
    FROM capture k
    LEFT JOIN history_entry h ON h.tenant_id = $1 AND h.mail_id = k.mail_id AND h.undone_at IS NULL
    LEFT JOIN confirmation c ON c.tenant_id = $1 AND c.mail_id = k.mail_id AND c.settled_at IS NULL
    LEFT JOIN LATERAL (SELECT answer FROM confirmation x WHERE x.tenant_id = $1 AND x.mail_id = k.mail_id AND x.settled_at IS NOT NULL
      ORDER BY x.settled_at DESC, x.id DESC LIMIT 1) a ON true
    WHERE k.tenant_id = $1 AND k.delivery_id = d.id) s
  WHERE d.tenant_id = $1 AND d.id IN (SELECT delivery_id FROM capture WHERE tenant_id = $1 AND mail_id = $2)
  ORDER BY d.id FOR NO KEY UPDATE OF d`

interface DeliveryRow {
  readonly id: string
  readonly state: string
  readonly reason: string | null
  readonly mailId: MailId
  readonly mails: readonly {
    readonly mailId: MailId
    readonly leadId: LeadId | null
    readonly openId: ConfirmationId | null
    readonly reasons: readonly ConfirmReason[] | null
    readonly dismissed: string | null
  }[]
}

/**
 * Brings the deliveries of a mail to what has become of it, after `write`. Those that forwarded several mails stand for one that still waits, where one does.
 * What was left out as a duplicate or by rule stays that, and names the lead.
 */
export async function restateDeliveries(sql: Sql, tenantId: TenantId, mailId: MailId, at: Date): Promise<void> {
  const rows = await sql.rows<DeliveryRow>(deliveriesSql, [tenantId, mailId])
  const standings = rows.flatMap((row) => standingOf(row, mailId) ?? [])
  if (standings.length > 0)
    await sql.run(
      `UPDATE delivery d SET state = r.state, reason = r.reason, detail = r.detail, lead_id = r."leadId", mail_id = r."mailId", settled_at = $3
       FROM json_to_recordset($2::json) AS r(id uuid, state text, reason text, detail text, "leadId" uuid, "mailId" uuid)
       WHERE d.tenant_id = $1 AND d.id = r.id`,
      [tenantId, jsonText(standings), at],
    )
  await sql.run(
    `UPDATE delivery SET lead_id = (SELECT h.lead_id FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = $2 AND h.undone_at IS NULL)
     WHERE tenant_id = $1 AND mail_id = $2 AND state = 'ignored' AND reason <> 'dismissed'`,
    [tenantId, mailId],
  )
}

function standingOf(row: DeliveryRow, changed: MailId): Standing | null {
  const { id, state, reason } = row
  if (state !== 'appended' && state !== 'inReview' && !(state === 'ignored' && reason === 'dismissed')) return null
  const own = row.mails.find((mail) => mail.mailId === row.mailId)
  const waiting = own?.openId == null ? row.mails.find((mail) => mail.openId !== null) : own
  if (waiting?.reasons != null) {
    const [first = null] = waiting.reasons
    const detail = waiting.reasons.map(explainReason).join(' ')
    return { id, state: 'inReview', reason: first, detail, leadId: waiting.leadId, mailId: waiting.mailId }
  }
  // Beside it another mail that it forwarded was changed, and none of them waits.
  if (own === undefined || (row.mailId !== changed && state !== 'inReview')) return null
  if (own.leadId !== null) return { id, state: 'appended', reason: null, detail: null, leadId: own.leadId, mailId: own.mailId }
  return { id, state: 'ignored', reason: 'dismissed', detail: own.dismissed, leadId: null, mailId: own.mailId }
}
