import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readSentEnvelope } from '../../src/intake/imap-sent.ts'
import type { AddressKey, DomainName } from '../../src/mail/address.ts'
import { readHeaderLines } from '../../src/mail/header.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { openImapOffice, type ImapOffice } from './imap-office.ts'

const byText = (a: string, b: string): number => (a < b ? -1 : 1)
const anna = 'anna@xyz.example' as AddressKey

describe('the envelope of a copy in a Sent folder', () => {
  const envelopeOf = (header: string): ReturnType<typeof readSentEnvelope> =>
    readSentEnvelope(
      readHeaderLines(Buffer.from(`${header}From: anna@xyz.example\r\nTo: eva@acme.example\r\nBcc: crm+11111@firm.example\r\n`)).lines,
      anna,
    )

  test('has the recipients of its header, and who signed in to put it there', () => {
    expect(envelopeOf('')).toEqual({
      reversePath: null,
      forwardPaths: ['eva@acme.example', 'crm+11111@firm.example'],
      authenticatedAs: anna,
    })
  })

  test.each([
    'Received: from pc (pc [192.0.2.1]) by smtp.example with ESMTPSA id 1; Mon, 2 Nov 2026 09:30:00 +0000',
    'Received: by 2002:a05 with HTTP; Mon, 2 Nov 2026 09:30:00 +0000',
    'Received: from a by b with UTF8SMTPSA; Mon, 2 Nov 2026 09:30:00 +0000',
  ])('is vouched for where it was submitted: %s', (hop) => {
    expect(envelopeOf(`${hop}\r\n`).authenticatedAs).toBe(anna)
  })

  test.each([
    'Return-Path: <x@evil.example>',
    'Delivered-To: anna@xyz.example',
    'Received: from evil.example by mx.xyz.example with ESMTPS id 1; Mon, 2 Nov 2026 09:30:00 +0000',
    'Received: from evil.example by mx.xyz.example; Mon, 2 Nov 2026 09:30:00 +0000',
    'Received: from pc by smtp with ESMTPSA; x\r\nReceived: from evil.example by pc with SMTP; y',
  ])('vouches for nobody where it was delivered, and moved there since: %s', (hop) => {
    expect(envelopeOf(`${hop}\r\n`).authenticatedAs).toBeNull()
  })
})

