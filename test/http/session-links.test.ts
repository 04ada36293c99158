import type { ParsedMail } from 'mailparser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownMarkField } from '../../src/mail/own-mark.ts'
import { createFirstOperatorLink } from '../../src/store/links.ts'
import { createSignInLink, inviteOperator } from '../../src/accounts/links.ts'
import { address } from '../intake/support/listening.ts'
import { findAccount } from '../../src/store/accounts.ts'
import { nobody, openTestApi, type As, type TestApi } from '../support/api.ts'
import { openMailServer, type MailServer } from '../support/mail-server.ts'
import { cookieOf, givePassword, signIn, testPassword } from '../support/sign-in.ts'

const good = 'seven quiet tables sing'
let api: TestApi
let mails: MailServer
let admin: As

beforeAll(async () => {
  mails = await openMailServer()
  api = await openTestApi({ OUTBOX_URL: mails.url, OUTBOX_FROM: 'noreply@crm.example', PUBLIC_URL: 'https://crm.example.com' })
  await api.database.owner(`UPDATE user_account SET role = 'admin' WHERE email = 'bernd@xyz.example'`)
  admin = await api.as('admin')
})
afterAll(async () => {
  await api.close()
  await mails.close()
})

const tokenOf = (link: string): string => link.split('/').at(-1) ?? ''
const linkIn = (mail: ParsedMail): string => /https:\/\/\S+/.exec(mail.text ?? '')?.[0] ?? ''

async function invite(
  email: string,
  role: 'admin' | 'reviewer' | 'salesperson' = 'reviewer',
): Promise<{ token: string; mail: ParsedMail }> {
  const made = await api.call('inviteUser', { params: { tenant: 'xyz' }, body: { email, name: 'Nora Neu', role } }, admin)
  return { token: tokenOf(made.link), mail: await mails.next() }
}

describe('an invitation', () => {
  test('is mailed in the words of the tenant’s language, marked as our own, with a link to PUBLIC_URL', async () => {
    const { token, mail } = await invite('nora@xyz.example')
    expect(mail.subject).toBe('Ihr Zugang zu Leadpost für XYZ GmbH')
    expect(linkIn(mail)).toBe(`https://crm.example.com/link/${token}`)
    expect(mail.headers.get(ownMarkField)).toBe('1')
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail.from?.value[0]?.address).toBe('noreply@crm.example')
    expect(await api.call('readLink', { params: { token } }, nobody)).toMatchObject({
      kind: 'invitation',
      email: 'nora@xyz.example',
      name: 'Nora Neu',
      tenant: 'XYZ GmbH',
    })
  })

  test('makes a password and signs in, once', async () => {
    const { token } = await invite('olaf@xyz.example')
    const used = await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)
    expect(used.body).toMatchObject({ user: { email: 'olaf@xyz.example', role: 'reviewer' }, tenant: { slug: 'xyz' } })
    expect((await api.ask('readSession', {}, { cookie: cookieOf(used.headers) })).status).toBe(200)
    expect((await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)).status).toBe(404)
    expect((await api.ask('readLink', { params: { token } }, nobody)).status).toBe(404)
    expect((await api.ask('signIn', { body: { email: 'olaf@xyz.example', password: good } }, nobody)).status).toBe(200)
  })

  test('used by two at the same moment lets one of them in', async () => {
    const { token } = await invite('paul@xyz.example')
    const uses = await Promise.all(
      ['seven quiet tables sing', 'eight loud chairs dance'].map((password) =>
        api.ask('useLink', { params: { token }, body: { password } }, nobody),
      ),
    )
    expect(uses.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404])
  })

  test('is not spent by a password that is refused', async () => {
    const { token } = await invite('rita@xyz.example')
    const refused = await api.ask('useLink', { params: { token }, body: { password: 'Nora Neu 2026' } }, nobody)
    expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([400, expect.stringContaining('made of a name')])
    expect((await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)).status).toBe(200)
  })

  test('made anew makes the one before void', async () => {
    const first = await invite('sven@xyz.example')
    const second = await invite('sven@xyz.example', 'salesperson')
    expect((await api.ask('readLink', { params: { token: first.token } }, nobody)).status).toBe(404)
    expect((await api.ask('useLink', { params: { token: second.token }, body: { password: good } }, nobody)).body).toMatchObject({
      user: { role: 'salesperson' },
    })
  })

  test('too old opens nothing', async () => {
    const { token } = await invite('tom@xyz.example')
    await api.database.owner(`UPDATE one_time_link SET expires_at = now() - interval '1 second' WHERE used_at IS NULL`)
    expect((await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)).status).toBe(404)
  })

  test.each(['zofia@wisla.example', 'anna@xyz.example'])('is refused for %s, who has an account that is used', async (email) => {
    await givePassword(api, email)
    const { status } = await api.ask('inviteUser', { params: { tenant: 'xyz' }, body: { email, name: 'X', role: 'reviewer' } }, admin)
    expect(status).toBe(409)
  })

  test('stands in the audit trail, with who made it and who used it', async () => {
    const { token } = await invite('uwe@xyz.example')
    await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)
    const rows = await api.database.owner<{ action: string; actor: string }>(
      `SELECT action, actor FROM audit_entry WHERE subject = 'uwe@xyz.example' ORDER BY id`,
    )
    expect(rows.map(({ action }) => action)).toEqual(['userInvited', 'passwordSet', 'signedIn'])
    expect(rows[0]?.actor).toMatch(/^apiKey:/)
  })
})

