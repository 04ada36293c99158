/** Looking things up at a lead: reading, moving, taking out, making private, tasks; by several people at once. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'

const anna = 'anna@xyz.example'
const bernd = 'bernd@xyz.example'
const params = { tenant: 'xyz' }
const lead = { ...params, number: '11111' }

describe.skipIf(!hasChromium)('a lead', { timeout: 60_000 }, () => {
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
  async function subjects(number: string): Promise<(string | null)[]> {
    const { entries } = await api.call(
      'readHistory',
      { params: { ...params, number }, query: { order: 'newest', brief: 'true' } },
      reviewer,
    )
    return entries.map(({ subject }) => subject)
  }
  const row = (page: Page, subject: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('link', { name: subject, exact: true }) })
  const opened = (page: Page, subject: string) => page.getByRole('heading', { name: subject, exact: true, level: 2 })

  const live = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    reviewer = await api.as('reviewer')
    await send(
      {
        subject: 'XYZ Lead 11111 Kickoff',
        text: 'We begin on Monday.',
        messageId: '<1@xyz.example>',
        date: new Date('2026-11-02T09:00:00Z'),
      },
      {
        subject: 'Re: XYZ Lead 11111 Kickoff',
        to: 'Eva Muster <eva@acme.example>, Nina Neu <nina@acme.example>',
        text: 'On Tuesday then.\n\nOn Mon, 2 Nov 2026 at 10:00, Eva Muster <eva@acme.example> wrote:\n> Monday is too early.',
        messageId: '<2@xyz.example>',
        references: ['<1@xyz.example>'],
        date: new Date('2026-11-03T09:00:00Z'),
      },
      {
        subject: 'XYZ Lead 11111 Offer',
        text: 'Here is our offer.',
        html: '<p>Here is our <b>offer</b>.</p><img src="https://tracker.example/pixel.gif">',
        attachments: [{ filename: 'offer.pdf', content: '%PDF-1.4', contentType: 'application/pdf' }],
        date: new Date('2026-11-04T09:00:00Z'),
      },
      { subject: 'XYZ Lead 11111 Wrong place', text: 'This is about the shop.', date: new Date('2026-11-01T09:00:00Z') },
    )
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('is found by three letters; its last mail is read and its file taken along', async () => {
    const page = await browser.open('/leads', { as: anna })
    await page.getByRole('link', { name: /66666/ }).waitFor()
    await axe(page)
    await page.keyboard.press('/')
    await page.keyboard.type('rel')
    await page.getByRole('link', { name: /66666/ }).waitFor({ state: 'detached' })
    await shot(page, 'leads-found')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/leads/11111')
    await page.getByRole('heading', { name: '11111 Website relaunch' }).waitFor()
    await row(page, 'XYZ Lead 11111 Offer').waitFor()
    await axe(page)
    await shot(page, 'lead-light')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await opened(page, 'XYZ Lead 11111 Offer').waitFor()
    await page.getByText('Here is our offer.', { exact: true }).last().waitFor()
    await page.getByText('Lead number 11111 in the subject').waitFor()
    await axe(page)
    await shot(page, 'lead-open')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download offer.pdf' }).click()])
    expect(download.suggestedFilename()).toBe('offer.pdf')
    // Walking on reads on, and the list keeps the focus.
    await page.keyboard.press('j')
    await opened(page, 'Re: XYZ Lead 11111 Kickoff').waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Re: XYZ Lead 11111 Kickoff')
    expect(await page.getByText('Monday is too early').count()).toBe(0)
    await page.getByRole('button', { name: 'Show the earlier mails quoted below' }).click()
    await page.getByText('Monday is too early').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Key players' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  test('a mail that is at the wrong lead is moved by key, and comes back by a click', async () => {
    const page = await browser.open('/leads/11111', { as: bernd })
    await row(page, 'XYZ Lead 11111 Wrong place').getByRole('link').click()
    await opened(page, 'XYZ Lead 11111 Wrong place').waitFor()
    await page.getByRole('button', { name: 'Take out' }).waitFor()
    await page.keyboard.press('m')
    await page.getByRole('dialog', { name: 'Move to which lead?' }).waitFor()
    await page.keyboard.type('onlin')
    await page.getByRole('option', { name: /Onlineshop/ }).waitFor()
    await page.getByRole('option').nth(1).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByText('Moved to 11112 Onlineshop.').waitFor()
    await row(page, 'XYZ Lead 11111 Wrong place').waitFor({ state: 'detached' })
    expect(await subjects('11112')).toEqual(['XYZ Lead 11111 Wrong place'])
    // The neighbour is open, and has the focus.
    await opened(page, 'XYZ Lead 11111 Kickoff').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('XYZ Lead 11111 Kickoff')
    await page.getByRole('button', { name: 'Undo' }).click()
    await row(page, 'XYZ Lead 11111 Wrong place').waitFor()
    await expect.poll(() => subjects('11112')).toEqual([])
    await row(page, 'XYZ Lead 11111 Wrong place').getByRole('link').click()
    await page.getByText('Moved from lead 11111 to 11112').waitFor()
    await shot(page, 'lead-past')
  })

  test('a mail is taken out, which can be taken back', async () => {
    const page = await browser.open('/leads/11111', { as: bernd })
    await row(page, 'XYZ Lead 11111 Wrong place').getByRole('link').click()
    await page.getByRole('button', { name: 'Take out' }).waitFor()
    await page.keyboard.press('u')
    await page.getByText('Taken out of the history.').waitFor()
    await row(page, 'XYZ Lead 11111 Wrong place').waitFor({ state: 'detached' })
    expect((await api.call('countConfirmations', { params }, reviewer)).open).toBe(1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await row(page, 'XYZ Lead 11111 Wrong place').waitFor()
    await expect.poll(async () => (await api.call('countConfirmations', { params }, reviewer)).open).toBe(0)
  })

  test('what is made private hides from others at once, and shows again', async () => {
    const other = await browser.open('/leads/11111', { as: bernd })
    await live(other)
    await row(other, 'XYZ Lead 11111 Offer').getByRole('link').click()
    await opened(other, 'XYZ Lead 11111 Offer').waitFor()
    const own = await browser.open('/leads/11111', { as: anna })
    await row(own, 'XYZ Lead 11111 Offer').getByRole('link').click()
    await own.getByRole('button', { name: 'Make private' }).waitFor()
    await own.keyboard.press('p')
    await own.getByText('Private now').waitFor()
    await opened(own, 'XYZ Lead 11111 Offer').waitFor()
    await other.getByText('This mail is private').waitFor()
    await row(other, 'Private mail').waitFor()
    expect(await other.getByText('offer').count()).toBe(0)
    await axe(other)
    await shot(other, 'lead-private')
    await own.getByRole('button', { name: 'Undo' }).click()
    await row(other, 'XYZ Lead 11111 Offer').waitFor()
    await opened(other, 'XYZ Lead 11111 Offer').waitFor()
  })

  test('a mail that comes in appears at its place, quietly marked, and filters hold', async () => {
    const page = await browser.open('/leads/11111', { as: anna })
    await row(page, 'XYZ Lead 11111 Offer').waitFor()
    await live(page)
    await send({ subject: 'XYZ Lead 11111 Minutes', date: new Date('2026-11-03T15:00:00Z') })
    const fresh = row(page, 'XYZ Lead 11111 Minutes')
    await fresh.getByText('new', { exact: true }).waitFor()
    const order = await page.getByRole('list', { name: 'Contact history' }).getByRole('link').allTextContents()
    expect(order.slice(0, 3)).toEqual(['XYZ Lead 11111 Offer', 'XYZ Lead 11111 Minutes', 'Re: XYZ Lead 11111 Kickoff'])
    await shot(page, 'lead-live')
    await fresh.getByRole('link').click()
    await fresh.getByText('new', { exact: true }).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.getByText('With files').click()
    await fresh.waitFor({ state: 'detached' })
    await row(page, 'XYZ Lead 11111 Offer').waitFor()
    expect(await page.getByRole('list', { name: 'Contact history' }).getByRole('listitem').count()).toBe(1)
    expect(new URL(page.url()).search).toBe('?files=true')
    await page.getByText('With files').click()
    await page.getByText('By thread').click()
    await page.getByRole('button', { name: '1 earlier mail of this thread' }).click()
    await row(page, 'XYZ Lead 11111 Kickoff').waitFor()
    await axe(page)
    await page.getByText('Received', { exact: true }).click()
    await page.getByText('Nothing fits these filters').waitFor()
  })

  test('its tasks are added and finished in place, and its status changed', async () => {
    const page = await browser.open('/leads/11111', { as: bernd })
    await page.getByRole('textbox', { name: 'New task' }).fill('Call Eva')
    await page.getByLabel('Due on').fill('2020-01-31')
    await page.keyboard.press('Enter')
    const task = page.getByRole('checkbox', { name: 'Call Eva' })
    await task.waitFor()
    await axe(page)
    await task.click()
    await page.getByText('Done: Call Eva').waitFor()
    await task.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await task.waitFor()
    await page.getByRole('button', { name: 'Status: Open' }).click()
    await page.getByRole('menuitem', { name: 'Won' }).click()
    await page.getByRole('button', { name: 'Status: Won' }).waitFor()
    await expect.poll(async () => (await api.call('readLead', { params: lead }, reviewer)).status).toBe('won')
  })

  test('two people edit it: what the one did not touch stays as the other left it', async () => {
    const page = await browser.open('/leads/11112', { as: bernd })
    const number = { ...params, number: '11112' }
    await page.keyboard.press('e')
    const dialog = page.getByRole('dialog', { name: 'Edit the lead' })
    await dialog.waitFor()
    await axe(page)
    await shot(page, 'lead-edit')
    const { version } = await api.call('readLead', { params: number }, reviewer)
    await api.call('updateLead', { params: number, body: { version, status: 'lost' } }, reviewer)
    await dialog.getByLabel('Name').fill('Onlineshop II')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Somebody else changed this in the meantime').waitFor()
    await axe(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: '11112 Onlineshop II' }).waitFor()
    expect(await api.call('readLead', { params: number }, reviewer)).toMatchObject({ name: 'Onlineshop II', status: 'lost' })
  })

  test('somebody unknown in a mail becomes a contact person from there', async () => {
    const page = await browser.open('/leads/11111', { as: bernd })
    await row(page, 'Re: XYZ Lead 11111 Kickoff').getByRole('link').click()
    await page.getByRole('button', { name: 'Make nina@acme.example a contact person' }).click()
    const dialog = page.getByRole('dialog', { name: 'New contact person' })
    await dialog.getByRole('combobox', { name: 'Company' }).fill('acme')
    await page.getByRole('option', { name: 'ACME AG' }).click()
    await axe(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'Nina Neu' }).waitFor()
  })

  test('on a phone the mail takes the whole page, and closing leads back to its row', async () => {
    const page = await browser.open('/leads/11111', { as: anna, size: 'phone' })
    const mail = row(page, 'XYZ Lead 11111 Kickoff')
    await mail.waitFor()
    await axe(page)
    await shot(page, 'lead-phone')
    await mail.getByRole('link').click()
    await opened(page, 'XYZ Lead 11111 Kickoff').waitFor()
    await axe(page)
    await shot(page, 'lead-phone-open')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.getByRole('button', { name: 'Close' }).click()
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('XYZ Lead 11111 Kickoff')
    await page.getByRole('button', { name: 'People, tasks, quotes' }).click()
    await page.getByText('decision maker').waitFor()
    await shot(page, 'lead-phone-about')
  })

  test('in the dark and in Hebrew', async () => {
    const dark = await browser.open('/leads/11111', { as: anna, scheme: 'dark' })
    await row(dark, 'XYZ Lead 11111 Offer').getByRole('link').click()
    await opened(dark, 'XYZ Lead 11111 Offer').waitFor()
    await axe(dark)
    await shot(dark, 'lead-dark')
    const hebrew = await browser.open('/leads/11111', { as: anna, language: 'he' })
    await row(hebrew, 'XYZ Lead 11111 Offer').getByRole('link').click()
    await opened(hebrew, 'XYZ Lead 11111 Offer').waitFor()
    await axe(hebrew)
    await shot(hebrew, 'lead-he')
    expect(await hebrew.evaluate('document.documentElement.dir')).toBe('rtl')
  })

  test('one that is not there says so', async () => {
    const page = await browser.open('/leads/98765', { as: anna })
    await page.getByText('There is no lead 98765.').waitFor()
    await axe(page)
  })
})
