/** The decision table, part one: which lead (PRODUCT §3, §4). */
import { describe, expect, test } from 'vitest'
import {
  anna,
  bothAddressBooks,
  byAuthor,
  byName,
  byNearMiss,
  byNumber,
  byQuote,
  byQuoteSubaddress,
  byRecipient,
  bySubaddress,
  byText,
  byThread,
  consultants,
  eva,
  globex,
  greta,
  lead,
  numbered,
  other,
  outcomeOf,
  threaded,
  ulf,
  unknown,
  type Row,
} from './world.ts'

describe('PRODUCT §4: one lead, sender trusted, no contradiction', () => {
  test.each<Row>([
    { tells: 'by number', becomes: 'append 11111' },
    { tells: 'by sub-address', candidates: [lead('11111', [bySubaddress('11111')])], becomes: 'append 11111' },
    { tells: 'by quote number', candidates: [lead('11111', [byQuote('1024-2')])], becomes: 'append 11111' },
    { tells: 'by quote number as sub-address', candidates: [lead('11111', [byQuoteSubaddress('1024-2')])], becomes: 'append 11111' },
    { tells: 'by thread', candidates: [threaded], becomes: 'append 11111' },
    { tells: 'by name, and a recipient of its company', candidates: [lead('11111', [byName()])], becomes: 'append 11111' },
    {
      tells: 'all of them at once',
      candidates: [lead('11111', [byThread(), byName(), bySubaddress('11111'), byNumber('11111'), byQuote('1-1')])],
      becomes: 'append 11111',
    },
    { tells: 'sender aligned by DMARC', facts: { standing: 'aligned' }, becomes: 'append 11111' },
    { tells: 'recipient unknown', facts: { people: [anna, unknown] }, becomes: 'append 11111' },
    { tells: 'nobody but the CRM address and blind copies', facts: { people: [anna] }, becomes: 'append 11111' },
    { tells: 'one recipient of its company, one of another', facts: { people: [anna, eva, greta] }, becomes: 'append 11111' },
    {
      tells: 'recipient is of a key player’s company',
      facts: { people: [anna, ulf] },
      candidates: [{ ...numbered, otherCompanyIds: [consultants] }],
      becomes: 'append 11111',
    },
    { tells: 'address stands at its company and at another', facts: { people: [anna, bothAddressBooks] }, becomes: 'append 11111' },
    {
      tells: 'other leads of the company are only known by its people',
      candidates: [numbered, lead('22222', [byRecipient()])],
      becomes: 'append 11111',
    },
    { tells: 'another lead only by near miss', candidates: [numbered, lead('22222', [byNearMiss('22222')])], becomes: 'append 11111' },
    {
      tells: 'another lead only by name, nobody of its company is there',
      candidates: [numbered, lead('22222', [byName()], { companyId: globex })],
      becomes: 'append 11111',
    },
    { tells: 'a date that is no lead', facts: { unknownNumbers: ['2026'] }, becomes: 'append 11111' },
    { tells: 'the lead is won', candidates: [{ ...numbered, status: 'won' }], becomes: 'append 11111' },
    { tells: 'the thread of a closed lead', candidates: [{ ...threaded, status: 'closed' }], becomes: 'append 11111' },
    {
      tells: 'lead without a company, nobody known',
      facts: { people: [anna, unknown] },
      candidates: [{ ...numbered, companyId: null }],
      becomes: 'append 11111',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §4: recipients or pointers contradict', () => {
  test.each<Row>([
    { tells: 'recipient known only at another company', facts: { people: [anna, greta] }, becomes: 'confirm contradiction' },
    { tells: 'the same beside somebody unknown', facts: { people: [anna, greta, unknown] }, becomes: 'confirm contradiction' },
    { tells: 'the same in a thread', facts: { people: [anna, greta] }, candidates: [threaded], becomes: 'confirm contradiction' },
    {
      tells: 'recipient known, lead without any company',
      candidates: [{ ...numbered, companyId: null }],
      becomes: 'confirm contradiction',
    },
    { tells: 'number and thread disagree', candidates: [numbered, lead('22222', [byThread()])], becomes: 'confirm contradiction' },
    {
      tells: 'quote and thread disagree',
      candidates: [lead('11111', [byQuote('1-1')]), lead('22222', [byThread()])],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'sub-address and thread disagree',
      candidates: [lead('11111', [bySubaddress('11111')]), lead('22222', [byThread()])],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'sub-address and subject disagree',
      candidates: [numbered, lead('22222', [bySubaddress('22222')])],
      becomes: 'confirm ambiguous contradiction',
    },
    {
      tells: 'two numbers, and a thread of a third lead',
      candidates: [numbered, other, lead('33333', [byThread()])],
      becomes: 'confirm ambiguous contradiction',
    },
    {
      tells: 'an unknown sub-address in a thread',
      facts: { unknownSubaddressNumbers: ['99999'] },
      candidates: [threaded],
      becomes: 'confirm contradiction',
    },
    { tells: 'an unknown sub-address beside a number', facts: { unknownSubaddressNumbers: ['99999'] }, becomes: 'confirm contradiction' },
    {
      tells: 'in a thread somebody mistyped another number',
      candidates: [threaded, lead('22222', [byNearMiss('22222')])],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'the mistyped number is that of the thread',
      candidates: [lead('11111', [byThread(), byNearMiss('11111')])],
      becomes: 'append 11111',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §4: several leads remain', () => {
  test.each<Row>([
    { tells: 'two numbers', candidates: [numbered, other], becomes: 'confirm ambiguous' },
    {
      tells: 'two numbers, one of them of a closed lead',
      candidates: [numbered, { ...other, status: 'lost' }],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'two numbers, one of them of the thread',
      candidates: [lead('11111', [byNumber('11111'), byThread()]), other],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'number of one lead, quote of another',
      candidates: [numbered, lead('22222', [byQuote('1-1')])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'two sub-addresses',
      candidates: [lead('11111', [bySubaddress('11111')]), lead('22222', [bySubaddress('22222')])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'a thread that was filed at two leads',
      candidates: [threaded, lead('22222', [byThread('<second@xyz.example>')])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'number of one, name of another lead of the same company',
      candidates: [numbered, lead('22222', [byName()])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'two leads of one company with the same name',
      candidates: [lead('11111', [byName()]), lead('22222', [byName()])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'the same name at another company',
      candidates: [lead('11111', [byName()]), lead('22222', [byName()], { companyId: globex })],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'the same name twice, nobody known',
      facts: { people: [anna, unknown] },
      candidates: [lead('11111', [byName()]), lead('22222', [byName()])],
      becomes: 'confirm ambiguous',
    },
    {
      tells: 'two names in one subject',
      candidates: [lead('11111', [byName('website')]), lead('22222', [byName('website relaunch')], { companyId: globex })],
      becomes: 'confirm ambiguous',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §4: a tenant, but no lead', () => {
  test.each<Row>([
    { tells: 'nothing points anywhere', candidates: [], becomes: 'confirm unmatched' },
    { tells: 'only people point', candidates: [lead('11111', [byRecipient()])], becomes: 'confirm unmatched' },
    { tells: 'only a near miss', candidates: [lead('11111', [byNearMiss('11111')])], becomes: 'confirm unmatched' },
    { tells: 'only an address in the text', candidates: [lead('11111', [byText()])], becomes: 'confirm unmatched' },
    {
      tells: 'the name alone, recipient unknown',
      facts: { people: [anna, unknown] },
      candidates: [lead('11111', [byName()])],
      becomes: 'confirm unmatched',
    },
    {
      tells: 'the name alone, recipient only of a key player’s company',
      facts: { people: [anna, ulf] },
      candidates: [lead('11111', [byName()], { otherCompanyIds: [consultants] })],
      becomes: 'confirm unmatched',
    },
    {
      tells: 'the name of a lead that is closed',
      candidates: [lead('11111', [byName()], { status: 'won' })],
      becomes: 'confirm unmatched',
    },
    {
      tells: 'all weak pointers together',
      candidates: [lead('11111', [byRecipient(), byNearMiss('11111'), byText(), byAuthor()])],
      becomes: 'confirm unmatched',
    },
    { tells: 'a number that nobody knows', facts: { unknownNumbers: ['99999'] }, candidates: [], becomes: 'confirm unmatched' },
    { tells: 'handed to the CRM address alone', facts: { people: [anna] }, candidates: [], becomes: 'confirm unmatched' },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})
