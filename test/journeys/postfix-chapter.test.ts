/** The README's chapter on Postfix, followed word by word: Debian's Postfix and Rspamd in front of the whole product. Only places differ: folders and ports. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseEnv, promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfirmations } from '../../src/store/confirmations.ts'
import { readHistory } from '../../src/store/history.ts'
import { listMessages, showMessage, type MessageTraceJson } from '../../src/store/messages.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'
import { Wire } from '../intake/support/wire.ts'
import { freePort } from '../support/free-port.ts'
import { newKey, signed } from '../support/signed-mail.ts'
import { installed } from './installed.ts'
import { startPostfixWith, withSystemPath, type Postfix } from './postfix.ts'
import { startPasswords, startRspamd, type Passwords, type Rspamd } from './postfix-parts.ts'
import { openTestProgram, type TestProgram } from './program.ts'
import { readChapterCommands, readChapterFiles } from './readme-blocks.ts'

const run = promisify(execFile)
const patienceMs = 30_000
const asRoot = { holds: process.getuid?.() === 0, otherwise: 'Postfix is started by root alone' }
const allThere = [installed('postfix', asRoot), installed('rspamd'), installed('dovecot')].every(Boolean)

const key = newKey()
const password = 'let-me-in'
/** The company sends from 192.0.2.7, its client from 198.51.100.9. */
const zone = {
  'xyz.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'] },
  '_dmarc.xyz.example': { TXT: ['v=DMARC1; p=none'] },
  'acme.example': { TXT: ['v=spf1 ip4:198.51.100.9 -all'] },
  '_dmarc.acme.example': { TXT: ['v=DMARC1; p=none'] },
  's1._domainkey.acme.example': { TXT: [key.record] },
}

