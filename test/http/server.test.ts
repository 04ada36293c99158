import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PermanentFailure, TemporaryFailure } from '../../src/failure.ts'
import type { IngestMessage } from '../../src/intake/accept-file.ts'
import { openMetrics, type Metrics } from '../../src/http/metrics.ts'
import { openHttpServer, type HttpServer } from '../../src/http/server.ts'
import { openLog } from '../../src/log.ts'

let server: HttpServer
let metrics: Metrics
let database: () => string
let taken: { message: IngestMessage; body: string }[]
let refusal: Error | null

beforeEach(async () => {
  database = () => 'answers'
  taken = []
  refusal = null
  metrics = openMetrics({
    spool: () => ({ messages: 2, bytes: 4096, oldestAgeMs: 1500 }),
    queueDepth: async () => 7,
    failedOffers: async () => 3,
  })
  server = await openHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: openLog('silent'),
    startedAt: '2026-11-02T08:00:00.000Z',
    version: '1.2.3',
    parts: [
      { name: 'database', check: () => database() },
      { name: 'spool', check: () => 'empty' },
    ],
    metrics,
    token: 'secret',
    ingest: async (message, stream) => {
      if (refusal !== null) throw refusal
      taken.push({ message, body: await text(stream) })
      return { id: 'the-id', isNew: true }
    },
  })
})
afterEach(() => server.close())

const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`

function ingest(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url(`/internal/ingest?${query}`), {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822', authorization: 'Bearer secret', ...headers },
    body: 'Subject: x\r\n\r\ny\r\n',
  })
}

test('live says since when, so that a stale run.json is told from this program', async () => {
  const response = await fetch(url('/health/live'))
  expect([response.status, await response.json()]).toEqual([
    200,
    { status: 'live', startedAt: '2026-11-02T08:00:00.000Z', version: '1.2.3' },
  ])
})

test('ready tells each part in words', async () => {
  const response = await fetch(url('/health/ready'))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    status: 'ready',
    parts: [
      { name: 'database', ok: true, words: 'answers' },
      { name: 'spool', ok: true, words: 'empty' },
    ],
  })
})

test('a part that fails makes it 503 problem+json, naming the part', async () => {
  database = () => {
    throw new TemporaryFailure('databaseUnavailable', 'the server at db.example does not answer')
  }
  const response = await fetch(url('/health/ready'))
  expect(response.status).toBe(503)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(await response.json()).toMatchObject({ title: 'Not ready', detail: 'database: the server at db.example does not answer' })
})

test('a part that never answers is not waited for for ever', async () => {
  database = () => new Promise<string>(() => undefined) as unknown as string
  expect((await fetch(url('/health/ready'))).status).toBe(503)
})

test('metrics are what Prometheus reads', async () => {
  metrics.accepted('smtp')
  metrics.count('bytesAccepted', 100)
  metrics.refused('senderDomainUnknown')
  metrics.settled('ignored', 'bounce')
  metrics.stage('parse', 0.02, 3)
  const body = await (await fetch(url('/metrics'))).text()
  for (const line of [
    'leadpost_accepted_total{channel="smtp"} 1',
    'leadpost_refused_total{reason="senderDomainUnknown"} 1',
    'leadpost_settled_total{outcome="ignored",reason="bounce"} 1',
    'leadpost_processing_seconds_bucket{le="0.03",stage="parse"} 1',
    'leadpost_accepted_bytes_total 100',
    'leadpost_spool_messages 2',
    'leadpost_spool_bytes 4096',
    'leadpost_spool_oldest_seconds 1.5',
    'leadpost_queue_depth 7',
    'leadpost_failed_offers 3',
  ])
    expect(body).toContain(line)
  expect(body).toContain('nodejs_eventloop_lag_p99_seconds')
})

test('the operator hands in a mail with its envelope', async () => {
  const response = await ingest('mailFrom=anna%40xyz.example&rcptTo=crm%40localhost&rcptTo=crm%2B1%40localhost')
  expect([response.status, await response.json()]).toEqual([202, { id: 'the-id', isNew: true }])
  expect(taken).toEqual([
    {
      message: { reversePath: 'anna@xyz.example', forwardPaths: ['crm@localhost', 'crm+1@localhost'], untrusted: false },
      body: 'Subject: x\r\n\r\ny\r\n',
    },
  ])
})

test('an absent sender is not the null sender', async () => {
  await ingest('rcptTo=crm%40localhost')
  await ingest('mailFrom=&rcptTo=crm%40localhost&untrusted=1')
  expect(taken.map(({ message }) => message)).toMatchObject([
    { reversePath: null, untrusted: false },
    { reversePath: '', untrusted: true },
  ])
})

test.each([
  ['without a token', { authorization: '' }],
  ['with a wrong token', { authorization: 'Bearer secreT' }],
])('%s nothing is handed in', async (_what, headers) => {
  const response = await ingest('rcptTo=crm%40localhost', headers)
  expect([response.status, taken]).toEqual([403, []])
})

test('failures become problems: temporary ones 503, permanent ones 4xx', async () => {
  refusal = new TemporaryFailure('spoolFull', 'the spool is full')
  expect((await ingest('rcptTo=crm%40localhost')).status).toBe(503)
  refusal = new PermanentFailure('messageTooLarge', 'too large')
  const response = await ingest('rcptTo=crm%40localhost')
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'messageTooLarge'])
  refusal = new Error('a secret of the inside')
  const unexpected = await ingest('rcptTo=crm%40localhost')
  expect([unexpected.status, await unexpected.text()]).toEqual([500, expect.not.stringContaining('secret')])
  expect((await ingest('mailFrom=x')).status).toBe(400)
  expect((await fetch(url('/nothing/here'))).status).toBe(404)
})
