/** What a decision comes to when the same mail may be on file already (PRODUCT §4, "the same mail again"). Pure. */
import type { LeadId } from '../crm/ids.ts'
import type { Candidate, Decision, Evidence } from '../matching/decision.ts'
import type { CopyRow } from '../store/facts.ts'
import type { Outcome } from '../store/settle-rows.ts'

/**
 * `copy` is the same mail on file, or null. One mail makes one entry: a further copy is a duplicate, unless it settles what the first left
 * open, or names a lead for what the first copy was left out for. Where a person has answered for the mail, that stands.
 */
export function outcomeOf(decision: Decision, copy: CopyRow | null, candidates: readonly Candidate[]): Outcome {
  if (decision.kind === 'ignore' && decision.eraseContent) return { kind: 'erase', evidence: decision.evidence }
  if (copy === null) return plainOutcome(decision)
  const duplicate: Outcome = { kind: 'ignore', reason: 'duplicate', evidence: decision.evidence }
  if (copy.judgedByPerson || decision.kind === 'ignore') return duplicate
  if (copy.leadId !== null) {
    const isElsewhere = decision.kind === 'append' && decision.leadId !== copy.leadId
    return isElsewhere && copy.openConfirmationId === null ? contradiction(decision, copy.leadId, candidates) : duplicate
  }
  // The first copy still asks: a copy that knows the lead answers, one that asks as well adds nothing.
  if (copy.openConfirmationId !== null) return decision.kind === 'append' ? plainOutcome(decision) : duplicate
  // The first copy was left out by rule.
  return plainOutcome(decision)
}

function plainOutcome(decision: Decision): Outcome {
  switch (decision.kind) {
    case 'append':
      return { kind: 'append', leadId: decision.leadId, evidence: decision.evidence }
    case 'confirm':
      return { kind: 'confirm', reasons: decision.reasons, candidates: decision.candidates, evidence: decision.evidence }
    case 'ignore':
      return { kind: 'ignore', reason: decision.reason, evidence: decision.evidence }
    default:
      return decision satisfies never
  }
}

/** Two copies were sent to two leads (two sub-addresses): it stands at the first, and a person says whether that is right. */
function contradiction(decision: Extract<Decision, { kind: 'append' }>, filedAt: LeadId, candidates: readonly Candidate[]): Outcome {
  const against: Evidence = {
    code: 'threadOfOtherLead',
    detail: candidates.find((candidate) => candidate.leadId === filedAt)?.number ?? '',
    for: false,
  }
  const number = candidates.find((candidate) => candidate.leadId === decision.leadId)?.number ?? ''
  return {
    kind: 'confirm',
    reasons: ['contradiction'],
    candidates: [{ leadId: decision.leadId, number, evidence: decision.evidence }],
    evidence: [against],
  }
}
