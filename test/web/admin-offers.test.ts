/** Waiting mail that could not be looked at again: what an admin and an operator see of it, and do. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AddressKey } from '../../src/mail/address.ts'
import { createOperator } from '../../src/store/operators.ts'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { breakMails, giveUpOnOffers } from '../support/failed-offers.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const clara = 'clara@xyz.example'
const olga = 'olga@operator.example'
const params = { tenant: 'xyz' }

describe.skipIf(!hasChromium)('mail that could not be looked at again', { timeout: 120_000 }, () => {
  let api: TestApi
  let browser: TestBrowser
  let admin: As
  let sent = 0

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    admin = await api.as('admin')
    await api.program.store.database.routerSql((sql) => createOperator(sql, { email: olga as AddressKey, name: 'Olga' }))
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  /** So many questions are given up; the answer mends what stood in the way. */
  async function giveUp(number: string, mails: number): Promise<() => Promise<void>> {
    for (let mail = 0; mail < mails; mail++) {
      await sendTestMail(api.smtp, { subject: `XYZ Lead ${number} no ${String(mail)}`, to: 'zoe@nowhere.example' })
      sent += 1
    }
    await deliveriesSettled(api.database, sent)
    const mend = await breakMails(api.database)
    await api.call('createLead', { params, body: { name: `Added later ${number}`, number } }, admin)
    await giveUpOnOffers(api.database, mails)
    return mend
  }

  test('an admin sees it come, what happened and to which, and tries one again and then all', async () => {
    const page = await browser.open('/admin/health', { as: clara })
    await page.getByText('All is well').waitFor()
    const mend = await giveUp('660201', 3)
    await page.getByRole('heading', { name: 'Not looked at again' }).waitFor()
    await page.getByText('Something was added that 3 waiting mails may point to').waitFor()
    await page.getByText('Something needs attention').waitFor()
    const rows = page.getByRole('list', { name: 'Not looked at again' }).getByRole('listitem')
    expect(await rows.count()).toBe(3)
    await rows.first().getByText('anna@xyz.example').waitFor()
    await axe(page)
    await shot(page, 'admin-health-offers')
    await mend()
    await rows
      .first()
      .getByRole('button', { name: /^Try again/ })
      .focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => rows.count()).toBe(2)
    await page.getByRole('button', { name: 'Try all again' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('2 mails are looked at again.').waitFor()
    await page.getByRole('heading', { name: 'Not looked at again' }).waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('BODY')
    await page.getByText('All is well').waitFor()
    await expect
      .poll(
        async () =>
          (await api.call('listConfirmations', { params, query: { search: '660201' } }, admin)).items.map((one) => one.candidates[0]?.lead),
        { timeout: 15_000 },
      )
      .toEqual(['660201', '660201', '660201'])
    await page.goto('/admin/audit')
    await page.getByRole('listitem').filter({ hasText: 'had waiting mail looked at again' }).waitFor()
  })

  test('an operator sees how many, and of whom on the tenant’s page, where he tries again; never what is asked', async () => {
    const mend = await giveUp('660202', 1)
    const page = await browser.open('/admin/health', { as: olga, language: 'he', scheme: 'dark' })
    await page.getByRole('heading', { name: 'לא נבדקו שוב' }).waitFor()
    await axe(page)
    await shot(page, 'operator-health-offers-he')
    await page.goto('/admin')
    await page.getByText('אחת לא נבדקה שוב').waitFor()
    await axe(page)
    await page.goto('/admin/tenants/xyz')
    await page.getByText('anna@xyz.example').waitFor()
    await axe(page)
    await shot(page, 'operator-tenant-offers-he')
    expect(await page.locator('main').innerText()).not.toMatch(/660202|zoe/)
    expect(await page.getByRole('link', { name: 'מענה' }).count()).toBe(0)
    await mend()
    await page.getByRole('button', { name: 'ניסיון נוסף לכולן' }).click()
    await page.getByText('הודעה אחת נבדקת שוב.').waitFor()
    await page.getByRole('heading', { name: 'לא נבדקו שוב' }).waitFor({ state: 'detached' })
  })
})
