/** The decision table, part two: who sends, and what may not be filed by itself (PRODUCT §2, §4). */
import { describe, expect, test } from 'vitest'
import {
  anna,
  bernd,
  bothAddressBooks,
  byAuthor,
  byName,
  byNumber,
  byRecipient,
  bySubaddress,
  byThread,
  consultants,
  decide,
  eva,
  greta,
  evaWrites,
  lead,
  numbered,
  other,
  outcome,
  outcomeOf,
  replyFacts,
  strangerWrites,
  threaded,
  ulfWrites,
  type Row,
} from './world.ts'

describe('PRODUCT §4: sender not authenticated, or several authors', () => {
  test.each<Row>([
    { tells: 'unaligned', facts: { standing: 'unaligned' }, becomes: 'confirm unauthenticatedSender' },
    { tells: 'rejected by its own policy', facts: { standing: 'rejectedByPolicy' }, becomes: 'confirm unauthenticatedSender' },
    { tells: 'not to be found out', facts: { standing: 'undetermined' }, becomes: 'confirm unauthenticatedSender' },
    {
      tells: 'refused by policy, but here all the same',
      facts: { standing: 'unaligned' },
      policy: { unauthenticatedSender: 'refuse' },
      becomes: 'confirm unauthenticatedSender',
    },
    { tells: 'and no lead', facts: { standing: 'unaligned' }, candidates: [], becomes: 'confirm unmatched unauthenticatedSender' },
    {
      tells: 'and two leads',
      facts: { standing: 'unaligned' },
      candidates: [numbered, other],
      becomes: 'confirm ambiguous unauthenticatedSender',
    },
    {
      tells: 'and an internal mail: who says it is one?',
      facts: { standing: 'unaligned', people: [anna, bernd] },
      candidates: [],
      becomes: 'confirm unmatched unauthenticatedSender',
    },
    { tells: 'several authors', facts: { author: 'several' }, becomes: 'confirm severalAuthors' },
    { tells: 'an unclear author', facts: { author: 'unclear' }, becomes: 'confirm severalAuthors' },
    { tells: 'no author', facts: { author: 'none' }, becomes: 'confirm severalAuthors' },
    { tells: 'a sender of another tenant', facts: { author: 'senderOfOtherTenant' }, becomes: 'confirm severalAuthors' },
    { tells: 'both', facts: { author: 'several', standing: 'undetermined' }, becomes: 'confirm unauthenticatedSender severalAuthors' },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §2: a client’s reply from outside', () => {
  const ulfReplies = { ...replyFacts, people: [ulfWrites, bernd] }
  test.each<Row>([
    { tells: 'a contact person answers a mail on file', facts: replyFacts, candidates: [threaded], becomes: 'append 11111' },
    {
      tells: 'the subject still has the number',
      facts: replyFacts,
      candidates: [lead('11111', [byThread(), byNumber('11111')])],
      becomes: 'append 11111',
    },
    {
      tells: 'a key player of another company answers',
      facts: ulfReplies,
      candidates: [lead('11111', [byThread(), byAuthor('ulf@consultants.example')], { otherCompanyIds: [consultants] })],
      becomes: 'append 11111',
    },
    {
      tells: 'a colleague of the key player answers',
      facts: ulfReplies,
      candidates: [lead('11111', [byThread()], { otherCompanyIds: [consultants] })],
      becomes: 'confirm outsideReply',
    },
    {
      tells: 'a stranger answers',
      facts: { ...replyFacts, people: [strangerWrites, bernd] },
      candidates: [threaded],
      becomes: 'confirm outsideReply',
    },
    {
      tells: 'a stranger answers to all',
      facts: { ...replyFacts, people: [strangerWrites, eva] },
      candidates: [threaded],
      becomes: 'confirm outsideReply',
    },
    {
      tells: 'a contact person of another company answers',
      facts: ulfReplies,
      candidates: [threaded],
      becomes: 'confirm contradiction outsideReply',
    },
    {
      tells: 'the address book has the author at two companies',
      facts: { ...replyFacts, people: [{ ...bothAddressBooks, role: 'author' }] },
      candidates: [threaded],
      becomes: 'confirm outsideReply',
    },
    {
      tells: 'nothing proves that she is the author',
      facts: { ...replyFacts, standing: 'unaligned' },
      candidates: [threaded],
      becomes: 'confirm unauthenticatedSender outsideReply',
    },
    {
      tells: 'a thread of two leads',
      facts: replyFacts,
      candidates: [threaded, lead('22222', [byThread()])],
      becomes: 'confirm ambiguous outsideReply',
    },
    {
      tells: 'thread and number disagree',
      facts: replyFacts,
      candidates: [threaded, other],
      becomes: 'confirm contradiction outsideReply',
    },
    { tells: 'the number alone', facts: replyFacts, becomes: 'confirm outsideReply' },
    { tells: 'the thread waits in a confirmation itself', facts: replyFacts, candidates: [], becomes: 'confirm unmatched outsideReply' },
    {
      tells: 'two authors',
      facts: { ...replyFacts, author: 'several', people: [evaWrites, strangerWrites] },
      candidates: [threaded],
      becomes: 'confirm severalAuthors outsideReply',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §4: somebody on the never-log list', () => {
  const listed = { neverLog: ['boss@client.example'] }
  test.each<Row>([
    { tells: 'a number names the lead', facts: listed, becomes: 'ignore neverLog erased' },
    { tells: 'a forged mail is not kept either', facts: { ...listed, standing: 'rejectedByPolicy' }, becomes: 'ignore neverLog erased' },
    { tells: 'an automatic one neither', facts: { ...listed, automatic: 'bounce' }, becomes: 'ignore neverLog erased' },
    {
      tells: 'nor an internal, unreadable one of several authors',
      facts: { ...listed, people: [anna, bernd], unreadable: true, author: 'several' },
      becomes: 'ignore neverLog erased',
    },
    { tells: 'nor our own come back', facts: { ...listed, ownLoop: true }, becomes: 'ignore neverLog erased' },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('what keeps any mail from being filed by itself', () => {
  test.each<Row>([
    { tells: 'a known Message-ID with other content', facts: { sameIdOtherContent: true }, becomes: 'confirm sameIdOtherContent' },
    { tells: 'a list that was cut', facts: { tooManyCandidates: true }, becomes: 'confirm tooManyCandidates' },
    { tells: 'a body that could not be read', facts: { unreadable: true }, becomes: 'confirm unreadable' },
    {
      tells: 'all of it, with two leads',
      facts: { sameIdOtherContent: true, tooManyCandidates: true, unreadable: true },
      candidates: [numbered, other],
      becomes: 'confirm ambiguous sameIdOtherContent tooManyCandidates unreadable',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })

  test('more candidates than can be weighed, told or not', () => {
    const many = Array.from({ length: 60 }, (_, index) => lead(String(30_000 + index), [byRecipient()]))
    const decision = decide({}, [numbered, ...many])
    expect(outcome(decision)).toBe('confirm tooManyCandidates')
    expect(decision.kind === 'confirm' && decision.candidates).toHaveLength(50)
    expect(decision.kind === 'confirm' && decision.candidates[0]?.number).toBe('11111')
  })
})

describe('PRODUCT §2: what a signature does not cover', () => {
  const withSubaddress = lead('11111', [bySubaddress('11111')])
  const named = lead('11111', [byName(), byRecipient()])
  const onlyOpen = lead('11111', [byRecipient()])
  const notVouchedFor = ['subaddress', 'thread', 'recipients', 'content'] as const
  const saidAboveForward = lead('11111', [{ kind: 'leadNumberInForwarderText', token: '11111' }])
  const replay = { standing: 'aligned', notVouchedFor } as const

  test.each<Row>([
    { tells: 'a number in the subject is covered', facts: replay, candidates: [numbered], becomes: 'append 11111' },
    { tells: 'a sub-address files nothing', facts: replay, candidates: [withSubaddress], becomes: 'confirm unmatched' },
    { tells: 'words above a forward file nothing', facts: replay, candidates: [saidAboveForward], becomes: 'confirm unmatched' },
    { tells: 'a thread files nothing', facts: replay, candidates: [threaded], becomes: 'confirm unmatched' },
    { tells: 'a name needs a recipient who is vouched for', facts: replay, candidates: [named], becomes: 'confirm unmatched' },
    {
      tells: 'so does the only open lead',
      facts: replay,
      candidates: [onlyOpen],
      policy: { onlyOpenLead: 'file' },
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a sub-address still contradicts',
      facts: replay,
      candidates: [numbered, lead('22222', [bySubaddress('22222')])],
      becomes: 'confirm ambiguous contradiction',
    },
    {
      tells: 'a thread still contradicts',
      facts: replay,
      candidates: [other, threaded],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'a sub-address gives a name no more weight than it has',
      facts: { standing: 'aligned', notVouchedFor: ['subaddress'] },
      candidates: [lead('11111', [byName(), byRecipient(), bySubaddress('11111')])],
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a recipient of the lead’s company does not outweigh one of another',
      facts: { ...replay, people: [anna, greta, eva] },
      candidates: [numbered],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'what agrees with the subject does no harm',
      facts: replay,
      candidates: [lead('11111', [byNumber('11111'), bySubaddress('11111'), byThread()])],
      becomes: 'append 11111',
    },
    {
      tells: 'an answer from outside needs its thread vouched for, whatever the subject says',
      facts: { ...replyFacts, ...replay },
      candidates: [lead('11111', [byNumber('11111'), byThread(), byAuthor()])],
      becomes: 'confirm outsideReply',
    },
    {
      tells: 'an absence note too',
      facts: { ...replay, automatic: 'automaticReply' },
      candidates: [lead('11111', [byNumber('11111'), byThread()])],
      becomes: 'ignore automaticReply',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })

  test('is said to the reviewer', () => {
    expect(decide(replay, [withSubaddress]).evidence.map(({ code, detail }) => `${code} ${detail}`)).toContain('notVouchedFor subaddress')
  })
})
