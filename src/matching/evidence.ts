/** Says why: the evidence for and against one candidate, and about the mail as a whole; always in one order, always bounded. */
import { cleanText } from '../mail/clean-text.ts'
import { candidatesMax, evidenceCodes, evidenceMax, type Candidate, type Evidence, type EvidenceCode, type MatchFacts } from './decision.ts'
import { nameOf, onlyOpenLead, peopleOfLead, peopleOfOtherCompanies } from './people.ts'
import { evidenceOfPointer, isOfPeople } from './pointers.ts'

/** Ids and names may be long (a Message-ID of 2,084 characters was seen); evidence is read by people. */
const detailCharactersMax = 300

/** All that speaks for and against one candidate among the others. */
export function evidenceOfCandidate(facts: MatchFacts, candidates: readonly Candidate[], candidate: Candidate): Evidence[] {
  const evidence: Evidence[] = candidate.pointers.map((pointer) => ({ ...evidenceOfPointer(pointer), for: true }))
  for (const person of peopleOfLead(facts, candidate)) {
    const code = person.role === 'recipient' ? 'recipientIsContactPerson' : 'senderIsContactPerson'
    evidence.push({ code, detail: nameOf(person), for: true })
  }
  if (onlyOpenLead(facts, candidates) === candidate) evidence.push({ code: 'onlyOpenLead', detail: candidate.number, for: true })
  for (const person of peopleOfOtherCompanies(facts, candidate)) {
    evidence.push({ code: 'recipientsOfOtherCompany', detail: nameOf(person), for: false })
  }
  const ofThread = candidates.filter((other) => other.pointers.some((pointer) => pointer.kind === 'threadReference'))
  if (!ofThread.includes(candidate)) {
    for (const other of ofThread) evidence.push({ code: 'threadOfOtherLead', detail: other.number, for: false })
  }
  if (candidate.status !== 'open') evidence.push({ code: 'leadIsClosed', detail: candidate.status, for: false })
  return inOrder(evidence)
}

/** What speaks against filing the mail by itself at all, whichever lead it is about. */
export function evidenceAgainstMail(facts: MatchFacts, candidates: readonly Candidate[]): Evidence[] {
  const evidence: Evidence[] = []
  const against = (code: EvidenceCode, detail: string) => evidence.push({ code, detail, for: false })
  for (const number of [...facts.unknownNumbers, ...(facts.unknownSubaddressNumbers ?? [])]) against('unknownNumber', number)
  if (!isFit(facts)) against('senderNotAuthenticated', facts.standing)
  if (isFit(facts)) for (const what of facts.notVouchedFor ?? []) against('notVouchedFor', what)
  if (facts.author !== 'one') against('severalAuthors', facts.author)
  if (facts.sameIdOtherContent) against('sameIdOtherContent', '')
  if (isCut(facts, candidates)) against('tooManyCandidates', String(candidatesMax))
  if (facts.unreadable) against('unreadable', '')
  return inOrder([...evidence, ...remarksOnMail(facts)])
}

/** What a reader should know of the mail even where it was filed: that it came from outside, that a machine wrote it. */
export function remarksOnMail(facts: MatchFacts): Evidence[] {
  const remarks: Evidence[] = []
  if (facts.automatic !== null) remarks.push({ code: 'automaticMail', detail: facts.automatic, for: false })
  if (facts.outside) {
    const author = facts.people.filter((person) => person.role === 'author').map(nameOf)
    remarks.push({ code: 'senderOutside', detail: author.toSorted(compareText).join(', '), for: false })
  }
  if (facts.manyFromSender !== undefined) remarks.push({ code: 'manyFromSender', detail: String(facts.manyFromSender), for: false })
  return remarks
}

/** What in a mail that was left out pointed to leads all the same, so that whoever looks into it sees what was passed over. */
export function evidencePassedOver(candidates: readonly Candidate[]): Evidence[] {
  const pointers = candidates.flatMap((candidate) => candidate.pointers.filter((pointer) => !isOfPeople(pointer)))
  return inOrder(pointers.map((pointer) => ({ ...evidenceOfPointer(pointer), for: true })))
}

/** The author is who he says he is: DMARC-aligned, or handed in by a signed-in user or from a trusted network (PRODUCT §2). */
export function isFit(facts: MatchFacts): boolean {
  return facts.standing === 'aligned' || facts.standing === 'trustedSubmission'
}

/** Not all that the mail points to was seen. */
export function isCut(facts: MatchFacts, candidates: readonly Candidate[]): boolean {
  return facts.tooManyCandidates || candidates.length > candidatesMax
}

/**
 * Distinct, in the order of `evidenceCodes` and then of the details. Where it must be cut, every code keeps its first before any keeps its
 * second: a thousand recipients must not push out the one reason against.
 */
export function inOrder(evidence: readonly Evidence[]): Evidence[] {
  const present = new Set(evidence.map(({ code }) => code))
  const groups = evidenceCodes.filter((code) => present.has(code)).map((code) => distinct(evidence.filter((one) => one.code === code)))
  let room = evidenceMax - groups.length
  return groups.flatMap((group) => {
    const kept = group.slice(0, 1 + room)
    room -= kept.length - 1
    return kept
  })
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Evidence of one code without repetitions, by detail. */
function distinct(evidence: readonly Evidence[]): Evidence[] {
  const byDetail = new Map<string, Evidence>()
  for (const one of evidence) {
    const detail = cleanText(one.detail, detailCharactersMax)
    byDetail.set(`${detail}\n${one.for}`, { code: one.code, detail, for: one.for })
  }
  return [...byDetail.values()].toSorted((a, b) => compareText(a.detail, b.detail) || Number(b.for) - Number(a.for))
}
