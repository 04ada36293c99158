/**
 * What a person's answer locks and writes. Whoever changes where a mail stands (a worker, an answer, a move) holds the mail's row first, so they come one
 * after the other; entries, questions and the audit trail are written by the statement that settles mail (settle-batch.ts). In a transaction of the tenant.
 */
import type { ConfirmationId, HistoryEntryId, LeadId, MailId, TenantId, UserId } from '../crm/ids.ts'
import { newId } from '../id.ts'
import type { ConfirmReason, Evidence, RankedCandidate } from '../matching/decision.ts'
import type { StoredAnswer } from './confirmation-rows.ts'
import type { Sql } from './database.ts'
import { jsonText } from './json-text.ts'
import { writeRows } from './settle-batch.ts'
import { noRows, type SettleRows } from './settle-rows.ts'

export interface LiveEntry {
  readonly id: HistoryEntryId
  readonly leadId: LeadId
  readonly leadNumber: string
  readonly evidence: readonly Evidence[]
  readonly decidedBy: string
  readonly recordedAt: Date
}

export interface OpenQuestion {
  readonly id: ConfirmationId
  readonly reasons: readonly ConfirmReason[]
  readonly candidates: readonly RankedCandidate[]
  readonly evidence: readonly Evidence[]
}

/** Where a mail stands: in a history, with a question open, both (two copies were sent to two leads), or neither (left out, dismissed). */
export interface MailState {
  readonly mailId: MailId
  readonly subject: string
  readonly live: LiveEntry | null
  readonly open: OpenQuestion | null
}

export interface HeldConfirmation extends OpenQuestion {
  readonly mail: MailState
  readonly claimedBy: string | null
  readonly claimedUntil: Date | null
  readonly settledAt: Date | null
  readonly settledBy: string | null
  readonly answer: StoredAnswer | null
}

const stateSql = `SELECT m.id AS "mailId", m.subject,
    (SELECT jsonb_build_object('id', h.id, 'leadId', h.lead_id, 'leadNumber', l.number, 'evidence', h.evidence, 'decidedBy', h.decided_by,
       'recordedAt', h.recorded_at) FROM history_entry h JOIN lead l ON l.tenant_id = $1 AND l.id = h.lead_id
     WHERE h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL) AS live,
    (SELECT jsonb_build_object('id', c.id, 'reasons', c.reasons, 'candidates', c.candidates, 'evidence', c.evidence) FROM confirmation c
     WHERE c.tenant_id = $1 AND c.mail_id = m.id AND c.settled_at IS NULL) AS open
  FROM mail m WHERE m.tenant_id = $1 AND m.id = $2`

/** Waits for whoever is changing where the mail stands, and keeps others waiting. Null where there is no such mail. */
export async function holdMail(sql: Sql, tenantId: TenantId, mailId: MailId): Promise<MailState | null> {
  await sql.rows('SELECT FROM mail WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE', [tenantId, mailId])
  // In a statement of its own, which sees what was committed while the lock was waited for.
  const [row] = await sql.rows<Omit<MailState, 'live'> & { live: (Omit<LiveEntry, 'recordedAt'> & { recordedAt: string }) | null }>(
    stateSql,
    [tenantId, mailId],
  )
  if (row === undefined) return null
  return { ...row, live: row.live === null ? null : { ...row.live, recordedAt: new Date(row.live.recordedAt) } }
}

