import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ConfirmationsJson } from '../../src/store/confirmations.ts'
import type { HistoryJson } from '../../src/store/history.ts'
import type { MessageJson, MessagesJson } from '../../src/store/messages.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'
import { allVerbs } from '../../src/verbs/all-verbs.ts'
import { leadpost, leadpostJson, startLeadpost, type Started } from './leadpost.ts'

const world = resolve('fixtures/world.json')
const story = (name: string): string => resolve('fixtures/messages', `${name}.eml`)

describe('help and wrong usage', () => {
  const nowhere = { DATA_DIR: '/nonexistent/leadpost' }

  test('lists every verb', async () => {
    const { status, out } = await leadpost(['--help'], nowhere)
    expect(status).toBe(0)
    expect(allVerbs.filter(({ name, summary }) => !out.includes(name) || !out.includes(summary))).toEqual([])
  })

  test.each(allVerbs.map(({ name }) => name))('%s --help tells its options and touches nothing', async (name) => {
    const { status, out, err } = await leadpost([name, '--help'], nowhere)
    expect([status, err]).toEqual([0, ''])
    expect(out).toMatch(/^Usage: leadpost/m)
    expect(out).toContain('--json')
  })

  test.each([
    [[], 'a verb is missing'],
    [['histroy'], 'there is no verb "histroy"'],
    [['history', '--tennant', 'xyz'], "Unknown option '--tennant'"],
    [['history', '--tenant', 'xyz'], '--lead is missing'],
    [['history', '--tenant', 'xyz', '--lead', '1', '--limit', 'many'], '--limit is "many"'],
    [['messages', '--state', 'lost'], '--state is "lost"'],
    [['messages', 'delete', 'x'], 'messages does not know "delete x"'],
    [['load'], 'load takes one file'],
    [['ingest'], 'ingest takes one path or more'],
    [['user', 'password', 'anna'], 'is not a mail address'],
    [['user', 'password', 'anna@xyz.example'], '--password-stdin'],
  ])('%j is wrong usage: exit 2, words and a hint on standard error, nothing on standard output', async (words, message) => {
    const { status, out, err } = await leadpost(words, nowhere)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).toMatch(/--help/)
    expect(err).not.toMatch(/\n {4}at /)
  })

  test('with --json the error is the one document', async () => {
    const { status, out } = await leadpost(['history', '--json'], nowhere)
    expect([status, JSON.parse(out)]).toEqual([
      2,
      { error: { code: 'usage', message: expect.stringContaining('--tenant is missing') as string } },
    ])
  })

  test('a wrong variable is named, with what it was and what it may be', async () => {
    const { status, err } = await leadpost(['messages'], { ...nowhere, HTTP_PORT: 'eighty' })
    expect(status).toBe(1)
    expect(err).toContain('HTTP_PORT is "eighty"; it may be a port number')
  })

  test('a data folder that cannot be made is told with what to do', async () => {
    const { status, err } = await leadpost(['messages'], { DATA_DIR: '/proc/leadpost' })
    expect(status).toBe(1)
    expect(err).toContain('DATA_DIR')
    expect(err).not.toMatch(/\n {4}at /)
  })
})

