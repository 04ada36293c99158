import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MessagesJson } from '../../src/store/messages.ts'
import { launch, leadpost, leadpostJson, startLeadpost, type Started } from './leadpost.ts'

const world = resolve('fixtures/world.json')
const story = (name: string): string => resolve('fixtures/messages', `${name}.eml`)

interface Ingested {
  readonly accepted: number
  readonly known: number
  readonly refused: readonly { readonly path: string; readonly reason: string }[]
  readonly outcomes: Readonly<Record<string, number>>
  readonly waiting: number
  readonly ids: readonly string[]
}

interface Foreseen {
  readonly dryRun: boolean
  readonly messages: readonly Readonly<Record<'path' | 'tenant' | 'state' | 'reason' | 'lead' | 'detail', string | null>>[]
  readonly outcomes: Readonly<Record<string, number>>
}

let dataDir: string
let env: { DATA_DIR: string }
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'leadpost-ingest-'))
  // The embedded server runs as another user, and keeps out of folders that it cannot reach.
  await chmod(dataDir, 0o755)
  env = { DATA_DIR: join(dataDir, 'data') }
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

function mailOf(number: number): string {
  return `From: anna@xyz.example\nTo: eva@acme.example\nSubject: XYZ Lead 11111 no. ${number}\nMessage-ID: <${number}@xyz.example>\n\nHello ${number}\n`
}

/** An mbox file of so many mails. */
async function mboxOf(count: number, first = 0): Promise<string> {
  const path = join(dataDir, `${count}.mbox`)
  await writeFile(
    path,
    Array.from({ length: count }, (_, n) => `From anna@xyz.example Mon Nov  2 09:30:00 2026\n${mailOf(first + n)}\n`).join(''),
  )
  return path
}

async function historyLength(): Promise<number> {
  const { entries } = await leadpostJson<{ entries: { messageId: string }[] }>(
    ['history', '--tenant', 'xyz', '--lead', '11111', '--limit', '10000'],
    env,
  )
  expect(new Set(entries.map(({ messageId }) => messageId)).size).toBe(entries.length)
  return entries.length
}

async function allMessages(): Promise<MessagesJson['messages']> {
  return (await leadpostJson<MessagesJson>(['messages', '--limit', '10000'], env)).messages
}

