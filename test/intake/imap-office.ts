/** A program that watches mailboxes and admits what it takes, against a real database; and ways to see what came. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MailboxId } from '../../src/crm/ids.ts'
import { openDoor } from '../../src/intake/accept.ts'
import { openAdmission } from '../../src/intake/admit.ts'
import { openImapWatcher, type ImapWatcher, type WatcherTiming } from '../../src/intake/imap-watcher.ts'
import { openSpool } from '../../src/intake/spool.ts'
import { openLog, type Log } from '../../src/log.ts'
import { addressKey, type AddressKey } from '../../src/mail/address.ts'
import { openBlobStore } from '../../src/store/blobs.ts'
import { addMailbox, listMailboxes, type MailboxJson, type MailboxSettings } from '../../src/store/mailboxes.ts'
import { sealSecret, type MailboxSecret } from '../../src/store/mailbox-secret.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import type { ChildSettings } from './imap-child.ts'

export const crmAddress = addressKey('crm@firm.example') as AddressKey
export const messageBytesMax = 60 * 1024 * 1024
const key = Buffer.alloc(32, 7)

/** As the program's own, in the proportions of a test. */
export const quick: Partial<WatcherTiming> = {
  lookMs: 100,
  leaseMs: 3_000,
  renewMs: 500,
  connectTimeoutMs: 2_000,
  answerTimeoutMs: 1_000,
  recheckMs: 1_000,
  reselectMs: 2_000,
  pollMs: 200,
  retryFirstMs: 50,
  retryLongestMs: 400,
  retryRefusedFirstMs: 100,
  retryRefusedLongestMs: 400,
}

export interface Program {
  readonly watcher: ImapWatcher
  /** Stops it as SIGTERM does. */
  close(): Promise<void>
}

export interface Child {
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<void>
}

export interface ImapOffice {
  readonly db: TestDatabase
  /** Starts a process' worth of it: spool and admission of its own, the database shared. */
  start(options?: StartOptions): Promise<Program>
  /** The same as a process of its own, that can be killed. */
  startChild(options?: Pick<StartOptions, 'timing' | 'folder'>): Promise<Child>
  add(settings: Partial<MailboxSettings> & { port: number; tenant?: string | null }, secret?: MailboxSecret): Promise<MailboxId>
  mailbox(id: MailboxId): Promise<MailboxJson>
  /** What was admitted, oldest id first. */
  admitted(): Promise<AdmittedRow[]>
  /** Waits until so many were admitted; fails with what is there when it takes too long. */
  waitFor(count: number, timeoutMs?: number): Promise<AdmittedRow[]>
  waitForMailbox(id: MailboxId, isSo: (mailbox: MailboxJson) => boolean, timeoutMs?: number): Promise<MailboxJson>
  close(): Promise<void>
}

export interface StartOptions {
  readonly timing?: Partial<WatcherTiming>
  readonly messageBytesMax?: number
  /** Another folder: as another machine. */
  readonly folder?: string
  readonly log?: Log
  readonly extraAuthorities?: readonly string[]
}

export interface AdmittedRow {
  readonly id: string
  readonly bytes: number
  readonly sha256: string
  readonly content: string | null
  readonly reverse_path: string | null
  readonly forward_paths: string[]
  readonly mailbox_id: string
  readonly only_tenant_id: string | null
  readonly trusted_authserv_id: string | null
  readonly from_trusted_network: boolean
  readonly received_at: Date
}

