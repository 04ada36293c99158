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
