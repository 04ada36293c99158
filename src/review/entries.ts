/** What people do with mail that stands in a history: move it to another lead, take it out, make it private. Doing it twice is doing it once. */
import type { ConfirmationId, HistoryEntryId, MailId } from '../crm/ids.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { type Evidence, evidenceMax, type RankedCandidate } from '../matching/decision.ts'
import { findLead, linkPeopleOf } from '../store/answer-people.ts'
import { type Change, endEntry, holdMail, type LiveEntry, type MailState, openChange, rewriteQuestion } from '../store/answer-rows.ts'
import { keyedCandidatesMax, readSearchKeys } from '../store/confirmation-key.ts'
import { undoableUntil, undoDaysMax } from '../store/confirmation-rows.ts'
import { restateDeliveries } from '../store/delivery-standing.ts'
import type { Database, Sql } from '../store/database.ts'
import { type EntryRef, findEntry, readFormerCandidates, writePrivate } from '../store/entry-rows.ts'
import { readViewer } from '../store/viewer.ts'
import { noEntry, noLead, type Reviewer } from './reviewer.ts'

/**
 * Answers the entry where the mail stands now; the old one is kept, undone. Replies that come later follow. Any time, to any lead.
 * @throws ConflictFailure where it was taken out, or moved elsewhere meanwhile; PermanentFailure `notFound`, `notAllowed`, `inputInvalid`.
 */
export async function moveEntry(
  database: Database,
  reviewer: Reviewer,
  id: HistoryEntryId,
  leadNumber: string,
): Promise<{ entryId: HistoryEntryId; changed: boolean }> {
  const { tenantId, at, actor } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const { mail, mailId } = await holdEntry(sql, reviewer, id)
    const lead = await findLead(sql, tenantId, leadNumber)
    if (lead === null) throw noLead(leadNumber)
    const { live, open } = mail
    if (live === null) throw takenOut(mail)
    if (live.leadId === lead.id) return { entryId: live.id, changed: false }
    if (live.id !== id) throw movedSince(live)
    await endEntry(sql, tenantId, live.id, at)
    const change = openChange(reviewer)
    const entryId = change.addEntry({ mailId, leadId: lead.id, evidence: withDecision(live.evidence, actor) })
    // Two copies were sent to two leads: whoever moves it has answered which is right.
    if (open !== null) change.close(open.id, { kind: 'append', leadId: lead.id, entryId, formerEntryId: live.id })
    change.tell('entryMoved', mailId, {
      entryId,
      fromEntryId: live.id,
      leadId: lead.id,
      fromLeadId: live.leadId,
      ...(open === null ? {} : { confirmationId: open.id }),
    })
    await change.write(sql, tenantId)
    await linkPeopleOf(sql, tenantId, mailId)
    await restateDeliveries(sql, tenantId, mailId, at)
    return { entryId, changed: true }
  })
}

/**
 * The mail waits for a person again; answers its question. Within `undoDaysMax` of its filing.
 * @throws ConflictFailure where it was moved, or answered again meanwhile, or is too old; PermanentFailure `notFound`, `notAllowed`, `inputInvalid`.
 */
export async function undoEntry(
  database: Database,
  reviewer: Reviewer,
  id: HistoryEntryId,
): Promise<{ confirmationId: ConfirmationId; changed: boolean }> {
  const { tenantId, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const { mail, mailId } = await holdEntry(sql, reviewer, id)
    const { live, open } = mail
    if (live === null && open !== null) return { confirmationId: open.id, changed: false }
    if (live === null) throw takenOut(mail)
    if (live.id !== id) throw movedSince(live)
    if (undoableUntil(live.recordedAt, at) === null)
      throw new ConflictFailure(`It was filed more than ${undoDaysMax} days ago. Move it to the lead where it belongs instead.`, null, {
        fault: faultOf('entryTooOld', { days: undoDaysMax }),
      })
    await endEntry(sql, tenantId, live.id, at)
    const change = openChange(reviewer)
    const confirmationId = await askAgain(sql, reviewer, change, mail, live)
    change.tell('entryUndone', mailId, { entryId: live.id, leadId: live.leadId, confirmationId })
    await change.write(sql, tenantId)
    await restateDeliveries(sql, tenantId, mailId, at)
    return { confirmationId, changed: true }
  })
}

