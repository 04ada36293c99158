/** People signed in over real HTTP, as the page does it: a cookie, and the CSRF token with whatever changes something. */
import { hashPassword } from '../../src/accounts/passwords.ts'
import type { As, TestApi } from './api.ts'

export const testPassword = 'a horse reads quietly'
let hashed: Promise<string> | undefined

/** Gives this user or operator the password that `signIn` uses. */
export async function givePassword(api: TestApi, email: string): Promise<void> {
  hashed ??= hashPassword(testPassword)
  for (const table of ['user_account', 'operator_account'])
    await api.database.owner(`UPDATE ${table} SET password_hash = $2 WHERE email = $1`, [email, await hashed])
}

/** The cookie of an answer, as the browser sends it back. */
export function cookieOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ')
}

/** Header fields of a browser in which this user of the fixtures is signed in. */
export async function signIn(api: TestApi, email: string): Promise<As> {
  await givePassword(api, email)
  const { status, headers, body } = await api.ask('signIn', { body: { email, password: testPassword } }, {})
  if (status !== 200) throw new Error(`${email} cannot sign in: ${JSON.stringify(body)}`)
  return { cookie: cookieOf(headers), 'x-csrf-token': (body as { csrfToken: string }).csrfToken }
}
