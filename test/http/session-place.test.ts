/** Where the page is reached decides what its cookie is like. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { givePassword, testPassword } from '../support/sign-in.ts'

let api: TestApi

beforeAll(async () => {
  api = await openTestApi({ PUBLIC_URL: 'https://crm.example.com', HTTP_TRUSTED_PROXIES: '127.0.0.1' })
  await givePassword(api, 'anna@xyz.example')
})
afterAll(() => api.close())

interface Answer {
  readonly status: number
  readonly cookie: string
}

/** fetch lets nobody choose the Host. */
async function signInAt(headers: Readonly<Record<string, string>>): Promise<Answer> {
  const body = JSON.stringify({ email: 'anna@xyz.example', password: testPassword })
  return await new Promise((resolve, reject) => {
    const sent = request(`${api.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } })
    sent.on('error', reject)
    sent.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0] ?? '' }))
    })
    sent.end(body)
  })
}

describe('the cookie', () => {
  test.each([
    ['the proxy hands on the host', { host: 'crm.example.com' }],
    ['the proxy says https', { host: 'anything.example', 'x-forwarded-proto': 'https' }],
    ['the proxy hands on nothing, and the browser says where it is', { origin: 'https://crm.example.com' }],
  ])('is bound to https and the host where %s', async (_what, headers) => {
    const { status, cookie } = await signInAt(headers)
    expect([status, cookie]).toEqual([200, expect.stringMatching(/^__Host-leadpost=.*Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
  })

  test.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000'])('is a plain one at %s', async (host) => {
    expect((await signInAt({ host })).cookie).toMatch(/^leadpost=.*Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('is not given over plain http in a network, where everybody could read along', async () => {
    expect(await signInAt({ host: '192.0.2.10:3000' })).toEqual({ status: 403, cookie: '' })
  })
})
