/** The decision: which lead a mail is about, whether a person must say so, or why it is left out (PRODUCT §4). Pure. */
import type { TenantPolicy } from '../crm/policy.ts'
import type { AutomaticKind } from '../mail/message.ts'
import { claimsOf, doubtsOfClaims, doubtsOfContent, type Claim } from './claims.ts'
import {
  confirmReasons,
  type Candidate,
  type ConfirmReason,
  type Decision,
  type Evidence,
  type IgnoreReason,
  type MatchFacts,
} from './decision.ts'
import { evidenceAgainstMail, evidenceOfCandidate, evidencePassedOver, inOrder, isCut, isFit, remarksOnMail } from './evidence.ts'
import { authorBelongsToLead, isInternal, isUnvouched, onlyOpenLead } from './people.ts'
import { rankCandidates } from './rank.ts'

/** The one lead that the mail may be about (with the claim that says so), or none; and every reason not to file it there without asking. */
interface Verdict {
  readonly candidate: Candidate | null
  readonly claim: Claim | null
  /** Never empty without a candidate. */
  readonly doubts: readonly ConfirmReason[]
}

/** A read receipt (RFC 8098) is an automatic reply (RFC 3834 §1); a feedback report (RFC 5965) tells, like a bounce, how a mail of ours fared. */
const reasonsOfAutomatic: Readonly<Record<AutomaticKind, IgnoreReason>> = {
  automaticReply: 'automaticReply',
  readReceipt: 'automaticReply',
  bounce: 'bounce',
  feedbackReport: 'bounce',
  mailingList: 'mailingList',
}

/**
 * Decides about one mail of one tenant. Total: any facts of these types give a decision, nothing is thrown. Indifferent to the order of
 * candidates, people, pointers and numbers. Every decision says why: by evidence, and by reasons where a person is asked.
 *
 * A mail is appended only where exactly one lead is claimed by a strong pointer (claims.ts), its author is who he says he is, and nothing
 * contradicts; or, where the tenant wants it so, at the only open lead of its recipients' company. Whatever falls short is a person's.
 *
 * A lead that is won, lost or closed is appended to as well, with `leadIsClosed` as evidence against: a number is never reused, whoever
 * wrote it meant this lead, and mail goes on after an order (PRODUCT §4 asks for one lead, not for an open one; §5: every link can be undone).
 *
 * `policy.unauthenticatedSender` is not asked here: refusing is for the SMTP session. What gets past it (file, upload, a sender judged
 * only later) goes to confirmation under either policy, for dropping it would lose a mail.
 */
export function match(facts: MatchFacts, candidates: readonly Candidate[], policy: TenantPolicy): Decision {
  // Before all else, forged or not: what is on the list must not be kept, and a forger who hides his own mail so has gained nothing.
  if (facts.neverLog.length > 0) return ignore('neverLog', neverLogEvidence(facts))
  if (facts.ownLoop) return ignore('ownLoop', [{ code: 'automaticMail', detail: 'ownLoop', for: false }])
  const claims = claimsOf(facts, candidates)
  const verdict = judge(facts, candidates, claims, policy)
  if (facts.automatic !== null) return decideAutomatic(facts, candidates, verdict, facts.automatic, policy)
  if (isLeftOutAsInternal(facts, candidates, claims, policy)) {
    return ignore('internalMail', [
      internalEvidence(policy, false),
      ...evidenceAgainstMail(facts, candidates),
      ...evidencePassedOver(candidates),
    ])
  }
  if (verdict.candidate !== null && verdict.doubts.length === 0) return append(facts, candidates, verdict.candidate, policy)
  return confirm(facts, candidates, verdict.doubts)
}

function judge(facts: MatchFacts, candidates: readonly Candidate[], claims: readonly Claim[], policy: TenantPolicy): Verdict {
  const [claim, ...others] = claims
  const doubts = [...doubtsOfSender(facts, claims), ...doubtsOfContent(facts, candidates)]
  if (claim === undefined && policy.onlyOpenLead === 'file') {
    const only = undisputedOnlyOpenLead(facts, candidates)
    if (only !== null) return { candidate: only, claim: null, doubts }
  }
  doubts.push(...doubtsOfClaims(facts, candidates, claims))
  const isOne = claim !== undefined && others.length === 0
  return isOne ? { candidate: claim.candidate, claim, doubts } : { candidate: null, claim: null, doubts }
}

