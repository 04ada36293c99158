/** Two companies with their leads, a way to hand mails in as the door does, and what became of them. Against a real database. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import { type AddressKey, type DomainName, addressKey } from '../../src/mail/address.ts'
import type { Envelope, IntakeChannel } from '../../src/mail/message.ts'
import type { SenderCheckOptions } from '../../src/processing/authenticate.ts'
import { openDnsResolver } from '../../src/processing/dns-resolver.ts'
import type { ParserOptions } from '../../src/processing/parse.ts'
import { openProcessing, type Processing, type ProcessingOptions } from '../../src/processing/open-processing.ts'
import { admitMessages } from '../../src/store/admit.ts'
import { type BlobStore, inlineBytesMax, openBlobStore } from '../../src/store/blobs.ts'
import { type ConfirmationJson, readConfirmations } from '../../src/store/confirmations.ts'
import type { Database } from '../../src/store/database.ts'
import { type HistoryEntryJson, readHistory } from '../../src/store/history.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'

export const crmAddress = addressKey('crm@leadpost.example') as AddressKey
const xyzHost = 'xyz.example' as DomainName
const otherHost = 'other.example' as DomainName

export interface Delivered {
  readonly state: string
  readonly reason: string | null
  readonly detail: string | null
  readonly attempts: number
  readonly tenant: string | null
  readonly lead: string | null
  readonly mailId: string | null
  readonly trace: Record<string, unknown> | null
}

export interface Office {
  readonly db: TestDatabase
  readonly dns: DnsZone
  readonly senderCheck: SenderCheckOptions
  readonly database: Database
  readonly blobs: BlobStore
  readonly folder: string
  readonly processing: Processing
  /** Opens one more processing on the same rows, as another process would. */
  another(options?: Partial<ProcessingOptions> & { parser?: ParserOptions }): Promise<Processing>
  /** Hands a mail in as the door does, without processing it. */
  admit(raw: string | Buffer, how?: Handed): Promise<MessageId>
  /** Hands in and processes; what became of it. */
  send(raw: string | Buffer, how?: Handed): Promise<Delivered>
  deliveryOf(id: MessageId): Promise<Delivered>
  history(lead: string, tenant?: string): Promise<readonly HistoryEntryJson[]>
  confirmations(tenant?: string): Promise<readonly ConfirmationJson[]>
  close(): Promise<void>
}

export interface Handed extends Partial<Envelope> {
  readonly channel?: IntakeChannel
}

