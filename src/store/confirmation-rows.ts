/** Open and settled questions as people see them, with their candidates as these are now. In a transaction of the tenant. */
import type { ConfirmationId, HistoryEntryId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { LeadStatus } from '../crm/policy.ts'
import type { ConfirmReason, Evidence, RankedCandidate } from '../matching/decision.ts'
import { withWords } from '../matching/explain.ts'
import type { Sql } from './database.ts'
import { timeText } from './mail-whole.ts'

/** For so long an answer, and what was filed, can be taken back. */
export const undoDaysMax = 30
const undoMaxMs = undoDaysMax * 24 * 60 * 60_000
/** Recipients that a row shows. */
const rowRecipientsMax = 20
const previewCharactersMax = 240
/** What is read to make a preview of: white space is squeezed. */
const previewReadCharactersMax = 600

/** What `confirmation.answer` holds. */
export type StoredAnswer =
  | {
      readonly kind: 'append'
      readonly leadId: LeadId
      /** Absent in answers by rule of old. */
      readonly entryId?: HistoryEntryId
      /** It stood there before: the answer only said that it is right. */
      readonly kept?: true
      /** The entry that stood elsewhere until this answer. */
      readonly formerEntryId?: HistoryEntryId
      /** Whom this answer made. */
      readonly contactPersonIds?: readonly string[]
    }
  | { readonly kind: 'dismiss'; readonly reason: string }

export interface NameView {
  readonly address: string
  readonly name: string | null
}

export interface EvidenceView extends Omit<Evidence, 'code'> {
  readonly code: string
  /** In English. */
  readonly words: string
}

export interface CandidateView {
  readonly lead: string
  readonly leadName: string
  readonly company: string | null
  readonly status: LeadStatus
  readonly evidence: EvidenceView[]
}

export interface SettledView {
  readonly at: string
  /** `rule`, or who answered. */
  readonly by: string
  readonly kind: 'append' | 'dismiss'
  readonly lead: string | null
  readonly reason: string | null
  readonly entryId: HistoryEntryId | null
  readonly undoableUntil: string | null
}

export interface ConfirmationRow {
  readonly id: ConfirmationId
  readonly mailId: MailId
  readonly messageId: string | null
  readonly subject: string
  readonly from: NameView | null
  readonly to: NameView[]
  readonly direction: 'outbound' | 'inbound' | 'internal'
  readonly receivedAt: string
  readonly openedAt: string
  readonly preview: string
  readonly files: number
  readonly reasons: ConfirmReason[]
  readonly candidates: CandidateView[]
  readonly evidence: EvidenceView[]
  readonly claimedBy: { readonly email: string; readonly name: string; readonly until: string } | null
  readonly settled: SettledView | null
}

interface LeadNow {
  readonly id: LeadId
  readonly number: string
  readonly name: string
  readonly company: string | null
  readonly status: LeadStatus
}

interface Row {
  readonly id: ConfirmationId
  readonly mailId: MailId
  readonly messageId: string | null
  readonly subject: string
  readonly fromAddress: string | null
  readonly fromName: string | null
  readonly direction: ConfirmationRow['direction']
  readonly receivedAt: Date
  readonly openedAt: Date
  readonly beginning: string
  readonly files: number
  readonly to: readonly NameView[]
  readonly reasons: ConfirmReason[]
  readonly candidates: readonly RankedCandidate[]
  readonly evidence: readonly Evidence[]
  readonly claimedBy: ConfirmationRow['claimedBy']
  readonly claimedUntil: Date | null
  readonly settledAt: Date | null
  readonly settledBy: string | null
  readonly answer: StoredAnswer | null
  readonly liveEntryId: HistoryEntryId | null
}

const array = (rows: string): string => `coalesce((SELECT jsonb_agg(x) FROM (${rows}) x), '[]')`

const rowsSql = `SELECT c.id, c.mail_id AS "mailId", m.message_id AS "messageId", m.subject, m.from_address AS "fromAddress", m.from_name AS "fromName",
    m.direction, m.received_at AS "receivedAt", c.opened_at AS "openedAt", left(m.newest_text, ${previewReadCharactersMax}) AS beginning,
    (SELECT count(*)::int FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id AND NOT a.inline) AS files,
    ${array(`SELECT p.address, p.name FROM participant p
      WHERE p.tenant_id = $1 AND p.mail_id = m.id AND p.role IN ('to', 'forwardedTo') ORDER BY p.position LIMIT ${rowRecipientsMax}`)} AS "to",
    c.reasons, c.candidates, c.evidence, c.claimed_until AS "claimedUntil",
    CASE WHEN c.claimed_by IS NOT NULL THEN jsonb_build_object('email', c.claimed_by, 'until', ${timeText('c.claimed_until')},
      'name', coalesce((SELECT u.name FROM user_account u WHERE u.tenant_id = $1 AND u.email = c.claimed_by), c.claimed_by)) END AS "claimedBy",
    c.settled_at AS "settledAt", c.settled_by AS "settledBy", c.answer,
    (SELECT h.id FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL) AS "liveEntryId"
  FROM confirmation c JOIN mail m ON m.tenant_id = $1 AND m.id = c.mail_id
  WHERE c.tenant_id = $1 AND c.id = ANY($2)`

/** Of all rows at once, by their ids: asked row by row, the planner would rather read all leads of a small tenant for each. */
const leadsSql = `SELECT l.id, l.number, l.name, l.status, y.name AS company
  FROM lead l LEFT JOIN company y ON y.tenant_id = $1 AND y.id = l.company_id WHERE l.tenant_id = $1 AND l.id = ANY($2)`

/** In the order of `ids`; those that are not there are left out. `at`: whether a claim or the time to take back has passed is seen from there. */
export async function readConfirmationRows(
  sql: Sql,
  tenantId: TenantId,
  ids: readonly ConfirmationId[],
  at: Date,
): Promise<ConfirmationRow[]> {
  if (ids.length === 0) return []
  const rows = await sql.rows<Row>(rowsSql, [tenantId, ids])
  const byId = new Map(rows.map((row) => [row.id, row]))
  const leads = await readLeadsOf(sql, tenantId, rows)
  return ids.flatMap((id) => {
    const row = byId.get(id)
    return row === undefined ? [] : [viewOf(row, leads, at)]
  })
}

/** Those that the rows name, as they are now. */
async function readLeadsOf(sql: Sql, tenantId: TenantId, rows: readonly Row[]): Promise<ReadonlyMap<LeadId, LeadNow>> {
  const named = rows.flatMap(({ candidates, answer }) => [
    ...candidates.map(({ leadId }) => leadId),
    ...(answer?.kind === 'append' ? [answer.leadId] : []),
  ])
  if (named.length === 0) return new Map()
  const leads = await sql.rows<LeadNow>(leadsSql, [tenantId, [...new Set(named)]])
  return new Map(leads.map((lead) => [lead.id, lead]))
}

function viewOf(row: Row, leads: ReadonlyMap<LeadId, LeadNow>, at: Date): ConfirmationRow {
  const isClaimed = row.settledAt === null && row.claimedUntil !== null && row.claimedUntil > at
  return {
    id: row.id,
    mailId: row.mailId,
    messageId: row.messageId,
    subject: row.subject,
    from: row.fromAddress === null ? null : { address: row.fromAddress, name: row.fromName },
    to: [...row.to],
    direction: row.direction,
    receivedAt: row.receivedAt.toISOString(),
    openedAt: row.openedAt.toISOString(),
    preview: previewOf(row.beginning),
    files: row.files,
    reasons: row.reasons,
    candidates: row.candidates.flatMap(({ leadId, evidence }) => {
      const lead = leads.get(leadId)
      if (lead === undefined) return []
      return [{ lead: lead.number, leadName: lead.name, company: lead.company, status: lead.status, evidence: withWords(evidence) }]
    }),
    evidence: withWords(row.evidence),
    claimedBy: isClaimed ? row.claimedBy : null,
    settled: settledOf(row, leads, at),
  }
}

function settledOf(row: Row, leads: ReadonlyMap<LeadId, LeadNow>, at: Date): SettledView | null {
  const { settledAt, settledBy, answer } = row
  if (settledAt === null || settledBy === null || answer === null) return null
  const until = undoableUntil(settledAt, at)
  const about = { at: settledAt.toISOString(), by: settledBy, kind: answer.kind }
  if (answer.kind === 'dismiss') return { ...about, lead: null, reason: answer.reason, entryId: null, undoableUntil: until }
  const entryId = answer.entryId ?? null
  return {
    ...about,
    lead: leads.get(answer.leadId)?.number ?? null,
    reason: null,
    entryId,
    // What was moved or taken out since stands in the way.
    undoableUntil: entryId !== null && entryId === row.liveEntryId ? until : null,
  }
}

/** Until when what was done at `doneAt` can be taken back; null where that has passed. */
export function undoableUntil(doneAt: Date, at: Date): string | null {
  const until = new Date(doneAt.getTime() + undoMaxMs)
  return until > at ? until.toISOString() : null
}

/** The beginning of a text on one line. */
export function previewOf(beginning: string): string {
  return beginning.replaceAll(/\s+/g, ' ').trim().slice(0, previewCharactersMax).toWellFormed()
}