describe('without a running program', { timeout: 60_000 }, () => {
  let dataDir: string
  let env: { DATA_DIR: string; DNS_SERVERS: string }
  let dns: DnsZone
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'leadpost-verbs-'))
    dns = await openDnsZone()
    env = { DATA_DIR: dataDir, DNS_SERVERS: dns.server }
    expect((await leadpost(['load', world], env)).status).toBe(0)
  })
  afterAll(async () => {
    await dns.close()
    await rm(dataDir, { recursive: true })
  })

  test('load is idempotent', async () => {
    const { loaded } = await leadpostJson<{ loaded: Record<string, { created: number; updated: number; unchanged: number }> }>(
      ['load', world],
      env,
    )
    expect(Object.values(loaded).map(({ created, updated }) => created + updated)).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('load takes the whole file or nothing, and tells every error with its path', async () => {
    const file = join(dataDir, 'wrong.json')
    await writeFile(
      file,
      JSON.stringify({
        tenants: [
          { slug: 'new', name: 'New', hostNames: ['new.example'] },
          { slug: 'xyz', leads: [{ number: '1', name: 'One', company: 'nobody' }, { number: 'x' }], hostNames: ['gmail.com'] },
        ],
      }),
    )
    const { status, err } = await leadpost(['load', file], env)
    expect(status).toBe(1)
    expect(err).toContain('tenants[1].leads[1].number: ')
    expect(err).toContain('tenants[1].hostNames[0]: ')
    const again = join(dataDir, 'unknown.json')
    await writeFile(
      again,
      JSON.stringify({
        tenants: [
          { slug: 'new', name: 'New' },
          { slug: 'xyz', leads: [{ number: '1', name: 'One', company: 'nobody' }] },
        ],
      }),
    )
    const unknown = await leadpost(['load', again], env)
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('tenants[1].leads[0].company: ')])
    expect((await leadpost(['confirmations', '--tenant', 'new'], env)).err).toContain('There is no tenant "new"')
  })

  test('a mail file ends in the history of its lead, in the shape that scripts rely on', async () => {
    const { accepted, outcomes } = await leadpostJson<{ accepted: number; outcomes: object }>(['ingest', story('number-in-subject')], env)
    expect([accepted, outcomes]).toEqual([1, { appended: 1 }])
    const history = await leadpostJson<HistoryJson>(['history', '--tenant', 'xyz', '--lead', '11111'], env)
    expect(history).toEqual({
      tenant: 'xyz',
      lead: '11111',
      entries: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          kind: 'mail',
          direction: 'outbound',
          occurredAt: '2026-11-02T08:07:00.000Z',
          recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
          subject: 'XYZ Lead 11111',
          from: { address: 'anna@xyz.example', name: 'Anna Arndt' },
          participants: expect.arrayContaining([
            { address: 'eva@acme.example', name: 'Eva Muster', as: 'to', contactPerson: 'eva' },
          ]) as object[],
          messageId: '<number-in-subject@mail.example>',
          text: expect.stringContaining('Eckdaten') as string,
          attachments: [],
          capturedBy: [{ address: 'anna@xyz.example', channel: 'file', at: expect.any(String) as string }],
          evidence: expect.arrayContaining([{ code: 'leadNumberInSubject', detail: '11111', for: true }]) as object[],
          decidedBy: 'rule',
          automatic: null,
          defects: [],
          missingEarlier: 0,
          undelivered: [],
        },
      ],
    })
  })

  test('what is not sure waits, in the shape that scripts rely on', async () => {
    await leadpost(['ingest', story('two-leads-in-one-subject')], env)
    const { tenant, items } = await leadpostJson<ConfirmationsJson>(['confirmations', '--tenant', 'xyz'], env)
    expect(tenant).toBe('xyz')
    expect(items).toHaveLength(1)
    expect(items[0]).toMatchObject({
      messageId: '<two-leads-in-one-subject@mail.example>',
      subject: 'Leads 11111 und 11112',
      from: { address: 'anna@xyz.example' },
      reasons: ['ambiguous'],
    })
    expect(items[0]?.candidates.map(({ lead }) => lead)).toEqual(['11111', '11112'])
  })

  test('--untrusted files wait for a person, and the trace tells in words what was found out', async () => {
    const words = ['ingest', '--untrusted', story('number-in-cc')]
    const { ids, outcomes } = await leadpostJson<{ ids: string[]; outcomes: object }>(words, env)
    expect(outcomes).toEqual({ inReview: 1 })
    const { out } = await leadpost(['messages', 'show', ids[0] ?? ''], env)
    expect(out).toMatch(/^sender +unaligned$/m)
    expect(out).toMatch(/^ {2}DMARC +none for xyz\.example$/m)
    expect(out).toContain('The mail carries no signature of its domain (DKIM).')
  })

  test('--mail-from and --rcpt-to give the envelope', async () => {
    const words = ['ingest', story('several-open-leads'), '--mail-from', 'anna@home.example', '--rcpt-to', 'crm+11112@localhost']
    const { ids } = await leadpostJson<{ ids: string[] }>(words, env)
    const message = await leadpostJson<MessageJson>(['messages', 'show', ids[0] ?? ''], env)
    expect(message).toMatchObject({
      reversePath: 'anna@home.example',
      forwardPaths: ['crm+11112@localhost'],
      deliveries: [{ tenant: 'xyz', state: 'appended', lead: '11112' }],
    })
  })

  test('an address that is no CRM address is refused with words', async () => {
    const { status, err } = await leadpost(['ingest', story('number-in-cc'), '--rcpt-to', 'eva@acme.example'], env)
    expect(status).toBe(1)
    expect(err).toContain('none of the CRM addresses')
  })

  test('lists go on with --after', async () => {
    const all = await leadpostJson<MessagesJson>(['messages'], env)
    const first = await leadpostJson<MessagesJson>(['messages', '--limit', '2'], env)
    expect(first.next).toBe(first.messages[1]?.id)
    const rest = await leadpostJson<MessagesJson>(['messages', '--after', first.next ?? ''], env)
    expect([...first.messages, ...rest.messages]).toEqual(all.messages)
    expect(rest.next).toBeUndefined()
  })

  test('tables for people have no control characters out of mails', async () => {
    const { out } = await leadpost(['history', '--tenant', 'xyz', '--lead', '11111'], env)
    expect(out).toContain('Eva Muster')
    // oxlint-disable-next-line no-control-regex
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  test('a reader that closes the pipe early is no error', async () => {
    const pipeline = spawn('sh', ['-c', `"${process.execPath}" "${resolve('src/cli.ts')}" messages --json | head -c 1`], {
      env: { ...process.env, ...env },
    })
    const [out, err] = await Promise.all([text(pipeline.stdout), text(pipeline.stderr), once(pipeline, 'close')])
    expect([out, err]).toEqual(['{', ''])
  })

  test('only what failed can be replayed', async () => {
    const { messages } = await leadpostJson<MessagesJson>(['messages', '--limit', '1'], env)
    const { status, err } = await leadpost(['messages', 'replay', messages[0]?.id ?? ''], env)
    expect([status, err]).toEqual([1, expect.stringContaining('only what failed or is unroutable can be replayed')])
    expect((await leadpost(['messages', 'show', 'nonsense'], env)).err).toContain('There is no message "nonsense"')
  })

  test('what found no tenant is replayed once its tenant is there', async () => {
    const [id = ''] = (await leadpostJson<{ ids: string[] }>(['ingest', story('unregistered-domain')], env)).ids
    const file = join(dataDir, 'more.json')
    await writeFile(file, JSON.stringify({ tenants: [{ slug: 'late', name: 'Late', hostNames: ['unbekannt.example'] }] }))
    await leadpost(['load', file], env)
    expect(await leadpostJson(['messages', 'replay', id], env)).toEqual({ id, replayed: 1 })
    // Whoever opens the processing next settles it: here an ingest of something else.
    await leadpost(['ingest', story('number-twice')], env)
    expect(await leadpostJson<MessageJson>(['messages', 'show', id], env)).toMatchObject({
      deliveries: [{ tenant: 'late', state: 'inReview' }],
    })
  })

  test('check says line by line what works', async () => {
    const { status, out } = await leadpost(['check'], env)
    for (const name of ['configuration', 'data folder', 'database', 'migrations', 'queue', 'blobs', 'SMTP port', 'DNS'])
      expect(out).toContain(name)
    expect([status, out]).toEqual([0, expect.stringContaining('Everything that is needed works.')])
  })

  test('migrate has nothing to do', async () => {
    expect(await leadpostJson(['migrate'], env)).toEqual({ applied: [] })
  })
})

