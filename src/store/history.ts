/** The contact history of a lead, in the shape that scripts rely on (INTERFACE "history"). */
import type { HistoryEntryId, LeadId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { Defect } from '../mail/message.ts'
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
  readonly capturedBy: readonly {
    readonly address: string
    readonly channel: string
    readonly at: string
    /** What a forwarder wrote above it, where he did. */
    readonly note?: string
  }[]
  /** What kind of machine wrote it, or null where a person did. */
  readonly automatic: string | null
  /** How many mails of its thread, as its header names them, are not on file. */
  readonly missingEarlier: number
  /** Whom a mail system reported it did not reach. */
  readonly undelivered: readonly string[]
  /** What was odd about it: `encrypted`, `signed` and whatever else was noticed while reading. */
  readonly defects: readonly Defect[]
  readonly evidence: readonly Evidence[]
  readonly decidedBy: string
}

export interface HistoryJson {
  readonly tenant: string
  readonly lead: string
  readonly entries: readonly HistoryEntryJson[]
  readonly next?: string
}

/** A statement takes 32,767 values. */
const hashesAskedMax = 10_000

/** In order of time; what was undone or moved away is left out. Throws PermanentFailure('notFound') for tenant, lead or `after`. */
export async function readHistory(database: Database, slug: string, leadNumber: string, page: Page = {}): Promise<HistoryJson> {
  const tenantId = await findTenantId(database, slug)
  const limit = limitOf(page)
  return await database.tenantModels(tenantId, async (tx) => {
    const lead = await tx.lead.findUnique({ where: { tenantId_number: { tenantId, number: leadNumber } }, select: { id: true } })
    if (lead === null) throw new PermanentFailure('notFound', `There is no lead ${leadNumber} at the tenant "${slug}"`)
    const rows = await readEntries(tx, tenantId, lead.id as LeadId, limit + 1, page.after)
    const { shown, next } = cutPage(rows, limit, (row) => row.id)
    const partsOf = await readParts(
      tx,
      tenantId,
      shown.flatMap(({ mailId }) => mailId ?? []),
    )
    const isOnFile = await readEarlier(
      tx,
      tenantId,
      shown.flatMap(({ mail }) => mail?.earlier ?? []),
    )
    return { tenant: slug, lead: leadNumber, entries: shown.map((row) => entryJson(row, partsOf(row.mailId), isOnFile)), ...next }
  })
}

async function readEntries(tx: PrismaTx, tenantId: TenantId, leadId: LeadId, take: number, after: string | undefined) {
  const where = { tenantId, leadId, undoneAt: null }
  const orderBy = [{ occurredAt: 'asc' as const }, { id: 'asc' as const }]
  if (after === undefined)
    return await tx.historyEntry.findMany({ where, orderBy, take, include: { mail: { omit: { text: true, html: true } } } })
  const id = checkedId<HistoryEntryId>(after, 'history entry')
  const last = await tx.historyEntry.findUnique({ where: { tenantId_id: { tenantId, id } }, select: { occurredAt: true } })
  if (last === null) throw new PermanentFailure('notFound', `There is no history entry ${id}`)
  const later = { OR: [{ occurredAt: { gt: last.occurredAt } }, { occurredAt: last.occurredAt, id: { gt: id } }] }
  return await tx.historyEntry.findMany({
    where: { AND: [where, later] },
    orderBy,
    take,
    include: { mail: { omit: { text: true, html: true } } },
  })
}

type EntryRow = Awaited<ReturnType<typeof readEntries>>[number]

/**
 * Participants, attachments and captures of these mails. One question after the other: what one `include` asks for, Prisma asks at once, and a
 * transaction has one connection.
 */
async function readParts(tx: PrismaTx, tenantId: TenantId, mailIds: readonly string[]) {
  const where = { tenantId, mailId: { in: [...mailIds] } }
  const inOrder = { position: 'asc' as const }
  const participants = await tx.participant.findMany({ where, orderBy: inOrder, include: { contactPerson: { select: { key: true } } } })
  const attachments = await tx.attachment.findMany({ where, orderBy: inOrder })
  const captures = await tx.capture.findMany({ where, orderBy: [{ at: 'asc' }, { deliveryId: 'asc' }] })
  const byMail = {
    participants: Map.groupBy(participants, (row) => row.mailId),
    attachments: Map.groupBy(attachments, (row) => row.mailId),
    captures: Map.groupBy(captures, (row) => row.mailId),
  }
  return (mailId: string | null) => ({
    participants: byMail.participants.get(mailId ?? '') ?? [],
    attachments: byMail.attachments.get(mailId ?? '') ?? [],
    captures: byMail.captures.get(mailId ?? '') ?? [],
  })
}

/** Which of the mails that others answer the tenant has by now, whatever became of them. */
async function readEarlier(tx: PrismaTx, tenantId: TenantId, hashes: readonly Uint8Array[]): Promise<(hash: Uint8Array) => boolean> {
  const wanted = [...new Map(hashes.map((hash) => [hexOf(hash), new Uint8Array(hash)])).values()]
  const onFile = new Set<string>()
  for (let from = 0; from < wanted.length; from += hashesAskedMax) {
    const where = { tenantId, messageIdHash: { in: wanted.slice(from, from + hashesAskedMax) } }
    const rows = await tx.mail.findMany({ where, select: { messageIdHash: true } })
    for (const { messageIdHash } of rows) onFile.add(hexOf(messageIdHash ?? new Uint8Array()))
  }
  return (hash) => onFile.has(hexOf(hash))
}

function hexOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}

type Parts = ReturnType<Awaited<ReturnType<typeof readParts>>>

function entryJson(row: EntryRow, parts: Parts, isOnFile: (hash: Uint8Array) => boolean): HistoryEntryJson {
  const { mail } = row
  return {
    id: row.id,
    kind: row.kind,
    direction: mail?.direction ?? null,
    occurredAt: row.occurredAt.toISOString(),
    recordedAt: row.recordedAt.toISOString(),
    subject: mail?.subject ?? null,
    from: mail?.fromAddress == null ? null : { address: mail.fromAddress, name: mail.fromName },
    participants: parts.participants.map(({ address, name, role, contactPerson }) => ({
      address,
      name,
      as: role,
      contactPerson: contactPerson?.key ?? null,
    })),
    messageId: mail?.messageId ?? null,
    text: mail?.newestText ?? null,
    attachments: parts.attachments.map(({ fileName, mediaType, bytes, sha256, inline }) => ({
      fileName,
      mediaType,
      bytes: Number(bytes),
      sha256,
      inline,
    })),
    capturedBy: parts.captures.map(({ address, channel, at, note }) => ({
      address,
      channel,
      at: at.toISOString(),
      ...(note === null ? {} : { note }),
    })),
    automatic: mail?.automatic ?? null,
    missingEarlier: (mail?.earlier ?? []).filter((hash) => !isOnFile(hash)).length,
    undelivered: [...new Set(parts.participants.flatMap(({ address, undeliveredAt }) => (undeliveredAt === null ? [] : [address])))],
    defects: (mail?.defects ?? []) as unknown as Defect[],
    evidence: row.evidence as unknown as Evidence[],
    decidedBy: row.decidedBy,
  }
}
