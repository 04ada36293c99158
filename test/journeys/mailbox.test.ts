/** A mailbox from the command line to the lead's history, against Dovecot: the program and each verb a process of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfirmationsJson } from '../../src/store/confirmations.ts'
import type { HistoryJson } from '../../src/store/history.ts'
import type { MailboxJson } from '../../src/store/mailboxes.ts'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { leadpost, leadpostJson, startLeadpost, type Environment, type Started } from '../verbs/leadpost.ts'

let dovecot: Dovecot
let program: Started
let environment: Environment & { readonly DATA_DIR: string }
beforeAll(async () => {
  if (!hasDovecot) return
  environment = { DATA_DIR: mkdtempSync(join(tmpdir(), 'leadpost-mailbox-')), CRM_ADDRESSES: 'crm@firm.example' }
  dovecot = await startDovecot()
  program = await startLeadpost(environment)
  const loaded = await leadpost(['load', 'fixtures/world.json'], environment)
  expect(loaded.status, loaded.err).toBe(0)
})
afterAll(async () => {
  if (!hasDovecot) return
  await program.stop()
  await dovecot.stop()
  rmSync(environment.DATA_DIR, { recursive: true, force: true })
})

/** As a provider's server delivers it, which has checked the sender. */
function delivered(options: {
  readonly id: string
  readonly subject?: string
  readonly to?: string
  readonly from?: string
  readonly verdict?: string
}): string {
  const { id, subject = 'An offer', to = 'crm@firm.example', from = 'anna@xyz.example', verdict = 'pass' } = options
  return [
    `Return-Path: <${from}>`,
    `Delivered-To: ${to}`,
    `Received: from mail.xyz.example (mail.xyz.example [192.0.2.7]) by mx.firm.example with ESMTPS id 1 for <${to}>; Mon, 2 Nov 2026 09:30:00 +0000`,
    `Authentication-Results: mx.firm.example; dmarc=${verdict} header.from=${from.split('@')[1]}; spf=${verdict} smtp.mailfrom=${from}`,
    `From: Anna Arndt <${from}>`,
    'To: Eva Muster <eva@acme.example>',
    `Subject: ${subject}`,
    `Message-ID: <${id}@xyz.example>`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0000',
    '',
    `This is mail ${id}.`,
    '',
  ].join('\r\n')
}

async function historyOf(lead: string): Promise<HistoryJson> {
  return await leadpostJson<HistoryJson>(['history', '--tenant', 'xyz', '--lead', lead], environment)
}

async function mailboxes(): Promise<readonly MailboxJson[]> {
  return (await leadpostJson<{ mailboxes: MailboxJson[] }>(['mailbox', 'list'], environment)).mailboxes
}

/** What it resolves to once it holds; a verb takes a while to start. */
async function until<T>(look: () => Promise<T>, isSo: (found: T) => boolean, timeoutMs = 20_000): Promise<T> {
  const endsAt = performance.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (isSo(found)) return found
    if (performance.now() > endsAt) throw new Error(`it stays so: ${JSON.stringify(found)}\n${program.said()}`)
    await sleep(50)
  }
}

