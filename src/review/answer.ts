/**
 * A person's answer: one transaction that holds the mail, looks whether it still waits, and writes history, people, task, deliveries and audit trail, or
 * nothing. The same answer of the same person again changes nothing.
 */
import type { ConfirmationId, HistoryEntryId } from '../crm/ids.ts'
import { type Fault, isFailure, type PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Evidence } from '../matching/decision.ts'
import { findLead, type LeadForAnswer, linkPeopleOf } from '../store/answer-people.ts'
import { endEntry, type HeldConfirmation, holdConfirmation, inOrderOfMails, openChange } from '../store/answer-rows.ts'
import { restateDeliveries } from '../store/delivery-standing.ts'
import { mayAnswer } from '../store/confirmation-list.ts'
import type { ConfirmationRow, StoredAnswer } from '../store/confirmation-rows.ts'
import type { Database, Sql } from '../store/database.ts'
import { readViewer, type Viewer } from '../store/viewer.ts'
import { isClaimedByOther } from './claims.ts'
import { lockPeople, makePeople, makeTask, type NewPerson, type NewTask } from './on-the-spot.ts'
import { noConfirmation, noLead, type Reviewer, rowNow, settledBefore, workedOn } from './reviewer.ts'

export type Answer =
  | {
      readonly kind: 'append'
      readonly lead: string
      readonly newContactPersons?: readonly NewPerson[] | undefined
      readonly task?: NewTask | undefined
    }
  | { readonly kind: 'dismiss'; readonly reason: string }

/** So many of several answers share a transaction: fewer waits for the disk, and no long ones for others. */
const answersPerTransaction = 20

/**
 * @throws ConflictFailure with who settled it or has it claimed; PermanentFailure `notFound` (confirmation, lead, company, assignee), `inputInvalid`
 * (a contact person that cannot be made).
 */
export async function answerConfirmation(
  database: Database,
  reviewer: Reviewer,
  id: ConfirmationId,
  answer: Answer,
  crmAddresses: readonly AddressKey[],
): Promise<ConfirmationRow> {
  return await database.tenantSql(reviewer.tenantId, async (sql) => {
    await lockPeople(sql, reviewer, answer)
    const viewer = await readViewer(sql, reviewer.tenantId, reviewer.role, reviewer.userId)
    await answerOne(sql, reviewer, viewer, id, answer, crmAddresses)
    return await rowNow(sql, reviewer, id)
  })
}

export interface AnswerResult {
  readonly id: ConfirmationId
  readonly settled: boolean
  /** In words, where it was not. */
  readonly problem: string | null
  /** What exactly, where there is a code for it. */
  readonly fault?: Fault
}

/** Each by itself: what cannot be answered does not keep the others. In the order of `ids`. @throws TemporaryFailure where some were not tried. */
export async function answerConfirmations(
  database: Database,
  reviewer: Reviewer,
  ids: readonly ConfirmationId[],
  answer: Answer,
  crmAddresses: readonly AddressKey[],
): Promise<AnswerResult[]> {
  const results = new Map<ConfirmationId, AnswerResult>()
  const ordered = await database.tenantSql(reviewer.tenantId, (sql) => inOrderOfMails(sql, reviewer.tenantId, [...new Set(ids)]))
  for (let from = 0; from < ordered.length; from += answersPerTransaction) {
    const part = ordered.slice(from, from + answersPerTransaction)
    for (const result of await answerPart(database, reviewer, part, answer, crmAddresses)) results.set(result.id, result)
  }
  return ids.map((id) => results.get(id) ?? refused(id, noConfirmation(id)))
}

function refused(id: ConfirmationId, { message, fault }: PermanentFailure): AnswerResult {
  return { id, settled: false, problem: message, ...(fault === null ? {} : { fault }) }
}

async function answerPart(
  database: Database,
  reviewer: Reviewer,
  ids: readonly ConfirmationId[],
  answer: Answer,
  crmAddresses: readonly AddressKey[],
): Promise<AnswerResult[]> {
  return await database.tenantSql(reviewer.tenantId, async (sql) => {
    const results: AnswerResult[] = []
    await lockPeople(sql, reviewer, answer)
    const viewer = await readViewer(sql, reviewer.tenantId, reviewer.role, reviewer.userId)
    for (const id of ids) {
      await sql.run('SAVEPOINT one_answer')
      try {
        await answerOne(sql, reviewer, viewer, id, answer, crmAddresses)
        results.push({ id, settled: true, problem: null })
      } catch (error) {
        // What is no answer to this question alone (a deadlock, a connection that broke) ends all of them, and they are run anew.
        if (!isFailure(error) || error instanceof TemporaryFailure) throw error
        await sql.run('ROLLBACK TO SAVEPOINT one_answer')
        results.push(refused(id, error))
      }
    }
    return results
  })
}

