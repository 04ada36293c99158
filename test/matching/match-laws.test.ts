import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CompanyId, ContactPersonId, LeadId } from '../../src/crm/ids.ts'
import {
  internalMailPolicies,
  leadStatuses,
  onlyOpenLeadPolicies,
  unauthenticatedSenderPolicies,
  type TenantPolicy,
} from '../../src/crm/policy.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import {
  candidatesMax,
  confirmReasons,
  evidenceMax,
  type Candidate,
  type Decision,
  type Evidence,
  type MatchFacts,
  type MatchPerson,
  type Pointer,
} from '../../src/matching/decision.ts'
import { explainEvidence, explainReason } from '../../src/matching/explain.ts'
import { match } from '../../src/matching/match.ts'

const runs = { numRuns: 2_000 }

// Few values each, so that they meet.
const company = fc.constantFrom('acme', 'globex', 'initech') as fc.Arbitrary<CompanyId>
const address = fc.constantFrom('eva@acme.example', 'greta@globex.example', 'anna@xyz.example') as fc.Arbitrary<AddressKey>
const role = fc.constantFrom('author' as const, 'recipient' as const, 'forwardedAuthor' as const)
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constantFrom('__proto__', 'constructor', '\u0000', '\ud800'))
const number = fc.constantFrom('11111', '22222', '0815', '815', '7')

const anyPointer: fc.Arbitrary<Pointer> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'leadNumberInSubject',
      'leadNumberInSubaddress',
      'quoteNumberInSubject',
      'quoteNumberInSubaddress',
      'leadNumberInForwarderText',
      'quoteNumberInForwarderText',
      'numberInForwardedSubject',
    ),
    token: number,
  }),
  fc.record({ kind: fc.constant('leadNameInSubject' as const), name: anyText }),
  fc.record({ kind: fc.constant('threadReference' as const), messageId: anyText }),
  fc.record({ kind: fc.constant('nearMissNumber' as const), written: number }),
  fc.record({ kind: fc.constant('person' as const), address, role }),
  fc.record({ kind: fc.constant('addressInForwardedText' as const), address }),
)

const anyCandidate: fc.Arbitrary<Candidate> = fc.record({
  leadId: fc.integer({ min: 0, max: 99 }).map((id) => `lead-${id}` as LeadId),
  number: fc.oneof(number, anyText),
  name: anyText,
  companyId: fc.option(company),
  otherCompanyIds: fc.array(company, { maxLength: 2 }),
  status: fc.constantFrom(...leadStatuses),
  pointers: fc.array(anyPointer, { maxLength: 4 }),
})
const anyCandidates = fc.uniqueArray(anyCandidate, { maxLength: 5, selector: (candidate) => candidate.leadId })

const anyPerson: fc.Arbitrary<MatchPerson> = fc.record({
  address: fc.option(address),
  written: anyText,
  role,
  own: fc.boolean(),
  contacts: fc.array(fc.record({ contactPersonId: fc.constant('person' as ContactPersonId), companyId: company, name: anyText }), {
    maxLength: 2,
  }),
})

const rarely = (value: boolean) => fc.oneof({ weight: 8, arbitrary: fc.constant(!value) }, { weight: 1, arbitrary: fc.constant(value) })

const anyFacts: fc.Arbitrary<MatchFacts> = fc.record({
  standing: fc.constantFrom('aligned', 'trustedSubmission', 'trustedSubmission', 'unaligned', 'rejectedByPolicy', 'undetermined'),
  author: fc.oneof(
    { weight: 8, arbitrary: fc.constant('one' as const) },
    { weight: 1, arbitrary: fc.constantFrom('several', 'unclear', 'none', 'senderOfOtherTenant') },
  ),
  outside: rarely(true),
  automatic: fc.option(fc.constantFrom('automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport'), { freq: 1 }),
  ownLoop: rarely(true),
  people: fc.array(anyPerson, { maxLength: 5 }),
  neverLog: fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(anyText, { maxLength: 3 }) }),
  unknownNumbers: fc.array(number, { maxLength: 2 }),
  unknownSubaddressNumbers: fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(number, { maxLength: 2 }) },
  ),
  sameIdOtherContent: rarely(true),
  tooManyCandidates: rarely(true),
  unreadable: rarely(true),
})

const anyPolicy: fc.Arbitrary<TenantPolicy> = fc.record({
  unauthenticatedSender: fc.constantFrom(...unauthenticatedSenderPolicies),
  internalMail: fc.constantFrom(...internalMailPolicies),
  onlyOpenLead: fc.constantFrom(...onlyOpenLeadPolicies),
})

/** Facts under which a number files, so that the laws about appends are not about nothing. */
const goodFacts: fc.Arbitrary<MatchFacts> = anyFacts.map((facts) => ({
  ...facts,
  standing: 'aligned',
  author: 'one',
  outside: false,
  automatic: null,
  ownLoop: false,
  neverLog: [],
  unknownSubaddressNumbers: [],
  sameIdOtherContent: false,
  tooManyCandidates: false,
  unreadable: false,
}))
const facts = fc.oneof(anyFacts, goodFacts)

