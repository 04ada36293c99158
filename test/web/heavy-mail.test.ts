/** Mail with more in it than mail has: the page shows it at once, and is never held up by it. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { hasChromium, openTestBrowser, pageCpuMs, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const bernd = 'bernd@xyz.example'
const files = 300
const hebrew = 'הצעת מחיר לאתר החדש (v2.1) – PDF'
/** A screen full of a usual mail takes about 100; what lays out a megabyte takes as much for each 200 KB. */
const openCpuMsMax = 400
const nodesMax = 1_500
const countNodes = 'document.querySelectorAll("*").length'

const line = (n: number): string => `Line ${String(n)}: a text that somebody wrote, and it goes on for a while without saying much.`
const row = (n: number): string =>
  `<tr><td>Position ${String(n)}</td><td><b>A thing with a name that takes a little room</b></td><td style="color:#c00">${String(n)},00 EUR</td><td>some remark about it, as people write them</td></tr>`

describe.skipIf(!hasChromium)('a mail with much in it', () => {
  let api: TestApi
  let browser: TestBrowser

  const open = async (page: Page, subject: string): Promise<void> => {
    await page.getByRole('link', { name: new RegExp(subject.replaceAll(/[()]/g, '.')) }).click()
    await page.getByRole('heading', { name: subject, exact: true }).waitFor()
    await page.getByRole('link', { name: 'The mail as it came (.eml)' }).waitFor()
  }

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    const attachments = Array.from({ length: files }, (_, n) => ({ filename: `offer ${String(n + 1)}.pdf`, content: String(n) }))
    await sendTestMail(api.smtp, { subject: 'Hundreds of files', attachments })
    await sendTestMail(api.smtp, { subject: 'Much text', text: Array.from({ length: 11_000 }, (_, n) => line(n)).join('\n') })
    const table = Array.from({ length: 6_200 }, (_, n) => row(n)).join('')
    await sendTestMail(api.smtp, { subject: 'Much HTML', html: `<h1>Price list</h1><table border="1">${table}</table>` })
    await sendTestMail(api.smtp, { subject: hebrew, text: 'שלום חוה,\n\nבברכה' })
    await deliveriesSettled(api.database, 4)
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('of hundreds of files some are shown, and all of them when asked for', async () => {
    const page = await browser.open('/confirm', { as: bernd })
    await open(page, 'Hundreds of files')
    const cards = page.getByRole('link', { name: /^Download / })
    expect(await cards.count()).toBeLessThan(30)
    expect(await page.evaluate<number>(countNodes)).toBeLessThan(nodesMax)
    await page.getByRole('button', { name: `${String(files - (await cards.count()))} more files` }).click()
    await page.getByText(`offer ${String(files)}.pdf`, { exact: true }).scrollIntoViewIfNeeded()
    expect(await cards.count()).toBe(files)
    await shot(page, 'heavy-files')
  })

  test('of a megabyte only what is in sight is laid out, and all of it is there', async () => {
    const page = await browser.open('/confirm', { as: bernd, scheme: 'dark' })
    await open(page, 'Hundreds of files')
    const cpuMs = await pageCpuMs(page)
    const before = await cpuMs()
    await open(page, 'Much text')
    const spent = (await cpuMs()) - before
    expect(spent).toBeLessThan(openCpuMsMax)
    expect(await page.evaluate<number>(countNodes)).toBeLessThan(nodesMax)
    const last = page.getByText(line(10_999))
    await last.scrollIntoViewIfNeeded()
    expect(await last.isVisible()).toBe(true)
    await shot(page, 'heavy-text')
    await open(page, 'Much HTML')
    await page.getByText('As designed', { exact: true }).click()
    const frame = page.frameLocator('iframe')
    await frame.getByText('Position 6199', { exact: true }).waitFor({ state: 'attached' })
    expect(await page.evaluate<number>(countNodes)).toBeLessThan(nodesMax)
    await shot(page, 'heavy-html')
  })

  test.each(['en', 'he'] as const)('a subject from right to left reads so on a page in %s', async (language) => {
    const page = await browser.open('/confirm', { as: bernd, size: 'phone', language })
    await page.getByRole('link', { name: /הצעת מחיר/ }).click()
    await page.getByRole('heading', { level: 1, name: hebrew }).waitFor()
    expect(await page.evaluate(`getComputedStyle(document.querySelector('h1 bdi')).direction`)).toBe('rtl')
    await shot(page, `heavy-hebrew-${language}`)
  })
})
