/** The decision table, part three: machines, colleagues, and the only open lead (PRODUCT §3, §4). */
import { describe, expect, test } from 'vitest'
import {
  acme,
  anna,
  bernd,
  bothAddressBooks,
  byAuthor,
  byName,
  byNearMiss,
  byNumber,
  byQuote,
  byRecipient,
  bySubaddress,
  byText,
  byThread,
  eva,
  globex,
  greta,
  lead,
  numbered,
  other,
  outcomeOf,
  person,
  replyFacts,
  strangerWrites,
  threaded,
  unknown,
  type Row,
} from './world.ts'

describe('PRODUCT §4: automatic mail', () => {
  const quiet = { ...replyFacts, automatic: 'automaticReply' } as const
  test.each<Row>([
    { tells: 'an absence note of a contact person, its thread on file', facts: quiet, candidates: [threaded], becomes: 'append 11111' },
    {
      tells: 'the subject quotes the same number',
      facts: quiet,
      candidates: [lead('11111', [byThread(), byNumber('11111')])],
      becomes: 'append 11111',
    },
    {
      tells: 'a bounce from the own mail server, its thread on file',
      facts: { automatic: 'bounce', people: [person('mailer-daemon@xyz.example', 'author', true), bernd] },
      candidates: [threaded],
      becomes: 'append 11111',
    },
    { tells: 'a number without a thread', facts: quiet, becomes: 'ignore automaticReply' },
    {
      tells: 'a number in a mail that the tenant’s own machine wrote',
      facts: { automatic: 'automaticReply' },
      becomes: 'ignore automaticReply',
    },
    { tells: 'a bounce that quotes the number', facts: { automatic: 'bounce' }, becomes: 'ignore bounce' },
    {
      tells: 'a sub-address',
      facts: { automatic: 'mailingList' },
      candidates: [lead('11111', [bySubaddress('11111')])],
      becomes: 'ignore mailingList',
    },
    { tells: 'nothing at all', facts: { automatic: 'readReceipt' }, candidates: [], becomes: 'ignore automaticReply' },
    { tells: 'a feedback report', facts: { automatic: 'feedbackReport' }, candidates: [], becomes: 'ignore bounce' },
    {
      tells: 'the thread of two leads',
      facts: quiet,
      candidates: [threaded, lead('22222', [byThread()])],
      becomes: 'ignore automaticReply',
    },
    { tells: 'thread and quoted number disagree', facts: quiet, candidates: [threaded, other], becomes: 'ignore automaticReply' },
    {
      tells: 'its author is not proved',
      facts: { ...quiet, standing: 'unaligned' },
      candidates: [threaded],
      becomes: 'ignore automaticReply',
    },
    {
      tells: 'it could not be found out whether he is',
      facts: { ...quiet, standing: 'undetermined' },
      candidates: [threaded],
      becomes: 'ignore automaticReply',
    },
    {
      tells: 'from outside, of nobody known',
      facts: { ...quiet, people: [strangerWrites] },
      candidates: [threaded],
      becomes: 'ignore automaticReply',
    },
    { tells: 'no author', facts: { ...quiet, author: 'none' }, candidates: [threaded], becomes: 'ignore automaticReply' },
    {
      tells: 'the only open lead does not file it',
      facts: { automatic: 'mailingList' },
      candidates: [lead('11111', [byRecipient()])],
      policy: { onlyOpenLead: 'file' },
      becomes: 'ignore mailingList',
    },
    {
      tells: 'known id, other content',
      facts: { ...quiet, sameIdOtherContent: true },
      candidates: [threaded],
      becomes: 'ignore automaticReply',
    },
    { tells: 'our own mail come back', facts: { ownLoop: true }, becomes: 'ignore ownLoop' },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §4: only the tenant’s own people in it', () => {
  const internal = { people: [anna, bernd] }
  test.each<Row>([
    { tells: 'a number names the lead', facts: internal, becomes: 'append 11111' },
    { tells: 'a sub-address names it', facts: internal, candidates: [lead('11111', [bySubaddress('11111')])], becomes: 'append 11111' },
    { tells: 'a quote number names it', facts: internal, candidates: [lead('11111', [byQuote('1024-1')])], becomes: 'append 11111' },
    { tells: 'two numbers name two', facts: internal, candidates: [numbered, other], becomes: 'confirm ambiguous' },
    {
      tells: 'number and thread disagree',
      facts: internal,
      candidates: [numbered, lead('22222', [byThread()])],
      becomes: 'confirm contradiction',
    },
    {
      tells: 'no number, but two authors',
      facts: { ...internal, author: 'several' },
      candidates: [],
      becomes: 'confirm unmatched severalAuthors',
    },
    {
      tells: 'said to come from outside',
      facts: { ...internal, outside: true },
      candidates: [],
      becomes: 'confirm unmatched outsideReply',
    },
    { tells: 'no number', facts: internal, candidates: [], becomes: 'ignore internalMail' },
    { tells: 'a thread, but no number', facts: internal, candidates: [threaded], becomes: 'ignore internalMail' },
    { tells: 'a near miss', facts: internal, candidates: [lead('11111', [byNearMiss('11111')])], becomes: 'ignore internalMail' },
    {
      tells: 'the list was cut: a number may be missing',
      facts: { ...internal, tooManyCandidates: true },
      candidates: [],
      becomes: 'confirm unmatched tooManyCandidates',
    },
    { tells: 'policy ignore, in spite of the number', facts: internal, policy: { internalMail: 'ignore' }, becomes: 'ignore internalMail' },
    { tells: 'policy file: by thread', facts: internal, candidates: [threaded], policy: { internalMail: 'file' }, becomes: 'append 11111' },
    {
      tells: 'policy file: nothing points anywhere',
      facts: internal,
      candidates: [],
      policy: { internalMail: 'file' },
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a colleague who stands in the address book is a colleague',
      facts: { people: [anna, { ...greta, own: true }] },
      becomes: 'append 11111',
    },
    {
      tells: 'the text has a client in it: not only own people',
      facts: internal,
      candidates: [lead('11111', [byText()])],
      becomes: 'confirm unmatched',
    },
    {
      tells: 'one recipient is nobody’s address',
      facts: { people: [anna, bernd, person('undisclosed', 'recipient', false)] },
      candidates: [],
      becomes: 'confirm unmatched',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})

describe('PRODUCT §3: the only open lead of the recipients’ company', () => {
  const only = lead('11111', [byRecipient()])
  const file = { onlyOpenLead: 'file' } as const
  test.each<Row>([
    { tells: 'is proposed', candidates: [only], becomes: 'confirm unmatched' },
    { tells: 'is filed where the tenant wants it', candidates: [only], policy: file, becomes: 'append 11111' },
    {
      tells: 'beside closed ones',
      candidates: [only, lead('22222', [byRecipient()], { status: 'lost' })],
      policy: file,
      becomes: 'append 11111',
    },
    {
      tells: 'with an unknown recipient too',
      facts: { people: [anna, eva, unknown] },
      candidates: [only],
      policy: file,
      becomes: 'append 11111',
    },
    { tells: 'is not the only one', candidates: [only, lead('22222', [byRecipient()])], policy: file, becomes: 'confirm unmatched' },
    {
      tells: 'a recipient is a key player elsewhere',
      candidates: [only, lead('22222', [byRecipient()], { companyId: globex, otherCompanyIds: [only.companyId ?? globex] })],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'recipients of two companies',
      facts: { people: [anna, eva, greta] },
      candidates: [only],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a recipient who stands at two companies',
      facts: { people: [anna, bothAddressBooks] },
      candidates: [only],
      policy: file,
      becomes: 'confirm unmatched',
    },
    { tells: 'it is closed', candidates: [{ ...only, status: 'won' }], policy: file, becomes: 'confirm unmatched' },
    {
      tells: 'a number that nobody knows',
      facts: { unknownNumbers: ['99999'] },
      candidates: [only],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a near miss of another lead',
      candidates: [only, lead('22222', [byNearMiss('22222')], { companyId: globex })],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'the name of another lead',
      candidates: [only, lead('22222', [byName()], { companyId: globex })],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'an address of another lead in the text',
      candidates: [only, lead('22222', [byText()], { companyId: globex })],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a sender who is not proved',
      facts: { standing: 'unaligned' },
      candidates: [only],
      policy: file,
      becomes: 'confirm unauthenticatedSender',
    },
    {
      tells: 'from outside, though it names a contact person too',
      facts: { ...replyFacts, people: [...replyFacts.people, eva] },
      candidates: [only],
      policy: file,
      becomes: 'confirm unmatched outsideReply',
    },
    {
      tells: 'it is another company’s, with a key player of theirs',
      candidates: [{ ...only, companyId: globex, otherCompanyIds: [acme] }],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'it was not found by the recipients',
      candidates: [lead('11111', [byNearMiss('11111')])],
      policy: file,
      becomes: 'confirm unmatched',
    },
    {
      tells: 'a list that was cut',
      facts: { tooManyCandidates: true },
      candidates: [only],
      policy: file,
      becomes: 'confirm tooManyCandidates',
    },
    {
      tells: 'a mail from outside',
      facts: replyFacts,
      candidates: [lead('11111', [byAuthor()])],
      policy: file,
      becomes: 'confirm unmatched outsideReply',
    },
    {
      tells: 'the number of another lead of the company wins',
      candidates: [only, lead('22222', [byNumber('22222')], { status: 'won' })],
      policy: file,
      becomes: 'append 22222',
    },
  ])('$tells', (row) => {
    expect(outcomeOf(row)).toBe(row.becomes)
  })
})
