/** What a decision says for itself, and the order of its candidates. */
import { describe, expect, test } from 'vitest'
import type { Candidate, MatchFacts } from '../../src/matching/decision.ts'
import {
  anna,
  bernd,
  byName,
  byNearMiss,
  byNumber,
  byQuote,
  byRecipient,
  byText,
  byThread,
  codes,
  decide,
  eva,
  globex,
  greta,
  lead,
  numbered,
  outcome,
  person,
  replyFacts,
  threaded,
  unknown,
} from './world.ts'

describe('every decision keeps its evidence', () => {
  test('an append says what for, and what against', () => {
    const decision = decide({ people: [anna, eva, unknown] }, [{ ...numbered, status: 'won' }])
    expect(decision.evidence).toEqual([
      { code: 'leadNumberInSubject', detail: '11111', for: true },
      { code: 'recipientIsContactPerson', detail: 'eva@acme.example', for: true },
      { code: 'leadIsClosed', detail: 'won', for: false },
    ])
  })

  test('a contradiction stands at the candidate, the unknown number beside it', () => {
    const decision = decide({ people: [anna, greta], unknownNumbers: ['2026'] }, [
      numbered,
      lead('22222', [byThread()], { companyId: globex }),
    ])
    expect(decision).toMatchObject({
      kind: 'confirm',
      evidence: [{ code: 'unknownNumber', detail: '2026', for: false }],
      candidates: [
        {
          number: '11111',
          evidence: [
            { code: 'leadNumberInSubject', detail: '11111', for: true },
            { code: 'recipientsOfOtherCompany', detail: 'greta@globex.example', for: false },
            { code: 'threadOfOtherLead', detail: '22222', for: false },
          ],
        },
        { number: '22222' },
      ],
    })
  })

  test('an ignored bounce says that it is one, and which number it quotes', () => {
    const decision = decide({ automatic: 'bounce', standing: 'unaligned', author: 'none' }, [numbered])
    expect(codes(decision.evidence, true)).toEqual(['leadNumberInSubject'])
    expect(codes(decision.evidence, false)).toEqual(['automaticMail', 'senderNotAuthenticated', 'severalAuthors'])
  })

  test('a reply from outside is marked, also where it was filed', () => {
    expect(codes(decide(replyFacts, [threaded]).evidence, false)).toEqual(['senderOutside'])
    expect(decide(replyFacts, [threaded]).evidence).toContainEqual({ code: 'senderIsContactPerson', detail: 'eva@acme.example', for: true })
  })

  test('internal mail is marked, filed or not', () => {
    expect(codes(decide({ people: [anna, bernd] }, [numbered]).evidence, true)).toEqual(['leadNumberInSubject', 'internalMail'])
    expect(codes(decide({ people: [anna, bernd] }, []).evidence, false)).toEqual(['internalMail'])
  })

  test('the rule that hit stands with mail that is not kept', () => {
    const decision = decide({ neverLog: ['lawyer.example', 'boss@client.example'] }, [numbered])
    expect(decision.evidence.map((one) => one.detail)).toEqual(['boss@client.example', 'lawyer.example'])
  })

  test('a thousand recipients push no reason out', () => {
    const crowd = Array.from({ length: 1_000 }, (_, index) => person(`guest${index}@globex.example`, 'recipient', false, globex))
    const decision = decide({ people: [anna, ...crowd] }, [numbered, lead('22222', [byThread()])])
    if (decision.kind !== 'confirm') throw new Error(outcome(decision))
    for (const candidate of decision.candidates) expect(candidate.evidence.length).toBeLessThanOrEqual(40)
    expect(codes(decision.candidates[1]?.evidence ?? [], false)).toContain('recipientsOfOtherCompany')
    expect(codes(decision.candidates[0]?.evidence ?? [], false)).toContain('threadOfOtherLead')
  })

  test('a detail is bounded and fit for every store', () => {
    const decision = decide({}, [lead('11111', [byThread(`<\u0000${'𝒜'.repeat(2_000)}>`)])])
    const detail = decision.evidence[0]?.detail ?? ''
    expect(detail.length).toBeLessThanOrEqual(300)
    expect(detail.isWellFormed() && !detail.includes('\u0000')).toBe(true)
  })
})

describe('candidates are ranked', () => {
  function ranking(candidates: readonly Candidate[], facts: Partial<MatchFacts> = {}): readonly string[] {
    const decision = decide({ ...facts, unreadable: true }, candidates)
    return decision.kind === 'confirm' ? decision.candidates.map((candidate) => candidate.number) : []
  }

  test('number, quote, thread, name with a contact person, only open lead, the rest', () => {
    const strengths = [
      lead('9', [byNumber('9')], { companyId: globex }),
      lead('8', [byQuote('1-1')], { companyId: globex }),
      lead('7', [byThread()], { companyId: globex }),
      lead('6', [byName()], { status: 'won' }),
      lead('5', [byRecipient()]),
      lead('4', [byNearMiss('4')], { companyId: globex }),
      lead('3', [byText()], { companyId: globex }),
    ]
    expect(ranking(strengths)).toEqual(['9', '8', '7', '6', '5', '4', '3'])
    expect(ranking(strengths.toReversed())).toEqual(['9', '8', '7', '6', '5', '4', '3'])
  })

  test('the only open lead comes first among what only proposes', () => {
    const closed = lead('11110', [byRecipient()], { status: 'won' })
    expect(ranking([closed, lead('11111', [byRecipient()]), lead('22222', [byNearMiss('22222')], { companyId: globex })])).toEqual([
      '11111',
      '11110',
      '22222',
    ])
  })

  test('equals in the order of their numbers as people count, then by id', () => {
    const twins = [lead('0100', [byRecipient()]), lead('99', [byRecipient()]), lead('100', [byRecipient()]), lead('9', [byRecipient()])]
    expect(ranking(twins)).toEqual(['9', '99', '100', '0100'])
  })

  test('a lead whose company none of the known recipients belongs to comes after one that fits', () => {
    expect(ranking([lead('11111', [byName()], { companyId: globex }), lead('22222', [byName()], { status: 'lost' })])).toEqual([
      '22222',
      '11111',
    ])
  })
})
