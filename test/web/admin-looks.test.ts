/** Every page of administering as it looks: wide and light, on a phone in the dark in Hebrew; for axe, and so that nothing sticks out. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createOperator } from '../../src/store/operators.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { openTestApi, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, type OpenOptions, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const pages = [
  '',
  '/host-names',
  '/addresses',
  '/mailboxes',
  '/never-log',
  '/people',
  '/sign-in',
  '/keys',
  '/import',
  '/settings',
  '/health',
  '/messages',
  '/test',
  '/audit',
]

const looks: readonly OpenOptions[] = [{ size: 'wide' }, { size: 'phone', scheme: 'dark', language: 'he' }]

describe.skipIf(!hasChromium)('how administering looks', () => {
  let api: TestApi
  let browser: TestBrowser
  const longName = 'x'.repeat(190)
  const operator = 'olga@provider.example'

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111' })
    await deliveriesSettled(api.database, 1)
    await api.program.store.database.routerSql((sql) => createOperator(sql, { email: operator as AddressKey, name: 'Olga' }))
    const admin = await api.as('admin')
    const params = { tenant: 'xyz' }
    // Names without a space, as long as they may be.
    await api.call('inviteUser', { params, body: { email: `${'y'.repeat(60)}@xyz.example`, name: longName, role: 'reviewer' } }, admin)
    await api.call('createApiKey', { params, body: { role: 'submit', name: longName } }, admin)
    await api.call('addHostName', { params, body: { name: 'neu.xyz-werke.example', subdomains: true } }, admin)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test.each(looks)('$size', { timeout: 120_000 }, async (look) => {
    const page = await browser.open('/admin', { ...look, as: 'clara@xyz.example' })
    for (const path of pages) {
      await page.goto(`/admin${path}`)
      await page.locator('h1').first().waitFor()
      await expect.poll(() => page.locator('[class*="Skeleton"]').count()).toBe(0)
      await axe(page)
      await shot(page, `admin${path.replace('/', '-')}-${look.size ?? ''}`)
      const overflow = await page.locator('[data-scroll]').evaluate((scroller) => scroller.scrollWidth - scroller.clientWidth)
      expect([path, overflow]).toEqual([path, 0])
    }
    await page.goto('/admin/messages')
    await page.locator('[data-row]').first().click()
    await page.locator('ol').first().waitFor()
    await axe(page)
    await shot(page, `admin-message-${look.size ?? ''}`)
  })

  test.each([...looks, { size: 'laptop', language: 'pl' } as const])('to an operator: $size', { timeout: 60_000 }, async (look) => {
    const page = await browser.open('/admin', { ...look, as: operator })
    for (const path of ['', '/tenants/xyz', '/health', '/messages']) {
      await page.goto(`/admin${path}`)
      await page.locator('h1').first().waitFor()
      await expect.poll(() => page.locator('[class*="Skeleton"]').count()).toBe(0)
      await axe(page)
      await shot(page, `operator${path.replaceAll('/', '-')}-${look.size ?? ''}`)
      const overflow = await page.locator('[data-scroll]').evaluate((scroller) => scroller.scrollWidth - scroller.clientWidth)
      expect([path, overflow]).toEqual([path, 0])
    }
  })

  test('a list of messages is walked by key', async () => {
    const page = await browser.open('/admin/messages', { as: 'clara@xyz.example' })
    await page.locator('[data-row]').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('Filed under lead 11111.').waitFor()
  })
})