describe.skipIf(!hasDovecot)('a Sent folder', { timeout: 60_000 }, () => {
  let office: ImapOffice
  let dovecot: Dovecot
  beforeAll(async () => {
    office = await openImapOffice()
    dovecot = await startDovecot()
    await storeTenants(office.db.database, [
      {
        slug: 'xyz',
        hostNames: [{ name: 'xyz.example' as DomainName, subdomains: false }],
        users: [
          {
            email: anna,
            name: 'Anna',
            role: 'salesperson',
            otherAddresses: ['anna@home.example' as AddressKey, 'a.arndt@xyz.example' as AddressKey],
          },
        ],
        companies: [{ key: 'acme', name: 'ACME' }],
        contactPersons: [{ key: 'eva', company: 'acme', name: 'Eva', addresses: ['eva@acme.example'] }],
      },
      {
        slug: 'other',
        hostNames: [{ name: 'other.example' as DomainName, subdomains: false }],
        users: [{ email: 'olga@other.example' as AddressKey, name: 'Olga', role: 'salesperson' }],
        companies: [{ key: 'globex', name: 'Globex' }],
        contactPersons: [{ key: 'max', company: 'globex', name: 'Max', addresses: ['max@globex.example'] }],
      },
    ] as never)
  })
  afterAll(async () => {
    await office.close()
    await dovecot.stop()
  })
  beforeEach(async () => {
    await office.db.owner('DELETE FROM mailbox')
    await office.db.owner('TRUNCATE inbound_message CASCADE')
  })

  let number = 0
  function sent(from: string, to: string, more: readonly string[] = []): string {
    number += 1
    return [
      ...more,
      `From: ${from}`,
      `To: ${to}`,
      `Subject: no. ${number}`,
      `Message-ID: <${number}@xyz.example>`,
      '',
      `mail ${number}`,
      '',
    ].join('\r\n')
  }
  const add = async (folder: string): Promise<string> =>
    await office.add({ port: dovecot.port, tenant: 'xyz', folder, sent: true, afterwards: { kind: 'leave' } })

  test('gives what a user wrote to a contact person, and nothing else of it is stored or touched', async () => {
    const wanted = [
      sent(anna, 'eva@acme.example'),
      sent('Anna <a.arndt@xyz.example>', 'somebody@x.example, Eva <EVA@acme.example>'),
      sent(anna, 'list@x.example', ['Bcc: eva@acme.example, crm+11111@firm.example']),
    ]
    const unwanted = [
      sent(anna, 'mum@home.example'),
      sent(anna, 'bert@xyz.example'),
      // Another tenant's contact person is nobody here.
      sent(anna, 'max@globex.example'),
      sent('anna@home.example', 'eva@acme.example'),
      sent('olga@other.example', 'eva@acme.example'),
      sent('eva@acme.example', anna),
      sent(`${anna}, olga@other.example`, 'eva@acme.example'),
      'no mail at all\r\n',
    ]
    for (const message of [...unwanted.slice(0, 4), ...wanted, ...unwanted.slice(4)]) dovecot.deliver(message, 'Sent')
    const id = await add('Sent')
    const program = await office.start()
    await office.waitForMailbox(
      id as never,
      ({ state, lagSeconds, lastMailAt }) => state === 'connected' && lagSeconds === 0 && lastMailAt !== null,
    )
    const rows = await office.waitFor(wanted.length)
    expect(rows.map(({ content }) => content ?? '').toSorted(byText)).toEqual(wanted.toSorted(byText))
    const tenantId = await findTenantId(office.db.database, 'xyz')
    expect(rows.map((row) => [row.only_tenant_id, row.mailbox_id, row.from_trusted_network])).toEqual(rows.map(() => [tenantId, id, false]))
    const envelopes = await office.db.owner(`SELECT authenticated_as, reverse_path, forward_paths FROM inbound_message ORDER BY id`)
    expect(envelopes).toEqual([
      { authenticated_as: anna, reverse_path: null, forward_paths: [] },
      { authenticated_as: anna, reverse_path: null, forward_paths: [] },
      { authenticated_as: anna, reverse_path: null, forward_paths: ['crm+11111@firm.example'] },
    ])
    // Seen or not, everything lies there as it was.
    expect(dovecot.files('Sent').filter((name) => name.endsWith('S'))).toEqual([])
    expect(dovecot.count('Sent')).toBe(wanted.length + unwanted.length)
    // What comes later is told by the server.
    dovecot.deliver(sent(anna, 'mum@home.example'), 'Sent')
    dovecot.deliver(sent(anna, 'eva@acme.example'), 'Sent')
    await office.waitFor(wanted.length + 1)
    await program.close()
    // Read once, it is not read again.
    const again = await office.start()
    dovecot.deliver(sent(anna, 'eva@acme.example'), 'Sent')
    await office.waitFor(wanted.length + 2)
    await again.close()
  })

  test('with hundreds of private mails gives the few that are wanted', async () => {
    for (let n = 0; n < 350; n++)
      dovecot.deliver(n % 100 === 7 ? sent(anna, 'eva@acme.example') : sent(anna, 'mum@home.example'), 'Private')
    const id = await add('Private')
    const program = await office.start()
    await office.waitForMailbox(id as never, ({ lagSeconds, waiting }) => lagSeconds === 0 && waiting === 0)
    expect(await office.waitFor(4)).toHaveLength(4)
    await program.close()
  })

  test('can be watched for a tenant alone, and only to leave it as it is', async () => {
    await expect(office.add({ port: dovecot.port, folder: 'X', sent: true, afterwards: { kind: 'leave' } })).rejects.toThrow()
    await expect(office.add({ port: dovecot.port, tenant: 'xyz', folder: 'Y', sent: true })).rejects.toThrow()
  })
})
