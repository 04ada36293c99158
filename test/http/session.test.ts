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

  test('is signed out at once, everywhere', async () => {
    const as = await signIn(api, anna)
    await api.call('signOut', {}, as)
    expect((await api.ask('readSession', {}, as)).status).toBe(401)
  })
})
