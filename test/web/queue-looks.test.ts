/** The queue on a phone, in the dark, from right to left; mail that means harm; siblings; tasks. */
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'

const bernd = 'bernd@xyz.example'
const params = { tenant: 'xyz' }

/** Counts who calls, and answers nobody. */
async function openTrap(): Promise<{ readonly host: string; readonly calls: () => number; readonly close: () => Promise<void> }> {
  let calls = 0
  const server: Server = createServer((socket) => {
    calls += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    host: `127.0.0.1:${String(port)}`,
    calls: () => calls,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Everything that a page could be made to do, if it let a mail. */
const hostileHtml = (host: string): string => `
  <html><head><meta http-equiv="refresh" content="0;url=https://${host}/refresh"><link rel="stylesheet" href="https://${host}/a.css">
  <style>@import url(https://${host}/b.css); body { background: url(https://${host}/c.png) } .x { position: fixed; inset: 0 }</style>
  <base href="https://${host}/"></head><body onload="parent.document.title='owned'">
  <script>parent.document.title = 'owned'; fetch('https://${host}/fetch')</script>
  <p>Dear reader</p><img src="https://${host}/pixel.png" onerror="parent.document.title='owned'"><img src="x" onerror="parent.document.title='owned'">
  <svg onload="parent.document.title='owned'"><image href="https://${host}/svg.png"/></svg>
  <iframe src="https://${host}/frame"></iframe><object data="https://${host}/object"></object><embed src="https://${host}/embed">
  <form action="https://${host}/form"><input autofocus name="a"><button>Go</button></form>
  <a href="javascript:parent.document.title='owned'">a link</a><video src="https://${host}/v.mp4" autoplay></video>
  <table background="https://${host}/bg.png"><tr><td style="background-image:url('https://${host}/td.png')">cell</td></tr></table>
  </body></html>`

describe.skipIf(!hasChromium)('the queue, looked at', () => {
  let api: TestApi
  let browser: TestBrowser
  let reviewer: As
  let sent = 0

  async function send(...mails: readonly TestMail[]): Promise<void> {
    for (const mail of mails) {
      await sendTestMail(api.smtp, mail)
      sent += 1
      // One after the other: in the queue they stand as they came.
      await deliveriesSettled(api.database, sent)
    }
  }
  const open = (page: Page, subject: string): Promise<void> => page.getByRole('heading', { name: subject, exact: true }).waitFor()
  /** Asked from outside: nothing runs in there, not even a test. */
  const textInFrame = (page: Page): Promise<string> =>
    page.evaluate('document.querySelector("iframe")?.contentDocument?.body?.innerText ?? ""')
  const answers = (page: Page): Promise<void> => page.getByRole('button', { name: /11111/ }).first().waitFor()

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    reviewer = await api.as('reviewer')
    await send(
      { subject: 'Angebot für die neue Website', to: 'Eva Muster <eva@acme.example>, Nina Neu <nina@acme.example>' },
      { subject: 'הצעת מחיר לאתר החדש 2027', text: 'שלום חוה, מצורפת ההצעה. Best regards, Anna' },
      { subject: 'A'.repeat(200), text: 'x'.repeat(3_000) },
    )
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('on a phone the list comes first, then the mail with its answer, and back', async () => {
    const page = await browser.open('/confirm', { as: bernd, size: 'phone' })
    await page.getByRole('link', { name: /Angebot für die neue Website/ }).waitFor()
    await axe(page)
    await shot(page, 'queue-phone-list')
    await page.getByRole('link', { name: /Angebot für die neue Website/ }).click()
    await answers(page)
    await axe(page)
    await shot(page, 'queue-phone-mail')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await page.getByRole('heading', { name: /Confirm/ }).waitFor()
  })

  test('in the dark', async () => {
    const page = await browser.open('/confirm', { as: bernd, scheme: 'dark' })
    await answers(page)
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByLabel('Reason').waitFor()
    await axe(page)
    await shot(page, 'queue-dark')
  })

  test('from right to left, by a Hebrew keyboard', async () => {
    const page = await browser.open('/confirm', { as: bernd, language: 'he' })
    await answers(page)
    await page.keyboard.press('j')
    await open(page, 'הצעת מחיר לאתר החדש 2027')
    await answers(page)
    await axe(page)
    await shot(page, 'queue-hebrew')
    // What such a keyboard sends for the key of d.
    await page.evaluate(`document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ג', code: 'KeyD', bubbles: true }))`)
    await page.getByRole('dialog').waitFor()
    await axe(page)
  })

  test('names and words without an end stay within their place', async () => {
    const page = await browser.open('/confirm', { as: bernd, size: 'laptop' })
    await answers(page)
    await page.keyboard.press('k')
    await page.getByRole('link', { name: /A{50}/ }).click()
    await page.getByText('x'.repeat(3_000)).waitFor()
    await shot(page, 'queue-long')
    expect(await page.evaluate('[...document.querySelectorAll("[data-scroll]")].every((box) => box.scrollWidth <= box.clientWidth)')).toBe(
      true,
    )
  })

  test('a mail that means harm runs nothing, and asks nobody before it is allowed to', async () => {
    const trap = await openTrap()
    try {
      await send({ subject: 'A nice offer', html: hostileHtml(trap.host) })
      const page = await browser.open('/confirm?q=nice', { as: bernd, mayAsk: [trap.host] })
      await open(page, 'A nice offer')
      await page.getByText('As designed').click()
      await expect.poll(() => textInFrame(page)).toMatch(/Dear reader[^]*cell/)
      const load = page.getByRole('button', { name: 'Load for this mail' })
      await load.waitFor()
      await shot(page, 'queue-hostile')
      expect(trap.calls()).toBe(0)
      // Keys pressed in the mail are the page's.
      await page.locator('iframe').click({ position: { x: 40, y: 20 } })
      expect(await page.evaluate('document.activeElement.tagName')).toBe('IFRAME')
      await page.keyboard.press('d')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await load.click()
      await expect.poll(trap.calls).toBeGreaterThan(0)
      expect(await page.title()).not.toBe('owned')
      // Another look asks anew.
      await page.reload()
      await open(page, 'A nice offer')
      const before = trap.calls()
      await page.getByText('As designed').click()
      await expect.poll(() => textInFrame(page)).toContain('Dear reader')
      await load.waitFor()
      expect(trap.calls()).toBe(before)
      expect(await page.title()).not.toBe('owned')
    } finally {
      await trap.close()
    }
  })

  test('siblings get the same answer, and are taken back with it', async () => {
    const messageId = '<sibling-1@xyz.example>'
    await send({ subject: 'Thread of three', messageId }, { subject: 'Re: Thread of three', references: [messageId] })
    await send({ subject: 'Re: Re: Thread of three', references: [messageId] })
    const page = await browser.open('/confirm?q=thread', { as: bernd })
    await open(page, 'Thread of three')
    await page.getByRole('button', { name: /more like this/ }).waitFor()
    await page.keyboard.press('s')
    await page.getByText('Same thread').first().waitFor()
    for (const name of [/^Re: Thread of three/, /^Re: Re: Thread of three/]) await page.getByRole('checkbox', { name }).check()
    await axe(page)
    await shot(page, 'queue-siblings')
    await page.getByRole('heading', { name: 'Thread of three', exact: true }).focus()
    await page.keyboard.press('2')
    await page.getByText('3 filed at 11112 Onlineshop.').waitFor()
    const { entries } = await api.call('readHistory', { params: { ...params, number: '11112' } }, reviewer)
    expect(new Set(entries.map(({ subject }) => subject))).toEqual(
      new Set(['Re: Re: Thread of three', 'Re: Thread of three', 'Thread of three']),
    )
    await page.keyboard.press('u')
    await page.getByText('Undone. 3 wait again.').waitFor()
  })

  test('tasks stand by when they are due, and are made, changed and finished by keyboard', async () => {
    const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
    const as = await api.signedIn(bernd)
    for (const [title, dueOn, lead] of [
      ['Long overdue', day(-9), '11111'],
      ['Quite soon', day(3), '33333'],
      ['Some day', null, undefined],
    ] as const)
      await api.call('createTask', { params, body: { title, dueOn, ...(lead === undefined ? {} : { lead }) } }, as)
    const page = await browser.open('/tasks', { as: bernd })
    await page.getByRole('heading', { name: /Overdue/ }).waitFor()
    await page.getByRole('heading', { name: /The next seven days/ }).waitFor()
    await axe(page)
    await shot(page, 'tasks')
    await page.keyboard.press('n')
    await page.keyboard.type('Written by hand')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Written by hand' }).waitFor()
    await page.keyboard.press('Escape')
    // The first one is overdue: changed, then finished, then opened again.
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'What is to be done' }).fill('Not any more')
    await axe(page)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Not any more' }).waitFor()
    await page.getByRole('button', { name: 'Not any more' }).focus()
    await page.keyboard.press('x')
    await page.getByText('Done: Not any more.').waitFor()
    await page.getByRole('button', { name: 'Not any more' }).waitFor({ state: 'detached' })
    const { tasks } = await api.call('listTasks', { params, query: { state: 'done' } }, reviewer)
    expect(tasks).toMatchObject([{ title: 'Not any more' }])
    await page.keyboard.press('u')
    await page.getByRole('button', { name: 'Not any more' }).waitFor()
    const phone = await browser.open('/tasks?whose=anyone', { as: bernd, size: 'phone', scheme: 'dark' })
    await phone.getByRole('heading', { name: /Overdue/ }).waitFor()
    await axe(phone)
    await shot(phone, 'tasks-phone-dark')
    const hebrew = await browser.open('/tasks', { as: bernd, language: 'he' })
    await hebrew.getByRole('button', { name: 'Not any more' }).waitFor()
    await axe(hebrew)
    await shot(hebrew, 'tasks-hebrew')
  })
})
