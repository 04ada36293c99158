/** A small world for the decision tests: two companies, a consultant of a third, and leads of theirs; facts and candidates start plain and are varied. */
import type { CompanyId, ContactPersonId, LeadId } from '../../src/crm/ids.ts'
import { defaultPolicy, type TenantPolicy } from '../../src/crm/policy.ts'
import { addressKey } from '../../src/mail/address.ts'
import { match } from '../../src/matching/match.ts'
import type { Candidate, Decision, Evidence, EvidenceCode, MatchFacts, MatchPerson, Pointer } from '../../src/matching/decision.ts'

export const acme = 'acme' as CompanyId
export const globex = 'globex' as CompanyId
export const consultants = 'consultants' as CompanyId

export function person(written: string, role: MatchPerson['role'], own: boolean, ...companies: CompanyId[]): MatchPerson {
  const contacts = companies.map((companyId) => ({
    contactPersonId: `${written}-${companyId}` as ContactPersonId,
    companyId,
    name: written,
  }))
  return { address: addressKey(written), written, role, own, contacts }
}

/** The tenant's own. */
export const anna = person('anna@xyz.example', 'author', true)
export const bernd = person('bernd@xyz.example', 'recipient', true)
/** Contact persons, as recipients; and one whom nobody knows. */
export const eva = person('eva@acme.example', 'recipient', false, acme)
export const greta = person('greta@globex.example', 'recipient', false, globex)
export const ulf = person('ulf@consultants.example', 'recipient', false, consultants)
export const bothAddressBooks = person('uta@both.example', 'recipient', false, acme, globex)
export const unknown = person('new@acme.example', 'recipient', false)
export const evaWrites = person('eva@acme.example', 'author', false, acme)
export const ulfWrites = person('ulf@consultants.example', 'author', false, consultants)
export const strangerWrites = person('spy@elsewhere.example', 'author', false)

/** Anna writes to Eva, signed in; nothing is wrong with the mail. */
export const plainFacts: MatchFacts = {
  standing: 'trustedSubmission',
  author: 'one',
  outside: false,
  automatic: null,
  ownLoop: false,
  people: [anna, eva],
  neverLog: [],
  unknownNumbers: [],
  sameIdOtherContent: false,
  tooManyCandidates: false,
  unreadable: false,
}

/** Eva answers to all, her domain vouches for her. */
export const replyFacts: MatchFacts = {
  ...plainFacts,
  standing: 'aligned',
  outside: true,
  people: [evaWrites, person('anna@xyz.example', 'recipient', true)],
}

export function lead(number: string, pointers: readonly Pointer[], more: Partial<Candidate> = {}): Candidate {
  return {
    leadId: `lead-${number}` as LeadId,
    number,
    name: `Lead ${number}`,
    companyId: acme,
    otherCompanyIds: [],
    status: 'open',
    pointers,
    ...more,
  }
}

export const byNumber = (token: string): Pointer => ({ kind: 'leadNumberInSubject', token })
export const bySubaddress = (token: string): Pointer => ({ kind: 'leadNumberInSubaddress', token })
export const byQuote = (token: string): Pointer => ({ kind: 'quoteNumberInSubject', token })
export const byQuoteSubaddress = (token: string): Pointer => ({ kind: 'quoteNumberInSubaddress', token })
export const byName = (name = 'website relaunch'): Pointer => ({ kind: 'leadNameInSubject', name })
export const byThread = (messageId = '<first@xyz.example>'): Pointer => ({ kind: 'threadReference', messageId })
export const byNearMiss = (written: string): Pointer => ({ kind: 'nearMissNumber', written })
export const byRecipient = (address = 'eva@acme.example'): Pointer => ({ kind: 'person', address, role: 'recipient' })
export const byAuthor = (address = 'eva@acme.example'): Pointer => ({ kind: 'person', address, role: 'author' })
export const byText = (address = 'eva@acme.example'): Pointer => ({ kind: 'addressInForwardedText', address })

export function decide(facts: Partial<MatchFacts>, candidates: readonly Candidate[], policy: Partial<TenantPolicy> = {}): Decision {
  return match({ ...plainFacts, ...facts }, candidates, { ...defaultPolicy, ...policy })
}

/** What became of it, in one line: `append 11111`, `confirm ambiguous contradiction`, `ignore bounce`, `ignore neverLog erased`. */
export function outcome(decision: Decision): string {
  if (decision.kind === 'append') return `append ${decision.leadId.replace('lead-', '')}`
  if (decision.kind === 'confirm') return `confirm ${decision.reasons.join(' ')}`
  return `ignore ${decision.reason}${decision.eraseContent ? ' erased' : ''}`
}

export function codes(evidence: readonly Evidence[], isFor: boolean): EvidenceCode[] {
  return evidence.filter((one) => one.for === isFor).map((one) => one.code)
}

/** One row of a decision table; what is not named is plain, and the one candidate is lead 11111 by its number. */
export interface Row {
  readonly tells: string
  readonly facts?: Partial<MatchFacts>
  readonly candidates?: readonly Candidate[]
  readonly policy?: Partial<TenantPolicy>
  readonly becomes: string
}

export const numbered = lead('11111', [byNumber('11111')])
export const other = lead('22222', [byNumber('22222')])
export const threaded = lead('11111', [byThread()])

export function outcomeOf(row: Row): string {
  return outcome(decide(row.facts ?? {}, row.candidates ?? [numbered], row.policy))
}
