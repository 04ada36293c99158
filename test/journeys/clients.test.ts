/** Mail programs that others wrote, as clients of the whole product: swaks, msmtp, curl, and Postfix in front of it. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readHistory } from '../../src/store/history.ts'
import { listMessages } from '../../src/store/messages.ts'
import { installed } from './installed.ts'
import { startPostfix, type Postfix } from './postfix.ts'
import { openTestProgram, type TestProgram } from './program.ts'

const run = promisify(execFile)
const patienceMs = 20_000
const crmAddress = 'crm@crm.example'
let running: TestProgram
beforeAll(async () => {
  running = await openTestProgram({ CRM_ADDRESSES: crmAddress })
})
afterAll(() => running.close())

/** Subjects of lead 11111's history that begin so, once there are `count` of them. */
async function filed(beginning: string, count: number): Promise<void> {
  const subjects = async (): Promise<number> => {
    const { entries } = await readHistory(running.program.store.database, 'xyz', '11111')
    return entries.filter(({ subject }) => subject?.startsWith(beginning)).length
  }
  await expect.poll(subjects, { timeout: patienceMs }).toBe(count)
}

const header = (subject: string): string =>
  `From: Anna Arndt <anna@xyz.example>\nTo: Eva Muster <eva@acme.example>\nSubject: ${subject}\n\nHello Eva\n`

describe.skipIf(!installed('swaks'))('swaks', () => {
  const swaks = (...words: string[]): Promise<{ stdout: string }> =>
    run('swaks', ['--server', `127.0.0.1:${running.smtp.port}`, '--from', 'anna@xyz.example', '--to', crmAddress, ...words])

  test('delivers a plain mail', async () => {
    const { stdout } = await swaks('--header', 'Subject: 11111 swaks plain', '--body', 'Hello')
    expect(stdout).toMatch(/250 2\.0\.0 .*queued as [0-9a-f-]{36}/)
    await filed('11111 swaks plain', 1)
  })

  test('delivers pipelined, to two CRM addresses at once', async () => {
    await swaks('--pipeline', '--to', `${crmAddress},crm+11111@crm.example`, '--header', 'Subject: 11111 swaks pipeline', '--body', 'Hello')
    await filed('11111 swaks pipeline', 1)
  })

  test('is told in words why a stranger’s mail is refused', async () => {
    const refused = swaks(
      '--from',
      'max@unbekannt.example',
      '--header',
      'From: max@unbekannt.example',
      '--header',
      'Subject: 11111 refused',
    )
    await expect(refused).rejects.toThrow(expect.objectContaining({ stdout: expect.stringMatching(/<\*\* 550 5\.7\.1 \w+/) as unknown }))
  })
})

describe.skipIf(!installed('msmtp'))('msmtp', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadpost-msmtp-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test.each([
    ['plain', 'tls off\nauth off'],
    ['tls', 'tls on\ntls_starttls on\ntls_certcheck off\nauth off'],
    ['auth', 'tls on\ntls_starttls on\ntls_certcheck off\nauth plain\nuser anna@xyz.example\nsource_ip 127.0.0.2'],
  ])('delivers (%s)', async (kind, lines) => {
    const file = join(folder, kind)
    const password = running.passwords.get('anna@xyz.example') ?? ''
    await writeFile(
      file,
      `account default\nhost 127.0.0.1\nport ${running.smtp.port}\nfrom anna@xyz.example\n${lines}\npassword ${password}\n`,
    )
    await chmod(file, 0o600)
    const sending = run('msmtp', ['--file', file, crmAddress])
    sending.child.stdin?.end(header(`11111 msmtp ${kind}`))
    await sending
    await filed(`11111 msmtp ${kind}`, 1)
  })
})

describe.skipIf(!installed('curl'))('curl', () => {
  test('delivers as the README says', async () => {
    const sending = run('curl', [
      '-sS',
      `smtp://127.0.0.1:${running.smtp.port}`,
      '--mail-from',
      'anna@xyz.example',
      '--mail-rcpt',
      crmAddress,
      '--crlf',
      '-T',
      '-',
    ])
    sending.child.stdin?.end(header('11111 curl'))
    await sending
    await filed('11111 curl', 1)
  })
})

const mayStartPostfix = { holds: process.getuid?.() === 0, otherwise: 'Postfix is started by root alone' }

describe.skipIf(!installed('postfix', mayStartPostfix))('Postfix in front', () => {
  let postfix: Postfix
  beforeAll(async () => {
    postfix = await startPostfix(running.smtp.port)
  })
  afterAll(() => postfix.close())

  async function sendThrough(mails: readonly { subject: string; to?: string; from?: string }[]): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: postfix.port, ignoreTLS: true, pool: true })
    for (const { subject, to = crmAddress, from = 'anna@xyz.example' } of mails)
      await transport.sendMail({ from, to: 'eva@acme.example', subject, text: `Hello, ${subject}`, envelope: { from, to } })
    transport.close()
  }

  test('hands over many mails, over TLS, sub-addresses included', async () => {
    await sendThrough(Array.from({ length: 30 }, (_, number) => ({ subject: `11111 postfix ${number}` })))
    await sendThrough([{ subject: 'postfix sub-address', to: 'crm+11111@crm.example' }])
    await filed('11111 postfix', 30)
    await filed('postfix sub-address', 1)
    const { messages } = await listMessages(running.program.store.database)
    expect(messages.filter(({ forwardPaths }) => forwardPaths.join() === 'crm+11111@crm.example')).toHaveLength(1)
    expect(await postfix.log()).toContain('Untrusted TLS connection established to 127.0.0.1')
  })

  test('returns a refused mail to its sender with our words', async () => {
    await sendThrough([{ subject: '11111 stranger', from: 'max@unbekannt.example' }])
    await expect
      .poll(() => postfix.log(), { timeout: patienceMs })
      .toMatch(/to=<crm@crm\.example>.*dsn=5\.7\.1, status=bounced \(host 127\.0\.0\.1\[127\.0\.0\.1\] said: 550 5\.7\.1 \w+/)
  })

  test('keeps what comes while the program is stopped, and hands it over afterwards', async () => {
    await running.program.close()
    await sendThrough([{ subject: '11111 meanwhile 1' }, { subject: '11111 meanwhile 2' }])
    await expect.poll(() => postfix.log(), { timeout: patienceMs }).toMatch(/status=deferred/)
    await running.reopen()
    await postfix.flush()
    await filed('11111 meanwhile', 2)
  })
})
