/** Taking an answer back: the question is open again, and what the answer did is undone. */
import type { ConfirmationId } from '../crm/ids.ts'
import { ConflictFailure, type Fault, faultOf } from '../failure.ts'
import { type MadePerson, removeUnusedPeople } from '../store/answer-people.ts'
import {
  endEntry,
  type HeldConfirmation,
  holdConfirmation,
  type LiveEntry,
  openChange,
  reopenConfirmation,
  reviveEntry,
} from '../store/answer-rows.ts'
import { mayAnswer } from '../store/confirmation-list.ts'
import { type ConfirmationRow, type StoredAnswer, undoableUntil, undoDaysMax } from '../store/confirmation-rows.ts'
import { restateDeliveries } from '../store/delivery-standing.ts'
import type { Database, Sql } from '../store/database.ts'
import type { ContactPersonId } from '../crm/ids.ts'
import { readViewer } from '../store/viewer.ts'
import { noConfirmation, type Reviewer, rowNow } from './reviewer.ts'

export interface TakenBack {
  readonly row: ConfirmationRow
  /** Whom the answer made, and who stay because other mail has them by now. */
  readonly keptContactPersons: readonly MadePerson[]
}

/**
 * Within `undoDaysMax` of the answer. One that is open already stays so. The task made with it stays.
 * @throws ConflictFailure with what stands in the way: it is too long ago, the mail was moved, taken out or asked about again since;
 * PermanentFailure `notFound`.
 */
export async function undoAnswer(database: Database, reviewer: Reviewer, id: ConfirmationId): Promise<TakenBack> {
  const { tenantId } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    const held = (await mayAnswer(sql, tenantId, id, viewer)) ? await holdConfirmation(sql, tenantId, id) : null
    if (held === null) throw noConfirmation(id)
    if (held.settledAt === null) return { row: await rowNow(sql, reviewer, id), keptContactPersons: [] }
    const hindrance = hindranceOf(held, held.settledAt, reviewer.at)
    if (hindrance !== null) throw new ConflictFailure(hindrance.words, await rowNow(sql, reviewer, id), { fault: hindrance.fault })
    const keptContactPersons = await takeBack(sql, reviewer, held)
    return { row: await rowNow(sql, reviewer, id), keptContactPersons }
  })
}

async function takeBack(sql: Sql, reviewer: Reviewer, held: HeldConfirmation): Promise<readonly MadePerson[]> {
  const { tenantId, at } = reviewer
  const { mailId, live } = held.mail
  const { answer } = held
  const ended = answer?.kind === 'append' && answer.kept !== true && live !== null ? live : null
  if (ended !== null) await endEntry(sql, tenantId, ended.id, at)
  if (answer?.kind === 'append' && answer.formerEntryId !== undefined) await reviveEntry(sql, tenantId, answer.formerEntryId)
  await reopenConfirmation(sql, tenantId, held.id, at)
  const made = answer?.kind === 'append' ? (answer.contactPersonIds ?? []) : []
  const kept = await removeUnusedPeople(sql, tenantId, mailId, made as ContactPersonId[])
  const change = openChange(reviewer)
  change.tell('confirmationReopened', mailId, {
    confirmationId: held.id,
    ...(ended === null ? {} : { entryId: ended.id, leadId: ended.leadId }),
    ...(kept.length === 0 ? {} : { keptContactPersons: kept.map((person) => person.id) }),
  })
  await change.write(sql, tenantId)
  await restateDeliveries(sql, tenantId, mailId, at)
  return kept
}

interface Hindrance {
  readonly words: string
  readonly fault: Fault
}

/** Null where nothing stands in the way. */
function hindranceOf({ answer, mail }: HeldConfirmation, settledAt: Date, at: Date): Hindrance | null {
  if (answer === null)
    return { words: 'What was answered is not known any more, so it cannot be taken back', fault: faultOf('answerUnknown') }
  if (undoableUntil(settledAt, at) === null)
    return {
      words: `It was answered more than ${undoDaysMax} days ago. If it stands with the wrong lead, move it to the right one.`,
      fault: faultOf('answerTooOld', { days: undoDaysMax }),
    }
  if (mail.open !== null)
    return { words: 'The same mail waits for an answer again; answer that instead', fault: faultOf('questionAskedAgain') }
  return answer.kind === 'append' ? hindranceOfEntry(answer, mail.live) : null
}

function hindranceOfEntry(answer: Extract<StoredAnswer, { kind: 'append' }>, live: LiveEntry | null): Hindrance | null {
  if (live === null) return { words: 'It was taken out of the history since', fault: faultOf('entryTakenOut') }
  const isSame = answer.entryId === undefined ? live.leadId === answer.leadId : live.id === answer.entryId
  if (isSame) return null
  return {
    words: `${live.decidedBy} moved it to lead ${live.leadNumber} since; move it, or take it out there`,
    fault: faultOf('entryMoved', { number: live.leadNumber }),
  }
}
