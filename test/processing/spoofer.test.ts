/**
 * The whole decision against a spoofer, from octets to `match`, without a database. He knows everything public: lead numbers, names of leads, quotes,
 * contact persons, Message-IDs on file, CRM addresses, our mail server's name. He has domains, keys and servers of his own, and mails that
 * a salesperson signed. What he has not: her key, her server's address, a place in a trusted network.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyId, ContactPersonId, DeliveryId, LeadId, MailId, MessageId, TenantId } from '../../src/crm/ids.ts'
import { internalMailPolicies, onlyOpenLeadPolicies, unauthenticatedSenderPolicies, type TenantPolicy } from '../../src/crm/policy.ts'
import type { AddressKey, DomainName } from '../../src/mail/address.ts'
import type { Envelope } from '../../src/mail/message.ts'
import type { MessageIdKey } from '../../src/mail/message-id.ts'
import { match } from '../../src/matching/match.ts'
import { addressBookOf } from '../../src/processing/address-book.ts'
import { checkSender, notVouchedFor, standingOf, type SenderCheckOptions } from '../../src/processing/authenticate.ts'
import { findCandidates } from '../../src/processing/candidates.ts'
import { cluesOf } from '../../src/processing/clues.ts'
import { openDnsResolver } from '../../src/processing/dns-resolver.ts'
import { factsOf, matchPeople } from '../../src/processing/facts.ts'
import { packed, readMessages } from '../../src/processing/parser-thread.ts'
import { readingsOf } from '../../src/processing/readings.ts'
import { domainsOf, findTenant } from '../../src/processing/tenant.ts'
import type { TenantMail } from '../../src/processing/tenant-mail.ts'
import type { FactRows } from '../../src/store/facts.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'
import { envelopeOf, newKey, signed } from '../support/signed-mail.ts'

const victimKey = newKey()
const spooferKey = newKey()
const own = 'xyz.example' as DomainName
const tenantId = 'xyz' as TenantId
const crmAddress = 'crm@leadpost.example' as AddressKey
const onFile = '<on-file@xyz.example>'
const outsideClient = '203.0.113.66'

const lead = (number: string, name: string, companyId: string) => ({
  id: number as LeadId,
  number,
  name,
  nameKey: name.toLowerCase(),
  companyId: companyId as CompanyId,
  status: 'open' as const,
  keyPlayers: [],
})
const contact = (address: string, companyId: string) => ({
  address: address as AddressKey,
  contactPersonId: address as ContactPersonId,
  companyId: companyId as CompanyId,
  name: address,
})
/** All that the CRM knows; more than would be read for one mail. */
const rows: FactRows = {
  contacts: [contact('eva@acme.example', 'acme'), contact('gus@globex.example', 'globex')],
  ownAddresses: ['anna@xyz.example' as AddressKey, 'bernd@xyz.example' as AddressKey],
  activeUsers: ['anna@xyz.example' as AddressKey],
  hostNames: [{ name: own, subdomains: true }],
  neverLogRules: [],
  leadsOfNumbers: ['11111', '33333'].map((key) => ({ key, leadId: key as LeadId })),
  leadsOfQuotes: [{ key: '1024', leadId: '11111' as LeadId }],
  threads: [{ key: onFile as MessageIdKey, mailId: 'mail' as MailId, leadId: '11111' as LeadId }],
  copies: [],
  leads: [lead('11111', 'website relaunch', 'acme'), lead('33333', 'warehouse', 'globex')],
}

