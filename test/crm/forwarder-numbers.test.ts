/** Numbers in the words above a forward. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readForwarderNumbers } from '../../src/crm/forwarder-numbers.ts'

describe('a number in the words above a forward', () => {
  test.each([
    'XYZ Lead 11111',
    'Lead 11111 please',
    'Hallo Bernd,\nbitte zu Lead 11111 ablegen.\nGruß Anna',
    'lead: 11111',
    'Please file under lead no. 11111 thanks',
    'zu 11111',
    '11111',
    'לליד 11111',
    'XYZ-Lead 11111 (eilt)',
    'leadu 11111',
  ])('counts: %j', (words) => {
    expect(readForwarderNumbers(words)).toEqual({ leadNumbers: ['11111'], quoteNumbers: [], others: [] })
  })

  test.each([
    'Anna Arndt\nXYZ GmbH\n28195 Bremen\nTel 11111',
    'Tel. 0421 11111',
    'Fon: 11111',
    'XYZ GmbH, 28195 Bremen',
    'Wir sehen uns am 11111',
    'Er will 11111 Stück',
    'ok\n11111',
    'Am Wall 1\n28195 Bremen',
  ])('only proposes where it may be something else: %j', (words) => {
    const { leadNumbers, others } = readForwarderNumbers(words)
    expect(leadNumbers).toEqual([])
    expect(others.length).toBeGreaterThan(0)
  })

  test('of a quote counts in the same way', () => {
    expect(readForwarderNumbers('Angebot 1024-2 dazu')).toEqual({ leadNumbers: [], quoteNumbers: ['1024-2'], others: [] })
  })

  test('that is glued to something is none', () => {
    expect(readForwarderNumbers('Lead:11111 (11111) #11111')).toEqual({ leadNumbers: [], quoteNumbers: [], others: [] })
  })

  test('of whatever text: never a throw, never one that is not there', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (words) => {
        const { leadNumbers, quoteNumbers, others } = readForwarderNumbers(words)
        for (const number of [...leadNumbers, ...quoteNumbers, ...others]) expect(words.replaceAll(/\p{Cf}/gu, '')).toContain(number)
      }),
      { numRuns: 1_000 },
    )
  })
})