/** Holds the mail of a question. Null where there is no such question. */
export async function holdConfirmation(sql: Sql, tenantId: TenantId, id: ConfirmationId): Promise<HeldConfirmation | null> {
  const [found] = await sql.rows<{ mailId: MailId }>('SELECT mail_id AS "mailId" FROM confirmation WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
  ])
  const mail = found === undefined ? null : await holdMail(sql, tenantId, found.mailId)
  if (mail === null) return null
  const [row] = await sql.rows<Omit<HeldConfirmation, 'mail'>>(
    `SELECT id, reasons, candidates, evidence, claimed_by AS "claimedBy", claimed_until AS "claimedUntil", settled_at AS "settledAt",
            settled_by AS "settledBy", answer
     FROM confirmation WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  )
  return row === undefined ? null : { ...row, mail }
}

/** Those of them that are there, in the order in which their mails are held everywhere, so that two who hold several never wait for each other both. */
export async function inOrderOfMails(sql: Sql, tenantId: TenantId, ids: readonly ConfirmationId[]): Promise<ConfirmationId[]> {
  const rows = await sql.rows<{ id: ConfirmationId }>(
    'SELECT id FROM confirmation WHERE tenant_id = $1 AND id = ANY($2) ORDER BY mail_id, id',
    [tenantId, ids],
  )
  return rows.map(({ id }) => id)
}

/** Who does it, and when. */
export interface Deed {
  /** `decidedBy` and the audit trail show this. */
  readonly actor: string
  readonly userId: UserId | null
  readonly at: Date
}

/** One change of where mails stand, collected and written at once. */
export interface Change {
  readonly rows: SettleRows
  /** Answers the entry's id. */
  addEntry(entry: { readonly mailId: MailId; readonly leadId: LeadId; readonly evidence: readonly Evidence[] }): HistoryEntryId
  addQuestion(question: Omit<OpenQuestion, 'id'> & { readonly mailId: MailId; readonly searchKey: string }): ConfirmationId
  close(id: ConfirmationId, answer: StoredAnswer): void
  tell(action: string, mailId: MailId, detail: Readonly<Record<string, unknown>>): void
  write(sql: Sql, tenantId: TenantId): Promise<void>
}

export function openChange({ actor, at }: Deed): Change {
  const rows = noRows()
  return {
    rows,
    addEntry(entry) {
      const id = newId<HistoryEntryId>()
      rows.entries.push({ id, ...entry, recordedAt: at, decidedBy: actor })
      return id
    },
    addQuestion(question) {
      const id = newId<ConfirmationId>()
      rows.confirmations.push({ id, ...question, openedAt: at })
      return id
    },
    close(id, answer) {
      rows.closed.push({ id, at, by: actor, answer })
    },
    tell(action, mailId, detail) {
      rows.audits.push({ id: newId(), actor, action, subject: mailId, detail })
    },
    write: async (sql, tenantId) => await writeRows(sql, tenantId, rows),
  }
}

/** The entry stays, as what it was; the mail stands there no more. */
export async function endEntry(sql: Sql, tenantId: TenantId, id: HistoryEntryId, at: Date): Promise<void> {
  await sql.run('UPDATE history_entry SET undone_at = $3 WHERE tenant_id = $1 AND id = $2 AND undone_at IS NULL', [tenantId, id, at])
}

/** An entry that was ended stands again. */
export async function reviveEntry(sql: Sql, tenantId: TenantId, id: HistoryEntryId): Promise<void> {
  await sql.run('UPDATE history_entry SET undone_at = NULL WHERE tenant_id = $1 AND id = $2', [tenantId, id])
}

/** The question is open again, as it was asked. */
export async function reopenConfirmation(sql: Sql, tenantId: TenantId, id: ConfirmationId, at: Date): Promise<void> {
  await sql.run(
    `UPDATE confirmation SET settled_at = NULL, settled_by = NULL, answer = NULL, reopened_at = $3, claimed_by = NULL, claimed_until = NULL
     WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id, at],
  )
}

/** What the question asks, anew. */
export async function rewriteQuestion(
  sql: Sql,
  tenantId: TenantId,
  id: ConfirmationId,
  question: Pick<OpenQuestion, 'reasons' | 'candidates' | 'evidence'> & { readonly candidateLeads: readonly LeadId[] },
): Promise<void> {
  const { reasons, candidates, evidence, candidateLeads } = question
  await sql.run(
    'UPDATE confirmation SET reasons = $3, candidates = $4::jsonb, evidence = $5::jsonb, candidate_leads = $6 WHERE tenant_id = $1 AND id = $2',
    [tenantId, id, reasons, jsonText(candidates), jsonText(evidence), candidateLeads],
  )
}
