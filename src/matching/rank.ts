/** Puts the candidates in order, best first; the order never depends on the order of what came in. */
import { claimsOf } from './claims.ts'
import { candidatesMax, type Candidate, type Evidence, type EvidenceCode, type MatchFacts, type RankedCandidate } from './decision.ts'
import { compareText, evidenceOfCandidate } from './evidence.ts'

/** What each code adds to a candidate's strength, once however often it occurs. Every strong code outweighs all weak ones together. */
const strengths: Partial<Record<EvidenceCode, number>> = {
  leadNumberInSubaddress: 1_000,
  leadNumberInSubject: 1_000,
  quoteNumberInSubaddress: 800,
  quoteNumberInSubject: 800,
  leadNumberInForwarderText: 1_000,
  quoteNumberInForwarderText: 800,
  threadReference: 600,
  onlyOpenLead: 100,
  leadNameInSubject: 40,
  nearMissNumber: 40,
  numberInForwardedSubject: 40,
  recipientIsContactPerson: 20,
  senderIsContactPerson: 10,
  addressInForwardedText: 10,
  recipientsOfOtherCompany: -30,
  leadIsClosed: -5,
}
/** A name with a contact person of the lead's company beside it is a strong pointer. */
const strengthOfClaimedName = 400

/** Strength first, then the lead number, then the id; at most `candidatesMax`. */
export function rankCandidates(facts: MatchFacts, candidates: readonly Candidate[]): RankedCandidate[] {
  const claimed = new Set(claimsOf(facts, candidates).map((claim) => claim.candidate))
  return candidates
    .map((candidate) => {
      const evidence = evidenceOfCandidate(facts, candidates, candidate)
      return { leadId: candidate.leadId, number: candidate.number, evidence, strength: strengthOf(evidence, claimed.has(candidate)) }
    })
    .toSorted((a, b) => b.strength - a.strength || compareNumbers(a.number, b.number) || compareText(a.leadId, b.leadId))
    .slice(0, candidatesMax)
    .map(({ leadId, number, evidence }) => ({ leadId, number, evidence }))
}

function strengthOf(evidence: readonly Evidence[], isClaimed: boolean): number {
  const codes = new Set(evidence.map((one) => one.code))
  let strength = isClaimed && codes.has('leadNameInSubject') ? strengthOfClaimedName : 0
  for (const code of codes) strength += strengths[code] ?? 0
  return strength
}

/** In the order of counting, without ever reading a number as one: the shorter first, then digit by digit. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareText(a, b)
}