describe.skipIf(!allThere)('the chapter on Postfix', () => {
  const closes: (() => Promise<unknown>)[] = []
  let running: TestProgram
  let postfix: Postfix
  beforeAll(async () => {
    const dns: DnsZone = await openDnsZone(zone)
    closes.push(() => dns.close())
    const files = readChapterFiles('Postfix')
    const lmtpPort = await freePort()
    const env = parseEnv(shown(files, '.env').replace(':2424', `:${lmtpPort}`))
    const folder = await mkdtemp(join(tmpdir(), 'lp-socket-'))
    closes.push(() => rm(folder, { recursive: true }))
    await chmod(folder, 0o755)
    const socket = join(folder, 'lmtp')
    // Beside the chapter's way, two more for two more addresses.
    running = await openTestProgram({
      ...env,
      DNS_SERVERS: dns.server,
      CRM_ADDRESSES: `${env['CRM_ADDRESSES'] ?? ''},by-socket@xyz.example,by-smtp@xyz.example`,
      LMTP_LISTEN: `${env['LMTP_LISTEN'] ?? ''},unix:${socket}`,
      LMTP_SOCKET_MODE: '0666',
      RELAY_NETWORKS: '127.0.0.1',
    })
    const otherWays = `by-socket@xyz.example lmtp:unix:${socket}\nby-smtp@xyz.example smtp:[127.0.0.1]:${running.smtp.port}\n`
    closes.push(() => running.close())
    const rspamd: Rspamd = await startRspamd(
      new Map([['milter_headers.conf', shown(files, '/etc/rspamd/local.d/milter_headers.conf')]]),
      dns.server,
    )
    closes.push(() => rspamd.close())
    const passwords: Passwords = await startPasswords(password)
    closes.push(() => passwords.close())
    const inPlace = (text: string, folder: string): string =>
      text.replaceAll('/etc/postfix', folder).replaceAll(':11332', `:${rspamd.port}`).replaceAll(':2424', `:${lmtpPort}`)
    postfix = await startPostfixWith({
      lines: (folder) => `${companyLines(passwords.path)}${inPlace(shown(files, '/etc/postfix/main.cf'), folder)}`,
      async prepare(folder) {
        await writeFile(join(folder, 'transport'), `${inPlace(shown(files, '/etc/postfix/transport'), folder)}${otherWays}`)
        const commands = readChapterCommands('Postfix').filter((line) => line.startsWith('postmap '))
        expect(commands.length).toBeGreaterThan(0)
        for (const command of commands) {
          const [program = '', ...words] = inPlace(command, folder).split(' ')
          await run(program, ['-c', folder, ...words], { env: withSystemPath() })
        }
      },
    })
    closes.push(() => postfix.close())
  }, 60_000)
  afterAll(async () => {
    for (const close of closes.toReversed()) await close()
  })

  test('names every file that it tells to write, and Postfix understands its lines', async () => {
    expect([...readChapterFiles('Postfix').keys()].map((name) => basename(name))).toEqual([
      'milter_headers.conf',
      'main.cf',
      'transport',
      '.env',
    ])
    expect(await postfix.log()).not.toMatch(/warning|fatal|error/)
  })

  test('a salesperson who signs in there is believed, with the number in the subject or in the sub-address', async () => {
    await signedIn({ subject: '11111 signed in' })
    await signedIn({ subject: 'sub-address', to: 'crm+22222@xyz.example' })
    expect(await outcome('11111 signed in')).toMatchObject({
      fromTrustedNetwork: false,
      relayed: true,
      deliveries: [{ state: 'appended', lead: '11111', trace: { standing: 'trustedSubmission' } }],
    })
    expect(await outcome('sub-address')).toMatchObject({ deliveries: [{ state: 'appended', lead: '22222' }] })
  })

  test('a client’s answer is filed in its thread, by what Rspamd found out about him', async () => {
    await signedIn({ subject: '11111 offer', id: '<offer@xyz.example>' })
    await outcome('11111 offer')
    const answer = { from: 'eva@acme.example', subject: 'Re: offer', more: ['In-Reply-To: <offer@xyz.example>'] }
    await fromOutside('198.51.100.9', await signed(mailOf(answer), { domain: 'acme.example', key }), 'eva@acme.example')
    expect(await outcome('Re: offer')).toMatchObject({
      deliveries: [
        { state: 'appended', lead: '11111', trace: { standing: 'aligned', authentication: { authservId: 'mail.xyz.example' } } },
      ],
    })
  })

  test.each([
    ['from outside', '203.0.113.66', []],
    [
      'with results that he wrote himself',
      '203.0.113.66',
      ['Authentication-Results: mail.xyz.example; dmarc=pass header.from=xyz.example'],
    ],
    [
      'with a sign-in that he wrote himself',
      '203.0.113.66',
      ['Authentication-Results: mail.xyz.example; auth=pass smtp.auth=anna@xyz.example'],
    ],
    [
      'with a whole way that he wrote himself',
      '203.0.113.66',
      [
        'Received: from [127.0.0.1] by mail.xyz.example (Postfix) with ESMTPSA id 1; Sun, 22 Nov 2026 10:00:00 +0000',
        'Authentication-Results: mail.xyz.example; spf=pass smtp.mailfrom=anna@xyz.example; auth=pass smtp.auth=anna@xyz.example',
      ],
    ],
    [
      'from a network of the server, not signed in',
      '127.0.0.1',
      ['Authentication-Results: mail.xyz.example; dmarc=pass header.from=xyz.example'],
    ],
  ])('a mail forged in a salesperson’s name waits for a person: %s', async (what, client, more) => {
    const subject = `11111 forged ${what}`
    await fromOutside(client, mailOf({ subject, more }))
    expect(await outcome(subject)).toMatchObject({
      deliveries: [{ state: 'inReview', reason: 'unauthenticatedSender', trace: { standing: 'unaligned' } }],
    })
  })

  test.each(['by-socket@xyz.example', 'by-smtp@xyz.example'])(
    'by a unix socket, and by SMTP from RELAY_NETWORKS, a mail ends the same: %s',
    async (to) => {
      await signedIn({ subject: `11111 true ${to}`, to })
      await fromOutside('203.0.113.66', mailOf({ subject: `11111 false ${to}` }), 'anna@xyz.example', [to])
      expect(await outcome(`11111 true ${to}`)).toMatchObject({ relayed: true, deliveries: [{ state: 'appended', lead: '11111' }] })
      expect(await outcome(`11111 false ${to}`)).toMatchObject({ deliveries: [{ state: 'inReview', reason: 'unauthenticatedSender' }] })
    },
  )

  test('a mail that a program on the server sends in a salesperson’s name waits for a person', async () => {
    const subject = '11111 by sendmail'
    const more = ['Authentication-Results: mail.xyz.example; auth=pass smtp.auth=anna@xyz.example']
    await postfix.sendmail(mailOf({ subject, more }), 'anna@xyz.example', 'crm@xyz.example')
    expect(await outcome(subject)).toMatchObject({ deliveries: [{ state: 'inReview', reason: 'unauthenticatedSender' }] })
  })

  test('the company’s own server proves its mail by SPF where it comes in from outside', async () => {
    await fromOutside('192.0.2.7', mailOf({ subject: '11111 by the other server' }))
    expect(await outcome('11111 by the other server')).toMatchObject({
      deliveries: [{ state: 'appended', trace: { standing: 'aligned' } }],
    })
  })

  test('a refused mail goes back to its sender with our words, each recipient with his own', async () => {
    await fromOutside('203.0.113.66', mailOf({ from: 'max@unbekannt.example', subject: '11111 stranger' }), 'max@unbekannt.example', [
      'crm@xyz.example',
      'crm+11111@xyz.example',
    ])
    for (const to of ['crm@xyz', 'crm\\+11111@xyz'])
      await expect
        .poll(() => postfix.log(), { timeout: patienceMs })
        .toMatch(
          new RegExp(
            `to=<${to}\\.example>.*relay=127.*dsn=5\\.7\\.1, status=bounced \\(host 127\\.0\\.0\\.1\\[127\\.0\\.0\\.1\\] said: 550 5\\.7\\.1 \\w+`,
          ),
        )
  })

  test('what is for nobody is refused at the door, and the company’s other mail stays with Postfix', async () => {
    const wire = await connectedAs('203.0.113.66')
    await wire.command('MAIL FROM:<eva@acme.example>', 250)
    await wire.command('RCPT TO:<nobody-here@xyz.example>', 550)
    await wire.command('RCPT TO:<eva@elsewhere.example>', 554)
    wire.close()
  })

  test('mail keeps waiting in its queue while the program is stopped, and arrives afterwards', async () => {
    await running.program.close()
    await signedIn({ subject: '11111 meanwhile 1' })
    await signedIn({ subject: '11111 meanwhile 2' })
    await expect.poll(() => postfix.queue(), { timeout: patienceMs }).toMatch(/refused[^]*crm@xyz\.example[^]*refused[^]*crm@xyz\.example/)
    const tries = async (): Promise<number> => (await postfix.log()).match(/status=deferred/g)?.length ?? 0
    await expect.poll(tries, { timeout: patienceMs }).toBeGreaterThan(2)
    await running.reopen()
    await postfix.flush()
    for (const number of [1, 2]) expect(await outcome(`11111 meanwhile ${number}`)).toMatchObject({ deliveries: [{ state: 'appended' }] })
    await expect.poll(() => postfix.queue(), { timeout: patienceMs }).toContain('queue is empty')
  })

  async function signedIn({ subject, to = 'crm@xyz.example', id }: { subject: string; to?: string; id?: string }): Promise<void> {
    const transport = createTransport({
      host: '127.0.0.1',
      port: postfix.port,
      ignoreTLS: true,
      auth: { user: 'anna@xyz.example', pass: password },
    })
    const raw = mailOf({ subject, ...(id === undefined ? {} : { id }) })
    await transport.sendMail({ envelope: { from: 'anna@xyz.example', to }, raw })
    transport.close()
  }

  /** A client at that address, as Postfix is told by XCLIENT. */
  async function connectedAs(address: string): Promise<Wire> {
    const wire = await Wire.open(postfix.port)
    await wire.expect(220)
    if (address !== '127.0.0.1') await wire.command(`XCLIENT ADDR=${address} NAME=[UNAVAILABLE]`, 220)
    await wire.command('EHLO mail.elsewhere.example', 250)
    return wire
  }

  async function fromOutside(address: string, raw: string, from = 'anna@xyz.example', to = ['crm@xyz.example']): Promise<void> {
    const wire = await connectedAs(address)
    await wire.command(`MAIL FROM:<${from}>`, 250)
    for (const each of to) await wire.command(`RCPT TO:<${each}>`, 250)
    await wire.command('DATA', 354)
    wire.send(`${raw}.\r\n`)
    await wire.expect(250)
    wire.close()
  }

  /** The trace of the mail with this subject, once it is settled. */
  async function outcome(subject: string): Promise<MessageTraceJson> {
    const { database } = running.program.store
    const find = async (): Promise<string | undefined> => {
      const entries = await Promise.all(['11111', '22222'].map(async (lead) => (await readHistory(database, 'xyz', lead)).entries))
      const { items } = await readConfirmations(database, 'xyz')
      return [...entries.flat(), ...items].find((each) => each.subject === subject)?.messageId ?? undefined
    }
    await expect.poll(find, { timeout: patienceMs }).toBeDefined()
    const messageId = await find()
    const { messages } = await listMessages(database)
    const message = messages.find((each) => each.messageId === messageId)
    if (message === undefined) throw new Error(`no message "${subject}"`)
    return await showMessage(database, message.id)
  }
})

let count = 0

function mailOf(options: { from?: string; subject: string; id?: string; more?: readonly string[] }): string {
  count += 1
  const { from = 'anna@xyz.example', subject, id = `<${count}.${process.pid}@xyz.example>`, more = [] } = options
  const to = from.endsWith('@acme.example') ? 'anna@xyz.example' : 'eva@acme.example'
  const header = [...more, `From: ${from}`, `To: ${to}`, `Subject: ${subject}`, `Message-ID: ${id}`, `Date: ${new Date().toUTCString()}`]
  return [...header, '', `Hello, this is mail ${count}.`, ''].join('\r\n')
}

function shown(files: ReadonlyMap<string, string>, name: string): string {
  const content = files.get(name)
  if (content === undefined) throw new Error(`the chapter does not show ${name}`)
  return content
}

/** What the company's Postfix says without us; XCLIENT stands for clients elsewhere. */
function companyLines(saslPath: string): string {
  return `mydestination = xyz.example
alias_maps =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${saslPath}
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
`
}
