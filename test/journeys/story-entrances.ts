/**
 * The entrances that a story can come in by, beside SMTP. In a story the client itself is trusted, signed in, or proved by where it stands; an
 * entrance that cannot see the client is told so by the mail server in front of it, in the Authentication-Results on top, and nothing else differs.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import { domainOf } from '../../src/mail/address.ts'
import { readAuthor } from '../../src/mail/author.ts'
import { readAuthenticationResults } from '../../src/mail/authentication-results.ts'
import { headerBlockOf, readHeaderLines } from '../../src/mail/header.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { addMailbox } from '../../src/store/mailboxes.ts'
import { readMailboxKey, sealSecret } from '../../src/store/mailbox-secret.ts'
import type { Database } from '../../src/store/database.ts'
import { readStoryMail, readStoryZone, type StoryStep } from '../../src/verbs/stories.ts'
import { openStorySender, queuedAs, type StepReply, type StorySender } from '../../src/verbs/story-sender.ts'
import { startDovecot } from '../support/dovecot.ts'
import type { TestProgram } from './program.ts'

export interface Entrance {
  readonly name: string
  /** What the program must be told for it. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whether a story's step can be told here at all; the others are told elsewhere. */
  readonly mayTell: (step: StoryStep) => boolean
  open(running: TestProgram): Promise<StorySender & { close(): Promise<void> | void }>
}

/** The server in front of us, as the stories' environment names it. */
const ourServer = 'mail.xyz.example'

const isTaken = ({ reply }: StoryStep): boolean => reply === '250'
/** A sign-in elsewhere is known once the mail is processed: nobody is refused for it. */
const isRefusedUser = ({ client, reply }: StoryStep): boolean => reply !== '250' && typeof client === 'object' && 'user' in client

export const overSmtp: Entrance = {
  name: 'over SMTP',
  mayTell: () => true,
  open: async ({ smtp, passwords }) => openStorySender(smtp, passwords),
}

export const overLmtp: Entrance = {
  name: 'over LMTP',
  environment: { LMTP_LISTEN: '127.0.0.1:0' },
  mayTell: (step) => !isRefusedUser(step),
  async open({ program }) {
    const [place] = program.lmtp
    if (place === undefined || 'path' in place) throw new Error('the program does not listen for LMTP')
    // Whoever proves himself is no mail server of ours: he comes from elsewhere, and is checked where he stands.
    const at = ({ client }: StoryStep): string =>
      typeof client === 'object' && 'address' in client ? client.address : client === 'untrusted' ? '127.0.0.2' : '127.0.0.1'
    return {
      async send(step) {
        const transport = createTransport({ ...place, lmtp: true, ignoreTLS: true, localAddress: at(step) })
        try {
          const raw = at(step) === '127.0.0.1' ? withVerdict(step) : readStoryMail(step)
          const info = (await transport.sendMail({ envelope: { from: step.mailFrom, to: [...step.rcptTo] }, raw })) as { response: string }
          return { reply: info.response, id: queuedAs(info.response) }
        } catch (error) {
          const { response, rejectedErrors } = error as { response?: string; rejectedErrors?: readonly { response?: string }[] }
          return { reply: rejectedErrors?.[0]?.response ?? response ?? String(error), id: null }
        } finally {
          transport.close()
        }
      },
      close: () => undefined,
    }
  },
}

/** Mail that lies in a mailbox was taken by another server: it cannot be refused any more. */
export const overImap: Entrance = {
  name: 'from a mailbox (IMAP)',
  mayTell: isTaken,
  async open({ program, config }) {
    const dovecot = await startDovecot()
    const { database } = program.store
    const settings = {
      host: '127.0.0.1',
      port: dovecot.port,
      tls: 'off' as const,
      userName: dovecot.user,
      folder: 'INBOX',
      afterwards: { kind: 'seen' as const },
      trustedAuthservId: ourServer,
      tenant: null,
    }
    const key = await readMailboxKey({ dataDir: config.dataDir, given: null })
    const secret = { kind: 'password' as const, password: dovecot.password }
    await addMailbox(database, settings, (id) => sealSecret(key, { ...settings, id }, secret))
    const sendTogether = async (steps: readonly StoryStep[]): Promise<StepReply[]> => {
      const mails = steps.map(asDelivered)
      const hashes = mails.map((mail) => createHash('sha256').update(mail).digest('hex'))
      for (const mail of mails) dovecot.deliver(mail)
      const rows = await fetched(database, `sha256 = ANY($1)`, hashes, new Set(hashes).size)
      const ids = new Map(rows.map(({ id, sha256 }) => [sha256, id]))
      return hashes.map((hash) => ({ reply: ids.has(hash) ? '250' : 'it was not fetched', id: ids.get(hash) ?? null }))
    }
    const sendAlone = async (step: StoryStep): Promise<StepReply> => {
      const before = (await fetched(database, 'sha256 <> ALL($1)', [], 0)).map(({ id }) => id)
      dovecot.deliver(asDelivered(step))
      const [row] = await fetched(database, 'id <> ALL($1::uuid[])', before, 1)
      return { reply: row === undefined ? 'it was not fetched' : '250', id: row?.id ?? null }
    }
    return {
      send: sendAlone,
      // Dovecot tells of new mail after half a second. A mail without a Message-ID is found by the millisecond in which it came, and one with NUL
      // octets is not the same once Dovecot has handed it out, so they come alone.
      async sendAll(steps) {
        const replies = new Map<StoryStep, StepReply>()
        const alone = steps.filter((step) => {
          const raw = readStoryMail(step)
          return raw.includes(0) || readMessageHeader(headerBlockOf(raw).block, null).messageId === null
        })
        const together = steps.filter((step) => !alone.includes(step))
        for (const [index, reply] of (await sendTogether(together)).entries()) replies.set(together[index] as StoryStep, reply)
        for (const step of alone) replies.set(step, await sendAlone(step))
        return steps.map((step) => replies.get(step) ?? { reply: 'it was not sent', id: null })
      },
      close: () => dovecot.stop(),
    }
  },
}

