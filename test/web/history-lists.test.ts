/** Lists of leads, companies and people, making and changing them, what was filed last, and search. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'

const anna = 'anna@xyz.example'
const bernd = 'bernd@xyz.example'
const params = { tenant: 'xyz' }

describe.skipIf(!hasChromium)('looking things up', { timeout: 60_000 }, () => {
  let api: TestApi
  let browser: TestBrowser
  let reviewer: As
  let sent = 0

  async function send(...mails: readonly TestMail[]): Promise<void> {
    for (const mail of mails) {
      await sendTestMail(api.smtp, mail)
      sent += 1
      await deliveriesSettled(api.database, sent)
    }
  }
  const live = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    reviewer = await api.as('reviewer')
    await send(
      {
        subject: 'XYZ Lead 11111 Förderband',
        text: 'Die Lieferung der Rollenböcke.',
        attachments: [{ filename: 'Zeichnung.pdf', content: '%PDF-1.4', contentType: 'application/pdf' }],
      },
      { subject: 'XYZ Lead 11111 Rollen', text: 'Zwei Rollen fehlen.', date: new Date('2026-10-05T09:00:00Z') },
      { subject: 'XYZ Lead 33333 Halle', to: 'Lars Lindqvist <lars@nordlicht.example>', text: 'Alles klar.' },
      { subject: 'XYZ Lead 11112 שלום עולם', text: 'תודה רבה על ההצעה.' },
      { subject: `XYZ Lead 11112 ${'W'.repeat(200)}`, text: 'Long.' },
    )
    // The index comes after the mail.
    await vi.waitFor(
      async () => {
        const { hits } = await api.call('search', { params, query: { q: 'halle', kind: 'entry' } }, reviewer)
        expect(hits.length).toBe(1)
      },
      { timeout: 30_000, interval: 50 },
    )
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('leads by status, and one’s own; the address says which', async () => {
    const page = await browser.open('/leads', { as: bernd })
    await page.getByRole('link', { name: /66666/ }).waitFor()
    await page.getByText('Won', { exact: true }).first().click()
    await page.getByRole('link', { name: /66666/ }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /33334/ }).waitFor()
    expect(new URL(page.url()).search).toBe('?status=won')
    await page.getByText('All', { exact: true }).click()
    await page.getByText('Mine', { exact: true }).click()
    await page.getByRole('link', { name: /11111/ }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /33333/ }).waitFor()
    await page.getByRole('textbox', { name: 'Number, name or company' }).fill('zzz')
    await page.getByText('No lead fits').waitFor()
    await axe(page)
    await shot(page, 'leads-none')
  })

  test('a lead is made with a new company in one form, by keyboard', async () => {
    const page = await browser.open('/leads', { as: anna })
    await page.getByRole('link', { name: /66666/ }).waitFor()
    await page.keyboard.press('n')
    const dialog = page.getByRole('dialog', { name: 'New lead' })
    await dialog.waitFor()
    await page.keyboard.type('Solar roof')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Sunny Ltd')
    await page.getByRole('option', { name: 'New company: Sunny Ltd' }).click()
    await dialog.getByRole('combobox', { name: 'Key players' }).fill('lars')
    await page.getByRole('option', { name: /Lars Lindqvist/ }).click()
    await dialog.getByRole('textbox', { name: 'Role of Lars Lindqvist' }).fill('architect')
    await axe(page)
    await shot(page, 'lead-new')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: /Solar roof/ }).waitFor()
    await page.getByText('architect').waitFor()
    await page.getByText('Nothing was filed here yet').waitFor()
    await axe(page)
    await shot(page, 'lead-empty')
    await page.getByRole('link', { name: 'Sunny Ltd' }).click()
    await page.getByRole('heading', { name: 'Sunny Ltd' }).waitFor()
  })

  test('a company shows its leads, people and the mails of all of them', async () => {
    const page = await browser.open('/companies', { as: bernd })
    await page.getByRole('link', { name: /ACME AG/ }).waitFor()
    await axe(page)
    await shot(page, 'companies')
    await page.keyboard.press('/')
    await page.keyboard.type('acm')
    await page.getByRole('link', { name: /Nordlicht/ }).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'ACME AG' }).waitFor()
    await page.getByRole('link', { name: 'XYZ Lead 11111 Förderband' }).waitFor()
    await page.getByRole('link', { name: /11112 Onlineshop/ }).waitFor()
    await axe(page)
    await shot(page, 'company')
    await page.getByRole('link', { name: 'XYZ Lead 11112 שלום עולם' }).click()
    await page.getByRole('heading', { name: 'XYZ Lead 11112 שלום עולם', level: 2 }).waitFor()
    await shot(page, 'company-open')
    await page.getByRole('link', { name: /^W+|XYZ Lead 11112 W/ }).click()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await shot(page, 'company-long')
  })

  test('a contact person’s addresses are changed, and a company is made', async () => {
    const page = await browser.open('/people', { as: bernd })
    await page.getByRole('link', { name: /Eva Muster/ }).waitFor()
    await axe(page)
    await shot(page, 'people')
    await page.getByRole('link', { name: /Eva Muster/ }).click()
    await page.getByRole('heading', { name: 'Eva Muster' }).waitFor()
    await page.getByRole('link', { name: 'XYZ Lead 11111 Förderband' }).waitFor()
    await axe(page)
    await shot(page, 'person')
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog', { name: 'Edit the contact person' })
    const addresses = dialog.getByRole('textbox', { name: 'E-mail addresses' })
    await addresses.fill('eva@acme.example\nnonsense')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').waitFor()
    await axe(page)
    await addresses.fill('eva@acme.example\neva.new@acme.example')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'eva.new@acme.example' }).first().waitFor()
    await page.goto('/companies')
    await page.getByRole('button', { name: 'New company' }).click()
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Brand New SA')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Brand New SA' }).waitFor()
  })

  test('what the server finds wrong is told in the reader’s language, and nothing of it in English', async () => {
    const german = await browser.open('/companies', { as: bernd, language: 'de' })
    await german.getByRole('button', { name: 'Neue Firma' }).click()
    await german.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Acme AG')
    await german.keyboard.press('Enter')
    await german.getByText('Die Firma „ACME AG“ gibt es schon.').waitFor()
    expect(await german.locator('[lang="en"]').count()).toBe(0)
    await axe(german)
    await shot(german, 'company-taken-de')
    const hebrew = await browser.open('/people', { as: bernd, language: 'he', size: 'phone' })
    await hebrew.getByRole('link', { name: /Eva Muster/ }).click()
    await hebrew.getByRole('heading', { name: 'Eva Muster' }).waitFor()
    await hebrew.keyboard.press('e')
    const addresses = hebrew.getByRole('dialog').getByRole('textbox').nth(1)
    await addresses.fill('anna@xyz.example')
    await hebrew.getByRole('button', { name: 'שמירה' }).click()
    await hebrew.getByText('שייכת לאנשים שלכם').waitFor()
    await addresses.fill('x')
    await hebrew.getByRole('button', { name: 'שמירה' }).click()
    await hebrew.getByText(/נדרשים לפחות .?3.? תווים/).waitFor()
    expect(await hebrew.locator('[lang="en"]').count()).toBe(0)
    await axe(hebrew)
    await shot(hebrew, 'person-wrong-he-phone')
  })

  test('search finds without accents and by beginnings, and leads to the mail', async () => {
    const page = await browser.open('/search', { as: anna })
    await page.keyboard.type('forder roll')
    await page.getByRole('link', { name: /11111 Förderband/ }).waitFor()
    expect(await page.locator('mark').first().textContent()).toMatch(/F.rder|Roll/)
    await axe(page)
    await shot(page, 'search')
    expect(new URL(page.url()).searchParams.get('q')).toBe('forder roll')
    await page.getByRole('textbox').fill('zeichn')
    await page.getByRole('link', { name: /11111 Förderband/ }).waitFor()
    await page.getByRole('textbox').fill('nord')
    await page.getByRole('heading', { name: 'Companies' }).waitFor()
    await page.getByText('Mails', { exact: true }).first().click()
    await page.getByRole('heading', { name: 'Companies' }).waitFor({ state: 'detached' })
    await page.getByRole('textbox').fill('qqqq')
    await page.getByText('Nothing found for “qqqq”').waitFor()
    await axe(page)
    await page.getByRole('textbox').fill('rollen')
    await page.getByRole('link', { name: /11111 Förderband/ }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'XYZ Lead 11111 Förderband', level: 2 }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/leads/11111')
  })

  test('search in one lead, which is found by its name, and everywhere again', async () => {
    const page = await browser.open('/search?q=xyz', { as: anna })
    await page.getByRole('link', { name: /33333 Halle/ }).waitFor()
    await page.getByRole('textbox').press('Escape')
    await page.keyboard.press('l')
    await page.getByRole('dialog', { name: 'Search in which lead?' }).waitFor()
    await page.keyboard.type('relaunch')
    await page.getByRole('option', { name: /11111 Website relaunch/ }).waitFor()
    await page.getByRole('option').nth(1).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /33333 Halle/ }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: /11111 Förderband/ }).waitFor()
    const filter = page.getByRole('button', { name: '11111 Website relaunch' })
    await filter.waitFor()
    expect(await filter.evaluate((button) => button === document.activeElement)).toBe(true)
    expect(new URL(page.url()).search).toContain('11111')
    await axe(page)
    await shot(page, 'search-lead')
    await page.reload()
    await page.getByRole('link', { name: /11111 Förderband/ }).waitFor()
    expect(await page.getByRole('link', { name: /33333/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Search everywhere again' }).press('Enter')
    await page.getByRole('link', { name: /33333 Halle/ }).waitFor()
    const button = page.getByRole('button', { name: 'Only one lead' })
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true)
    await page.goto('/search?lead=11111')
    await page.getByText('Type words from the mails of this lead').waitFor()
    await axe(page)
  })

  test('within one lead, words go together with the filters', async () => {
    const page = await browser.open('/leads/11111', { as: anna })
    const [first, second] = [page.getByRole('link', { name: /11111 Förderband/ }), page.getByRole('link', { name: /11111 Rollen/ })]
    await page.getByRole('textbox', { name: 'Search in this history' }).fill('rollen')
    await page.locator('mark').first().waitFor()
    await first.waitFor()
    await second.waitFor()
    await page.getByText('With files', { exact: true }).click()
    await second.waitFor({ state: 'detached' })
    await first.waitFor()
    await axe(page)
    await shot(page, 'lead-words-filtered')
    await page.getByText('Received', { exact: true }).click()
    await page.getByText('Fewer words or fewer filters find more.').waitFor()
    await page.getByText('Received', { exact: true }).click()
    await page.getByText('With files', { exact: true }).click()
    await second.waitFor()
    // The address keeps both.
    await page.goto('/leads/11111?words=rollen&direction=outbound&files=true')
    await first.waitFor()
    expect(await second.count()).toBe(0)
  })

  test('within one lead, words find its mails alone', async () => {
    const page = await browser.open('/leads/11112', { as: anna })
    await page.getByRole('textbox', { name: 'Search in this history' }).fill('ההצ')
    await page.getByRole('link', { name: /שלום/ }).waitFor()
    await axe(page)
    await shot(page, 'lead-words')
    await page.getByRole('textbox', { name: 'Search in this history' }).fill('Rollen')
    await page.getByText('Nothing found for “Rollen”').waitFor()
  })

  test('what was filed last appears by itself, and can be opened by its address', async () => {
    const page = await browser.open('/filed', { as: bernd })
    await page.getByRole('link', { name: 'XYZ Lead 33333 Halle' }).waitFor()
    await axe(page)
    await live(page)
    await send({ subject: 'XYZ Lead 11111 Just in' })
    const link = page.getByRole('link', { name: 'XYZ Lead 11111 Just in' })
    await link.waitFor()
    await shot(page, 'filed')
    await link.click()
    await page.getByRole('heading', { name: 'XYZ Lead 11111 Just in', level: 2 }).waitFor()
    const id = new URL(page.url()).searchParams.get('entry') ?? ''
    await page.goto(`/filed/${id}`)
    await page.getByRole('heading', { name: 'XYZ Lead 11111 Just in', level: 1 }).waitFor()
    await axe(page)
    await page.getByText('By people').waitFor({ state: 'detached' })
    await page.goto('/filed')
    await page.getByText('By people').click()
    await page.getByText('Nothing was filed here yet').waitFor()
  })

  const looks = [
    ['on a phone', 'phone', { size: 'phone' }],
    ['in the dark', 'dark', { scheme: 'dark' }],
    ['in Hebrew', 'he', { language: 'he' }],
  ] as const
  async function lookAt(path: string, name: string, options: (typeof looks)[number][2]): Promise<void> {
    const page = await browser.open(path, { as: anna, ...options })
    await page.locator('[data-row]').first().waitFor()
    await axe(page)
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await shot(page, `${path.slice(1).replaceAll(/\W+/g, '-')}-${name}`)
    await page.context().close()
  }
  test.for(looks)('each of these pages is right %s', async ([, name, options]) => {
    for (const path of ['/leads', '/companies', '/people', '/search?q=acme', '/filed']) await lookAt(path, name, options)
  })
  test.for(looks)('a search in one lead is right %s', async ([, name, options]) => {
    for (const path of ['/search?q=xyz&lead=11111', '/leads/11111?words=rollen&files=true']) await lookAt(path, name, options)
  })
})
