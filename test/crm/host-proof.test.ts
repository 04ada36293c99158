import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkAgainMs,
  checkEveryMs,
  graceMs,
  leavesRoomForProof,
  lapsesAt,
  missingAnswersMin,
  nextCheckAt,
  nextProof,
  proofFindings,
  proofRecord,
  type ProofFinding,
  type ProofState,
} from '../../src/crm/host-proof.ts'
import type { DomainName } from '../../src/mail/address.ts'

const start = new Date('2026-11-02T09:00:00Z')
const after = (ms: number): Date => new Date(start.getTime() + ms)
const unproven: ProofState = { isProven: false, missingSince: null, missingAnswers: 0 }
const proven: ProofState = { isProven: true, missingSince: null, missingAnswers: 0 }
const missed = (answers: number): ProofState => ({ isProven: true, missingSince: start, missingAnswers: answers })

describe('one more look-up', () => {
  test.each<[string, ProofState, ProofFinding, number, ProofState, string | null]>([
    ['proves a name whose record is there', unproven, 'found', 0, proven, 'proven'],
    ['leaves an unproven name unproven without it', unproven, 'missing', 0, unproven, null],
    ['keeps a proven name proven', proven, 'found', 0, proven, null],
    ['notes the first time that the record is gone', proven, 'missing', 0, missed(1), 'missed'],
    ['takes another value for gone', proven, 'wrongValue', 0, missed(1), 'missed'],
    ['counts on while it is gone', missed(1), 'missing', checkAgainMs, missed(2), null],
    ['forgets all that when the record is back', missed(90), 'found', graceMs, proven, 'restored'],
    ['lets the name go once the grace time is over', missed(missingAnswersMin - 1), 'missing', graceMs, unproven, 'lapsed'],
    ['does not a moment earlier', missed(99), 'missing', graceMs - 1, missed(100), null],
    ['does not by few answers, however long ago the first was', missed(1), 'missing', 9 * graceMs, missed(2), null],
    ['learns nothing where nobody could be asked', missed(99), 'unknown', 9 * graceMs, missed(99), null],
  ])('%s', (_name, state, finding, ms, expected, change) => {
    expect(nextProof(state, finding, after(ms))).toEqual({ state: expected, change })
  })

  test('never takes a name away but by enough answers without the record, over the whole grace time, with none of it between', () => {
    const step = fc.tuple(fc.constantFrom(...proofFindings), fc.integer({ min: 1, max: graceMs / 10 }))
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        let state = proven
        let at = 0
        let gone: number[] = []
        for (const [finding, ms] of steps) {
          at += ms
          if (finding === 'found') gone = []
          else if (finding !== 'unknown') gone.push(at)
          const next = nextProof(state, finding, after(at))
          if (next.change === 'lapsed') {
            expect(gone.length).toBeGreaterThanOrEqual(missingAnswersMin)
            expect(at - (gone[0] ?? at)).toBeGreaterThanOrEqual(graceMs)
            return
          }
          state = next.state
          expect(state.isProven).toBe(true)
        }
      }),
    )
  })
})

test('a name is looked up daily while all is well, and hourly while its record is gone or nobody answers', () => {
  expect(nextCheckAt(proven, 'found', start)).toEqual(after(checkEveryMs))
  expect(nextCheckAt(missed(1), 'missing', start)).toEqual(after(checkAgainMs))
  expect(nextCheckAt(proven, 'unknown', start)).toEqual(after(checkAgainMs))
  expect(lapsesAt(start)).toEqual(after(graceMs))
})

test('the record stands below a label of its own, and holds the token of that claim', () => {
  expect(proofRecord('xyz.example' as DomainName, 'abc')).toEqual({ name: '_leadpost.xyz.example', value: 'leadpost-verification=abc' })
})

test('a name that leaves no room for the label cannot be proven', () => {
  const long = (length: number): DomainName => 'a'.repeat(length) as DomainName
  expect([leavesRoomForProof(long(243)), leavesRoomForProof(long(244))]).toEqual([true, false])
})
