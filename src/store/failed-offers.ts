/**
 * Open questions that could not be judged again when something was added that their mail may point to (reconsiderations.ts, `failed`): they wait as they were,
 * without what was added. Counted and listed for those who can act, and tried again.
 */
import type { ConfirmationId, MessageId, TenantId } from '../crm/ids.ts'
import { type Actor, writeAudit } from './audit.ts'
import type { Database, Sql } from './database.ts'
import { checkedId, cutPage } from './page.ts'

/** What was settled meanwhile needs it no more. */
const failedOnesOf = (tenant: string): string => `FROM reconsideration r JOIN confirmation c
  ON c.tenant_id = r.tenant_id AND c.id = r.confirmation_id AND c.settled_at IS NULL WHERE r.tenant_id = ${tenant} AND r.state = 'failed'`

/** For a column of a statement about tenants; also in the operator's transactions. */
export const failedOffersOf = (tenant: string): string => `(SELECT count(*) ${failedOnesOf(tenant)})`

/** Of one tenant, or (null) of all. */
export async function countFailedOffers(database: Database, tenantId: TenantId | null): Promise<number> {
  const count = async (sql: Sql): Promise<number> => {
    const [row] = await sql.rows<{ offers: number }>(
      tenantId === null ? `SELECT count(*) AS offers ${failedOnesOf('r.tenant_id')}` : `SELECT ${failedOffersOf('$1')} AS offers`,
      tenantId === null ? [] : [tenantId],
    )
    return row?.offers ?? 0
  }
  return tenantId === null ? await database.operatorSql(count) : await database.tenantSql(tenantId, count)
}

export interface FailedOffer {
  /** Of the question. */
  readonly id: ConfirmationId
  /** That brought its mail; null once that is gone. */
  readonly messageId: MessageId | null
  readonly receivedAt: Date
  readonly reversePath: string | null
  /** A code of failure.ts, or `unexpected`. */
  readonly reason: string
  /** The reason in words. */
  readonly detail: string
}

/** The oldest question first, without content. @throws PermanentFailure `notFound` for an `after` that is no id. */
export async function listFailedOffers(
  database: Database,
  tenantId: TenantId,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: FailedOffer[]; next?: string }> {
  const after = page.after === undefined ? null : checkedId<ConfirmationId>(page.after, 'question')
  const rows = await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<FailedOffer>(
        `SELECT c.id, d.message_id AS "messageId", w.received_at AS "receivedAt", m.reverse_path AS "reversePath",
           coalesce(r.reason, 'unexpected') AS reason, coalesce(r.detail, '') AS detail
         FROM (SELECT c.id, c.mail_id, r.reason, r.detail ${failedOnesOf('$1')} AND ($2::uuid IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3) r
           JOIN confirmation c ON c.tenant_id = $1 AND c.id = r.id JOIN mail w ON w.tenant_id = $1 AND w.id = r.mail_id
           LEFT JOIN LATERAL (SELECT o.message_id FROM capture k JOIN delivery o ON o.tenant_id = $1 AND o.id = k.delivery_id
             WHERE k.tenant_id = $1 AND k.mail_id = w.id ORDER BY o.id LIMIT 1) d ON true
           LEFT JOIN inbound_message m ON m.id = d.message_id
         ORDER BY c.id`,
        [tenantId, after, page.limit + 1],
      ),
  )
  const { shown, next } = cutPage(rows, page.limit, (row) => row.id)
  return { items: [...shown], ...next }
}

/** From the beginning, within seconds; answers how many questions. @param which the one of this message alone. */
export async function retryFailedOffers(sql: Sql, tenantId: TenantId, which: { readonly messageId: MessageId } | 'all'): Promise<number> {
  const ofMessage = `AND EXISTS (SELECT FROM capture k JOIN delivery d ON d.tenant_id = $1 AND d.id = k.delivery_id
    WHERE k.tenant_id = $1 AND k.mail_id = c.mail_id AND d.message_id = $2)`
  return await sql.run(
    `UPDATE reconsideration SET state = 'due', due_at = date_trunc('milliseconds', now()), attempts = 0, reason = NULL, detail = NULL
     WHERE tenant_id = $1 AND state = 'failed'
       AND confirmation_id IN (SELECT c.id ${failedOnesOf('$1')} ${which === 'all' ? '' : ofMessage})`,
    [tenantId, ...(which === 'all' ? [] : [which.messageId])],
  )
}

/** All of a tenant's; with a row in the trail where there were any. */
export async function retryAllFailedOffers(database: Database, tenantId: TenantId, actor: Actor): Promise<number> {
  return await database.tenantSql(tenantId, async (sql) => {
    const questions = await retryFailedOffers(sql, tenantId, 'all')
    if (questions > 0) await writeAudit(sql, tenantId, { actor, action: 'offersRetried', subject: '', detail: { questions } })
    return questions
  })
}
