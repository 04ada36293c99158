/** The contact history of a lead, whole: in the shape that scripts rely on (INTERFACE "history"), with what the page shows beside. */
import type { LeadId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { Defect } from '../mail/message.ts'
import type { Evidence } from '../matching/decision.ts'
import type { Database, Sql } from './database.ts'
import { type HistoryPage, pageOfLead } from './history-pages.ts'
import { type EntryRow, type HistoryViewer, readEntryRows } from './history-rows.ts'
import type { AttachmentView, CaptureView } from './mail-whole.ts'
import { limitOf, type Page } from './page.ts'
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
  readonly attachments: readonly Omit<AttachmentView, 'position'>[]
  readonly capturedBy: readonly CaptureView[]
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

/** An entry with all that the document of a history holds. */
export interface WholeEntry extends EntryRow {
  readonly messageId: string | null
  readonly text: string | null
  readonly attachments: AttachmentView[]
  readonly capturedBy: CaptureView[]
  readonly missingEarlier: number
  readonly undelivered: string[]
  readonly defects: Defect[]
  readonly evidence: readonly Evidence[]
}

/** For the command line. In order of time; what was undone or moved away is left out. Throws PermanentFailure('notFound') for tenant, lead or `after`. */
export async function readHistory(database: Database, slug: string, leadNumber: string, page: Page = {}): Promise<HistoryJson> {
  const tenantId = await findTenantId(database, slug)
  const { entries, ...rest } = await database.tenantSql(tenantId, async (sql) => {
    const leadId = await findLeadId(sql, tenantId, leadNumber)
    if (leadId === null) throw new PermanentFailure('notFound', `There is no lead ${leadNumber} at the tenant "${slug}"`)
    return await readLeadHistory(sql, tenantId, leadId, { ...page, limit: limitOf(page), order: 'oldest' }, null)
  })
  return { tenant: slug, lead: leadNumber, entries: entries.map(documentOf), ...rest }
}

export async function findLeadId(sql: Sql, tenantId: TenantId, number: string): Promise<LeadId | null> {
  const rows = await sql.rows<{ id: LeadId }>('SELECT id FROM lead WHERE tenant_id = $1 AND number = $2', [tenantId, number])
  return rows[0]?.id ?? null
}

/** A page of a lead's history; of what is private, and not the viewer's, who and when alone; `brief`: of all no more than a list shows. Throws PermanentFailure('notFound') for `after`. */
export async function readLeadHistory(
  sql: Sql,
  tenantId: TenantId,
  leadId: LeadId,
  page: HistoryPage & { readonly brief?: boolean },
  viewer: HistoryViewer,
): Promise<{ readonly entries: WholeEntry[]; readonly next?: string }> {
  const { ids, next } = await pageOfLead(sql, tenantId, leadId, page)
  const rows = await readEntryRows(sql, tenantId, ids, viewer)
  const partsOf = await readParts(sql, tenantId, page.brief === true ? [] : rows)
  return { entries: rows.map((row) => wholeOf(row, partsOf.get(row.id))), ...next }
}

interface Parts {
  readonly id: string
  readonly messageId: string | null
  readonly text: string | null
  readonly attachments: AttachmentView[]
  readonly captures: readonly (Omit<CaptureView, 'at' | 'note'> & { readonly at: string; readonly note: string | null })[]
  readonly missingEarlier: number
  readonly defects: Defect[]
  readonly evidence: Evidence[]
}

const array = (rows: string): string => `coalesce((SELECT jsonb_agg(x) FROM (${rows}) x), '[]')`

const partsSql = `SELECT h.id, h.evidence, m.message_id AS "messageId", m.newest_text AS text, coalesce(m.defects, '[]') AS defects,
    ${array(`SELECT position, file_name AS "fileName", media_type AS "mediaType", bytes, sha256, inline
      FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id ORDER BY position`)} AS attachments,
    ${array(`SELECT c.address, c.channel, c.at, c.note FROM capture c WHERE c.tenant_id = $1 AND c.mail_id = m.id ORDER BY c.at, c.delivery_id`)} AS captures,
    (SELECT count(*)::int FROM unnest(m.earlier) AS e(hash)
      WHERE NOT EXISTS (SELECT FROM mail o WHERE o.tenant_id = $1 AND o.message_id_hash = e.hash)) AS "missingEarlier"
  FROM history_entry h LEFT JOIN mail m ON m.tenant_id = $1 AND m.id = h.mail_id WHERE h.tenant_id = $1 AND h.id = ANY($2)`

async function readParts(sql: Sql, tenantId: TenantId, rows: readonly EntryRow[]): Promise<ReadonlyMap<string, Parts>> {
  if (rows.length === 0) return new Map()
  const parts = await sql.rows<Parts>(partsSql, [tenantId, rows.map(({ id }) => id)])
  return new Map(parts.map((part) => [part.id, part]))
}

function wholeOf(row: EntryRow, parts: Parts | undefined): WholeEntry {
  const { hidden } = row
  return {
    ...row,
    messageId: parts?.messageId ?? null,
    text: hidden ? null : (parts?.text ?? null),
    attachments: hidden ? [] : (parts?.attachments ?? []),
    capturedBy: (parts?.captures ?? []).map(({ address, channel, at, note }) => ({
      address,
      channel,
      at: new Date(at).toISOString(),
      ...(note === null || hidden ? {} : { note }),
    })),
    missingEarlier: parts?.missingEarlier ?? 0,
    undelivered: [...new Set(row.participants.filter(({ undelivered }) => undelivered).map(({ address }) => address))],
    defects: parts?.defects ?? [],
    // What a rule saw in subject and text may tell what they say.
    evidence: hidden ? [] : (parts?.evidence ?? []),
  }
}

/** What scripts rely on, and nothing else. */
function documentOf(entry: WholeEntry): HistoryEntryJson {
  const { id, kind, direction, occurredAt, recordedAt, subject, from, messageId, text, capturedBy, automatic, missingEarlier } = entry
  return {
    id,
    kind,
    direction,
    occurredAt,
    recordedAt,
    subject,
    from,
    participants: entry.participants.map(({ address, name, as, contactPerson }) => ({ address, name, as, contactPerson })),
    messageId,
    text,
    attachments: entry.attachments.map(({ fileName, mediaType, bytes, sha256, inline }) => ({
      fileName,
      mediaType,
      bytes,
      sha256,
      inline,
    })),
    capturedBy,
    automatic,
    missingEarlier,
    undelivered: entry.undelivered,
    defects: entry.defects,
    evidence: entry.evidence,
    decidedBy: entry.decidedBy,
  }
}
