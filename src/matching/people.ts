/** What the people in a mail say about a lead: whose contact persons they are, and whose not. */
import type { CompanyId } from '../crm/ids.ts'
import type { Candidate, MatchFacts, MatchPerson, Unvouched } from './decision.ts'

/** Somebody else than the author may have put it there. */
export function isUnvouched(facts: MatchFacts, what: Unvouched): boolean {
  return facts.notVouchedFor?.includes(what) === true
}

/** Nobody but the tenant's own people stands in it, as far as a mail that its author vouches for can tell (PRODUCT §4). */
export function isInternal(facts: MatchFacts, candidates: readonly Candidate[]): boolean {
  // A mail to the CRM address alone was handed to us on purpose (a forward, a note): it is not one between colleagues.
  const hasRecipient = facts.people.some((person) => person.role !== 'author')
  const quotesAClient = candidates.some((candidate) => candidate.pointers.some((pointer) => pointer.kind === 'addressInForwardedText'))
  return hasRecipient && !quotesAClient && !facts.outside && facts.people.every((person) => person.own)
}

/** The lead's own company and those of its key players: people of several companies may work on one deal. */
export function companiesOf(candidate: Candidate): ReadonlySet<CompanyId> {
  return new Set(candidate.companyId === null ? candidate.otherCompanyIds : [candidate.companyId, ...candidate.otherCompanyIds])
}

/** Everybody in the mail who is a contact person at one of the lead's companies. */
export function peopleOfLead(facts: MatchFacts, candidate: Candidate): MatchPerson[] {
  const companies = companiesOf(candidate)
  return clients(facts.people).filter((person) => person.contacts.some((contact) => companies.has(contact.companyId)))
}

/**
 * The people of the other side where each that is known is known only at other companies than the lead's; else none. Nobody known at all
 * is no contradiction. A lead without any company contradicts every known company: that a client is spoken of who is not linked to
 * the lead is a doubt, and one click settles it.
 */
export function peopleOfOtherCompanies(facts: MatchFacts, candidate: Candidate): MatchPerson[] {
  const known = otherSide(facts).filter((person) => person.contacts.length > 0)
  const companies = companiesOf(candidate)
  const belongs = (person: MatchPerson): boolean => person.contacts.some((contact) => companies.has(contact.companyId))
  // Somebody else may have added the one who belongs, so that the others would not be noticed.
  const isSettled = known.some(belongs) && !isUnvouched(facts, 'recipients')
  return isSettled ? [] : known.filter((person) => !belongs(person))
}

/** A recipient (or anybody of a forwarded original) is a contact person of the lead's own company, which is what a lead's name in the subject needs beside it (PRODUCT §3). */
export function hasRecipientAtCompany(facts: MatchFacts, candidate: Candidate): boolean {
  if (isUnvouched(facts, 'recipients')) return false
  return clients(facts.people).some(
    (person) => person.role !== 'author' && person.contacts.some((contact) => contact.companyId === candidate.companyId),
  )
}

/**
 * The author from outside is a contact person of the lead's company, or of another company and a key player on this very lead. An address
 * that stands at persons of several companies must fit with each of them: the address book's doubt is ours.
 */
export function authorBelongsToLead(facts: MatchFacts, candidate: Candidate): boolean {
  const authors = facts.people.filter((person) => person.role === 'author')
  const [author] = authors
  if (author === undefined || authors.length > 1 || author.contacts.length === 0) return false
  const isKeyPlayer = candidate.pointers.some((pointer) => pointer.kind === 'person' && pointer.role === 'author')
  const companies = companiesOf(candidate)
  return author.contacts.every(({ companyId }) => companyId === candidate.companyId || (isKeyPlayer && companies.has(companyId)))
}

/**
 * The lead of the recipients' company where all known recipients are of one company and this is its only open lead (PRODUCT §3), else null.
 * An open lead of another company on which one of them is a key player counts as a second one.
 */
export function onlyOpenLead(facts: MatchFacts, candidates: readonly Candidate[]): Candidate | null {
  const recipients = clients(facts.people).filter((person) => person.role !== 'author')
  const companies = new Set(recipients.flatMap((person) => person.contacts.map((contact) => contact.companyId)))
  const [company] = companies
  if (company === undefined || companies.size > 1) return null
  const open = candidates.filter((candidate) => candidate.status === 'open' && companiesOf(candidate).has(company))
  const [only] = open
  if (only === undefined || open.length > 1 || only.companyId !== company) return null
  return only.pointers.some((pointer) => pointer.kind === 'person' && pointer.role !== 'author') ? only : null
}

/** How a person is named in evidence: the canonical address, or what was written where there is none. */
export function nameOf(person: MatchPerson): string {
  return person.address ?? person.written
}

/** A colleague may stand in the address book too; that makes him nobody's client. */
function clients(people: readonly MatchPerson[]): MatchPerson[] {
  return people.filter((person) => !person.own)
}

/** Whom the mail is exchanged with: its recipients, everybody of an original that is forwarded, and its author where he writes from outside. */
function otherSide(facts: MatchFacts): MatchPerson[] {
  return clients(facts.people).filter((person) => person.role !== 'author' || facts.outside)
}