const strongKinds = new Set<Pointer['kind']>([
  'leadNumberInSubject',
  'leadNumberInSubaddress',
  'quoteNumberInSubject',
  'quoteNumberInSubaddress',
  'leadNumberInForwarderText',
  'quoteNumberInForwarderText',
  'threadReference',
])

function isStrong(facts: MatchFacts, candidate: Candidate): boolean {
  const isNamed = candidate.pointers.some((pointer) => pointer.kind === 'leadNameInSubject')
  const isWrittenTo = facts.people.some(
    (person) => person.role !== 'author' && !person.own && person.contacts.some((contact) => contact.companyId === candidate.companyId),
  )
  return candidate.pointers.some((pointer) => strongKinds.has(pointer.kind)) || (isNamed && isWrittenTo)
}

/** Decides, and hands on only what became of it where that is an append; else the run does not count. */
function appendOf(facts: MatchFacts, candidates: readonly Candidate[], policy: TenantPolicy) {
  const decision = match(facts, candidates, policy)
  fc.pre(decision.kind === 'append')
  const chosen = candidates.filter((candidate) => decision.kind === 'append' && candidate.leadId === decision.leadId)
  return { chosen, strong: candidates.filter((candidate) => isStrong(facts, candidate)) }
}

function allEvidence(decision: Decision): Evidence[] {
  return decision.kind === 'confirm'
    ? [...decision.evidence, ...decision.candidates.flatMap((candidate) => candidate.evidence)]
    : [...decision.evidence]
}

/** Most of these decide to append, so that the laws about appends are about something. */
const oneStrong = fc
  .tuple(goodFacts, anyCandidates, fc.constantFrom(...strongKinds), fc.boolean())
  .map(([facts, candidates, kind, isReply]) => {
    const token = { kind, token: '11111', messageId: '<first@xyz.example>' } as Pointer
    const weak = candidates.map((candidate, index) => ({
      ...candidate,
      pointers: [...candidate.pointers.filter((pointer) => pointer.kind === 'person'), ...(index === 0 ? [token] : [])],
    }))
    return { facts: isReply ? { ...facts, outside: true } : facts, candidates: weak }
  })

test('any facts give a decision, and every decision explains itself', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const decision = match(facts, candidates, policy)
      const words = allEvidence(decision).map(explainEvidence)
      expect(words.every((sentence) => sentence.endsWith('.'))).toBe(true)
      const reasons = decision.kind === 'confirm' ? decision.reasons : decision.evidence
      expect(reasons.length).toBeGreaterThan(0)
    }),
    runs,
  )
})

test('reasons are distinct and in one order, and explained', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const decision = match(facts, candidates, policy)
      const reasons = decision.kind === 'confirm' ? [...decision.reasons] : []
      expect(reasons).toEqual(confirmReasons.filter((reason) => reasons.includes(reason)))
      expect(reasons.map(explainReason).every((sentence) => sentence.length > 0)).toBe(true)
    }),
    runs,
  )
})

test('evidence is bounded and fit for every store, and no candidate is lost below the limit', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const decision = match(facts, candidates, policy)
      const ranked = decision.kind === 'confirm' ? decision.candidates : []
      const lists = [decision.evidence, ...ranked.map((candidate) => candidate.evidence)]
      expect(lists.every((list) => list.length <= evidenceMax)).toBe(true)
      expect(allEvidence(decision).every(({ detail }) => detail.isWellFormed() && !detail.includes('\u0000'))).toBe(true)
      expect(ranked).toHaveLength(decision.kind === 'confirm' ? Math.min(candidates.length, candidatesMax) : 0)
    }),
    runs,
  )
})

test('the order of candidates, people, pointers, contacts and numbers changes nothing', () => {
  const shuffled = <T>(values: readonly T[], keys: readonly number[]): T[] =>
    values
      .map((value, index) => ({ value, key: keys[index % keys.length] ?? 0 }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ value }) => value)
  const order = fc.array(fc.nat(), { minLength: 7, maxLength: 7 })
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, order, (facts, candidates, policy, keys) => {
      const people = facts.people.map((person) => ({ ...person, contacts: shuffled(person.contacts, keys) }))
      const turned: MatchFacts = {
        ...facts,
        people: shuffled(people, keys),
        neverLog: shuffled(facts.neverLog, keys),
        unknownNumbers: shuffled(facts.unknownNumbers, keys),
      }
      const turnedCandidates = shuffled(candidates, keys).map((candidate) => ({
        ...candidate,
        pointers: shuffled(candidate.pointers, keys),
        otherCompanyIds: shuffled(candidate.otherCompanyIds, keys),
      }))
      expect(match(turned, turnedCandidates, policy)).toEqual(match(facts, candidates, policy))
    }),
    runs,
  )
})

test('saying the same thing twice changes nothing', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const doubled = candidates.map((candidate) => ({ ...candidate, pointers: [...candidate.pointers, ...candidate.pointers] }))
      const decision = match({ ...facts, unknownNumbers: [...facts.unknownNumbers, ...facts.unknownNumbers] }, doubled, policy)
      expect(decision).toEqual(match(facts, candidates, policy))
    }),
    runs,
  )
})