/** May the author be believed, and may he speak? Anything but a clear yes is a person's (PRODUCT §2). */
function doubtsOfSender(facts: MatchFacts, claims: readonly Claim[]): ConfirmReason[] {
  const doubts: ConfirmReason[] = []
  if (!isFit(facts)) doubts.push('unauthenticatedSender')
  if (facts.author !== 'one') doubts.push('severalAuthors')
  if (facts.manyFromSender !== undefined || (facts.outside && !isKnownReply(facts, claims))) doubts.push('outsideReply')
  return doubts
}

/**
 * A reply from outside files by itself only at the one lead whose thread it answers, and only from a contact person of it who is proved to
 * be its author: whoever saw a mail knows its Message-ID, so the thread alone proves nothing.
 */
function isKnownReply(facts: MatchFacts, claims: readonly Claim[]): boolean {
  const [claim, ...others] = claims
  if (claim === undefined || others.length > 0 || !claim.places.has('thread') || isUnvouched(facts, 'thread')) return false
  return isFit(facts) && authorBelongsToLead(facts, claim.candidate)
}

/** The only open lead (PRODUCT §3), unless anything at all points elsewhere: to another lead, or to a number that nobody knows. */
function undisputedOnlyOpenLead(facts: MatchFacts, candidates: readonly Candidate[]): Candidate | null {
  const only = onlyOpenLead(facts, candidates)
  const namesAnother = candidates.some((other) => other !== only && other.pointers.some((pointer) => pointer.kind !== 'person'))
  const namesUnknown = facts.unknownNumbers.length > 0 || (facts.unknownSubaddressNumbers ?? []).length > 0
  const mayBeChanged = isUnvouched(facts, 'recipients') || isUnvouched(facts, 'content')
  return facts.outside || mayBeChanged || namesAnother || namesUnknown ? null : only
}

/**
 * Mail that no person wrote for this occasion is filed quietly at the lead whose thread it answers, and never by a number: bounces and
 * automatic replies quote the subjects of leads. With any doubt it is left out rather than asked about. A standing that is not fit is such
 * a doubt too, else the absence notes of strangers would be a way to write into a history.
 */
function decideAutomatic(
  facts: MatchFacts,
  candidates: readonly Candidate[],
  verdict: Verdict,
  kind: AutomaticKind,
  policy: TenantPolicy,
): Decision {
  const answersThread = verdict.claim?.places.has('thread') === true && !isUnvouched(facts, 'thread')
  if (verdict.candidate !== null && answersThread && verdict.doubts.length === 0) {
    return append(facts, candidates, verdict.candidate, policy)
  }
  return ignore(reasonsOfAutomatic[kind], [...evidenceAgainstMail(facts, candidates), ...evidencePassedOver(candidates)])
}

/**
 * Between colleagues a number files, for whoever copied it meant it; the rest is left out as the tenant wants. That a mail is internal is
 * only as true as its author: with a doubt about him, or with candidates cut off among which a number may be, it goes the way of other mail.
 */
function isLeftOutAsInternal(facts: MatchFacts, candidates: readonly Candidate[], claims: readonly Claim[], policy: TenantPolicy): boolean {
  if (!isInternal(facts, candidates) || !isFit(facts) || facts.author !== 'one') return false
  if (policy.internalMail === 'numbered') return !isCut(facts, candidates) && !claims.some((claim) => claim.numbered)
  return policy.internalMail === 'ignore'
}

function append(facts: MatchFacts, candidates: readonly Candidate[], candidate: Candidate, policy: TenantPolicy): Decision {
  const internal = isInternal(facts, candidates) ? [internalEvidence(policy, true)] : []
  const evidence = inOrder([...evidenceOfCandidate(facts, candidates, candidate), ...remarksOnMail(facts), ...internal])
  return { kind: 'append', leadId: candidate.leadId, evidence }
}

function confirm(facts: MatchFacts, candidates: readonly Candidate[], doubts: readonly ConfirmReason[]): Decision {
  const [first = 'unmatched', ...rest] = confirmReasons.filter((reason) => doubts.includes(reason))
  return {
    kind: 'confirm',
    reasons: [first, ...rest],
    candidates: rankCandidates(facts, candidates),
    evidence: evidenceAgainstMail(facts, candidates),
  }
}

function ignore(reason: IgnoreReason, evidence: readonly Evidence[]): Decision {
  return { kind: 'ignore', reason, eraseContent: reason === 'neverLog', evidence: inOrder(evidence) }
}

function neverLogEvidence(facts: MatchFacts): Evidence[] {
  return facts.neverLog.map((rule) => ({ code: 'neverLogAddress', detail: rule, for: false }))
}

/** For, where it was filed all the same; against, where it was left out because of it. The detail is the tenant's policy. */
function internalEvidence(policy: TenantPolicy, isFiled: boolean): Evidence {
  return { code: 'internalMail', detail: policy.internalMail, for: isFiled }
}