describe('beside a running program', { timeout: 60_000 }, () => {
  let dataDir: string
  let env: { DATA_DIR: string }
  let started: Started
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'leadpost-verbs-'))
    env = { DATA_DIR: dataDir }
    started = await startLeadpost(env)
    await leadpost(['load', world], env)
  })
  afterAll(async () => {
    await started.stop('SIGKILL')
    await rm(dataDir, { recursive: true })
  })

  test('run.json is the owner’s alone, and the program is ready', async () => {
    expect((await stat(join(dataDir, 'run.json'))).mode & 0o777).toBe(0o600)
    expect(started.run).toMatchObject({
      lmtp: [],
      version: expect.any(String) as string,
      smtp: [{ host: '127.0.0.1', port: expect.any(Number) as number }],
    })
    const response = await fetch(new URL('/health/ready', started.run.http))
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'ready' }])
  })

  test('a mail sent now stands in the history within a second', async () => {
    const [smtp] = started.run.smtp
    const transport = createTransport({ ...smtp, ignoreTLS: true })
    await transport.sendMail({
      from: 'Anna <anna@xyz.example>',
      to: 'eva@acme.example',
      envelope: { from: 'anna@xyz.example', to: 'crm@localhost' },
      subject: 'XYZ Lead 11111',
      text: 'Hello Eva',
    })
    const sentAt = Date.now()
    const { entries } = await leadpostJson<HistoryJson>(['history', '--tenant', 'xyz', '--lead', '11111'], env)
    expect(entries).toMatchObject([
      {
        subject: 'XYZ Lead 11111',
        text: 'Hello Eva',
        evidence: expect.arrayContaining([{ code: 'leadNumberInSubject', detail: '11111', for: true }]) as object[],
      },
    ])
    expect(Date.parse(entries[0]?.recordedAt ?? '') - sentAt).toBeLessThan(1_000)
  })

  test('mail files go through the running program', async () => {
    const { accepted, outcomes, waiting } = await leadpostJson<{ accepted: number; outcomes: object; waiting: number }>(
      ['ingest', story('number-in-cc'), story('mailing-list')],
      env,
    )
    expect({ accepted, outcomes, waiting }).toEqual({ accepted: 2, outcomes: { appended: 1, ignored: 1 }, waiting: 0 })
  })

  test('a password lets a user send from outside the trusted networks, over TLS alone', async () => {
    const password = 'correct horse battery'
    expect((await leadpost(['user', 'password', 'bernd@xyz.example', '--password-stdin'], env, `${password}\n`)).status).toBe(0)
    const transport = createTransport({
      ...started.run.smtp[0],
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'bernd@xyz.example', pass: password },
    })
    await expect(transport.verify()).resolves.toBe(true)
    await leadpost(['user', 'disable', 'bernd@xyz.example'], env)
    await expect(transport.verify()).rejects.toThrow(/5\.7\.8/)
    const { users } = await leadpostJson<{ users: object[] }>(['user', 'list', '--tenant', 'xyz'], env)
    expect(users).toContainEqual({ email: 'bernd@xyz.example', name: 'Bernd Brandt', role: 'reviewer', hasPassword: true, disabled: true })
  })

  test('a second start on the same folder says who holds it', async () => {
    const { status, err } = await leadpost(['start'], env)
    expect([status, err]).toEqual([1, expect.stringContaining(`process ${started.run.pid}`)])
  })

  test('check looks at the running program', async () => {
    const { ok, checks } = await leadpostJson<{ ok: boolean; checks: { name: string; words: string }[] }>(['check'], env)
    expect(ok).toBe(true)
    expect(checks.find(({ name }) => name === 'program')?.words).toContain(`process ${started.run.pid}`)
  })

  test('after kill -9 the file is told to be stale, and verbs and a new start work', { timeout: 60_000 }, async () => {
    await started.stop('SIGKILL')
    const { messages } = await leadpostJson<MessagesJson>(['messages'], env)
    expect(messages.length).toBe(3)
    started = await startLeadpost(env)
    expect((await leadpostJson<MessagesJson>(['messages'], env)).messages).toEqual(messages)
  })

  test('SIGTERM drains and stops: exit 0, run.json gone', async () => {
    expect(await started.stop()).toBe(0)
    await expect(stat(join(dataDir, 'run.json'))).rejects.toThrow('ENOENT')
    expect(started.said()).toContain('"msg":"stopped"')
    expect(started.said()).not.toContain('Hello Eva')
  })
})

test('the demo tells at least twenty stories, each as it should end, and leaves nothing behind', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leadpost-demo-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const { status, out, err } = await leadpost(['demo', '--once', '--json'], { TMPDIR: folder })
  const { messages, summary } = JSON.parse(out) as { messages: MessageJson[]; summary: Record<string, number> }
  expect([status, err]).toEqual([0, ''])
  expect(messages.length).toBeGreaterThan(20)
  expect(summary).toMatchObject({
    appended: expect.any(Number) as number,
    inReview: expect.any(Number) as number,
    ignored: expect.any(Number) as number,
    failed: 0,
  })
  await expect(stat(join(folder, 'leadpost-demo'))).rejects.toThrow('ENOENT')
})
