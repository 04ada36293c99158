import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createOwnResetLink, createSignInLink, inviteUser } from '../../src/accounts/links.ts'
import { addressKey, type AddressKey } from '../../src/mail/address.ts'
import { findAccount, type Account } from '../../src/store/accounts.ts'
import { openTestApi, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { type MailServer, openMailServer } from '../support/mail-server.ts'
import { givePassword, testPassword } from '../support/sign-in.ts'

describe.skipIf(!hasChromium)('links and the account on the page', () => {
  let api: TestApi
  let browser: TestBrowser
  let mails: MailServer
  const newPassword = 'lantern over quiet river'

  beforeAll(async () => {
    mails = await openMailServer()
    api = await openTestApi({ OUTBOX_URL: mails.url, OUTBOX_FROM: 'noreply@crm.example' })
    browser = await openTestBrowser(api)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
    await mails.close()
  })

  async function accountOf(email: string): Promise<Account> {
    const account = await findAccount(api.program.store.database, key(email))
    if (account === null) throw new Error(`${email} has no account`)
    return account
  }
  function key(email: string): AddressKey {
    const read = addressKey(email)
    if (read === null) throw new Error(`${email} is no address`)
    return read
  }

  test('an invitation: a password is chosen, with words on how good it is, and one is in', async () => {
    const { ref } = await accountOf('clara@xyz.example')
    if (ref.kind !== 'user') throw new Error('clara is a user')
    const { link } = await inviteUser(api.program.store.database, ref.tenantId, {
      email: key('dora@xyz.example'),
      name: 'Dora Dahl',
      role: 'reviewer',
      actor: 'clara@xyz.example',
    })
    const page = await browser.open(`/link/${link.token}`)
    await page.getByRole('heading', { name: 'Welcome to Leadpost' }).waitFor()
    await axe(page)
    const field = page.getByLabel('New password', { exact: true })
    const submit = page.getByRole('button', { name: 'Set the password and go on' })
    await field.fill('Dahl2026xyz')
    await page.getByText('it contains your name or address').waitFor()
    expect(await submit.isDisabled()).toBe(true)
    await field.fill(newPassword)
    await page.getByText('Strong.').waitFor()
    await axe(page)
    await shot(page, 'link-invitation')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/confirm')
    await page.getByRole('button', { name: 'Signed in as Dora Dahl' }).waitFor()
    const again = await browser.open(`/link/${link.token}`)
    await again.getByRole('heading', { name: 'This link does not work any more' }).waitFor()
    await axe(again)
    await shot(again, 'link-gone')
  })

  test('a link for a new password, in German, dark, on a phone', async () => {
    const { token } = await createOwnResetLink(api.program.store.database, await accountOf('anna@xyz.example'))
    const page = await browser.open(`/link/${token}`, { language: 'de', scheme: 'dark', size: 'phone' })
    await page.getByText('Für anna@xyz.example.').waitFor()
    await axe(page)
    await shot(page, 'link-reset-de-dark-phone')
    // What the page lets through and the server does not.
    await page.getByLabel('Neues Passwort', { exact: true }).fill('trustno1trustno1')
    await page.getByRole('button', { name: 'Passwort setzen und weiter' }).click()
    await page.getByText('Dieses Passwort ist leicht zu raten').waitFor()
    await page.getByText('Etwas im Formular passt nicht.').waitFor()
    expect(await page.locator('[lang="en"]').count()).toBe(0)
    await axe(page)
    await shot(page, 'link-weak-de-dark-phone')
    expect(await page.getByText('Stark.').isVisible()).toBe(false)
    await page.getByLabel('Neues Passwort', { exact: true }).press('x')
    await page.getByText('Stark.').waitFor()
    await page.getByText('Dieses Passwort ist leicht zu raten').waitFor({ state: 'detached' })
  })

  test('a link that signs in by itself', async () => {
    const { token } = await createSignInLink(api.program.store.database, (await accountOf('anna@xyz.example')).ref)
    const page = await browser.open(`/link/${token}`)
    await page.waitForURL('**/confirm')
  })

  test('a forgotten password is answered the same, whoever asks', async () => {
    const page = await browser.open('/forgotten', { language: 'he' })
    await axe(page)
    await shot(page, 'forgotten-he')
    await page.getByRole('textbox').fill('nobody@nowhere.example')
    await page.keyboard.press('Enter')
    await page.getByText('nobody@nowhere.example').waitFor()
    await axe(page)
    await shot(page, 'forgotten-sent-he')
  })

  test('an address that is none is told before anything is asked', async () => {
    const page = await browser.open('/forgotten')
    await page.getByRole('textbox').fill('anna')
    await page.keyboard.press('Enter')
    await page.getByText('Write your whole address').waitFor()
    await axe(page)
  })

  test('the language that one chooses goes along to the next browser', async () => {
    const page = await browser.open('/account', { as: 'bernd@xyz.example' })
    await page.getByLabel('Language', { exact: true }).selectOption('pl')
    await page.getByRole('heading', { name: 'Język i wygląd' }).waitFor()
    const next = await browser.open('/account', { as: 'bernd@xyz.example', language: 'de' })
    await next.getByRole('heading', { name: 'Język i wygląd' }).waitFor()
    await next.getByLabel('Język', { exact: true }).selectOption('')
    await next.getByRole('heading', { name: 'Sprache und Darstellung' }).waitFor()
  })

  test('dates follow the time zone that one chooses', async () => {
    const page = await browser.open('/account', { as: 'bernd@xyz.example', timeZone: 'Asia/Tokyo' })
    await page.getByLabel('Time zone').selectOption('America/New_York')
    await page.getByText('Saved.').waitFor()
    await page.locator('time').first().hover()
    await page
      .getByRole('tooltip')
      .getByText(/GMT-[45]|E[SD]T/)
      .waitFor()
  })

  test('another session is ended by a second click', async () => {
    const elsewhere = await browser.open('/leads', { as: 'bernd@xyz.example' })
    const page = await browser.open('/account', { as: 'bernd@xyz.example' })
    const buttons = page.getByRole('button', { name: /^Sign out there/ })
    await buttons.first().waitFor()
    const before = await buttons.count()
    await buttons.first().click()
    await page.getByRole('button', { name: 'Click again to confirm' }).click()
    await page.getByText('Signed out there.').waitFor()
    await expect.poll(() => buttons.count()).toBe(before - 1)
    await elsewhere.close()
  })

  test('a password is changed with the current one, and not without', async () => {
    await givePassword(api, 'bernd@xyz.example')
    const page = await browser.open('/account', { as: 'bernd@xyz.example' })
    await page.getByLabel('Current password', { exact: true }).fill('wrong horse')
    await page.getByLabel('New password', { exact: true }).fill(newPassword)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('This is not your current password.').waitFor()
    await axe(page)
    await page.getByLabel('Current password', { exact: true }).fill(testPassword)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('Your password is changed.').waitFor()
    await shot(page, 'account-password-changed')
  })

  test.each([
    ['light', 'wide', 'en'],
    ['dark', 'laptop', 'sv'],
    ['light', 'phone', 'pl'],
    ['dark', 'phone', 'he'],
  ] as const)('the account is clean for axe: %s, %s, %s', async (scheme, size, language) => {
    const page = await browser.open('/account', { as: 'bernd@xyz.example', scheme, size, language })
    await page.locator('time').first().waitFor()
    await axe(page)
    await shot(page, `account-${language}-${scheme}-${size}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await page.evaluate(() => document.documentElement.dir)).toBe(language === 'he' ? 'rtl' : 'ltr')
  })
})
