/** History entries as lists show them, whichever list: what, with which lead, who, how it begins. In a transaction of the tenant. */
import type { HistoryEntryId, MailId, TenantId } from '../crm/ids.ts'
import { previewOf } from './confirmation-rows.ts'
import type { Sql } from './database.ts'
import { type ParticipantView, readParticipants } from './mail-whole.ts'
import { isMailOfSql, type Viewer } from './viewer.ts'

export interface EntryRow {
  readonly id: HistoryEntryId
  readonly mailId: MailId | null
  readonly kind: 'mail' | 'call' | 'meeting' | 'note'
  readonly lead: { readonly number: string; readonly name: string; readonly company: string | null }
  readonly direction: 'outbound' | 'inbound' | 'internal' | null
  /** RFC 3339, in UTC. */
  readonly occurredAt: string
  readonly recordedAt: string
  readonly subject: string | null
  readonly from: { readonly address: string; readonly name: string | null } | null
  readonly participants: ParticipantView[]
  /** The beginning of the newest text, on one line. */
  readonly preview: string | null
  /** Files, without what is inline. */
  readonly files: number
  /** The same for all mails of one thread; null for what has neither id nor references. */
  readonly thread: string | null
  readonly private: boolean
  /** Private, and not the viewer's: subject, text and files are held back. */
  readonly hidden: boolean
  readonly automatic: string | null
  readonly decidedBy: string
}

/** Null: the operator's own machine, from which nothing is hidden. */
export type HistoryViewer = Viewer | null

/** White space is squeezed out of a preview. */
const beginningCharactersMax = 600
/** Mails of a thread whose References were cut off on the way are followed upwards so far. */
const threadStepsMax = 5

const rowsSql = `SELECT h.id, h.mail_id AS "mailId", h.kind, l.number AS "leadNumber", l.name AS "leadName", y.name AS company, m.direction,
    h.occurred_at AS "occurredAt", h.recorded_at AS "recordedAt", m.subject, m.from_address AS "fromAddress", m.from_name AS "fromName",
    left(m.newest_text, ${String(beginningCharactersMax)}) AS beginning,
    (SELECT count(*)::int FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id AND NOT a.inline) AS files,
    encode(coalesce(m.earlier[2], m.earlier[1], m.message_id_hash), 'hex') AS thread, m.private_at IS NOT NULL AS private,
    m.private_at IS NOT NULL AND NOT ($3 OR ${isMailOfSql('m.id', 'm.from_address', '$4')}) AS hidden, m.automatic, h.decided_by AS "decidedBy"
  FROM history_entry h JOIN lead l ON l.tenant_id = $1 AND l.id = h.lead_id LEFT JOIN company y ON y.tenant_id = $1 AND y.id = l.company_id
    LEFT JOIN mail m ON m.tenant_id = $1 AND m.id = h.mail_id
  WHERE h.tenant_id = $1 AND h.id = ANY($2)`

type Row = Omit<EntryRow, 'lead' | 'occurredAt' | 'recordedAt' | 'from' | 'participants' | 'preview'> & {
  readonly leadNumber: string
  readonly leadName: string
  readonly company: string | null
  readonly occurredAt: Date
  readonly recordedAt: Date
  readonly fromAddress: string | null
  readonly fromName: string | null
  readonly beginning: string | null
}

/** In the order of `ids`; those that are not there are left out. Three statements, however many entries. */
export async function readEntryRows(
  sql: Sql,
  tenantId: TenantId,
  ids: readonly HistoryEntryId[],
  viewer: HistoryViewer,
): Promise<EntryRow[]> {
  if (ids.length === 0) return []
  const rows = await sql.rows<Row>(rowsSql, [tenantId, ids, viewer === null || viewer.role === 'admin', viewer?.addresses ?? []])
  const peopleOf = await readParticipants(
    sql,
    tenantId,
    rows.flatMap(({ mailId }) => mailId ?? []),
  )
  const rootOf = await readThreadRoots(
    sql,
    tenantId,
    rows.flatMap(({ thread }) => thread ?? []),
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    return row === undefined ? [] : [viewOf(row, peopleOf(row.mailId), row.thread === null ? null : rootOf(row.thread))]
  })
}

function viewOf(row: Row, participants: ParticipantView[], thread: string | null): EntryRow {
  const { leadNumber, leadName, company, occurredAt, recordedAt, fromAddress, fromName, beginning, subject, files, hidden, ...rest } = row
  return {
    ...rest,
    lead: { number: leadNumber, name: leadName, company },
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    from: fromAddress === null ? null : { address: fromAddress, name: fromName },
    participants,
    thread,
    hidden,
    subject: hidden ? null : subject,
    preview: hidden || beginning === null ? null : previewOf(beginning),
    files: hidden ? 0 : files,
  }
}

/**
 * A mail names the first of its thread in References; one that names its direct predecessor alone is followed upwards through what is on file, so
 * that it does not stand beside its thread. Hashes are hex.
 */
async function readThreadRoots(sql: Sql, tenantId: TenantId, threads: readonly string[]): Promise<(thread: string) => string> {
  const asked = [...new Set(threads)]
  if (asked.length === 0) return (thread) => thread
  const rows = await sql.rows<{ key: string; root: string }>(
    `WITH RECURSIVE up AS (
       SELECT decode(k.key, 'hex') AS key, decode(k.key, 'hex') AS root, 0 AS steps FROM unnest($2::text[]) AS k(key)
       UNION ALL
       SELECT up.key, coalesce(m.earlier[2], m.earlier[1]), up.steps + 1
       FROM up CROSS JOIN LATERAL (SELECT o.earlier FROM mail o WHERE o.tenant_id = $1 AND o.message_id_hash = up.root ORDER BY o.id LIMIT 1) m
       WHERE up.steps < ${String(threadStepsMax)} AND cardinality(m.earlier) > 0
     ) SELECT DISTINCT ON (key) encode(key, 'hex') AS key, encode(root, 'hex') AS root FROM up WHERE steps > 0 ORDER BY key, steps DESC`,
    [tenantId, asked],
  )
  const roots = new Map(rows.map(({ key, root }) => [key, root]))
  return (thread) => roots.get(thread) ?? thread
}
