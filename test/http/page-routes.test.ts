import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMetrics } from '../../src/http/metrics.ts'
import { openPageRoutes } from '../../src/http/page-routes.ts'
import { openHttpServer, type HttpServer } from '../../src/http/server.ts'
import { openLog } from '../../src/log.ts'

let folder: string
let server: HttpServer

async function open(): Promise<void> {
  server = await openHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: openLog('silent'),
    startedAt: '2026-11-02T08:00:00.000Z',
    version: '1.2.3',
    parts: [],
    metrics: openMetrics({
      spool: () => ({ messages: 0, bytes: 0, oldestAgeMs: 0 }),
      queueDepth: async () => 0,
      failedOffers: async () => 0,
    }),
    token: 'secret',
    ingest: async () => ({ id: 'the-id', isNew: true }),
    openRoutes: (routes) => openPageRoutes(routes, folder),
  })
}

async function build(): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Leadpost</title>')
  await writeFile(join(folder, 'early.js'), 'early()')
  await writeFile(join(folder, 'favicon.svg'), '<svg/>')
  await writeFile(join(folder, 'assets/index-abc.js'), 'plain()')
  await writeFile(join(folder, 'assets/index-abc.js.br'), 'brotli')
  await writeFile(join(folder, 'assets/index-abc.js.gz'), 'gzip')
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadpost-page-'))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { headers, redirect: 'manual' })

test.each(['/', '/confirm', '/leads/11111', '/link/some-token', '/admin/host-names/xyz.example', '/apiary', '/healthy'])(
  '%s is the page, and is not kept',
  async (path) => {
    await build()
    await open()
    const response = await get(path)
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
    expect(await response.text()).toContain('Leadpost')
  },
)

test('the page may run its own scripts alone, and be shown in no frame', async () => {
  await build()
  await open()
  const { headers } = await get('/confirm')
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining([
      "default-src 'self'",
      "script-src 'self'",
      "connect-src 'self'",
      "frame-src 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ]),
  )
  expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:|\*/)
  expect([headers.get('x-content-type-options'), headers.get('referrer-policy'), headers.get('x-frame-options')]).toEqual([
    'nosniff',
    'no-referrer',
    'DENY',
  ])
})

test.each([
  ['br, gzip', 'br', 'brotli'],
  ['gzip', 'gzip', 'gzip'],
])('a file comes compressed beforehand (%s), for good', async (accepted, encoding, body) => {
  await build()
  await open()
  const response = await get('/assets/index-abc.js', { 'accept-encoding': accepted })
  expect([
    response.status,
    response.headers.get('content-encoding'),
    response.headers.get('cache-control'),
    response.headers.get('x-content-type-options'),
  ]).toEqual([200, encoding, 'public, max-age=31536000, immutable', 'nosniff'])
  // fetch would unpack it, and it is no real one.
  await response.body?.cancel()
  expect(body).not.toBe('')
})

test('a file that an older build had is not there, rather than being the page', async () => {
  await build()
  await open()
  expect((await get('/assets/index-old.js')).status).toBe(404)
})

test.each(['/api/v1/nothing', '/api/nothing', '/health/nothing', '/metrics/nothing', '/internal/nothing'])(
  '%s is no page',
  async (path) => {
    await build()
    await open()
    const response = await get(path)
    expect([response.status, response.headers.get('content-type'), response.headers.get('content-security-policy')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
      null,
    ])
  },
)

test('health still answers beside the page', async () => {
  await build()
  await open()
  expect((await get('/health/live')).status).toBe(200)
})

test('nothing outside the folder is served', async () => {
  await build()
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await open()
  for (const path of ['/assets/..%2fsecret.txt', '/assets/%2e%2e/secret.txt', '/secret.txt']) {
    const response = await get(path)
    expect(await response.text()).not.toContain('secret')
  }
})

test('where the page was not built, it says what to do, and is there once it is', async () => {
  await open()
  const response = await get('/')
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('npm run build')
  expect((await get('/early.js')).status).toBe(404)
  expect((await get('/assets/index-abc.js')).status).toBe(404)
  await build()
  expect((await get('/')).status).toBe(200)
  expect((await get('/early.js')).status).toBe(200)
  expect((await get('/assets/index-abc.js')).status).toBe(200)
})
