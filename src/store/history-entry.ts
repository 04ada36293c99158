/** One history entry whole: its mail, why it is here, and what was done with it. In a transaction of the tenant. */
import type { HistoryEntryId, MailId, TenantId } from '../crm/ids.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { countRemoteContents } from '../mail/remote-contents.ts'
import type { Evidence } from '../matching/decision.ts'
import { withWords } from '../matching/explain.ts'
import { type EvidenceView, undoableUntil } from './confirmation-rows.ts'
import type { Sql } from './database.ts'
import { uuidSql } from './events.ts'
import { type EntryRow, type HistoryViewer, readEntryRows } from './history-rows.ts'
import { type MailWhole, readMail } from './mail-whole.ts'

export interface PastDeed {
  readonly at: string
  readonly actor: string
  /** As the audit trail has it. */
  readonly action: string
  /** In English; '' where the action says it all. */
  readonly detail: string
}

export interface EntryWhole extends EntryRow {
  /** Null for a call, a meeting, a note, and where it is hidden. */
  readonly mail: MailWhole | null
  readonly evidence: EvidenceView[]
  readonly past: PastDeed[]
  readonly undoableUntil: string | null
}

/** Deeds of one mail that are told; beyond them the audit trail itself tells. */
const pastMax = 200

interface OwnRow {
  readonly evidence: Evidence[]
  readonly recordedAt: Date
  readonly undoneAt: Date | null
}

/** Also an entry that was undone, which links and receipts of before still name. Throws PermanentFailure('notFound'). */
export async function readEntry(sql: Sql, tenantId: TenantId, id: HistoryEntryId, viewer: HistoryViewer, at: Date): Promise<EntryWhole> {
  const [row] = await readEntryRows(sql, tenantId, [id], viewer)
  const [own] = await sql.rows<OwnRow>(
    'SELECT evidence, recorded_at AS "recordedAt", undone_at AS "undoneAt" FROM history_entry WHERE tenant_id = $1 AND id = $2',
    [tenantId, id],
  )
  if (row === undefined || own === undefined)
    throw new PermanentFailure('notFound', `There is no history entry ${id}`, { fault: faultOf('entryUnknown') })
  const { mailId, hidden } = row
  const mail = mailId === null || hidden ? null : await readMail(sql, tenantId, mailId, countRemoteContents)
  return {
    ...row,
    mail: mail?.mail ?? null,
    // What a rule saw in subject and text may tell what they say.
    evidence: hidden ? [] : withWords(own.evidence),
    past: mailId === null ? [] : await readPast(sql, tenantId, mailId),
    undoableUntil: mailId === null || own.undoneAt !== null ? null : undoableUntil(own.recordedAt, at),
  }
}

interface DeedRow {
  readonly at: Date
  readonly actor: string
  readonly action: string
  readonly lead: string | null
  readonly fromLead: string | null
  readonly reason: string | null
}

const leadNumber = (key: string): string =>
  `(SELECT l.number FROM lead l WHERE l.tenant_id = $1 AND l.id = ${uuidSql(`a.detail->>'${key}'`)})`

/** Of the mail, wherever it stood meanwhile. Oldest first. */
async function readPast(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<PastDeed[]> {
  const rows = await sql.rows<DeedRow>(
    `SELECT a.at, a.actor, a.action, ${leadNumber('leadId')} AS lead, ${leadNumber('fromLeadId')} AS "fromLead", a.detail->>'reason' AS reason
     FROM audit_entry a WHERE a.tenant_id = $1 AND a.subject = $2 ORDER BY a.id LIMIT ${String(pastMax)}`,
    [tenantId, mailId],
  )
  return rows.map(({ at, actor, action, ...detail }) => ({ at: at.toISOString(), actor, action, detail: wordsOf(detail) }))
}

function wordsOf({ lead, fromLead, reason }: Pick<DeedRow, 'lead' | 'fromLead' | 'reason'>): string {
  const words = [
    fromLead === null ? null : `from lead ${fromLead}`,
    lead === null ? null : `${fromLead === null ? '' : 'to '}lead ${lead}`,
    reason,
  ]
  return words.filter((word) => word !== null).join(' ')
}
