/** The leads that something in a mail points to, each with all that points to it. Pure. */
import { isQuoteNumber, quoteOfVersion } from '../crm/lead-number.ts'
import type { LeadId } from '../crm/ids.ts'
import { candidatesMax, type Candidate, type MatchPerson, type Pointer } from '../matching/decision.ts'
import type { FactRows, LeadRow } from '../store/facts.ts'
import type { Clues } from './clues.ts'
import type { AddressBook } from './address-book.ts'
import { leadIndexOf } from './lead-index.ts'

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
  const index = leadIndexOf(rows)
  const named = new Set(clues.namePhrases.flatMap((phrase) => index.ofName(phrase)))
  const clients = people.filter((person) => !person.own && person.contacts.length > 0)
  const proposed = clues.proposedAddresses.filter((address) => !book.isOwn(address))
  const asked = [...clients.map(({ contacts }) => contacts), ...proposed.map((address) => book.contactsOf(address))]
  const ofPeople = asked.flatMap((contacts) => index.ofContacts(contacts))
  const found: PointedLead[] = []
  // Of the leads of a whole batch, those that anything here has to do with.
  const pointed = [...pointers.keys()].flatMap((id) => index.ofId.get(id) ?? [])
  for (const lead of index.inOrder(new Set([...pointed, ...named, ...ofPeople]))) {
    if (named.has(lead)) point(lead.id, { kind: 'leadNameInSubject', name: lead.name })
    // A closed lead is looked at only where something names it.
    if (lead.status === 'open' || pointers.has(lead.id)) {
      for (const { address, written, role, contacts } of clients)
        if (isOfLead(lead, contacts)) point(lead.id, { kind: 'person', address: address ?? written, role })
      // Addresses in what is forwarded and may not be filed in its own name, and in texts.
      for (const address of proposed)
        if (isOfLead(lead, book.contactsOf(address))) point(lead.id, { kind: 'addressInForwardedText', address })
    }
    const own = pointers.get(lead.id)
    if (own !== undefined) found.push({ lead, pointers: own })
  }
  const { kept, cut } = bounded(found, people)
  return { candidates: kept.map(candidateOf), cut: cut || clues.numbers.cut, ...unknown }
}

interface PointedLead {
  readonly lead: LeadRow
  readonly pointers: readonly Pointer[]
}

function pointByNumbers(
  clues: Clues,
  rows: FactRows,
  point: (leadId: LeadId, pointer: Pointer) => void,
): Pick<FoundCandidates, 'unknownNumbers' | 'unknownSubaddressNumbers'> {
  const { ofNumber, ofQuote } = leadIndexOf(rows)
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

function candidateOf({ lead, pointers }: PointedLead): Candidate {
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
function bounded(
  found: readonly PointedLead[],
  people: readonly MatchPerson[],
): { readonly kept: readonly PointedLead[]; readonly cut: boolean } {
  if (found.length <= candidatesMax) return { kept: found, cut: false }
  const companies = new Set(people.flatMap((person) => person.contacts.map((contact) => contact.companyId)))
  const weightOf = ({ lead, pointers }: PointedLead): number => {
    if (pointers.every(({ kind }) => weakKinds.has(kind))) return 0
    const isNameAlone = pointers.every(({ kind }) => kind === 'leadNameInSubject' || weakKinds.has(kind))
    return isNameAlone && (lead.companyId === null || !companies.has(lead.companyId)) ? 1 : 2
  }
  const weighed = found
    .map((one) => ({ one, weight: weightOf(one) }))
    .toSorted((a, b) => b.weight - a.weight || (a.one.lead.id < b.one.lead.id ? 1 : -1))
  return { kept: weighed.slice(0, candidatesMax).map(({ one }) => one), cut: (weighed[candidatesMax]?.weight ?? 0) === 2 }
}
