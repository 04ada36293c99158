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

  test.each([
    ['dark', 'phone', 'he'],
    ['light', 'phone', 'pl'],
    ['dark', 'wide', 'de'],
  ] as const)('it is clean for axe: %s, %s, %s', async (scheme, size, language) => {
    const page = await browser.open('/sign-in', { scheme, size, language })
    await axe(page)
    await page.getByRole('textbox').fill('bernd@xyz.example')
    await page.keyboard.press('Enter')
    await page.locator('input[type=password]').waitFor()
    await axe(page)
    await shot(page, `sign-in-${language}-${scheme}-${size}`)
  })

  test('what the company’s provider said is told, and nothing else that an address may say', async () => {
    const page = await browser.open('/sign-in?problem=oidcUnknown')
    await page.getByRole('alert').getByText('Nobody with that account is registered here').waitFor()
    await axe(page)
    const other = await browser.open('/sign-in?problem=anything&why=anything')
    expect(await other.getByRole('alert').count()).toBe(0)
  })

  test('an address leads to no other site afterwards', async () => {
    await givePassword(api, 'bernd@xyz.example')
    const page = await browser.open('/sign-in?next=//evil.example/leads')
    await page.getByRole('textbox').fill('bernd@xyz.example')
    await page.keyboard.press('Enter')
    await page.getByLabel('Password', { exact: true }).fill(testPassword)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/confirm')
  })
})
