import { describe, expect, test } from 'vitest'
import type { LeadId } from '../../src/crm/ids.ts'
import type { ConfirmReason, Evidence, EvidenceCode, RankedCandidate } from '../../src/matching/decision.ts'
import { newLeadsOf, offerOf, type Question, withAddedLater } from '../../src/matching/offer.ts'

function evidence(code: EvidenceCode, detail: string, isFor = true): Evidence {
  return { code, detail, for: isFor }
}
function candidate(number: string, ...own: Evidence[]): RankedCandidate {
  return { leadId: `lead ${number}` as LeadId, number, evidence: own.length > 0 ? own : [evidence('leadNumberInSubject', number)] }
}
function asked(reasons: ConfirmReason[], ...candidates: RankedCandidate[]): Question {
  return { reasons, candidates, evidence: [] }
}
const numbers = (question: Question | null) => question?.candidates.map(({ number }) => number)

describe('a question asked anew', () => {
  test.each<[string, Question, Question]>([
    ['nothing has changed', asked(['ambiguous'], candidate('1'), candidate('2')), asked(['ambiguous'], candidate('1'), candidate('2'))],
    ['only the order has', asked(['ambiguous'], candidate('1'), candidate('2')), asked(['ambiguous'], candidate('2'), candidate('1'))],
    ['a candidate is gone', asked(['ambiguous'], candidate('1'), candidate('2')), asked(['addedLater'], candidate('1'))],
    ['all are gone', asked(['ambiguous'], candidate('1')), asked(['unmatched'])],
    [
      'more speaks against it',
      asked(['unmatched'], candidate('1')),
      asked(['contradiction'], candidate('1', evidence('leadNumberInSubject', '1'), evidence('leadIsClosed', 'lost', false))),
    ],
  ])('stays as it is where %s', (_, before, now) => {
    expect(offerOf(before, now)).toBeNull()
  })

  test.each<[string, Question, Question]>([
    ['there is a new candidate', asked(['unmatched']), asked(['addedLater'], candidate('1'))],
    [
      'more speaks for an old one',
      asked(['unmatched'], candidate('1', evidence('recipientIsContactPerson', 'eva@acme.example'))),
      asked(['addedLater'], candidate('1')),
    ],
    ['one came and one went', asked(['ambiguous'], candidate('1'), candidate('2')), asked(['ambiguous'], candidate('2'), candidate('3'))],
  ])('is what it would be now where %s', (_, before, now) => {
    expect(offerOf(before, now)).toEqual(now)
  })

  test.each<ConfirmReason>(['unauthenticatedSender', 'severalAuthors', 'outsideReply', 'undone'])('never loses the doubt %s', (doubt) => {
    const offer = offerOf(asked(['unmatched', doubt]), asked(['addedLater'], candidate('1')))
    expect(offer?.reasons.toSorted()).toEqual([doubt, 'addedLater'].toSorted())
  })

  test('keeps what a person took out at its end, with what he said, and what points to it now', () => {
    const said = evidence('undoneByPerson', 'bert@xyz.example', false)
    const before = asked(
      ['undone'],
      candidate('1', evidence('leadNumberInSubject', '1'), said),
      candidate('2', evidence('threadReference', '<a@b>'), said),
    )
    const offer = offerOf(before, asked(['ambiguous'], candidate('1'), candidate('3')))
    expect(numbers(offer)).toEqual(['3', '1', '2'])
    expect(offer?.candidates.slice(1).map(({ evidence: own }) => own.some(({ code }) => code === 'undoneByPerson'))).toEqual([true, true])
    expect(offer?.reasons).toEqual(['ambiguous', 'undone'])
  })

  test('names the leads that are new in it', () => {
    const before = asked(['ambiguous'], candidate('1'))
    expect(newLeadsOf(before, asked(['ambiguous'], candidate('2'), candidate('1'), candidate('3')))).toEqual(['lead 2', 'lead 3'])
  })

  test('says of each candidate what came later, and of none what did not', () => {
    const question = asked(
      ['unmatched'],
      candidate(
        '1',
        evidence('recipientIsContactPerson', 'eva@acme.example'),
        evidence('recipientsOfOtherCompany', 'gus@globex.example', false),
      ),
      candidate('2'),
    )
    const later = new Set(['eva@acme.example', 'gus@globex.example', '2'])
    const { candidates } = withAddedLater(question, (detail) => later.has(detail))
    const told = candidates.map(({ evidence: own }) => own.filter(({ code }) => code === 'addedLater').map(({ detail }) => detail))
    expect(told).toEqual([['eva@acme.example'], ['2']])
    expect(withAddedLater(question, () => false)).toEqual(question)
  })
})