export async function openOffice(options: Partial<ProcessingOptions> = {}): Promise<Office> {
  const db = await openTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'leadpost-office-'))
  const blobs = await openBlobStore({ dataDir: folder, url: null })
  await storeTenants(db.database, world)
  // Names nothing unless a test says so: then nobody vouches for anybody.
  const dns = await openDnsZone()
  const resolver = openDnsResolver({ servers: [dns.server], timeoutMs: 500 })
  const senderCheck: SenderCheckOptions = { resolver, trustedAuthservIds: [], trustedSealers: [], timeoutMs: 5_000 }
  const opened: Processing[] = []
  const another = async (more: Partial<ProcessingOptions> = {}): Promise<Processing> => {
    const processing = await openProcessing({
      store: { database: db.database, blobs },
      bell: { onRing: () => {} },
      options: {
        crmAddresses: [crmAddress],
        temporaryFolder: join(folder, 'temporary'),
        parser: { threads: 1 },
        sweepIntervalMs: 3_600_000,
        senderCheck,
        ...options,
        ...more,
      },
      log: openLog('silent'),
    })
    opened.push(processing)
    return processing
  }
  const processing = await another()
  const deliveryOf = async (id: MessageId): Promise<Delivered> => {
    const [row] = await db.owner<Delivered>(
      `SELECT d.state, d.reason, d.detail, d.attempts, t.slug AS tenant, l.number AS lead, d.mail_id AS "mailId", d.trace
       FROM delivery d LEFT JOIN tenant t ON t.id = d.tenant_id LEFT JOIN lead l ON l.tenant_id = d.tenant_id AND l.id = d.lead_id
       WHERE d.message_id = $1`,
      [id],
    )
    if (row === undefined) throw new Error('no delivery')
    return row
  }
  const admit = async (raw: string | Buffer, how: Handed = {}): Promise<MessageId> => {
    const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(raw, 'utf8')
    const { channel = 'smtp', ...envelope } = how
    const id = newId<MessageId>()
    const isSmall = bytes.length <= inlineBytesMax
    if (!isSmall) await blobs.put(`messages/${id}`, bytes)
    await admitMessages(db.database, [
      {
        id,
        channel,
        receivedAt: new Date(),
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        envelope: { ...plainEnvelope, ...envelope },
        content: isSmall ? bytes : null,
        blobKey: isSmall ? null : `messages/${id}`,
      },
    ])
    return id
  }
  return {
    db,
    dns,
    senderCheck,
    database: db.database,
    blobs,
    folder,
    processing,
    another,
    admit,
    async send(raw, how) {
      const id = await admit(raw, how)
      await processing.processDue()
      return await deliveryOf(id)
    },
    deliveryOf,
    history: async (lead, tenant = 'xyz') => (await readHistory(db.database, tenant, lead)).entries,
    confirmations: async (tenant = 'xyz') => (await readConfirmations(db.database, tenant)).items,
    async close() {
      for (const each of opened) await each.close()
      resolver.close()
      await dns.close()
      await blobs.close()
      await db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const plainEnvelope: Envelope = {
  reversePath: 'anna@xyz.example',
  forwardPaths: [crmAddress],
  clientAddress: '127.0.0.1',
  heloName: 'client.example',
  tls: null,
  authenticatedAs: null,
  fromTrustedNetwork: true,
}

let count = 0

/** A plain mail of Anna's to Eva; every call makes another mail unless id and text are given. */
export function mail(fields: Record<string, string | null> = {}, text?: string): string {
  count += 1
  const header: Record<string, string | null> = {
    From: 'Anna Arndt <anna@xyz.example>',
    To: 'Eva Muster <eva@acme.example>',
    Subject: 'Hello',
    Date: 'Mon, 02 Nov 2026 09:30:00 +0000',
    'Message-ID': `<${count}.${process.pid}@xyz.example>`,
    'MIME-Version': '1.0',
    'Content-Type': 'text/plain; charset=utf-8',
    ...fields,
  }
  const lines = Object.entries(header).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return [...lines, '', text ?? `Dear Eva, this is mail ${count}.`, ''].join('\r\n')
}

/** Two tenants that use the same numbers, names and contacts, so that a leak would show. */
const world = [
  {
    slug: 'xyz',
    name: 'XYZ GmbH',
    hostNames: [{ name: xyzHost, subdomains: false }],
    policy: { neverLog: ['lawyer.example', 'boss@acme.example'] },
    users: [
      { email: 'anna@xyz.example', name: 'Anna Arndt', role: 'salesperson' as const, otherAddresses: ['anna@home.example'] },
      { email: 'bert@xyz.example', name: 'Bert Brand', role: 'salesperson' as const },
    ],
    companies: [
      { key: 'acme', name: 'ACME AG' },
      { key: 'globex', name: 'Globex' },
      { key: 'initech', name: 'Initech' },
    ],
    contactPersons: [
      { key: 'eva', company: 'acme', name: 'Eva Muster', addresses: ['eva@acme.example', 'e.muster@acme.example'] },
      { key: 'gus', company: 'globex', name: 'Gus Gross', addresses: ['gus@globex.example'] },
      { key: 'ina', company: 'initech', name: 'Ina Inge', addresses: ['ina@initech.example'] },
    ],
    leads: [
      {
        number: '11111',
        name: 'Website relaunch',
        company: 'acme',
        keyPlayers: [{ contactPerson: 'eva', role: 'decision maker' }],
        quotes: [{ number: '1024' }],
      },
      { number: '22222', name: 'Web shop', company: 'acme' },
      { number: '33333', name: 'Warehouse', company: 'globex' },
      { number: '44444', name: 'Old deal', company: 'globex', status: 'lost' as const },
      { number: '55555', name: 'Printers', company: 'initech' },
    ],
  },
  {
    slug: 'other',
    name: 'Other Ltd',
    hostNames: [{ name: otherHost, subdomains: true }],
    users: [{ email: 'olga@other.example', name: 'Olga', role: 'salesperson' as const }],
    companies: [{ key: 'acme', name: 'ACME AG' }],
    contactPersons: [{ key: 'eva', company: 'acme', name: 'Eva Muster', addresses: ['eva@acme.example'] }],
    leads: [
      { number: '11111', name: 'Website relaunch', company: 'acme' },
      { number: '99999', name: 'Something secret', company: 'acme' },
    ],
  },
]
