/** Real mail that nobody here wrote, through the whole product: nothing throws or hangs, all is in a named state, and nothing is filed without its number. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headerBlockOf } from '../../src/mail/header.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import type { MessageJson } from '../../src/store/messages.ts'
import { readTenantsFile } from '../../src/leads/read-tenants-file.ts'
import { queuedAs } from '../../src/verbs/story-sender.ts'
import { waitUntilSettled } from '../../src/verbs/wait-until-settled.ts'
import { openTestProgram, type TestProgram } from './program.ts'

const leadNumber = '739104628'
const stallMs = 60_000
const connectionsMax = 8

const corpus = join(import.meta.dirname, '../../../shared/corpus')
const corpusIsAbsent = !existsSync(corpus)
if (corpusIsAbsent) console.warn('skipped: the corpus is not beside this repository (../shared/corpus)')
const files = corpusIsAbsent
  ? []
  : readdirSync(corpus, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()

/** The mail as a salesperson of `tenant` would have sent it: From is his, Sender is gone, the subject begins with `prefix`. */
function rewritten(bytes: Buffer, tenant: string, prefix: string): Buffer {
  const { block, bodyStart } = headerBlockOf(bytes)
  const fields = Buffer.from(block)
    .toString('latin1')
    .split(/\r\n|\r|\n/)
  const kept: string[] = []
  const subjects: string[] = []
  let into: string[] | null = kept
  for (const line of fields) {
    if (!/^[ \t]/.test(line))
      into = /^(?:from|sender)[ \t]*:/i.test(line) || line === '' ? null : /^subject[ \t]*:/i.test(line) ? subjects : kept
    into?.push(line)
  }
  const subject = subjects.join('\r\n').replace(/^subject[ \t]*:/i, '')
  const header = [`From: Salesperson <sales@${tenant}.example>`, `Subject: ${prefix}${subject}`, ...kept].join('\r\n')
  // SMTP carries CR LF alone (RFC 5321 §2.3.8).
  const body = bytes
    .subarray(bodyStart)
    .toString('latin1')
    .replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(`${header}\r\n\r\n${body}`, 'latin1')
}

describe.skipIf(corpusIsAbsent)('the corpus', () => {
  let running: TestProgram
  beforeAll(async () => {
    running = await openTestProgram()
    const tenantOf = (slug: string): object => ({
      slug,
      name: slug,
      hostNames: [`${slug}.example`],
      companies: [{ key: 'c', name: 'Zwergpinguin Handel' }],
      contactPersons: [{ key: 'p', company: 'c', name: 'Pia Pinguin', addresses: ['pia@zwergpinguin.example'] }],
      leads: [{ number: leadNumber, name: 'Zwergpinguin Freigehege', company: 'c' }],
    })
    await storeTenants(
      running.program.store.database,
      readTenantsFile(JSON.stringify({ tenants: [tenantOf('plain'), tenantOf('numbered')] })).tenants,
    )
  })
  afterAll(() => running.close())

  /** What became of each file, sent over SMTP by the tenant's salesperson; files that are refused are left out. */
  async function send(tenant: string, prefix: string): Promise<{ settled: MessageJson[]; refused: string[]; accepted: number }> {
    const transport = createTransport({
      ...running.smtp,
      ignoreTLS: true,
      pool: true,
      maxConnections: connectionsMax,
      maxMessages: Infinity,
    })
    const ids: string[] = []
    const refused: string[] = []
    await Promise.all(
      files.map(async (file) => {
        try {
          const raw = rewritten(readFileSync(file), tenant, prefix)
          const info = (await transport.sendMail({ envelope: { from: `sales@${tenant}.example`, to: 'crm@localhost' }, raw })) as {
            response: string
          }
          ids.push(queuedAs(info.response) ?? '')
        } catch (error) {
          refused.push(`${file}: ${(error as Error).message}`)
        }
      }),
    )
    transport.close()
    const settled = await waitUntilSettled(running.program.store.database, ids, { stallMs })
    return { settled: [...settled.values()], refused, accepted: ids.length }
  }

  function states(messages: readonly MessageJson[]): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { deliveries } of messages)
      for (const { state, reason } of deliveries)
        counts[reason === null ? state : `${state} ${reason}`] = (counts[reason === null ? state : `${state} ${reason}`] ?? 0) + 1
    return counts
  }

  test('without the number nothing is filed, and everything accepted is settled', { timeout: 600_000 }, async () => {
    const { settled, refused, accepted } = await send('plain', '')
    expect(settled.length).toBe(accepted)
    expect(accepted + refused.length).toBe(files.length)
    // A header beyond the limit is refused in the session; everything else is taken.
    expect(refused.filter((line) => !line.includes('552'))).toEqual([])
    console.info('corpus without number:', states(settled))
    expect(settled.filter(({ deliveries }) => deliveries.some(({ state }) => state === 'appended' || state === 'failed'))).toEqual([])
  })

  test('with the number it is filed there, or waits or is ignored for a reason that is named', { timeout: 600_000 }, async () => {
    const { settled, accepted } = await send('numbered', `Lead ${leadNumber} `)
    expect(settled.length).toBe(accepted)
    console.info('corpus with number:', states(settled))
    const deliveries = settled.flatMap((message) => message.deliveries)
    expect(deliveries.filter(({ tenant }) => tenant !== 'numbered')).toEqual([])
    expect(deliveries.filter(({ state, lead }) => state === 'appended' && lead !== leadNumber)).toEqual([])
    expect(deliveries.filter(({ state }) => state === 'failed')).toEqual([])
    expect(deliveries.filter(({ state }) => state === 'appended').length).toBeGreaterThan(files.length / 2)
  })

  test('as it is, nobody’s domain being registered, none of it reaches a tenant', { timeout: 600_000 }, async () => {
    const ids: string[] = []
    for (const file of files)
      ids.push(
        await running.program.ingest(
          { reversePath: null, forwardPaths: ['crm@localhost'], untrusted: false },
          Readable.from([readFileSync(file)]),
        ),
      )
    const settled = await waitUntilSettled(running.program.store.database, ids, { stallMs })
    console.info('corpus as it is:', states([...settled.values()]))
    expect(settled.size).toBe(files.length)
    const appended = [...settled.values()].filter(({ deliveries }) =>
      deliveries.some(({ state }) => state === 'appended' || state === 'failed'),
    )
    expect(appended).toEqual([])
  })
})
