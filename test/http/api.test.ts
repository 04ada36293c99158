import { afterAll, beforeAll, expect, test } from 'vitest'
import { nobody, openTestApi, type TestApi } from '../support/api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

test('an unknown path below /api is told from a page that is not there', async () => {
  const response = await fetch(new URL('/api/v1/no-such-call', api.url))
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(await response.json()).toMatchObject({
    code: 'notFound',
    detail: 'There is no call GET /api/v1/no-such-call; /api/docs shows those that there are.',
  })
})

test('every answer says that it is data, and whose cache may keep it', async () => {
  const { headers } = await api.ask('listLeads', { params: { tenant: 'xyz' } }, await api.as('reviewer'))
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toBe('private, no-cache')
})

test('input that does not fit is told field by field', async () => {
  const body = { title: '', dueOn: 'tomorrow' }
  const { status, body: problem } = await api.ask('createTask', { params: { tenant: 'xyz' }, body }, await api.as('reviewer'))
  expect([status, problem]).toMatchObject([400, { code: 'inputInvalid', errors: [{ path: 'title' }, { path: 'dueOn' }] }])
})

test('nobody is told which kind of credential did not count', async () => {
  const asked = await Promise.all(
    [nobody, { authorization: 'Bearer nonsense' }, { cookie: 'leadpost=nonsense' }].map(
      async (as) => await api.ask('listLeads', { params: { tenant: 'xyz' } }, as),
    ),
  )
  expect(asked.map(({ status }) => status)).toEqual([401, 401, 401])
  expect(new Set(asked.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  expect(asked[0]?.headers.get('www-authenticate')).toBe('Bearer')
})

test('who asks too often waits, and others do not', async () => {
  const limited = await openTestApi({ API_REQUESTS_PER_MINUTE: '10' })
  try {
    const [one, other] = [await limited.as('reviewer'), await limited.as('admin')]
    const statuses: number[] = []
    for (let at = 0; at < 12; at++) statuses.push((await limited.ask('listLeads', { params: { tenant: 'xyz' } }, one)).status)
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429])
    expect((await limited.ask('listLeads', { params: { tenant: 'xyz' } }, other)).status).toBe(200)
    const refused = await limited.ask('listLeads', { params: { tenant: 'xyz' } }, one)
    expect(refused).toMatchObject({ status: 429, body: { code: 'tooManyRequests' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // The address has five times as many, whoever asks.
    for (let at = 0; at < 40; at++) await limited.ask('listLeads', { params: { tenant: 'xyz' } }, nobody)
    expect((await limited.ask('listLeads', { params: { tenant: 'xyz' } }, other)).status).toBe(429)
  } finally {
    await limited.close()
  }
})