export async function openImapOffice(): Promise<ImapOffice> {
  const db = await openTestDatabase()
  const base = mkdtempSync(join(tmpdir(), 'leadpost-imap-'))
  const programs: Program[] = []
  const children: Child[] = []

  async function start(options: StartOptions = {}): Promise<Program> {
    const log = options.log ?? openLog('silent')
    const dataDir = join(base, options.folder ?? 'data')
    const spool = await openSpool({ dataDir, spoolBytesMax: 2 * 1024 ** 3, log })
    const blobs = await openBlobStore({ dataDir: join(base, 'blobs'), url: null })
    const admission = openAdmission({ spool, database: db.database, blobs, ring: () => Promise.resolve(), log })
    const watcher = await openImapWatcher({
      store: { database: db.database },
      door: openDoor({ spool }),
      options: {
        dataDir,
        mailboxKey: key,
        crmAddresses: [crmAddress],
        messageBytesMax: options.messageBytesMax ?? messageBytesMax,
        timing: { ...quick, ...options.timing },
        extraAuthorities: options.extraAuthorities ?? [],
      },
      log,
    })
    const program: Program = {
      watcher,
      async close() {
        if (!programs.includes(program)) return
        programs.splice(programs.indexOf(program), 1)
        await watcher.close()
        await admission.close()
        await spool.close()
        await blobs.close()
      },
    }
    programs.push(program)
    return program
  }

  async function admitted(): Promise<AdmittedRow[]> {
    return await db.owner<AdmittedRow>(
      `SELECT m.id, m.bytes::int, m.sha256, convert_from(r.content, 'LATIN1') AS content, m.reverse_path, m.forward_paths, m.mailbox_id,
              m.only_tenant_id, m.trusted_authserv_id, m.from_trusted_network, m.received_at
       FROM inbound_message m JOIN raw_message r ON r.message_id = m.id WHERE m.channel = 'imap' ORDER BY m.id`,
    )
  }

  async function startChild(options: Pick<StartOptions, 'timing' | 'folder'> = {}): Promise<Child> {
    const settings: ChildSettings = {
      databaseUrl: db.url,
      dataDir: join(base, options.folder ?? 'data'),
      blobDir: join(base, 'blobs'),
      keyHex: key.toString('hex'),
      messageBytesMax,
      timing: { ...quick, ...options.timing },
    }
    const running = spawn(process.execPath, [join(import.meta.dirname, 'imap-child.ts'), JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = once(running, 'exit')
    let said = ''
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const child: Child = {
      async kill() {
        children.splice(children.indexOf(child), 1)
        running.kill('SIGKILL')
        await ended
      },
    }
    children.push(child)
    const [first] = (await Promise.race([once(running.stdout, 'data'), ended])) as unknown[]
    if (!Buffer.isBuffer(first)) throw new Error(`the child ended: ${said}`)
    return child
  }

  const office: ImapOffice = {
    db,
    start,
    startChild,
    async add(settings, secret = { kind: 'password', password: 'pass word' }) {
      const { tenant = null, ...rest } = settings
      const whole: MailboxSettings = {
        host: '127.0.0.1',
        tls: 'off',
        userName: 'crm',
        folder: 'INBOX',
        afterwards: { kind: 'seen' },
        trustedAuthservId: null,
        ...rest,
      }
      return await addMailbox(db.database, { ...whole, tenant }, (id) => sealSecret(key, { ...whole, id }, secret))
    },
    async mailbox(id) {
      const found = (await listMailboxes(db.database, null)).find((mailbox) => mailbox.id === id)
      if (found === undefined) throw new Error(`no mailbox ${id}`)
      return found
    },
    admitted,
    async waitFor(count, timeoutMs = 15_000) {
      const endsAt = performance.now() + timeoutMs
      for (;;) {
        const [row] = await db.owner<{ count: number }>(`SELECT count(*)::int AS count FROM inbound_message WHERE channel = 'imap'`)
        if ((row?.count ?? 0) >= count) return await admitted()
        if (performance.now() > endsAt) {
          const boxes = await listMailboxes(db.database, null)
          throw new Error(`${row?.count} of ${count} messages came; mailboxes: ${JSON.stringify(boxes)}`)
        }
        await sleep(20)
      }
    },
    async waitForMailbox(id, isSo, timeoutMs = 15_000) {
      const endsAt = performance.now() + timeoutMs
      for (;;) {
        const mailbox = await office.mailbox(id)
        if (isSo(mailbox)) return mailbox
        if (performance.now() > endsAt) throw new Error(`the mailbox stays as it is: ${JSON.stringify(mailbox)}`)
        await sleep(25)
      }
    },
    async close() {
      while (children[0] !== undefined) await children[0].kill()
      while (programs[0] !== undefined) await programs[0].close()
      await db.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
  return office
}

let count = 0

/** A mail whose text tells it from all others. */
export function newMail(options: { readonly text?: string; readonly header?: readonly string[] } = {}): string {
  count += 1
  const lines = [
    ...(options.header ?? []),
    'From: Anna Arndt <anna@xyz.example>',
    'To: Eva Muster <eva@acme.example>',
    `Subject: XYZ Lead ${count}`,
    `Message-ID: <${count}.${process.pid}@xyz.example>`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0000',
    '',
    options.text ?? `Dear Eva, this is mail ${count}.`,
    '',
  ]
  return lines.join('\r\n')
}
