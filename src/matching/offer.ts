/**
 * A question asked anew with what is known now (PRODUCT §5: "mail that would now match is offered"). Offered, never filed: what was not there when the mail
 * came need not be what its author meant. Pure.
 */
import type { TenantPolicy } from '../crm/policy.ts'
import { type Candidate, type ConfirmReason, confirmReasons, type Evidence, type MatchFacts, type RankedCandidate } from './decision.ts'
import { evidenceAgainstMail, inOrder } from './evidence.ts'
import { match } from './match.ts'
import { rankCandidates } from './rank.ts'

export interface Question {
  readonly reasons: readonly ConfirmReason[]
  readonly candidates: readonly RankedCandidate[]
  /** What stands beside the candidates. */
  readonly evidence: readonly Evidence[]
}

/** What would be asked, were it asked now; null where the mail would be left out now, which is no offer. */
export function questionNow(facts: MatchFacts, candidates: readonly Candidate[], policy: TenantPolicy): Question | null {
  const decision = match(facts, candidates, policy)
  if (decision.kind === 'ignore') return null
  if (decision.kind === 'confirm') return decision
  return { reasons: ['addedLater'], candidates: rankCandidates(facts, candidates), evidence: evidenceAgainstMail(facts, candidates) }
}

/**
 * Doubts about who wrote it, and that a person took it out somewhere, never go by themselves. (The first three keep others' answers to the mail from being
 * let in: see the router's policy on questions.)
 */
const lasting: ReadonlySet<ConfirmReason> = new Set(['unauthenticatedSender', 'severalAuthors', 'outsideReply', 'undone'])

/**
 * The question as it is to be from now on; null where nothing points to a lead that did not before: what is only gone is no reason to change what somebody
 * may be reading. What a person has said of a lead stays with it, and it stays last.
 */
export function offerOf(before: Question, now: Question): Question | null {
  if (!now.candidates.some((candidate) => isNew(before, candidate))) return null
  const takenOut = before.candidates.filter(({ evidence }) => evidence.some(isOfPerson))
  const leadsTakenOut = new Set(takenOut.map(({ leadId }) => leadId))
  const candidates = [
    ...now.candidates.filter(({ leadId }) => !leadsTakenOut.has(leadId)),
    ...takenOut.map((old) => {
      const again = now.candidates.find(({ leadId }) => leadId === old.leadId)
      return again === undefined ? old : { ...again, evidence: inOrder([...again.evidence, ...old.evidence.filter(isOfPerson)]) }
    }),
  ]
  const reasons = confirmReasons.filter(
    (reason) => now.reasons.includes(reason) || (lasting.has(reason) && before.reasons.includes(reason)),
  )
  return { reasons, candidates, evidence: now.evidence }
}

/** The leads of an offer that the question did not name. */
export function newLeadsOf(before: Question, offer: Question): RankedCandidate['leadId'][] {
  const known = new Set(before.candidates.map(({ leadId }) => leadId))
  return offer.candidates.map(({ leadId }) => leadId).filter((leadId) => !known.has(leadId))
}

/** Each candidate with what of it came later; `isLater` says that of the detail of a piece of evidence. */
export function withAddedLater({ candidates, ...question }: Question, isLater: (detail: string) => boolean): Question {
  return {
    ...question,
    candidates: candidates.map((candidate) => {
      const details = [candidate.number, ...candidate.evidence.filter((one) => one.for).map(({ detail }) => detail)]
      const later = [...new Set(details)].filter(isLater).map((detail): Evidence => ({ code: 'addedLater', detail, for: true }))
      return later.length === 0 ? candidate : { ...candidate, evidence: inOrder([...candidate.evidence, ...later]) }
    }),
  }
}

function isNew({ candidates }: Question, { leadId, evidence }: RankedCandidate): boolean {
  const old = candidates.find((candidate) => candidate.leadId === leadId)
  if (old === undefined) return true
  return evidence.some((one) => one.for && !old.evidence.some(({ code, detail }) => code === one.code && detail === one.detail))
}

function isOfPerson({ code }: Evidence): boolean {
  return code === 'undoneByPerson'
}
