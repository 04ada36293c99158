/**
 * Mail between colleagues that was left out because the number that it names was not there yet (PRODUCT §4, `internalMail`): with the number on file it would
 * match now, and is offered (PRODUCT §5). Whoever copied it meant some lead, but perhaps not this one: it becomes a question and is filed by nobody but a person.
 */
import type { ConfirmationId, MailId, TenantId } from '../crm/ids.ts'
import { explainReason } from '../matching/explain.ts'
import { holdMail, openChange } from './answer-rows.ts'
import { readSearchKeys } from './confirmation-key.ts'
import type { Sql } from './database.ts'

/** Longer ago it stays left out. */
export const leftOutDaysMax = 90
/** Of one look; the newest. */
export const leftOutMailsMax = 200

/** What was found in the mail is in the trace of its delivery. A quote's token has its version behind it (`1024-2`). */
const namingSql = `
  SELECT DISTINCT d.mail_id AS "mailId" FROM delivery d
    JOIN inbound_message m ON m.id = d.message_id AND m.received_at > now() - interval '${String(leftOutDaysMax)} days'
    JOIN mail w ON w.tenant_id = $1 AND w.id = d.mail_id AND w.erased_at IS NULL
    JOIN tenant t ON t.id = $1 AND t.internal_mail = 'numbered'
  WHERE d.tenant_id = $1 AND d.state = 'ignored' AND d.reason = 'internalMail'
    AND EXISTS (SELECT FROM raw_message r WHERE r.message_id = d.message_id AND r.erased_at IS NULL)
    AND EXISTS (SELECT FROM jsonb_path_query(d.trace, '$.tokens[*]') AS k(token)
      WHERE k.token->>'why' = 'noSuchLead' AND k.token->>'token' = ANY($2)
        OR k.token->>'why' = 'noSuchQuote' AND regexp_replace(k.token->>'token', '-[0-9]+$', '') = ANY($3))
  ORDER BY d.mail_id DESC LIMIT ${String(leftOutMailsMax)}`

/** Opens their questions, without candidates: these are found when they are judged again. Answers which. In a transaction of the tenant. */
export async function askAboutLeftOut(
  sql: Sql,
  tenantId: TenantId,
  added: { readonly numbers: readonly string[]; readonly quotes: readonly string[] },
  at: Date,
): Promise<ConfirmationId[]> {
  if (added.numbers.length + added.quotes.length === 0) return []
  const found = await sql.rows<{ mailId: MailId }>(namingSql, [tenantId, added.numbers, added.quotes])
  const asked: ConfirmationId[] = []
  // In the order in which mails are held everywhere.
  for (const { mailId } of found.toReversed()) asked.push(...(await askAbout(sql, tenantId, mailId, at)))
  return asked
}

/** None where a person, or another copy, has brought it somewhere meanwhile. */
async function askAbout(sql: Sql, tenantId: TenantId, mailId: MailId, at: Date): Promise<ConfirmationId[]> {
  const mail = await holdMail(sql, tenantId, mailId)
  if (mail === null || mail.live !== null || mail.open !== null) return []
  const reason = 'addedLater'
  const touched = await sql.run(
    `UPDATE delivery SET state = 'inReview', reason = $3, detail = $4, settled_at = $5
     WHERE tenant_id = $1 AND mail_id = $2 AND state = 'ignored' AND reason = 'internalMail'`,
    [tenantId, mailId, reason, explainReason(reason), at],
  )
  if (touched === 0) return []
  const change = openChange({ actor: 'rule', userId: null, at })
  const searchKey = (await readSearchKeys(sql, tenantId, [mailId])).get(mailId) ?? ''
  const confirmationId = change.addQuestion({ mailId, reasons: [reason], candidates: [], evidence: [], searchKey })
  change.tell('confirmationOpened', mailId, { confirmationId, reason })
  await change.write(sql, tenantId)
  return [confirmationId]
}