async function answerOne(
  sql: Sql,
  reviewer: Reviewer,
  viewer: Viewer,
  id: ConfirmationId,
  answer: Answer,
  crmAddresses: readonly AddressKey[],
): Promise<void> {
  const { tenantId } = reviewer
  const held = (await mayAnswer(sql, tenantId, id, viewer)) ? await holdConfirmation(sql, tenantId, id) : null
  if (held === null) throw noConfirmation(id)
  const lead = answer.kind === 'append' ? await findLead(sql, tenantId, answer.lead) : null
  if (answer.kind === 'append' && lead === null) throw noLead(answer.lead)
  if (held.settledAt !== null) {
    if (isSame(held, reviewer, answer, lead)) return
    throw settledBefore(await rowNow(sql, reviewer, id))
  }
  if (isClaimedByOther(held, reviewer)) throw workedOn(await rowNow(sql, reviewer, id))
  if (answer.kind === 'append' && lead !== null) await append(sql, reviewer, held, lead, answer, crmAddresses)
  if (answer.kind === 'dismiss') await dismiss(sql, reviewer, held, answer.reason)
  await restateDeliveries(sql, tenantId, held.mail.mailId, reviewer.at)
}

/** Sent twice: by a double click, or because the first answer got lost on its way back. */
function isSame({ settledBy, answer: given }: HeldConfirmation, { actor }: Reviewer, answer: Answer, lead: LeadForAnswer | null): boolean {
  if (settledBy !== actor || given === null) return false
  if (given.kind === 'dismiss') return answer.kind === 'dismiss' && answer.reason === given.reason
  return given.leadId === lead?.id
}

async function append(
  sql: Sql,
  reviewer: Reviewer,
  held: HeldConfirmation,
  lead: LeadForAnswer,
  answer: Extract<Answer, { kind: 'append' }>,
  crmAddresses: readonly AddressKey[],
): Promise<void> {
  const { tenantId, actor, at } = reviewer
  const { mailId, live } = held.mail
  const contactPersonIds = await makePeople(sql, reviewer, lead, answer.newContactPersons ?? [], crmAddresses)
  const change = openChange(reviewer)
  // Two copies were sent to two leads: it stands at one of them, and perhaps belongs to the other.
  const stays = live !== null && live.leadId === lead.id
  const former = live !== null && !stays ? { formerEntryId: live.id } : {}
  if (live !== null && !stays) await endEntry(sql, tenantId, live.id, at)
  const entryId: HistoryEntryId = stays ? live.id : change.addEntry({ mailId, leadId: lead.id, evidence: evidenceOf(held, lead, actor) })
  const stored: StoredAnswer = {
    kind: 'append',
    leadId: lead.id,
    entryId,
    ...(stays ? { kept: true } : former),
    ...(contactPersonIds.length === 0 ? {} : { contactPersonIds }),
  }
  change.close(held.id, stored)
  change.tell(stays ? 'confirmationConfirmed' : 'mailAppended', mailId, {
    confirmationId: held.id,
    entryId,
    leadId: lead.id,
    ...former,
    ...(contactPersonIds.length === 0 ? {} : { contactPersonIds }),
  })
  await change.write(sql, tenantId)
  await linkPeopleOf(sql, tenantId, mailId)
  if (answer.task !== undefined) await makeTask(sql, reviewer, answer.task, lead.id, mailId)
}

/** What spoke for this lead and against the mail stays with it, and that a person said so. */
function evidenceOf(held: HeldConfirmation, lead: LeadForAnswer, actor: string): Evidence[] {
  const chosen = held.candidates.find((candidate) => candidate.leadId === lead.id)
  return [...(chosen?.evidence ?? []), ...held.evidence, { code: 'decidedByPerson', detail: actor, for: true }]
}

async function dismiss(sql: Sql, reviewer: Reviewer, held: HeldConfirmation, reason: string): Promise<void> {
  const change = openChange(reviewer)
  change.close(held.id, { kind: 'dismiss', reason })
  change.tell('confirmationDismissed', held.mail.mailId, { confirmationId: held.id, reason })
  await change.write(sql, reviewer.tenantId)
}
