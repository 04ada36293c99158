/** The contact history of a lead, in the shape that scripts rely on (INTERFACE "history"). */
import type { HistoryEntryId, LeadId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { Evidence } from '../matching/decision.ts'
import type { Database, PrismaTx } from './database.ts'
import { checkedId, cutPage, limitOf, type Page } from './page.ts'
import { findTenantId } from './tenants.ts'

export interface HistoryEntryJson {
  readonly id: string
  readonly kind: string
  readonly direction: string | null
  readonly occurredAt: string
  readonly recordedAt: string
  readonly subject: string | null
  readonly from: { readonly address: string; readonly name: string | null } | null
  readonly participants: readonly {
    readonly address: string
    readonly name: string | null
    readonly as: string
    /** The other system's key of the contact person, or null where the address is unknown. */
    readonly contactPerson: string | null
  }[]
  readonly messageId: string | null
  readonly text: string | null
  readonly attachments: readonly {
    readonly fileName: string
    readonly mediaType: string
    readonly bytes: number
    readonly sha256: string
    readonly inline: boolean
  }[]
  readonly capturedBy: readonly { readonly address: string; readonly channel: string; readonly at: string }[]
  readonly evidence: readonly Evidence[]
  readonly decidedBy: string
}

export interface HistoryJson {
  readonly tenant: string
  readonly lead: string
  readonly entries: readonly HistoryEntryJson[]
  readonly next?: string
}

const inOrder = [{ position: 'asc' as const }]
const withMail = {
  mail: {
    include: {
      participants: { orderBy: inOrder, include: { contactPerson: { select: { key: true } } } },
      attachments: { orderBy: inOrder },
      captures: { orderBy: [{ at: 'asc' as const }, { deliveryId: 'asc' as const }] },
    },
  },
}

/** In order of time; what was undone or moved away is left out. Throws PermanentFailure('notFound') for tenant, lead or `after`. */
export async function readHistory(database: Database, slug: string, leadNumber: string, page: Page = {}): Promise<HistoryJson> {
  const tenantId = await findTenantId(database, slug)
  const limit = limitOf(page)
  return await database.tenantModels(tenantId, async (tx) => {
    const lead = await tx.lead.findUnique({ where: { tenantId_number: { tenantId, number: leadNumber } }, select: { id: true } })
    if (lead === null) throw new PermanentFailure('notFound', `There is no lead ${leadNumber} at the tenant "${slug}"`)
    const rows = await readEntries(tx, tenantId, lead.id as LeadId, limit + 1, page.after)
    const { shown, next } = cutPage(rows, limit, (row) => row.id)
    return { tenant: slug, lead: leadNumber, entries: shown.map(entryJson), ...next }
  })
}

async function readEntries(tx: PrismaTx, tenantId: TenantId, leadId: LeadId, take: number, after: string | undefined) {
  const where = { tenantId, leadId, undoneAt: null }
  const orderBy = [{ occurredAt: 'asc' as const }, { id: 'asc' as const }]
  if (after === undefined) return await tx.historyEntry.findMany({ where, orderBy, take, include: withMail })
  const id = checkedId<HistoryEntryId>(after, 'history entry')
  const last = await tx.historyEntry.findUnique({ where: { tenantId_id: { tenantId, id } }, select: { occurredAt: true } })
  if (last === null) throw new PermanentFailure('notFound', `There is no history entry ${id}`)
  const later = { OR: [{ occurredAt: { gt: last.occurredAt } }, { occurredAt: last.occurredAt, id: { gt: id } }] }
  return await tx.historyEntry.findMany({ where: { AND: [where, later] }, orderBy, take, include: withMail })
}

type EntryRow = Awaited<ReturnType<typeof readEntries>>[number]

function entryJson(row: EntryRow): HistoryEntryJson {
  const { mail } = row
  return {
    id: row.id,
    kind: row.kind,
    direction: mail?.direction ?? null,
    occurredAt: row.occurredAt.toISOString(),
    recordedAt: row.recordedAt.toISOString(),
    subject: mail?.subject ?? null,
    from: mail?.fromAddress == null ? null : { address: mail.fromAddress, name: mail.fromName },
    participants: (mail?.participants ?? []).map(({ address, name, role, contactPerson }) => ({
      address,
      name,
      as: role,
      contactPerson: contactPerson?.key ?? null,
    })),
    messageId: mail?.messageId ?? null,
    text: mail?.newestText ?? null,
    attachments: (mail?.attachments ?? []).map(({ fileName, mediaType, bytes, sha256, inline }) => ({
      fileName,
      mediaType,
      bytes: Number(bytes),
      sha256,
      inline,
    })),
    capturedBy: (mail?.captures ?? []).map(({ address, channel, at }) => ({ address, channel, at: at.toISOString() })),
    evidence: row.evidence as unknown as Evidence[],
    decidedBy: row.decidedBy,
  }
}
