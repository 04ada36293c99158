/** The leads that something in a mail points to, each with all that points to it. Pure. */
import { isQuoteNumber, quoteOfVersion } from '../crm/lead-number.ts'
import type { LeadId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import { candidatesMax, type Candidate, type MatchPerson, type Pointer } from '../matching/decision.ts'
import type { FactRows, LeadRow } from '../store/facts.ts'
import type { Clues } from './clues.ts'
import type { AddressBook } from './address-book.ts'

export interface FoundCandidates {
  readonly candidates: readonly Candidate[]
  /** Among those that were left out may be one that could have filed the mail, or kept it from being filed. */
  readonly cut: boolean
  readonly unknownNumbers: readonly string[]
  readonly unknownSubaddressNumbers: readonly string[]
}

/** Only proposals; of these the surplus may be left out without harm, for two of them are as many as a hundred. */
const weakKinds: ReadonlySet<Pointer['kind']> = new Set(['person', 'nearMissNumber', 'numberInForwardedSubject', 'addressInForwardedText'])

export function findCandidates(clues: Clues, people: readonly MatchPerson[], rows: FactRows, book: AddressBook): FoundCandidates {
  const pointers = new Map<LeadId, Pointer[]>()
  const point = (leadId: LeadId, pointer: Pointer): void => {
    const known = pointers.get(leadId)
    if (known === undefined) pointers.set(leadId, [pointer])
    else known.push(pointer)
  }
  const unknown = pointByNumbers(clues, rows, point)
  for (const { key, leadId } of rows.threads)
    if (leadId !== null && clues.answered.includes(key)) point(leadId, { kind: 'threadReference', messageId: key })
  const phrases = new Set(clues.namePhrases)
  for (const lead of rows.leads) {
    if (lead.nameKey !== '' && phrases.has(lead.nameKey)) point(lead.id, { kind: 'leadNameInSubject', name: lead.name })
    // A closed lead is looked at only where something names it.
    if (lead.status === 'open' || pointers.has(lead.id))
      for (const pointer of [...personPointers(lead, people), ...proposals(lead, clues.proposedAddresses, book)]) point(lead.id, pointer)
  }
  const all = rows.leads.flatMap((lead) => {
    const own = pointers.get(lead.id)
    return own === undefined ? [] : [candidateOf(lead, own)]
  })
  return { ...bounded(all, people), ...unknown, ...(clues.numbers.cut ? { cut: true } : {}) }
}

function pointByNumbers(
  clues: Clues,
  rows: FactRows,
  point: (leadId: LeadId, pointer: Pointer) => void,
): Pick<FoundCandidates, 'unknownNumbers' | 'unknownSubaddressNumbers'> {
  const ofNumber = new Map(rows.leadsOfNumbers.map(({ key, leadId }) => [key, leadId]))
  const ofQuote = new Map(rows.leadsOfQuotes.map(({ key, leadId }) => [key, leadId]))
  const pointAll = (tokens: readonly string[], leadOf: (token: string) => LeadId | undefined, kind: NumberKind): string[] =>
    tokens.filter((token) => {
      const leadId = leadOf(token)
      if (leadId !== undefined) point(leadId, { kind, token })
      return leadId === undefined
    })
  const byNumber = (token: string): LeadId | undefined => ofNumber.get(token)
  const byQuote = (token: string): LeadId | undefined => ofQuote.get(quoteOfVersion(token))
  const byVersion = (token: string): LeadId | undefined => (isQuoteNumber(token) ? byQuote(token) : undefined)
  const inSubject = [
    ...pointAll(clues.numbers.leadNumbers, byNumber, 'leadNumberInSubject'),
    ...pointAll(clues.numbers.quoteNumbers, byQuote, 'quoteNumberInSubject'),
    ...pointAll(clues.forwarderNumbers.leadNumbers, byNumber, 'leadNumberInForwarderText'),
    ...pointAll(clues.forwarderNumbers.quoteNumbers, byQuote, 'quoteNumberInForwarderText'),
  ]
  const inSubaddress = [
    ...pointAll(clues.subaddressLeads, byNumber, 'leadNumberInSubaddress'),
    ...pointAll(clues.subaddressQuotes, byQuote, 'quoteNumberInSubaddress'),
  ]
  // Whatever else stands there need not be a number of ours.
  pointAll([...clues.forwardedNumbers.leadNumbers, ...clues.forwarderNumbers.others], byNumber, 'numberInForwardedSubject')
  pointAll([...clues.forwardedNumbers.quoteNumbers, ...clues.forwarderNumbers.others], byVersion, 'numberInForwardedSubject')
  for (const written of clues.numbers.nearMisses) {
    const leadId = ofNumber.get(written)
    if (leadId !== undefined) point(leadId, { kind: 'nearMissNumber', written })
  }
  return { unknownNumbers: [...new Set([...inSubject, ...inSubaddress])], unknownSubaddressNumbers: inSubaddress }
}

type NumberKind = Extract<Pointer, { token: string }>['kind']

/** Somebody of the lead's company, or a key player on it. */
function isOfLead(lead: LeadRow, contacts: MatchPerson['contacts']): boolean {
  return contacts.some(
    (contact) =>
      contact.companyId === lead.companyId || lead.keyPlayers.some((player) => player.contactPersonId === contact.contactPersonId),
  )
}

/** Addresses in what is forwarded and may not be filed in its own name, and in texts. */
function proposals(lead: LeadRow, addresses: readonly AddressKey[], book: AddressBook): Pointer[] {
  return addresses
    .filter((address) => !book.isOwn(address) && isOfLead(lead, book.contactsOf(address)))
    .map((address) => ({ kind: 'addressInForwardedText', address }))
}

function personPointers(lead: LeadRow, people: readonly MatchPerson[]): Pointer[] {
  return people.flatMap((person) => {
    return isOfLead(lead, person.contacts) && !person.own
      ? [{ kind: 'person' as const, address: person.address ?? person.written, role: person.role }]
      : []
  })
}

function candidateOf(lead: LeadRow, pointers: readonly Pointer[]): Candidate {
  const others = new Set(lead.keyPlayers.map((player) => player.companyId).filter((companyId) => companyId !== lead.companyId))
  return {
    leadId: lead.id,
    number: lead.number,
    name: lead.name,
    companyId: lead.companyId,
    otherCompanyIds: [...others],
    status: lead.status,
    pointers,
  }
}

/**
 * At most `candidatesMax`: first what may file (a name counts as that only at a company of the people), then names, then the rest. Cut is what
 * was left out of the first.
 */
function bounded(all: readonly Candidate[], people: readonly MatchPerson[]): Pick<FoundCandidates, 'candidates' | 'cut'> {
  const companies = new Set(people.flatMap((person) => person.contacts.map((contact) => contact.companyId)))
  const weightOf = (candidate: Candidate): number => {
    const kinds = candidate.pointers.map((pointer) => pointer.kind).filter((kind) => !weakKinds.has(kind))
    if (kinds.length === 0) return 0
    const isNameAlone = kinds.every((kind) => kind === 'leadNameInSubject')
    return isNameAlone && (candidate.companyId === null || !companies.has(candidate.companyId)) ? 1 : 2
  }
  if (all.length <= candidatesMax) return { candidates: all, cut: false }
  const weighed = all
    .map((candidate) => ({ candidate, weight: weightOf(candidate) }))
    .toSorted((a, b) => b.weight - a.weight || (a.candidate.leadId < b.candidate.leadId ? 1 : -1))
  return { candidates: weighed.slice(0, candidatesMax).map(({ candidate }) => candidate), cut: (weighed[candidatesMax]?.weight ?? 0) === 2 }
}
