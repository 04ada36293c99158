/** Which leads a mail claims by something that may file it, and what speaks against taking the one that is left. */
import { type Place, isExplicit, isWeakNumber, standsInSubject, strongPlaceOf } from './pointers.ts'
import type { Candidate, ConfirmReason, MatchFacts, Pointer } from './decision.ts'
import { isCut } from './evidence.ts'
import { hasRecipientAtCompany, isUnvouched, peopleOfLead, peopleOfOtherCompanies } from './people.ts'

/** One lead that the mail claims. */
export interface Claim {
  readonly candidate: Candidate
  /** Where the mail says so. */
  readonly places: ReadonlySet<Place>
  /** It rests on what the author vouches for: a number, or all else that claims this lead. */
  readonly vouched: boolean
  /** By a number that somebody wrote, of the lead or of its quote. */
  readonly numbered: boolean
}

/**
 * The leads that strong pointers name (PRODUCT §3): a number in the subject or as sub-address, of the lead or of its quote; a thread on file;
 * the lead's name together with a recipient who is a contact person of the lead's company. At most one claim a lead.
 */
export function claimsOf(facts: MatchFacts, candidates: readonly Candidate[]): Claim[] {
  return candidates.flatMap((candidate) => {
    const places = new Set<Place>()
    for (const pointer of candidate.pointers) {
      const place = strongPlaceOf(pointer)
      if (place !== null) places.add(place)
      if (pointer.kind === 'leadNameInSubject' && hasRecipientAtCompany(facts, candidate)) places.add('subject')
    }
    const [numbers, others] = [candidate.pointers.filter(isExplicit), candidate.pointers.filter((pointer) => !isExplicit(pointer))]
    const isVouched = (pointer: Pointer): boolean => isVouchedFor(facts, pointer)
    // Without a number it counts who stands in the mail and that nothing else is said, and a body that is read in another way says something else.
    const isWhole = !isUnvouched(facts, 'content') && !isUnvouched(facts, 'recipients')
    const vouched = numbers.length > 0 ? numbers.some(isVouched) : isWhole && others.every(isVouched)
    return places.size === 0 ? [] : [{ candidate, places, vouched, numbered: numbers.length > 0 }]
  })
}

/** The author vouches for every subject that his standing speaks for, and for his words above a forward if he does for how they are to be read. */
function isVouchedFor(facts: MatchFacts, pointer: Pointer): boolean {
  const place = strongPlaceOf(pointer)
  if (place === 'subject') return standsInSubject(pointer) || !isUnvouched(facts, 'content')
  return place === null || !isUnvouched(facts, place)
}

/** Why the claims do not lead to exactly one lead beyond doubt; empty: they do. */
export function doubtsOfClaims(facts: MatchFacts, candidates: readonly Candidate[], claims: readonly Claim[]): ConfirmReason[] {
  const [claim, ...others] = claims
  if (claim === undefined) return candidates.filter(isNamed).length > 1 ? ['ambiguous'] : ['unmatched']
  return others.length > 0 ? doubtsAmong(claims) : doubtsOfOne(facts, candidates, claim)
}

/** What keeps any mail from being filed by itself, whatever it claims. */
export function doubtsOfContent(facts: MatchFacts, candidates: readonly Candidate[]): ConfirmReason[] {
  const doubts: ConfirmReason[] = []
  if (facts.sameIdOtherContent) doubts.push('sameIdOtherContent')
  if (isCut(facts, candidates)) doubts.push('tooManyCandidates')
  if (facts.unreadable) doubts.push('unreadable')
  return doubts
}

/**
 * Two places with no lead in common contradict each other. Ambiguous are several leads named at one place, or by numbers anywhere: subject and
 * sub-address say the same thing in two ways, so that two numbers are one ambiguity wherever they stand. Both may hold.
 */
function doubtsAmong(claims: readonly Claim[]): ConfirmReason[] {
  const namedAt = (place: Place) => claims.filter((claim) => claim.places.has(place))
  const namings = [namedAt('subject'), namedAt('subaddress'), namedAt('thread')].filter((naming) => naming.length > 0)
  const contradicts = namings.some((here) => namings.some((there) => !here.some((claim) => there.includes(claim))))
  const isAmbiguous = [...namings, claims.filter((claim) => claim.numbered)].some((naming) => naming.length > 1)
  return [...(isAmbiguous ? ['ambiguous' as const] : []), ...(contradicts ? ['contradiction' as const] : [])]
}

function doubtsOfOne(facts: MatchFacts, candidates: readonly Candidate[], claim: Claim): ConfirmReason[] {
  const doubts: ConfirmReason[] = []
  const others = candidates.filter((candidate) => candidate.leadId !== claim.candidate.leadId)
  const byNameAlone = !claim.candidate.pointers.some((pointer) => strongPlaceOf(pointer) !== null)
  // "Selects the lead where exactly one lead has it": any second lead named in the same subject is a doubt, be it at another company.
  if (byNameAlone && others.some(isNamed)) doubts.push('ambiguous')
  // A new deal may well bear the name of an old one. A number is never reused and so needs no such care (see `match`).
  if (byNameAlone && claim.candidate.status !== 'open') doubts.push('unmatched')
  if (!claim.vouched) doubts.push('unmatched')
  // What a forwarded mail answers is its writer's word, and nobody checked who that was: somebody known to work on the lead must stand in it.
  if (facts.forwarded === true && !claim.numbered && peopleOfLead(facts, claim.candidate).length === 0) doubts.push('unmatched')
  if (peopleOfOtherCompanies(facts, claim.candidate).length > 0) doubts.push('contradiction')
  if ((facts.unknownSubaddressNumbers ?? []).length > 0) doubts.push('contradiction')
  // In an old thread, or under an old name, somebody tried to write the number of another lead.
  if (!claim.numbered && others.some((other) => other.pointers.some(isWeakNumber))) doubts.push('contradiction')
  return doubts
}

function isNamed(candidate: Candidate): boolean {
  return candidate.pointers.some((pointer) => pointer.kind === 'leadNameInSubject')
}
