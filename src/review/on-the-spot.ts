/** What is made in passing while a question is answered: contact persons out of its people, and a follow-up task. */
import { readCrmAddress } from '../crm/crm-address.ts'
import type { CompanyId, ContactPersonId, LeadId, MailId, UserId } from '../crm/ids.ts'
import { type Fault, faultOf, PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { findAssignee, findCompanyName, type LeadForAnswer } from '../store/answer-people.ts'
import { writeAudit } from '../store/audit.ts'
import { findSameCompany, insertCompany, lockCompanies } from '../store/companies.ts'
import { findHolders, findOwnAddresses, insertContactPerson, lockContactPersons } from '../store/contact-persons.ts'
import type { Sql } from '../store/database.ts'
import { insertTask } from '../store/tasks.ts'
import type { Reviewer } from './reviewer.ts'

/** The company is the lead's unless it is named. */
export interface NewPerson {
  readonly address: string
  readonly name: string
  readonly companyId?: string | undefined
  /** The company that has this name; made where none has it. Not together with `companyId`. */
  readonly companyName?: string | undefined
}

export interface NewTask {
  readonly title: string
  readonly dueOn: string | null
  /** A user's address; whoever answers where it is not given. */
  readonly assignee?: string | undefined
}

/** Before anything else is held, so that two who make people never wait for each other both. */
export async function lockPeople(
  sql: Sql,
  { tenantId }: Reviewer,
  answer: { readonly newContactPersons?: readonly NewPerson[] | undefined } | object,
): Promise<void> {
  const people = 'newContactPersons' in answer ? (answer.newContactPersons ?? []) : []
  if (people.some(({ companyName }) => companyName !== undefined)) await lockCompanies(sql, tenantId)
  if (people.length > 0) await lockContactPersons(sql, tenantId)
}

/**
 * Answers the ids of those that were made. Who is a contact person of that company already is left as he is. @throws PermanentFailure `inputInvalid`, `notFound`.
 */
export async function makePeople(
  sql: Sql,
  reviewer: Reviewer,
  lead: LeadForAnswer,
  people: readonly NewPerson[],
  crmAddresses: readonly AddressKey[],
): Promise<ContactPersonId[]> {
  const made: ContactPersonId[] = []
  for (const person of people) {
    const id = await makePerson(sql, reviewer, lead, person, crmAddresses)
    if (id !== null) made.push(id)
  }
  return made
}

async function makePerson(
  sql: Sql,
  reviewer: Reviewer,
  lead: LeadForAnswer,
  person: NewPerson,
  crmAddresses: readonly AddressKey[],
): Promise<ContactPersonId | null> {
  const { tenantId, actor } = reviewer
  const { address, companyName } = person
  const key = addressKey(address)
  if (key === null) throw invalid(person, 'is no mail address', faultOf('addressWrong', { address }))
  if (readCrmAddress(key, crmAddresses) !== null) throw invalid(person, 'is an address of this CRM', faultOf('addressOfCrm', { address }))
  if ((await findOwnAddresses(sql, tenantId, [key])).length > 0)
    throw invalid(person, 'is one of your own people’s', faultOf('addressOwn', { address }))
  const named = companyName === undefined ? (person.companyId as CompanyId | undefined) : await companyNamed(sql, reviewer, companyName)
  const companyId = named ?? lead.companyId
  if (companyId === null)
    throw invalid(
      person,
      `needs a company, because lead ${lead.number} has none`,
      faultOf('companyNeeded', { address, number: lead.number }),
    )
  const holders = await findHolders(sql, tenantId, [key], null)
  if (holders.some((holder) => holder.companyId === companyId)) return null
  const [other] = holders
  // Somebody may work for two companies: then whoever answers names the second on purpose.
  if (other !== undefined && named === undefined) {
    const name = (await findCompanyName(sql, tenantId, other.companyId)) ?? 'another company'
    throw invalid(person, `is a contact person of ${name} already`, faultOf('personElsewhere', { address, name }))
  }
  if ((await findCompanyName(sql, tenantId, companyId)) === null)
    throw new PermanentFailure('notFound', `There is no company ${companyId}`, { fault: faultOf('companyUnknown') })
  const id = await insertContactPerson(sql, tenantId, {
    name: person.name,
    companyId,
    addresses: [{ key, written: person.address.trim() }],
  })
  await writeAudit(sql, tenantId, { actor, action: 'contactPersonCreated', subject: id, detail: { address: key, companyId } })
  return id
}

/** Under the lock of `lockPeople`. */
async function companyNamed(sql: Sql, { tenantId, actor }: Reviewer, name: string): Promise<CompanyId> {
  const company = { name, taxNumber: null }
  const same = await findSameCompany(sql, tenantId, company)
  if (same !== null) return same
  const id = await insertCompany(sql, tenantId, company)
  await writeAudit(sql, tenantId, { actor, action: 'companyCreated', subject: id, detail: company })
  return id
}

function invalid(person: NewPerson, what: string, fault: Fault): PermanentFailure {
  return new PermanentFailure('inputInvalid', `newContactPersons: ${person.address} ${what}`, { fault })
}

/** @throws PermanentFailure `notFound` for the assignee, `inputInvalid` where a key names none. */
export async function makeTask(sql: Sql, reviewer: Reviewer, task: NewTask, leadId: LeadId, mailId: MailId): Promise<void> {
  const { tenantId, actor, userId } = reviewer
  const assigneeId = task.assignee === undefined ? userId : await assigneeOf(sql, reviewer, task.assignee)
  if (assigneeId === null) throw new PermanentFailure('inputInvalid', 'task.assignee: an API key must say whose task it is')
  const id = await insertTask(sql, tenantId, { title: task.title, dueOn: task.dueOn, leadId, mailId, assigneeId, createdBy: actor })
  await writeAudit(sql, tenantId, { actor, action: 'taskCreated', subject: id, detail: { leadId, mailId } })
}

async function assigneeOf(sql: Sql, { tenantId }: Reviewer, written: string): Promise<UserId> {
  const key = addressKey(written)
  const id = key === null ? null : await findAssignee<UserId>(sql, tenantId, key)
  if (id === null)
    throw new PermanentFailure('notFound', `There is no user ${written} who could do the task`, {
      fault: faultOf('ownerUnknown', { address: written }),
    })
  return id
}