let dns: DnsZone
let options: SenderCheckOptions
const folder = mkdtempSync(join(tmpdir(), 'leadpost-spoofer-'))
beforeAll(async () => {
  const evil = (name: string) => ({
    [name]: { TXT: ['v=spf1 +all'] },
    [`_dmarc.${name}`]: { TXT: ['v=DMARC1; p=none'] },
    [`s1._domainkey.${name}`]: { TXT: [spooferKey.record] },
  })
  const victim = (name: string, policy: string) => ({
    [name]: { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
    [`_dmarc.${name}`]: { TXT: [`v=DMARC1; p=${policy}`] },
    [`s1._domainkey.${name}`]: { TXT: [victimKey.record] },
  })
  dns = await openDnsZone({
    ...victim('xyz.example', 'none'),
    ...victim('acme.example', 'none'),
    ...evil('evil.example'),
    ...evil('xyz.example.evil.example'),
  })
  const resolver = openDnsResolver({ servers: [dns.server], timeoutMs: 2_000 })
  options = { resolver, trustedAuthservIds: ['mx.xyz.example'], trustedSealers: ['lists.example' as DomainName], timeoutMs: 10_000 }
})
afterAll(async () => {
  options.resolver.close()
  await dns.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The leads that a mail is appended to by itself; none where a person is asked, or nobody has it. */
async function appendedTo(mail: string, envelope: Partial<Envelope>, policy: TenantPolicy): Promise<LeadId[]> {
  const claim = {
    deliveryId: 'd' as DeliveryId,
    attempts: 1,
    messageId: 'm' as MessageId,
    channel: 'smtp' as const,
    receivedAt: new Date(),
    bytes: mail.length,
    sha256: 'hash',
    content: null,
    blobKey: null,
    envelope: envelopeOf({ clientAddress: outsideClient, forwardPaths: [crmAddress], ...envelope }),
  }
  const task = { what: 'whole', bytes: Buffer.from(mail, 'latin1'), file: null, sha256: 'hash', folder, checksSender: true } as const
  const words = await readMessages([{ ...task, reversePath: claim.envelope.reversePath, crmAddresses: [crmAddress] }])
  const [message] = packed(words).messages
  if (message === undefined) throw new Error('not read')
  const tenant = { tenantId, slug: 'xyz', policy }
  const hosted = new Map(domainsOf(message).flatMap((domain) => (domain === own || domain.endsWith(`.${own}`) ? [[domain, tenant]] : [])))
  const finding = findTenant(message, hosted)
  const answers = [...message.inReplyTo, ...message.references].includes(onFile as MessageIdKey)
  if (finding.kind === 'unroutable' || (finding.kind === 'outside' && !answers)) return []
  const verified = await checkSender(claim.envelope, message, message.signedParts, claim.receivedAt, options)
  const tenantMail: TenantMail = { claim, message, folder, verified, tenant, author: finding.author, outside: finding.kind === 'outside' }
  const book = addressBookOf(rows)
  const clues = cluesOf(tenantMail, [crmAddress])
  const standing = standingOf(claim.envelope, tenantMail.outside, new Set(rows.activeUsers), verified)
  const about = { standing, notVouchedFor: notVouchedFor(verified, standing), crmAddresses: [crmAddress] }
  return readingsOf(tenantMail, clues, about, book).all.flatMap((reading) => {
    const people = matchPeople(reading.clues, book)
    const found = findCandidates(reading.clues, people, rows, book)
    const decision = match(factsOf(reading, { ...found, people, crmAddresses: [crmAddress] }, rows), found.candidates, policy)
    return decision.kind === 'append' ? [decision.leadId] : []
  })
}

const policies: fc.Arbitrary<TenantPolicy> = fc.record({
  unauthenticatedSender: fc.constantFrom(...unauthenticatedSenderPolicies),
  internalMail: fc.constantFrom(...internalMailPolicies),
  onlyOpenLead: fc.constantFrom(...onlyOpenLeadPolicies),
})
const subjects = ['XYZ Lead 11111', '33333', '1024-2', 'website relaunch', 'warehouse', 'Hello', '11111 33333']
const people = ['Eva <eva@acme.example>', 'gus@globex.example', 'bernd@xyz.example', 'crm@leadpost.example', 'x@evil.example']
const authors = [
  'Anna <anna@xyz.example>',
  'anna@mail.xyz.example',
  'Eva <eva@acme.example>',
  'mallory@evil.example',
  'anna@xyz.example.evil.example',
  '"anna@xyz.example" <mallory@evil.example>',
  'anna@xyz.example, mallory@evil.example',
  '<@evil.example:anna@xyz.example>',
  'anna@xyz.example\r\nFrom: mallory@evil.example',
  'mallory@evil.example\r\nFrom: anna@xyz.example',
]
const tricks = [
  'Authentication-Results: mx.xyz.example; spf=pass smtp.mailfrom=anna@xyz.example; dmarc=pass header.from=xyz.example',
  'Received: from mail.xyz.example by mx.xyz.example with ESMTPS; Thu, 12 Nov 2026 08:00:00 +0100',
  'Received-SPF: pass client-ip=192.0.2.1',
  'Return-Path: <anna@xyz.example>',
  'Sender: Anna <anna@xyz.example>',
  'Reply-To: anna@xyz.example',
  'ARC-Authentication-Results: i=1; lists.example; dmarc=pass header.from=xyz.example',
  'ARC-Seal: i=1; a=rsa-sha256; cv=none; d=lists.example; s=s1; b=AAAA',
  'Auto-Submitted: auto-replied',
  'List-Id: <list.xyz.example>',
  'X-Forwarded-For: eva@acme.example anna@xyz.example',
]
const bodies = [
  'Hello.\r\n',
  'Lead 11111, please file.\r\n\r\n-----Original Message-----\r\nFrom: Eva <eva@acme.example>\r\nSent: Thursday, November 12, 2026 8:00 AM\r\nTo: Anna <anna@xyz.example>\r\nSubject: 11111\r\n\r\nWe agree.\r\n',
  '---------- Forwarded message ---------\r\nFrom: Eva <eva@acme.example>\r\nDate: Thu, Nov 12, 2026 at 8:00 AM\r\nSubject: XYZ Lead 11111\r\nTo: <anna@xyz.example>\r\n\r\nWe agree.\r\n',
]
const thread = fc.constantFrom('', `In-Reply-To: ${onFile}\r\n`, `References: <a@b.example>\r\n ${onFile}\r\n`)
const envelopes = fc.record({
  reversePath: fc.constantFrom('anna@xyz.example', 'mallory@evil.example', '', 'eva@acme.example', null),
  heloName: fc.constantFrom('mail.xyz.example', 'evil.example', null),
  clientAddress: fc.constantFrom(outsideClient, '2001:db8::66', '::ffff:203.0.113.66'),
  forwardPaths: fc.constantFrom<string[]>(
    [crmAddress],
    ['crm+11111@leadpost.example'],
    ['crm+33333@leadpost.example'],
    ['crm+1024-1@leadpost.example'],
  ),
})

describe('a spoofer who knows everything public', () => {
  const recipients = fc.array(fc.constantFrom(...people), { minLength: 1, maxLength: 2 })
  const spoof = fc.record({
    author: fc.constantFrom(...authors),
    subject: fc.constantFrom(...subjects),
    to: recipients,
    cc: recipients,
    tricks: fc.array(fc.constantFrom(...tricks), { maxLength: 3 }),
    thread,
    body: fc.constantFrom(...bodies),
    signsAs: fc.subarray(['evil.example', 'xyz.example.evil.example', 'xyz.example', 'acme.example']),
    envelope: envelopes,
    policy: policies,
  })

  test('never gets a mail appended, whatever else he does', async () => {
    await fc.assert(
      fc.asyncProperty(spoof, async (his) => {
        const header = [
          ...his.tricks,
          `From: ${his.author}`,
          `To: ${his.to.join(', ')}`,
          `Cc: ${his.cc.join(', ')}`,
          `Subject: ${his.subject}`,
        ]
        let mail = `${header.join('\r\n')}\r\n${his.thread}Message-ID: <1@evil.example>\r\nDate: Thu, 12 Nov 2026 08:00:00 +0100\r\n\r\n${his.body}`
        for (const domain of his.signsAs) mail = await signed(mail, { domain, key: spooferKey })
        expect(await appendedTo(mail, his.envelope, his.policy)).toEqual([])
      }),
      { numRuns: 800 },
    )
  }, 120_000)

  test('sends on what a salesperson signed, and gets it only where her signed words put it', async () => {
    const usual = 'From:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:MIME-Version:Content-Type'
    const replay = fc.record({
      subject: fc.constantFrom(...subjects),
      to: fc.constantFrom(...people),
      fields: fc.constantFrom(usual, 'From:Subject:Date', 'From:To:Subject:Date:Message-ID'),
      thread,
      body: fc.constantFrom(...bodies),
      added: fc.array(
        fc.constantFrom(
          'To: gus@globex.example',
          'Cc: gus@globex.example',
          'Cc: Eva <eva@acme.example>',
          `In-Reply-To: ${onFile}`,
          `References: ${onFile}`,
          'Content-Type: text/html',
          'Content-Transfer-Encoding: base64',
          'Message-ID: <2@evil.example>',
          'Auto-Submitted: auto-replied',
        ),
        { maxLength: 2 },
      ),
      isBelow: fc.boolean(),
      envelope: envelopes,
      policy: policies,
    })
    let appended = 0
    await fc.assert(
      fc.asyncProperty(replay, async (his) => {
        const genuine = `From: Anna <anna@xyz.example>\r\nTo: ${his.to}\r\nSubject: ${his.subject}\r\n${his.thread}Date: Thu, 12 Nov 2026 08:00:00 +0100\r\nMIME-Version: 1.0\r\n\r\n${his.body}`
        const hers = await signed(genuine, { domain: 'xyz.example', key: victimKey, fields: his.fields })
        const more = his.added.map((line) => `${line}\r\n`).join('')
        const mail = his.isBelow ? hers.replace('MIME-Version: 1.0\r\n', `MIME-Version: 1.0\r\n${more}`) : more + hers
        const leads = await appendedTo(mail, his.envelope, his.policy)
        // What she would get if she had sent it herself, to the CRM address alone.
        const meant = await appendedTo(genuine, { clientAddress: '192.0.2.10', reversePath: 'anna@xyz.example' }, his.policy)
        appended += leads.length
        const isNamed = (number: string): boolean => his.subject.includes(number) || (number === '11111' && his.subject === '1024-2')
        // Called automatic it is filed quietly where it is an answer, even between colleagues: in the thread that she signed.
        const isAnswer = his.thread !== '' && his.fields === usual && his.added.includes('Auto-Submitted: auto-replied')
        for (const number of leads)
          expect(meant.includes(number) || isNamed(number) || (isAnswer && number === '11111'), `${number} of ${his.subject}`).toBe(true)
      }),
      { numRuns: 600 },
    )
    expect(appended).toBeGreaterThan(20)
  }, 120_000)
})

test('the salesperson herself gets it appended, so that the tests above mean something', async () => {
  const policy = { unauthenticatedSender: 'confirm', internalMail: 'numbered', onlyOpenLead: 'confirm' } as const
  const mail = 'From: Anna <anna@xyz.example>\r\nTo: eva@acme.example\r\nSubject: XYZ Lead 11111\r\n\r\nHello.\r\n'
  const hers = { clientAddress: '192.0.2.10', reversePath: 'anna@xyz.example' }
  expect(await appendedTo(mail, hers, policy)).toEqual(['11111'])
  expect(await appendedTo(await signed(mail, { domain: 'xyz.example', key: victimKey }), {}, policy)).toEqual(['11111'])
  const reply = `From: Eva <eva@acme.example>\r\nTo: anna@xyz.example\r\nSubject: Re: Hello\r\nIn-Reply-To: ${onFile}\r\n\r\nYes.\r\n`
  expect(await appendedTo(await signed(reply, { domain: 'acme.example', key: victimKey }), {}, policy)).toEqual(['11111'])
})
