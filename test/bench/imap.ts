/** (f) A mailbox full of messages against SMTP, on the same accept path: the rate, the memory, and how soon a new mail is seen meanwhile. */
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { addressKey, type AddressKey, type DomainName } from '../../src/mail/address.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { addMailbox, type MailboxSettings } from '../../src/store/mailboxes.ts'
import { sealSecret } from '../../src/store/mailbox-secret.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { startChild, temporaryFolder, type Child } from './child.ts'
import type { ImapServerSettings } from './imap-server.ts'
import { benchMessage } from './messages.ts'
import { deliver } from './smtp-load.ts'
import { print } from './table.ts'

const mailBytes = 4 * 1024
const connections = 20
const pollMs = 100
const key = Buffer.alloc(32, 7)
const crmAddress = addressKey('crm@localhost') as AddressKey

export async function benchImap(messages: number): Promise<void> {
  if (!hasDovecot) {
    console.log('\n(f) mailboxes: not measured, since Dovecot is not installed')
    return
  }
  const db = await openTestDatabase()
  const folder = temporaryFolder()
  const dovecot = await startDovecot()
  try {
    const xyz = { slug: 'xyz', name: 'XYZ', hostNames: [{ name: 'xyz.example' as DomainName, subdomains: false }] }
    await storeTenants(db.database, [xyz])
    for (let n = 0; n < messages; n++) dovecot.deliver(benchMessage(n, mailBytes))
    const settings: ImapServerSettings = { databaseUrl: db.url, dataDir: folder.path, keyHex: key.toString('hex'), crmAddress }
    const server = await startChild('imap-server.ts', [JSON.stringify(settings)])
    try {
      const bySmtp = await measureSmtp(db, server, Math.min(messages, 20_000))
      const byImap = await measureImap(db, server, dovecot, messages)
      const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0)
      print(
        `(f) ${messages} messages of ${mailBytes / 1024} KiB in a mailbox, until all are in the database, against SMTP on ${connections} connections`,
        ['SMTP, mails/s', 'IMAP, mails/s', 'ratio', 'a new mail is in after', 'memory before, in the middle, at most (MiB)'],
        [
          [
            bySmtp.toFixed(0),
            byImap.rate.toFixed(0),
            (byImap.rate / bySmtp).toFixed(2),
            `${(byImap.seenMs / 1000).toFixed(1)} s`,
            [byImap.before, byImap.middle, byImap.peak].map(mib).join(', '),
          ],
        ],
        'FETCH of the server and the parsing of its answers; windows are taken one after another',
      )
    } finally {
      await server.stop()
    }
  } finally {
    await dovecot.stop()
    folder.remove()
    await db.close()
  }
}

async function admitted(db: TestDatabase, channel: string): Promise<number> {
  const [row] = await db.owner<{ count: number }>('SELECT count(*)::int AS count FROM inbound_message WHERE channel = $1', [channel])
  return row?.count ?? 0
}

async function until(db: TestDatabase, channel: string, count: number): Promise<void> {
  while ((await admitted(db, channel)) < count) await sleep(pollMs)
}

async function measureSmtp(db: TestDatabase, server: Child, count: number): Promise<number> {
  const load = { port: Number(server.ready['port']), connections, mailFrom: 'anna@xyz.example', rcptTo: crmAddress }
  await deliver({ ...load, count: Math.ceil(count / 4), message: (n) => benchMessage(n, mailBytes) })
  await until(db, 'smtp', Math.ceil(count / 4))
  const startedAt = performance.now()
  await deliver({ ...load, count, message: (n) => benchMessage(n, mailBytes) })
  await until(db, 'smtp', Math.ceil(count / 4) + count)
  return (count * 1000) / (performance.now() - startedAt)
}

interface Imported {
  readonly rate: number
  readonly seenMs: number
  readonly before: number
  readonly middle: number
  readonly peak: number
}

async function measureImap(db: TestDatabase, server: Child, dovecot: Dovecot, messages: number): Promise<Imported> {
  const settings: MailboxSettings = {
    host: '127.0.0.1',
    port: dovecot.port,
    tls: 'off',
    userName: dovecot.user,
    folder: 'INBOX',
    afterwards: { kind: 'leave' },
    trustedAuthservId: null,
  }
  const before = server.residentBytes()
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, server.residentBytes())
  }, pollMs)
  await addMailbox(db.database, { ...settings, tenant: null }, (id) =>
    sealSecret(key, { ...settings, id }, { kind: 'password', password: dovecot.password }),
  )
  // From its first message on: that the mailbox is noticed takes up to two seconds.
  await until(db, 'imap', 1)
  const first = await admitted(db, 'imap')
  const startedAt = performance.now()
  await until(db, 'imap', messages / 2)
  const middle = server.residentBytes()
  const fresh = benchMessage(messages, mailBytes)
  dovecot.deliver(fresh)
  const sha256 = hash('sha256', fresh, 'hex')
  const deliveredAt = performance.now()
  let seenMs = 0
  const seen = (async () => {
    while ((await db.owner('SELECT 1 FROM inbound_message WHERE sha256 = $1', [sha256])).length === 0) await sleep(pollMs)
    seenMs = performance.now() - deliveredAt
  })()
  await until(db, 'imap', messages + 1)
  const seconds = (performance.now() - startedAt) / 1000
  await seen
  clearInterval(sampling)
  return { rate: (messages + 1 - first) / seconds, seenMs, before, middle, peak }
}