/**
 * Only those who captured or wrote it and admins may; answers whether it changed. It is the mail that is private: moved or taken out, it stays so.
 * @throws PermanentFailure `notFound`, `notAllowed`, `inputInvalid`.
 */
export async function setEntryPrivate(database: Database, reviewer: Reviewer, id: HistoryEntryId, isPrivate: boolean): Promise<boolean> {
  const { tenantId, actor, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const { entry, mailId } = await holdEntry(sql, reviewer, id)
    if (!entry.isOwn && reviewer.role !== 'admin')
      throw new PermanentFailure('notAllowed', 'Only who captured or wrote a mail, and admins, may make it private or show it again', {
        fault: faultOf('privacyOfOthers'),
      })
    const changed = await writePrivate(sql, tenantId, mailId, isPrivate ? actor : null, at)
    if (!changed) return false
    const change = openChange(reviewer)
    change.tell(isPrivate ? 'mailMadePrivate' : 'mailMadePublic', mailId, { entryId: id, leadId: entry.leadId })
    await change.write(sql, tenantId)
    return true
  })
}

async function holdEntry(sql: Sql, reviewer: Reviewer, id: HistoryEntryId): Promise<{ entry: EntryRef; mail: MailState; mailId: MailId }> {
  const { tenantId } = reviewer
  const entry = await findEntry(sql, tenantId, id, await readViewer(sql, tenantId, reviewer.role, reviewer.userId))
  if (entry === null) throw noEntry(id)
  if (entry.private && !entry.isOwn && reviewer.role !== 'admin')
    throw new PermanentFailure(
      'notAllowed',
      'This mail is private; only who captured or wrote it, and admins, may change where it stands',
      {
        fault: faultOf('entryPrivate'),
      },
    )
  const mail = entry.mailId === null ? null : await holdMail(sql, tenantId, entry.mailId)
  if (mail === null) throw new PermanentFailure('inputInvalid', 'Only a mail can be moved, taken out or made private')
  return { entry, mail, mailId: mail.mailId }
}

async function askAgain(sql: Sql, reviewer: Reviewer, change: Change, mail: MailState, live: LiveEntry): Promise<ConfirmationId> {
  const { tenantId, actor } = reviewer
  const { mailId, open } = mail
  const against: Evidence = { code: 'undoneByPerson', detail: actor, for: false }
  const left: RankedCandidate = {
    leadId: live.leadId,
    number: live.leadNumber,
    evidence: [...live.evidence.slice(0, evidenceMax - 1), against],
  }
  const others = open?.candidates ?? (await readFormerCandidates(sql, tenantId, mailId))
  const candidates = [...others.filter(({ leadId }) => leadId !== live.leadId), left]
  if (open === null) {
    const searchKey = (await readSearchKeys(sql, tenantId, [mailId])).get(mailId) ?? ''
    return change.addQuestion({ mailId, reasons: ['undone'], candidates, evidence: [], searchKey })
  }
  const reasons = [...new Set([...open.reasons, 'undone' as const])]
  const candidateLeads = candidates.slice(0, keyedCandidatesMax).map(({ leadId }) => leadId)
  await rewriteQuestion(sql, tenantId, open.id, { reasons, candidates, evidence: open.evidence, candidateLeads })
  return open.id
}

/** Only the last who said so counts. */
function withDecision(evidence: readonly Evidence[], actor: string): Evidence[] {
  return [...evidence.filter(({ code }) => code !== 'decidedByPerson'), { code: 'decidedByPerson', detail: actor, for: true }]
}

function movedSince(live: LiveEntry): ConflictFailure {
  const number = live.leadNumber
  const words = `${live.decidedBy === 'rule' ? 'A rule' : live.decidedBy} moved it to lead ${number} meanwhile`
  return new ConflictFailure(words, { entryId: live.id, lead: number }, { fault: faultOf('entryMoved', { number }) })
}

function takenOut({ open }: MailState): ConflictFailure {
  return new ConflictFailure(
    open === null
      ? 'It was taken out of the history meanwhile, and dismissed'
      : 'It was taken out of the history meanwhile, and waits for an answer',
    { confirmationId: open?.id ?? null },
    { fault: faultOf('entryTakenOut') },
  )
}
