/** Strangers of a mail become contact persons with its answer: of the lead's company, of another one, or of one that is new. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const bernd = 'bernd@xyz.example'
const params = { tenant: 'xyz' }
const subject = 'Three of us on Thursday'

describe.skipIf(!hasChromium)('strangers in a mail', { timeout: 60_000 }, () => {
  let api: TestApi
  let browser: TestBrowser
  let reviewer: As

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    reviewer = await api.as('reviewer')
    await sendTestMail(api.smtp, {
      subject,
      to: 'Eva Muster <eva@acme.example>, Nina Neu <nina@planung.example>, Paul Partner <paul@partner.example>, Zoe Zimmer <zoe@acme.example>',
    })
    await deliveriesSettled(api.database, 1)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  const everybody = async (page: Page): Promise<void> => {
    await page.locator('[data-question-heading]').waitFor()
    await page.getByRole('button', { name: /11111/ }).first().waitFor()
    await page.keyboard.press('p')
    await page.getByRole('group').getByRole('checkbox', { name: 'nina@planung.example' }).waitFor()
  }
  const isFocused = async (page: Page, name: string): Promise<boolean> =>
    await page.getByRole('button', { name, exact: true }).evaluate((button) => button === document.activeElement)

  test.for([
    ['on a phone', 'phone', { size: 'phone' }],
    ['in the dark', 'dark', { scheme: 'dark' }],
    ['in Hebrew', 'he', { language: 'he' }],
  ] as const)('a company can be chosen %s', async ([, name, options]) => {
    const page = await browser.open('/confirm', { as: bernd, ...options })
    if (name === 'phone') await page.getByRole('link', { name: subject }).click()
    await everybody(page)
    await page
      .getByRole('button', { name: /nina@planung\.example:/ })
      .first()
      .click()
    await page.getByRole('combobox', { name: /nina@planung\.example/ }).fill('nord')
    await page.getByRole('option', { name: /Nordlicht/ }).waitFor()
    await axe(page)
    await shot(page, `people-picking-${name}`)
    await page.getByRole('option', { name: /Nordlicht/ }).click()
    await page.getByRole('button', { name: /nina@planung\.example: .*Nordlicht/ }).waitFor()
    await axe(page)
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await shot(page, `people-${name}`)
  })

  test('one is of the lead’s company, one of another, one of a new one; by keyboard', async () => {
    const page = await browser.open('/confirm', { as: bernd })
    const { keyboard } = page
    await everybody(page)
    await page.getByRole('button', { name: 'Company of nina@planung.example: the lead’s company' }).focus()
    await keyboard.press('Enter')
    const field = page.getByRole('combobox', { name: 'Company of nina@planung.example' })
    await field.waitFor()
    // Looked at and left, it is as it was.
    await keyboard.press('Escape')
    expect(await isFocused(page, 'Company of nina@planung.example: the lead’s company')).toBe(true)
    await keyboard.press('Enter')
    await field.waitFor()
    await keyboard.type('nordl')
    await page.getByRole('option', { name: /Nordlicht/ }).waitFor()
    await page.getByRole('option', { name: /Klinik/ }).waitFor({ state: 'detached' })
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    expect(await isFocused(page, 'Company of nina@planung.example: Nordlicht Maschinenbau GmbH')).toBe(true)
    await page.getByRole('button', { name: /Company of paul@partner\.example/ }).press('Enter')
    await keyboard.type('Partner & Sons')
    const fresh = page.getByRole('option', { name: 'New company: Partner & Sons' })
    await fresh.waitFor()
    await shot(page, 'people-new-company')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    expect(await isFocused(page, 'Company of paul@partner.example: Partner & Sons')).toBe(true)
    await axe(page)
    await shot(page, 'people')
    await keyboard.press('1')
    await page.getByText('Filed at 11111 Website relaunch.').waitFor()
    const companyOf = async (address: string): Promise<string | undefined> => {
      const { contactPersons } = await api.call('listContactPersons', { params, query: { address } }, reviewer)
      return contactPersons[0]?.company.name
    }
    await expect.poll(() => companyOf('nina@planung.example')).toBe('Nordlicht Maschinenbau GmbH')
    expect(await companyOf('paul@partner.example')).toBe('Partner & Sons')
    expect(await companyOf('zoe@acme.example')).toBe('ACME AG')
  })
})
