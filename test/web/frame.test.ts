import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'

describe.skipIf(!hasChromium)('the frame of the page', () => {
  let api: TestApi
  let browser: TestBrowser
  const clara = 'clara@xyz.example'

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('keys lead to every place, and `?` lists them', async () => {
    const page = await browser.open('/account', { as: clara })
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.waitForURL('**/leads')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await axe(page)
    await shot(page, 'shortcuts')
    // Behind a dialog they do nothing.
    await page.keyboard.press('g')
    await page.keyboard.press('p')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(new URL(page.url()).pathname).toBe('/leads')
  })

  test('on a Hebrew keyboard the same keys count', async () => {
    const page = await browser.open('/account', { as: clara, language: 'he' })
    // What such a keyboard sends for the keys of g and l.
    await page.evaluate(() => {
      for (const [key, code] of [
        ['ע', 'KeyG'],
        ['ך', 'KeyL'],
      ])
        globalThis.dispatchEvent(new KeyboardEvent('keydown', { key: key ?? '', code: code ?? '' }))
    })
    await page.waitForURL('**/leads')
  })

  test('`/` and Ctrl+K find a lead by its number', async () => {
    const page = await browser.open('/account', { as: clara })
    await page.keyboard.press('/')
    const field = page.getByPlaceholder('Find a lead, a company, a person or a mail')
    await field.waitFor()
    await shot(page, 'find-start')
    await page.keyboard.type('11111')
    await page.getByText('Website relaunch').first().waitFor()
    await axe(page)
    await shot(page, 'find-lead')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/leads/11111')
    await page.keyboard.press('Control+k')
    await field.waitFor()
  })

  test('the first key of Tab skips to the content', async () => {
    const page = await browser.open('/leads', { as: clara })
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })

  test('an address that is nowhere says so, in the frame', async () => {
    const page = await browser.open('/nowhere', { as: clara })
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    await axe(page)
    await shot(page, 'lost')
  })

  test('light and dark are chosen in the account’s menu, and stay', async () => {
    const page = await browser.open('/leads', { as: clara })
    const menu = page.getByRole('button', { name: 'Signed in as Clara Clausen' })
    await menu.click()
    await page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await axe(page)
    await shot(page, 'menu-dark')
    expect(await page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark')
    await page.reload()
    expect(await page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark')
  })

  test('signing out ends the session, and says so', async () => {
    const page = await browser.open('/leads', { as: clara })
    await page.getByRole('button', { name: 'Signed in as Clara Clausen' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await page.goto('/leads')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })

  test('a session that ends elsewhere leads to the sign-in page, and back to where one was', async () => {
    const page = await browser.open('/leads', { as: clara })
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Account' }).click()
    await page.getByText('You were signed out.').waitFor()
    expect(new URL(page.url()).searchParams.get('next')).toBe('/account')
  })

  test('on a phone the places are under the thumb', async () => {
    const page = await browser.open('/leads', { as: clara, size: 'phone' })
    await axe(page)
    await page.getByRole('button', { name: 'More' }).click()
    await axe(page)
    await shot(page, 'phone-more')
    await page.getByRole('menuitem', { name: 'Tasks' }).click()
    await page.waitForURL('**/tasks')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  })

  test('the page says when it is not live any more, and mends itself', async () => {
    const page = await browser.open('/leads', { as: clara })
    const state = page.getByRole('region', { name: 'Search and account' }).getByRole('status')
    await expect.poll(() => state.textContent()).toBe('Live')
    await page.context().setOffline(true)
    await expect.poll(() => state.textContent(), { timeout: 10_000 }).toBe('Offline')
    await page.getByText('You are offline').first().waitFor()
    await shot(page, 'offline')
    await page.context().setOffline(false)
    await expect.poll(() => state.textContent(), { timeout: 10_000 }).toBe('Live')
  })

  test('two tabs share one stream of events, and the second takes over', async () => {
    const first = await browser.open('/leads', { as: clara })
    await expect.poll(() => first.getByRole('region', { name: 'Search and account' }).getByRole('status').textContent()).toBe('Live')
    const second = await browser.open('/leads', { beside: first })
    const streams: string[] = []
    second.on('request', (request) => {
      if (request.url().endsWith('/events')) streams.push(request.url())
    })
    await expect.poll(() => second.getByRole('region', { name: 'Search and account' }).getByRole('status').textContent()).toBe('Live')
    expect(streams).toEqual([])
    await first.close()
    await expect.poll(() => streams.length, { timeout: 10_000 }).toBe(1)
  })
})