test('an append goes to a candidate, with a fit standing and one author, and nothing held back', () => {
  fc.assert(
    fc.property(fc.oneof(facts, goodFacts), anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const { chosen } = appendOf(facts, candidates, policy)
      expect(chosen).toHaveLength(1)
      expect(['aligned', 'trustedSubmission']).toContain(facts.standing)
      expect(facts).toMatchObject({ author: 'one', neverLog: [], ownLoop: false })
      expect(facts).toMatchObject({ sameIdOtherContent: false, tooManyCandidates: false, unreadable: false })
    }),
    runs,
  )
})

test('an append has exactly one strong lead, or none and the only open lead files for this tenant', () => {
  fc.assert(
    fc.property(fc.oneof(facts, goodFacts), anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const { chosen, strong } = appendOf(facts, candidates, policy)
      const isOnlyOpen = policy.onlyOpenLead === 'file' && chosen[0]?.status === 'open' && facts.automatic === null && !facts.outside
      expect(strong.length === 0 ? isOnlyOpen : strong[0] === chosen[0] && strong.length === 1).toBe(true)
    }),
    runs,
  )
})

test('nothing from outside and nothing that a machine wrote is appended but by its thread', () => {
  const kind = fc.constantFrom(null, 'automaticReply', 'bounce', 'mailingList')
  fc.assert(
    fc.property(oneStrong, anyPolicy, kind, fc.boolean(), ({ facts, candidates }, policy, automatic, outside) => {
      fc.pre(outside || automatic !== null)
      const { chosen } = appendOf({ ...facts, automatic, outside }, candidates, policy)
      expect(chosen[0]?.pointers.map((pointer) => pointer.kind)).toContain('threadReference')
      const author = facts.people.find((person) => person.role === 'author')
      expect(!outside || (author !== undefined && author.contacts.length > 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('one strong lead in a good mail is appended unless recipients, a near miss or the policy for internal mail speak against it', () => {
  fc.assert(
    fc.property(oneStrong, anyPolicy, ({ facts, candidates }, policy) => {
      fc.pre(candidates.length > 0 && !facts.outside)
      const decision = match(facts, candidates, policy)
      const isInternal = facts.people.every((person) => person.own)
      const isContradicted = decision.kind === 'confirm' && decision.reasons.join(' ') === 'contradiction'
      const isLeftOut = decision.kind === 'ignore' && decision.reason === 'internalMail' && isInternal
      expect(isContradicted || isLeftOut || decision.kind === 'append').toBe(true)
    }),
    runs,
  )
})

test('a second strong lead never leaves an append', () => {
  const strongPointer = anyPointer.filter((pointer) => strongKinds.has(pointer.kind))
  fc.assert(
    fc.property(goodFacts, anyCandidates, anyPolicy, strongPointer, strongPointer, (facts, candidates, policy, first, second) => {
      const [one, two] = ['lead-one', 'lead-two'].map((leadId, index): Candidate => ({
        leadId: leadId as LeadId,
        number: String(index),
        name: '',
        companyId: null,
        otherCompanyIds: [],
        status: 'open',
        pointers: [index === 0 ? first : second],
      }))
      if (one === undefined || two === undefined) return
      expect(match(facts, [...candidates, one, two], policy).kind).not.toBe('append')
    }),
    runs,
  )
})

test('a sender who is not proved files nothing, whatever else he writes', () => {
  const unfit = fc.constantFrom('unaligned', 'rejectedByPolicy', 'undetermined')
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, unfit, (facts, candidates, policy, standing) => {
      const decision = match({ ...facts, standing }, candidates, policy)
      const isMarked = decision.kind === 'confirm' && decision.reasons.includes('unauthenticatedSender')
      expect(isMarked || decision.kind === 'ignore').toBe(true)
    }),
    runs,
  )
})

test('mail with somebody on the never-log list is erased, and no other is', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const decision = match(facts, candidates, policy)
      expect(decision.kind === 'ignore' && decision.eraseContent).toBe(facts.neverLog.length > 0)
      expect(decision.kind === 'ignore' && decision.reason === 'neverLog').toBe(facts.neverLog.length > 0)
    }),
    runs,
  )
})

test('a mail that a person wrote to somebody outside is never ignored', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, anyPerson, (facts, candidates, policy, recipient) => {
      const people = [...facts.people, { ...recipient, role: 'recipient' as const, own: false }]
      const decision = match({ ...facts, people, automatic: null, ownLoop: false, neverLog: [] }, candidates, policy)
      expect(decision.kind).not.toBe('ignore')
    }),
    runs,
  )
})

test('nothing that is handed in is changed', () => {
  fc.assert(
    fc.property(facts, anyCandidates, anyPolicy, (facts, candidates, policy) => {
      const before = structuredClone([facts, candidates, policy])
      match(facts, candidates, policy)
      expect([facts, candidates, policy]).toEqual(before)
    }),
  )
})
