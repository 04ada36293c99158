/** An installation from nothing to the first filed mail, by the page alone: operator, first admin, salesperson. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createFirstOperatorLink } from '../../src/store/links.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'
import { openTestApi, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { sendTestMail } from '../support/send-mail.ts'

const password = 'lantern over quiet river'

describe.skipIf(!hasChromium)('setting up an empty tenant', () => {
  let api: TestApi
  let browser: TestBrowser
  let zone: DnsZone

  beforeAll(async () => {
    zone = await openDnsZone({})
    api = await openTestApi({ DNS_SERVERS: zone.server })
    browser = await openTestBrowser(api)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
    await zone.close()
  })

  async function shownLink(page: Page): Promise<string> {
    const link = await page.locator('code', { hasText: '/link/' }).innerText()
    return new URL(link).pathname
  }

  /** Opens a link that somebody was handed, chooses a password, and is in. */
  async function useLink(link: string): Promise<Page> {
    const page = await browser.open(link)
    await page.getByLabel('New password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/(?:confirm|admin)$/)
    return page
  }

  test('from the first link to the first filed mail', { timeout: 120_000 }, async () => {
    // The operator makes the tenant.
    const first = await createFirstOperatorLink(api.program.store.database)
    const operator = await browser.open(`/link/${first?.token ?? ''}`)
    await operator.getByLabel('Your name').fill('Olga Operator')
    await operator.getByLabel('Your e-mail address').fill('olga@provider.example')
    await operator.getByLabel('New password', { exact: true }).fill(password)
    await operator.keyboard.press('Enter')
    await operator.getByRole('heading', { name: 'Tenants' }).waitFor()
    await operator.getByRole('button', { name: 'Make a tenant' }).click()
    await operator.getByLabel('Name of the company').fill('Neue Werke GmbH')
    expect(await operator.getByLabel('Short name').inputValue()).toBe('neue-werke-gmbh')
    await operator.getByLabel('Name of the first admin').fill('Carla Chef')
    await operator.getByLabel('E-mail address of the first admin').fill('carla@neuewerke.example')
    await operator.keyboard.press('Enter')
    await operator.getByText('Carla Chef is invited').waitFor()
    await axe(operator)

    // The admin finds out what to do.
    const admin = await useLink(await shownLink(operator))
    await admin.getByRole('link', { name: 'Administration' }).click()
    await admin.getByText('0 of 5 steps done').waitFor()
    await axe(admin)
    await shot(admin, 'admin-first-steps')
    await admin.getByRole('link', { name: 'Do it: Register your mail domain' }).click()
    await admin.getByText('No host name yet').waitFor()
    await admin.getByRole('textbox', { name: 'Domain' }).fill('carla@neuewerke.example')
    await admin.keyboard.press('Enter')
    await admin.getByText('Not proved yet').waitFor()
    await admin.getByRole('button', { name: 'Look now' }).click()
    await admin.getByText('There is no such record yet').waitFor()
    await axe(admin)
    const [name = '', value = ''] = await admin
      .locator('dd code')
      .allInnerTexts()
      .then((texts) => texts.slice(1))
    expect([name, value]).toEqual(['_leadpost.neuewerke.example', expect.stringMatching(/^leadpost-verification=/)])
    zone.serve({ [name]: { TXT: [value] } })
    await admin.getByRole('button', { name: 'Look now' }).click()
    await admin.getByText('Proved', { exact: true }).waitFor()

    await invite(admin)
    await importLeads(admin)
    await probe(admin)
    await firstMail(admin)
  })

  async function invite(admin: Page): Promise<void> {
    await admin.getByRole('link', { name: 'Overview' }).click()
    await admin.getByText('2 of 5 steps done').waitFor()
    await admin.getByRole('link', { name: 'Do it: Invite your people' }).click()
    await admin.getByLabel('E-mail address').fill('sven@neuewerke.example')
    await admin.getByLabel('Name', { exact: true }).fill('Sven Sales')
    await admin.keyboard.press('Enter')
    await admin.getByText('Sven Sales is invited').waitFor()
    const sven = await useLink(await shownLink(admin))
    // Nothing of administering is his.
    expect(await sven.getByRole('link', { name: 'Administration' }).count()).toBe(0)
    await sven.goto('/admin/people')
    await sven.getByRole('heading', { name: 'Not for your role' }).waitFor()
    await axe(sven)
  }

  async function importLeads(admin: Page): Promise<void> {
    await admin.getByRole('link', { name: 'Import', exact: true }).click()
    const [chooser] = await Promise.all([admin.waitForEvent('filechooser'), admin.getByRole('button', { name: 'Choose a file' }).click()])
    // As a spreadsheet in Germany writes it: semicolons, Windows-1252.
    await chooser.setFiles({
      name: 'leads.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('Nummer;Thema;Firma\r\n70001;Förderband für Müller;Müller & Söhne\r\n70002;Kühlung;Größe AG\r\n', 'latin1'),
    })
    await admin.getByText('read as Windows-1252').waitFor()
    await admin.getByText('Förderband für Müller').waitFor()
    await admin.getByRole('button', { name: 'Import 2 lines' }).click()
    await admin.getByText('2 new, 0 changed, 0 unchanged.').waitFor()
    await axe(admin)
  }

  async function probe(admin: Page): Promise<void> {
    await admin.getByRole('link', { name: 'Test mail' }).click()
    await admin.getByLabel('Number of a lead').fill('70001')
    await admin.keyboard.press('Enter')
    await admin.getByText('It arrived, went the whole way').waitFor()
    await admin.getByText('Lead 70001 was found.').waitFor()
    await axe(admin)
    await admin.getByRole('link', { name: 'Its whole way' }).click()
    await admin.getByText('Leadpost sent it itself.').waitFor()
    await axe(admin)
    await shot(admin, 'admin-way-of-a-probe')
  }

  async function firstMail(admin: Page): Promise<void> {
    const from = 'Sven Sales <sven@neuewerke.example>'
    await sendTestMail(api.smtp, { from, to: 'Max Müller <max@mueller.example>', subject: 'Neue Werke Lead 70001' })
    await admin.getByRole('link', { name: 'Messages', exact: true }).click()
    const row = admin.getByRole('link', { name: /sven@neuewerke\.example.*70001/ })
    await row.waitFor()
    await row.click()
    await admin.getByText('Filed under lead 70001.').waitFor()
    await admin.getByRole('link', { name: 'Overview' }).click()
    await admin.getByText('Everything is set up.').waitFor()
    await axe(admin)
    await shot(admin, 'admin-all-done')
    await admin.goto('/leads/70001')
    await admin.getByText('Neue Werke Lead 70001').first().waitFor()
  }
})