describe('a forgotten password', () => {
  test('is asked for in the same words by everybody, and mailed to whoever is there', async () => {
    await givePassword(api, 'anna@xyz.example')
    const answers = []
    for (const email of ['nobody@xyz.example', 'not an address', 'anna@xyz.example'])
      answers.push(await api.ask('requestPasswordReset', { body: { email } }, nobody))
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1)
    const mail = await mails.next()
    expect(mail.to).toMatchObject({ value: [{ address: 'anna@xyz.example' }] })
    expect(mail.subject).toBe('Ein neues Passwort für Leadpost')
  })

  test('is set by the link, which ends every session', async () => {
    const before = await signIn(api, 'anna@xyz.example')
    await api.ask('requestPasswordReset', { body: { email: 'anna@xyz.example' } }, nobody)
    const token = tokenOf(linkIn(await mails.next()))
    expect((await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)).status).toBe(200)
    expect((await api.ask('readSession', {}, before)).status).toBe(401)
    expect((await api.ask('signIn', { body: { email: 'anna@xyz.example', password: testPassword } }, nobody)).status).toBe(401)
  })

  test('is mailed to one address a few times an hour, however often it is asked for', async () => {
    for (let count = 0; count < 8; count++) await api.ask('requestPasswordReset', { body: { email: 'zofia@wisla.example' } }, nobody)
    const asked = [await mails.next(), await mails.next(), await mails.next()]
    expect(asked.map(({ subject }) => subject)).toEqual(Array(3).fill('Nowe hasło do Leadpost'))
    await invite('last@xyz.example')
    expect(mails.taken.filter(({ subject }) => subject === asked[0]?.subject)).toHaveLength(3)
  })

  test('an admin makes a link for, for his own people alone', async () => {
    const [row] = await api.database.owner<{ id: string }>(`SELECT id FROM user_account WHERE email = 'anna@xyz.example'`)
    const made = await api.call('createResetLink', { params: { tenant: 'xyz', id: row?.id ?? '' } }, admin)
    expect(made).toMatchObject({ mailed: true, user: { email: 'anna@xyz.example' } })
    const other = await api.as('admin', 'wisla')
    expect((await api.ask('createResetLink', { params: { tenant: 'wisla', id: row?.id } }, other)).status).toBe(404)
    expect((await api.ask('createResetLink', { params: { tenant: 'xyz', id: row?.id } }, other)).status).toBe(404)
  })
})

describe('a link that signs in', () => {
  test('needs no password, and works once', async () => {
    const account = await findAccount(api.program.store.database, address('bernd@xyz.example'))
    if (account === null) throw new Error('bernd is not there')
    const { token } = await createSignInLink(api.program.store.database, account.ref)
    expect((await api.ask('useLink', { params: { token }, body: {} }, nobody)).body).toMatchObject({ user: { email: 'bernd@xyz.example' } })
    expect((await api.ask('useLink', { params: { token }, body: {} }, nobody)).status).toBe(404)
  })
})

describe('the first operator', () => {
  const first = { password: good, name: 'Otto Operator', email: 'otto@host.example' }

  test('is made by the newest link, with an address that nobody has', async () => {
    const { database } = api.program.store
    const old = await createFirstOperatorLink(database)
    const link = await createFirstOperatorLink(database)
    const use = (token: string | undefined, body: object) => api.ask('useLink', { params: { token: token ?? '' }, body }, nobody)
    expect((await use(old?.token, first)).status).toBe(404)
    expect((await use(link?.token, { password: good })).status).toBe(400)
    expect((await use(link?.token, { ...first, email: 'anna@xyz.example' })).status).toBe(409)
    const used = await use(link?.token, first)
    expect(used.body).toMatchObject({ user: { email: 'otto@host.example', role: 'operator' }, tenant: null })
    expect(await createFirstOperatorLink(database)).toBeNull()
  })

  test('signs in by password, and changes what is his', async () => {
    const as = await signIn(api, 'otto@host.example')
    expect((await api.call('updateProfile', { body: { locale: 'sv', timeZone: 'Europe/Stockholm' } }, as)).user).toMatchObject({
      locale: 'sv',
      timeZone: 'Europe/Stockholm',
    })
    await api.call('changePassword', { body: { current: testPassword, next: 'nine green lamps hum' } }, as)
    expect((await api.call('listSessions', {}, as)).sessions).toHaveLength(1)
  })

  test('invites another, whose address is then nobody else’s', async () => {
    const { database } = api.program.store
    const { token } = await inviteOperator(database, { email: address('petra@host.example'), name: 'Petra' })
    const body = { email: 'petra@host.example', name: 'P', role: 'reviewer' }
    expect((await api.ask('inviteUser', { params: { tenant: 'xyz' }, body }, admin)).status).toBe(409)
    expect((await api.ask('useLink', { params: { token }, body: { password: good } }, nobody)).body).toMatchObject({
      user: { email: 'petra@host.example', role: 'operator' },
    })
    await expect(inviteOperator(database, { email: address('anna@xyz.example'), name: 'A' })).rejects.toThrow(/has an account/)
  })
})
