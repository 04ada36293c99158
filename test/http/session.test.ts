import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nobody, openTestApi, type As, type TestApi } from '../support/api.ts'
import { cookieOf, givePassword, signIn, testPassword } from '../support/sign-in.ts'

const anna = 'anna@xyz.example'
let api: TestApi

beforeAll(async () => {
  api = await openTestApi()
  await givePassword(api, anna)
})
afterAll(() => api.close())

const without = (as: As, field: string): As => Object.fromEntries(Object.entries(as).filter(([name]) => name !== field))

describe('signing in', () => {
  test('answers who one is, and what the page needs', async () => {
    const as = await signIn(api, anna)
    const session = await api.call('readSession', {}, as)
    expect(session).toMatchObject({ user: { email: anna, role: 'salesperson' }, tenant: { slug: 'xyz' }, csrfToken: as['x-csrf-token'] })
  })

  test('sets a cookie that no script reads and no other site sends along', async () => {
    const { headers } = await api.ask('signIn', { body: { email: anna, password: testPassword } }, nobody)
    const [cookie = ''] = headers.getSetCookie()
    expect(cookie).toMatch(/^leadpost=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('a wrong password, an unknown address and one without password are answered alike', async () => {
    const answers = []
    for (const [email, password] of [
      [anna, 'wrong password'],
      ['nobody@xyz.example', testPassword],
      ['not an address', testPassword],
    ]) {
      const { status, body } = await api.ask('signIn', { body: { email, password } }, nobody)
      answers.push([status, body])
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(answers[0]?.[0]).toBe(401)
  })

  test('gives another token each time, and ends the session that the browser had', async () => {
    const before = await signIn(api, anna)
    const planted = await api.ask('signIn', { body: { email: anna, password: testPassword } }, before)
    expect(cookieOf(planted.headers)).not.toBe(before['cookie'])
    expect((await api.ask('readSession', {}, before)).status).toBe(401)
  })
})

describe('a session', () => {
  test('changes something only with its own CSRF token', async () => {
    const as = await signIn(api, anna)
    const other = await signIn(api, anna)
    const change = { body: { locale: 'de' as const } }
    for (const token of [{}, { 'x-csrf-token': '' }, { 'x-csrf-token': other['x-csrf-token'] ?? '' }]) {
      const { status, body } = await api.ask('updateProfile', change, { ...without(as, 'x-csrf-token'), ...token })
      expect([status, (body as { code: string }).code]).toEqual([403, 'notAllowed'])
    }
    expect((await api.call('updateProfile', change, as)).user.locale).toBe('de')
  })

  test('changes nothing that another site sent, whatever it knows', async () => {
    const as = await signIn(api, anna)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: api.url },
    ])
      expect((await api.ask('updateProfile', { body: { locale: 'de' } }, { ...as, ...headers })).status).toBe(403)
    const own = { origin: api.url, 'sec-fetch-site': 'same-origin' }
    expect((await api.ask('updateProfile', { body: { locale: 'de' } }, { ...as, ...own })).status).toBe(200)
  })

  test('is not begun by another site either', async () => {
    const body = { email: anna, password: testPassword }
    expect((await api.ask('signIn', { body }, { origin: 'https://evil.example' })).status).toBe(403)
  })

  test('is signed out at once, everywhere', async () => {
    const as = await signIn(api, anna)
    await api.call('signOut', {}, as)
    expect((await api.ask('readSession', {}, as)).status).toBe(401)
  })

  test('of a user who is disabled counts no more, at once', async () => {
    const as = await signIn(api, 'jan@wisla.example')
    await api.database.owner(`UPDATE user_account SET disabled_at = now() WHERE email = 'jan@wisla.example'`)
    expect((await api.ask('readSession', {}, as)).status).toBe(401)
    expect((await api.ask('signIn', { body: { email: 'jan@wisla.example', password: testPassword } }, nobody)).status).toBe(401)
  })

  test('has another role as soon as the user has', async () => {
    const as = await signIn(api, 'tess@nova.example')
    expect((await api.ask('readOidc', { params: { tenant: 'nova' } }, as)).status).toBe(403)
    await api.database.owner(`UPDATE user_account SET role = 'admin' WHERE email = 'tess@nova.example'`)
    expect((await api.ask('readOidc', { params: { tenant: 'nova' } }, as)).status).toBe(200)
  })

  test('sees nothing of another company, in no way', async () => {
    const as = await signIn(api, 'zofia@wisla.example')
    expect((await api.ask('readOidc', { params: { tenant: 'xyz' } }, as)).status).toBe(404)
    expect((await api.ask('readOidc', { params: { tenant: 'wisla' } }, as)).status).toBe(200)
  })

  test('ends when it was not used for 12 hours, and after 30 days in any case', async () => {
    const idle = await signIn(api, anna)
    await api.database.owner(`UPDATE session SET last_seen_at = now() - interval '12 hours 1 second'`)
    expect((await api.ask('readSession', {}, idle)).status).toBe(401)
    const old = await signIn(api, anna)
    await api.database.owner(`UPDATE session SET expires_at = now()`)
    expect((await api.ask('readSession', {}, old)).status).toBe(401)
  })

  test('is noted as used once a minute, no more', async () => {
    const as = await signIn(api, anna)
    const seen = async (): Promise<string> => {
      await api.call('readSession', {}, as)
      const [row] = await api.database.owner<{ at: string }>('SELECT max(last_seen_at)::text AS at FROM session')
      return row?.at ?? ''
    }
    const first = await seen()
    expect(await seen()).toBe(first)
    await api.database.owner(`UPDATE session SET last_seen_at = now() - interval '61 seconds'`)
    expect(new Date(await seen()).getTime()).toBeGreaterThan(Date.now() - 30_000)
  })

  test('is listed with where it came from, and ended from another', async () => {
    const first = await signIn(api, 'avi@shomer.example')
    const { body } = await api.ask(
      'signIn',
      { body: { email: 'avi@shomer.example', password: testPassword } },
      { 'user-agent': 'Phone/1.0' + 'x'.repeat(1_000) },
    )
    expect(body).toMatchObject({ tenant: { slug: 'shomer' } })
    const { sessions } = await api.call('listSessions', {}, first)
    expect(sessions.filter(({ current }) => current)).toHaveLength(1)
    expect(sessions).toHaveLength(2)
    const phone = sessions.find(({ current }) => !current)
    expect(phone).toMatchObject({ clientAddress: '127.0.0.1', userAgent: expect.stringMatching(/^Phone/) as string })
    expect(phone?.userAgent?.length).toBe(300)
    const stranger = await signIn(api, anna)
    expect((await api.ask('endSession', { params: { id: phone?.id ?? '' } }, stranger)).status).toBe(404)
    await api.call('endSession', { params: { id: phone?.id ?? '' } }, first)
    expect((await api.call('listSessions', {}, first)).sessions).toHaveLength(1)
  })

  test('an API key has none', async () => {
    for (const name of ['readSession', 'listSessions'] as const) expect((await api.ask(name, {}, await api.as('admin'))).status).toBe(403)
  })

  test('holds behind a proxy that asks for a password of its own', async () => {
    const as = await signIn(api, anna)
    expect((await api.ask('readSession', {}, { ...as, authorization: 'Basic dXNlcjpwYXNz' })).status).toBe(200)
  })

  test('is not read from the cookie where a key is sent, and a wrong key is nobody', async () => {
    const as = await signIn(api, anna)
    expect((await api.ask('readSession', {}, { ...as, authorization: 'Bearer leadpost_wrong' })).status).toBe(401)
  })
})

describe('changing one’s password', () => {
  test('needs the old one, refuses a weak one, and ends the other sessions', async () => {
    const email = 'sam@nova.example'
    const as = await signIn(api, email)
    const other = await signIn(api, email)
    const change = (current: string, next: string) => api.ask('changePassword', { body: { current, next } }, as)
    expect(await change('not the old one', 'nine green lamps hum')).toMatchObject({ status: 400, body: { errors: [{ path: 'current' }] } })
    expect(await change(testPassword, 'sam.nova.2026')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'next', message: expect.stringContaining('made of a name') as string }] },
    })
    expect((await change(testPassword, 'nine green lamps hum')).status).toBe(200)
    expect((await api.ask('readSession', {}, as)).status).toBe(200)
    expect((await api.ask('readSession', {}, other)).status).toBe(401)
    expect((await api.ask('signIn', { body: { email, password: testPassword } }, nobody)).status).toBe(401)
  })
})

test('a time zone that is none is refused', async () => {
  const as = await signIn(api, anna)
  expect((await api.ask('updateProfile', { body: { timeZone: 'Mars/Base' } }, as)).status).toBe(400)
  expect((await api.call('updateProfile', { body: { timeZone: 'Europe/Warsaw' } }, as)).user.timeZone).toBe('Europe/Warsaw')
})