test.skipIf(!hasDovecot)('mail in a mailbox stands in the history of its lead within two seconds', { timeout: 120_000 }, async () => {
  const place = ['--host', '127.0.0.1', '--port', String(dovecot.port), '--tls', 'off', '--user', dovecot.user, '--password-stdin']
  const more = ['--tenant', 'xyz', '--trusted-authserv-id', 'mx.firm.example', '--after', 'move:Done', '--json']
  const added = await leadpost(['mailbox', 'add', ...place, ...more], environment, `${dovecot.password}\n`)
  expect(added.status, added.err).toBe(0)
  const { id } = JSON.parse(added.out) as { id: string }
  const [listed] = await until(mailboxes, ([first]) => first?.state === 'connected')
  expect(listed).toMatchObject({
    id,
    tenant: 'xyz',
    user: dovecot.user,
    after: 'move:Done',
    trustedAuthservId: 'mx.firm.example',
    lastMailAt: null,
  })
  const key = join(environment.DATA_DIR, 'mailbox.key')
  expect(statSync(key).mode & 0o777).toBe(0o600)

  // Of the two seconds, the mail has what the verb that looks does not need for its own start.
  await historyOf('11111')
  const before = performance.now()
  await historyOf('11111')
  const verbMs = performance.now() - before
  const deliveredAt = performance.now()
  dovecot.deliver(delivered({ id: 'one', subject: 'XYZ Lead 11111' }))
  const { entries } = await until(
    () => historyOf('11111'),
    (history) => history.entries.length === 1,
  )
  expect(performance.now() - deliveredAt).toBeLessThan(2_000 + 2 * verbMs)
  expect(entries[0]).toMatchObject({
    subject: 'XYZ Lead 11111',
    from: { address: 'anna@xyz.example' },
    decidedBy: 'rule',
    capturedBy: [{ channel: 'imap' }],
  })

  // The envelope that delivery left counts, where the verdict speaks for it.
  dovecot.deliver(delivered({ id: 'two', to: 'crm+11111@firm.example' }))
  await until(
    () => historyOf('11111'),
    (history) => history.entries.length === 2,
  )
  // Nobody vouches for it: a person decides.
  dovecot.deliver(delivered({ id: 'three', subject: 'XYZ Lead 11111', verdict: 'fail' }))
  const { items } = await until(
    () => leadpostJson<ConfirmationsJson>(['confirmations', '--tenant', 'xyz'], environment),
    (found) => found.items.length === 1,
  )
  expect(items[0]?.reasons).toContain('unauthenticatedSender')
  expect(dovecot.count('Done')).toBe(3)
  expect(dovecot.count()).toBe(0)

  const [health] = await until(mailboxes, ([first]) => first?.lastMailAt !== null)
  expect(health).toMatchObject({ state: 'connected', lagSeconds: 0, lastError: null })
  // What is at rest or logged does not tell the password.
  expect(program.said()).not.toContain(dovecot.password)
  expect(existsSync(key) && readFileSync(key, 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)

  const again = await leadpost(['mailbox', 'add', ...place], environment, dovecot.password)
  expect(again.status).toBe(1)
  expect(again.err).toContain('watched already')
  expect((await leadpost(['mailbox', 'remove', id], environment)).status).toBe(0)
  expect(await mailboxes()).toEqual([])
  expect((await leadpost(['mailbox', 'remove', id], environment)).status).toBe(1)
})

test.skipIf(!hasDovecot)(
  'mail in a Sent folder that went to a contact person is filed, and is one with its copy to the CRM',
  { timeout: 120_000 },
  async () => {
    const sent = (id: string, to: string, subject: string): string =>
      [
        'From: Anna Arndt <anna@xyz.example>',
        `To: ${to}`,
        `Subject: ${subject}`,
        `Message-ID: <${id}@xyz.example>`,
        'Date: Mon, 02 Nov 2026 09:30:00 +0000',
        '',
        `This is mail ${id}.`,
        '',
      ].join('\r\n')
    const before = (await historyOf('11111')).entries.length
    const known = (await leadpostJson<{ messages: unknown[] }>(['messages'], environment)).messages.length
    dovecot.deliver(sent('sent-1', 'Eva Muster <eva@acme.example>', 'XYZ Lead 11111'), 'Sent')
    dovecot.deliver(sent('sent-2', 'Mum <mum@home.example>', 'Dinner 11111'), 'Sent')
    dovecot.deliver(sent('sent-3', 'Eva Muster <eva@acme.example>', 'No number at all'), 'Sent')
    const place = ['--host', '127.0.0.1', '--port', String(dovecot.port), '--tls', 'off', '--user', dovecot.user, '--password-stdin']
    const unowned = await leadpost(['mailbox', 'add', ...place, '--sent'], environment, dovecot.password)
    expect([unowned.status, unowned.err]).toEqual([2, expect.stringContaining('--sent needs --tenant')])
    const touching = await leadpost(
      ['mailbox', 'add', ...place, '--sent', '--tenant', 'xyz', '--after', 'delete'],
      environment,
      dovecot.password,
    )
    expect(touching.status).toBe(2)
    const added = await leadpost(['mailbox', 'add', ...place, '--sent', '--tenant', 'xyz', '--json'], environment, dovecot.password)
    expect(added.status, added.err).toBe(0)
    const { entries } = await until(
      () => historyOf('11111'),
      (history) => history.entries.length > before,
    )
    expect(entries.find(({ messageId }) => messageId === '<sent-1@xyz.example>')).toMatchObject({
      direction: 'outbound',
      decidedBy: 'rule',
      from: { address: 'anna@xyz.example' },
      participants: [{ as: 'from' }, { address: 'eva@acme.example', as: 'to', contactPerson: 'eva' }],
      capturedBy: [{ address: 'anna@xyz.example', channel: 'imap' }],
    })
    await until(
      () => leadpostJson<ConfirmationsJson>(['confirmations', '--tenant', 'xyz'], environment),
      ({ items }) => items.some(({ messageId }) => messageId === '<sent-3@xyz.example>'),
    )
    // The private one left no trace.
    const { messages } = await leadpostJson<{ messages: { bytes: number }[] }>(['messages'], environment)
    expect(messages).toHaveLength(known + 2)
    // She copied the CRM on another, which comes both ways.
    const twice = sent('sent-4', 'Eva Muster <eva@acme.example>', 'XYZ Lead 11111 again')
    await leadpost(['ingest', '-', '--mail-from', 'anna@xyz.example'], environment, twice)
    dovecot.deliver(twice, 'Sent')
    const both = await until(
      () => historyOf('11111'),
      (history) => history.entries.some(({ capturedBy }) => capturedBy.length === 2),
    )
    expect(both.entries).toHaveLength(before + 2)
    expect(dovecot.count('Sent')).toBe(4)
    const listed = (await mailboxes()).find(({ folder }) => folder === 'Sent')
    expect(listed).toMatchObject({ sent: true, after: 'leave', state: 'connected', setAside: 0, lastError: null })
  },
)
