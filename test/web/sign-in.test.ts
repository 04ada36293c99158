import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { givePassword, testPassword } from '../support/sign-in.ts'

describe.skipIf(!hasChromium)('signing in with the page', () => {
  let api: TestApi
  let browser: TestBrowser

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    await givePassword(api, 'bernd@xyz.example')
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('an address and a password lead to where one wanted to go', async () => {
    const page = await browser.open('/leads')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await axe(page)
    await shot(page, 'sign-in-light')
    await page.keyboard.type('bernd@xyz.example')
    await page.keyboard.press('Enter')
    await page.getByLabel('Password', { exact: true }).waitFor()
    await axe(page)
    await page.keyboard.type('wrong horse')
    await page.keyboard.press('Enter')
    await page.getByText('Address and password do not fit together').waitFor()
    await axe(page)
    await page.getByLabel('Password', { exact: true }).fill(testPassword)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Leads', level: 1 }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/leads')
  })

  test('the account', async () => {
    const page = await browser.open('/account', { as: 'bernd@xyz.example' })
    await page.getByText('here, now').first().waitFor()
    await axe(page)
    await shot(page, 'account-light')
    const dark = await browser.open('/account', { as: 'bernd@xyz.example', scheme: 'dark' })
    await dark.getByText('here, now').first().waitFor()
    await axe(dark)
    await shot(dark, 'account-dark')
    const phone = await browser.open('/account', { as: 'bernd@xyz.example', size: 'phone' })
    await shot(phone, 'account-phone')
    const rtl = await browser.open('/account', { as: 'bernd@xyz.example', language: 'he', size: 'laptop' })
    await shot(rtl, 'account-he')
    const link = await browser.open('/link/abcdefghijklmnopqrstuvwxyz')
    await shot(link, 'link')
  })
})
