/** The open questions of a tenant, in the shape that scripts rely on (INTERFACE "confirmations"). */
import type { ConfirmationId } from '../crm/ids.ts'
import type { Evidence, RankedCandidate } from '../matching/decision.ts'
import type { Database } from './database.ts'
import { checkedId, cutPage, limitOf, type Page } from './page.ts'
import { findTenantId } from './tenants.ts'

export interface ConfirmationJson {
  readonly id: string
  readonly messageId: string | null
  readonly subject: string
  readonly from: { readonly address: string; readonly name: string | null } | null
  readonly receivedAt: string
  readonly reasons: readonly string[]
  /** Best first. */
  readonly candidates: readonly { readonly lead: string; readonly evidence: readonly Evidence[] }[]
  /** What speaks for or against no single candidate. */
  readonly evidence: readonly Evidence[]
}

export interface ConfirmationsJson {
  readonly tenant: string
  readonly items: readonly ConfirmationJson[]
  readonly next?: string
}

/** Oldest first; those that wait for an answer. Throws PermanentFailure('notFound') for the tenant. */
export async function readConfirmations(database: Database, slug: string, page: Page = {}): Promise<ConfirmationsJson> {
  const tenantId = await findTenantId(database, slug)
  const limit = limitOf(page)
  const after = page.after === undefined ? {} : { id: { gt: checkedId<ConfirmationId>(page.after, 'confirmation') } }
  const rows = await database.tenantModels(
    tenantId,
    async (tx) =>
      await tx.confirmation.findMany({
        where: { tenantId, settledAt: null, ...after },
        orderBy: { id: 'asc' },
        take: limit + 1,
        include: { mail: { select: { messageId: true, subject: true, fromAddress: true, fromName: true, receivedAt: true } } },
      }),
  )
  const { shown, next } = cutPage(rows, limit, (row) => row.id)
  const items = shown.map(({ id, mail, reasons, candidates, evidence }) => ({
    id,
    messageId: mail.messageId,
    subject: mail.subject,
    from: mail.fromAddress === null ? null : { address: mail.fromAddress, name: mail.fromName },
    receivedAt: mail.receivedAt.toISOString(),
    reasons,
    candidates: (candidates as unknown as RankedCandidate[]).map((candidate) => ({ lead: candidate.number, evidence: candidate.evidence })),
    evidence: evidence as unknown as Evidence[],
  }))
  return { tenant: slug, items, ...next }
}
