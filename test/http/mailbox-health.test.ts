import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { mailboxesPart, openMailboxGauges } from '../../src/http/mailbox-health.ts'
import { openMetrics } from '../../src/http/metrics.ts'
import { checkReadiness } from '../../src/http/readiness.ts'
import { openHttpServer } from '../../src/http/server.ts'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import type { MailboxReport } from '../../src/store/mailboxes.ts'

const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000)
const well: MailboxReport = {
  id: newId(),
  connectedAt: ago(100),
  lastMailAt: ago(50),
  upToDateAt: ago(4),
  waiting: 0,
  setAside: 1,
  lastError: null,
  lastFault: null,
  isTroubled: null,
  lastErrorAt: null,
}
const behind: MailboxReport = { ...well, id: newId(), upToDateAt: ago(30), waiting: 12, setAside: 0 }
const away: MailboxReport = {
  ...behind,
  id: newId(),
  connectedAt: null,
  upToDateAt: null,
  lastMailAt: null,
  waiting: 0,
  lastError: 'imap.example:993 refused the user "crm@xyz.example"',
  lastErrorAt: ago(7),
}

async function metricsOf(reports: readonly MailboxReport[]): Promise<Map<string, number>> {
  const registry = new Registry()
  openMailboxGauges(registry, () => reports)
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('leadpost_mailbox_'))
  return new Map(lines.map((line) => [line.replace(/ [^ ]+$/, ''), Number(line.split(' ').at(-1))]))
}

test('every mailbox has its series, by its id and nothing else', async () => {
  const metrics = await metricsOf([well, behind, away])
  const of = (name: string, { id }: MailboxReport): number | undefined => metrics.get(`leadpost_mailbox_${name}{mailbox="${id}"}`)
  expect([of('connected', well), of('connected', behind), of('connected', away)]).toEqual([1, 1, 0])
  expect([of('waiting', well), of('waiting', behind), of('set_aside', well)]).toEqual([0, 12, 1])
  expect(of('lag_seconds', well)).toBe(0)
  expect(of('lag_seconds', behind)).toBeCloseTo(30, 0)
  expect(of('lag_seconds', away)).toBeUndefined()
  expect([of('last_mail_age_seconds', well), of('last_error_age_seconds', away)].map(Math.round as never)).toEqual([50, 7])
  expect([of('last_error_age_seconds', well), of('last_mail_age_seconds', away)]).toEqual([undefined, undefined])
  expect([...metrics.keys()].join('\n')).not.toContain('crm@')
})

test('a mailbox that is removed has no series any more', async () => {
  const registry = new Registry()
  let reports: MailboxReport[] = [well]
  openMailboxGauges(registry, () => reports)
  expect(await registry.metrics()).toContain(well.id)
  reports = []
  expect(await registry.metrics()).not.toContain(well.id)
})

test('one that is away is told, by its id alone, and leaves the program ready', async () => {
  const [part] = await checkReadiness([mailboxesPart(() => [well, away])])
  expect(part).toEqual({
    name: 'mailboxes',
    required: false,
    ok: false,
    words: `1 of 2 are not connected (mailbox list says why): ${away.id}`,
  })
  const [good] = await checkReadiness([mailboxesPart(() => [well, behind])])
  expect(good).toEqual({ name: 'mailboxes', required: false, ok: true, words: '2 connected, 12 messages waiting, 1 set aside' })
  const [none] = await checkReadiness([mailboxesPart(() => [])])
  expect(none).toMatchObject({ ok: true, words: 'none is watched here' })
})

test('GET /health/ready is 200 though a mailbox is away', async () => {
  const server = await openHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: openLog('silent'),
    startedAt: '',
    version: '',
    parts: [{ name: 'database', check: () => 'answers' }, mailboxesPart(() => [away])],
    metrics: openMetrics({
      spool: () => ({ messages: 0, bytes: 0, oldestAgeMs: 0 }),
      queueDepth: async () => 0,
      failedOffers: async () => 0,
    }),
    token: 'secret',
    ingest: async () => ({ id: 'the-id', isNew: true }),
  })
  onTestFinished(() => server.close())
  const response = await fetch(`http://127.0.0.1:${server.port}/health/ready`)
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { status: 'ready', parts: [{ ok: true }, { ok: false, required: false }] },
  ])
})