describe('ingest without a running program', { timeout: 120_000 }, () => {
  test('that is killed in the middle is made again, and each mail is there once', async () => {
    expect((await leadpost(['load', world], env)).status).toBe(0)
    const count = 1_500
    const path = await mboxOf(count)
    for (const afterMs of [200, 900]) {
      const child = launch(['ingest', path], env)
      child.stdout?.resume()
      child.stderr?.resume()
      await spoolFilled()
      await sleep(afterMs)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const last = await leadpostJson<Ingested>(['ingest', path], env)
    expect(last.accepted + last.known).toBe(count)
    expect(last.known).toBeGreaterThan(0)
    expect(last).toMatchObject({ refused: [], waiting: 0, outcomes: { appended: count } })
    expect(await allMessages()).toHaveLength(count)
    expect(await historyLength()).toBe(count)
    expect(await leadpostJson(['ingest', '--dry-run', story('number-in-cc')], env)).toMatchObject({ outcomes: { appended: 1 } })
  })

  async function spoolFilled(): Promise<void> {
    for (;;) {
      const names = await readdir(join(env.DATA_DIR, 'spool')).catch(() => [])
      if (names.some((name) => name.endsWith('.seg') || /\d{4}/.test(name))) return
      await sleep(20)
    }
  }
})

describe('ingest beside a running program', { timeout: 120_000 }, () => {
  let started: Started
  let runDir: string
  beforeAll(async () => {
    runDir = await mkdtemp(join(tmpdir(), 'leadpost-ingest-'))
    started = await startLeadpost({ DATA_DIR: runDir })
    await leadpost(['load', world], { DATA_DIR: runDir })
  })
  afterAll(async () => {
    await started.stop('SIGKILL')
    await rm(runDir, { recursive: true })
  })
  beforeEach(() => {
    env = { DATA_DIR: runDir }
  })

  test('--dry-run tells what would become of each, and stores nothing', async () => {
    const names = ['number-in-subject', 'two-leads-in-one-subject', 'mailing-list', 'unregistered-domain']
    const folder = join(dataDir, 'mails')
    await mkdir(folder)
    for (const name of names) await writeFile(join(folder, `${name}.eml`), await readFile(story(name)))
    const before = (await allMessages()).length
    const foreseen = await leadpostJson<Foreseen>(['ingest', '--dry-run', folder], env)
    expect(foreseen.dryRun).toBe(true)
    expect(foreseen.messages).toMatchObject([
      { path: join(folder, 'mailing-list.eml'), state: 'ignored', reason: 'mailingList', tenant: 'xyz' },
      { path: join(folder, 'number-in-subject.eml'), state: 'appended', lead: '11111', tenant: 'xyz', detail: null },
      { path: join(folder, 'two-leads-in-one-subject.eml'), state: 'inReview', reason: 'ambiguous', tenant: 'xyz' },
      { path: join(folder, 'unregistered-domain.eml'), state: 'unroutable', reason: 'senderDomainUnknown', tenant: null },
    ])
    expect(foreseen.messages.filter(({ detail }) => detail !== null && !/\w{4}/.test(detail))).toEqual([])
    expect(await allMessages()).toHaveLength(before)
    // The same as what then becomes of them.
    const brought = await leadpostJson<Ingested>(['ingest', folder], env)
    expect(brought.outcomes).toEqual(foreseen.outcomes)
    const { status, out } = await leadpost(['ingest', '--dry-run', '--untrusted', story('number-in-cc')], env)
    expect([status, out]).toEqual([0, expect.stringContaining('inReview unauthenticatedSender at xyz.')])
  })

  test('--dry-run reads large mails and puts nothing of them away', async () => {
    const large = join(dataDir, 'large.eml')
    const attached = `Content-Type: application/octet-stream; name="a.bin"\nContent-Transfer-Encoding: base64\n\n${`${'QUJD'.repeat(19)}\n`.repeat(40_000)}`
    await writeFile(
      large,
      mailOf(7_777).replace(
        '\n\n',
        `\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n${attached}--b--\n`,
      ),
    )
    expect(await leadpostJson(['ingest', '--dry-run', large], env)).toMatchObject({ outcomes: { appended: 1 } })
    const kept = await readdir(join(env.DATA_DIR, 'blobs'), { recursive: true })
    expect(kept.filter((name) => /[0-9a-f]{20}/.test(name))).toEqual([])
  })

  test('passes over what it brought in before, whatever the file is called, unless it is told to', async () => {
    const paths = [story('number-twice'), story('number-in-cc')]
    const first = await leadpostJson<Ingested>(['ingest', ...paths], env)
    expect(first).toMatchObject({ accepted: 2, known: 0, outcomes: { appended: 2 }, waiting: 0 })
    const copy = join(dataDir, 'copy.eml')
    await writeFile(copy, await readFile(paths[0] ?? ''))
    const second = await leadpostJson<Ingested>(['ingest', copy, copy, paths[1] ?? '', story('unregistered-domain')], env)
    expect(second).toMatchObject({ accepted: 0, known: 4, outcomes: { appended: 2, unroutable: 1 } })
    expect(new Set([...first.ids, ...second.ids]).size).toBe(3)
    // With another envelope it is another delivery.
    expect(await leadpostJson(['ingest', copy, '--rcpt-to', 'crm+11112@localhost'], env)).toMatchObject({ accepted: 1, known: 0 })
    expect(await leadpostJson(['ingest', copy, '--again'], env)).toMatchObject({ accepted: 1, outcomes: { ignored: 1 } })
  })

  test('reads one mail or an mbox file from standard input', async () => {
    const one = await leadpost(['ingest', '-', '--json'], env, mailOf(1))
    expect(JSON.parse(one.out)).toMatchObject({ accepted: 1, outcomes: { appended: 1 } })
    const several = await leadpost(['ingest', '-', '--json'], env, await readFile(await mboxOf(5), 'utf8'))
    expect(JSON.parse(several.out)).toMatchObject({ accepted: 4, known: 1, outcomes: { appended: 5 } })
    const none = await leadpost(['ingest', '-'], env, '')
    expect([none.status, none.err]).toEqual([1, expect.stringContaining('Nothing came on standard input')])
    const refused = await leadpost(['ingest', '-', '--rcpt-to', 'eva@acme.example'], env, mailOf(9))
    expect([refused.status, refused.err]).toEqual([1, expect.stringMatching(/^standard input: "eva@acme.example" is none of the CRM/m)])
  })

  test('that is killed in the middle is made again, and each mail is there once', async () => {
    const before = await historyLength()
    const messagesBefore = (await allMessages()).length
    const count = 1_000
    const path = await mboxOf(count, 10_000)
    const child = launch(['ingest', '--no-wait', path], env)
    while ((await allMessages()).length < messagesBefore + 50) await sleep(20)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const again = await leadpostJson<Ingested>(['ingest', path], env)
    expect(again.accepted + again.known).toBe(count)
    expect(again.known).toBeGreaterThan(0)
    expect(again).toMatchObject({ refused: [], waiting: 0, outcomes: { appended: count } })
    expect(await historyLength()).toBe(before + count)
  })
})