/** Nobody signs in with a file. */
export const fromFiles: Entrance = {
  name: 'through the file door',
  mayTell: (step) => isTaken(step) && typeof step.client === 'string',
  open: async ({ program }) => ({
    async send(step) {
      // A mail without a Message-ID is found by the millisecond in which it came.
      await wait(2)
      const message = { reversePath: step.mailFrom, forwardPaths: step.rcptTo, untrusted: step.client === 'untrusted' }
      return { reply: '250', id: await program.ingest(message, Readable.from([readStoryMail(step)])) }
    },
    close: () => undefined,
  }),
}

/** With a key of the tenant that the story is about; a refusal has HTTP's own number. */
export const overHttp: Entrance = {
  name: 'over HTTP',
  mayTell: (step) => !isRefusedUser(step),
  async open({ program }) {
    const keys = new Map<string, string>()
    const keyOf = async (slug: string): Promise<string> => {
      const made = keys.get(slug)
      if (made !== undefined) return made
      const wanted = { role: 'submit' as const, name: 'stories', expiresAt: null, trustedAuthservId: ourServer, actor: 'operator' as const }
      const { key } = await createApiKey(program.store.database, slug, wanted)
      keys.set(slug, key)
      return key
    }
    return {
      async send(step): Promise<StepReply> {
        const url = new URL('/api/v1/messages', program.http)
        url.searchParams.set('mailFrom', step.mailFrom)
        for (const path of step.rcptTo) url.searchParams.append('rcptTo', path)
        const headers = { authorization: `Bearer ${await keyOf(step.expect?.tenant ?? 'xyz')}`, 'content-type': 'message/rfc822' }
        const response = await fetch(url, { method: 'POST', headers, body: withVerdict(step) })
        const body = (await response.json()) as { id?: string; title?: string; detail?: string }
        if (response.status === 202) return { reply: '250', id: body.id ?? null }
        const refused = [400, 403].includes(response.status) && !isTaken(step)
        return { reply: `${refused ? step.reply : response.status} ${body.detail ?? body.title ?? ''}`, id: null }
      },
      close: () => undefined,
    }
  },
}

/** As a delivery agent leaves it in a mailbox. */
function asDelivered(step: StoryStep): Buffer {
  const recipients = step.rcptTo.map((path) => `Delivered-To: ${path}\r\n`).join('')
  return Buffer.concat([Buffer.from(`Return-Path: <${step.mailFrom}>\r\n${recipients}`), withVerdict(step)])
}

/** Such messages, once there are so many. */
async function fetched(
  database: Database,
  which: string,
  values: readonly string[],
  count: number,
): Promise<{ id: string; sha256: string }[]> {
  const endsAt = performance.now() + 20_000
  for (;;) {
    const rows = await database.operatorSql((sql) =>
      sql.rows<{ id: string; sha256: string }>(`SELECT id, sha256 FROM inbound_message WHERE ${which}`, [values]),
    )
    if (rows.length >= count || performance.now() > endsAt) return rows
    await wait(20)
  }
}

/** The mail as the server in front hands it on, which has seen the client and says what it found out. */
function withVerdict(step: StoryStep): Buffer {
  const raw = readStoryMail(step)
  const { lines } = readHeaderLines(headerBlockOf(raw).block)
  // Where the mail has a field in that server's name, the story is about that field.
  const isTold = lines.some(
    ({ name, value }) => name === 'authentication-results' && readAuthenticationResults(value)?.authservId === ourServer,
  )
  // One that a stranger wrote counts no more once that server has written its own above it.
  const methods = isTold ? (step.client === 'untrusted' ? 'none' : null) : methodsOf(step, readAuthor(lines))
  return methods === null ? raw : Buffer.concat([Buffer.from(`Authentication-Results: ${ourServer}; ${methods}\r\n`), raw])
}

function methodsOf({ client, mailFrom }: StoryStep, author: ReturnType<typeof readAuthor>): string | null {
  if (client === 'untrusted') return null
  if (client !== 'trusted') {
    return 'user' in client ? `auth=pass smtp.auth=${client.user}` : `spf=${spfOf(mailFrom, client.address)} smtp.mailfrom=${mailFrom}`
  }
  if (author.kind !== 'one') return `auth=pass smtp.auth=${mailFrom}`
  const domain = domainOf(author.mailbox.key)
  return `dmarc=pass header.from=${domain}; spf=pass smtp.mailfrom=postmaster@${domain}`
}

function spfOf(mailFrom: string, address: string): 'pass' | 'fail' {
  const { TXT: records = [] } = readStoryZone()[mailFrom.slice(mailFrom.indexOf('@') + 1)] ?? {}
  return [records].flat().some((record) => record.includes(`ip4:${address} `)) ? 'pass' : 'fail'
}
