/** What happens meanwhile: new mail, colleagues, a lost connection. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'

const bernd = 'bernd@xyz.example'
const clara = 'clara@xyz.example'
const params = { tenant: 'xyz' }

describe.skipIf(!hasChromium)('the queue, live', () => {
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
  const row = (page: Page, subject: string) =>
    page.getByRole('region', { name: 'What waits' }).getByRole('link', { name: new RegExp(subject) })
  const open = (page: Page, subject: string): Promise<void> => page.getByRole('heading', { name: subject, exact: true }).waitFor()
  const live = (page: Page): Promise<void> => page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    reviewer = await api.as('reviewer')
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('two reviewers never settle one twice: the second sees who works on it, and who settled it', async () => {
    await send({ subject: 'First of two' }, { subject: 'Second of two' })
    const [one, other] = [await browser.open('/confirm', { as: clara }), await browser.open('/confirm', { as: bernd })]
    await live(other)
    await open(one, 'First of two')
    await open(other, 'First of two')
    // Whoever was a moment earlier has it.
    const second = other.getByText('Clara Clausen is working on this').first()
    await second.waitFor()
    await axe(other)
    await shot(other, 'queue-claimed')
    await other.keyboard.press('o')
    await one.getByText('Bernd Brandt is working on this').first().waitFor()
    await other.getByRole('button', { name: /File at lead 11111/ }).waitFor()
    await other.keyboard.press('Enter')
    await open(other, 'Second of two')
    await one.getByText('Bernd Brandt filed it at lead 11111').first().waitFor()
    await axe(one)
    // On to the next, by the same key.
    await one.keyboard.press('Enter')
    await open(one, 'Second of two')
    await row(one, 'First of two').waitFor({ state: 'detached' })
    const { items } = await api.call('listConfirmations', { params, query: { state: 'settled' } }, reviewer)
    expect(items.map(({ subject, settled }) => [subject, settled?.by])).toEqual([['First of two', bernd]])
  })

  test('an answer that came too late says who was quicker', async () => {
    await send({ subject: 'Raced for' })
    const page = await browser.open('/people', { as: bernd })
    // Nothing is heard of what Clara does: a stream that says nothing, from the first one on.
    await page.context().route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: 'retry: 60000\n\n' }))
    await page.goto('/confirm?q=raced')
    await open(page, 'Raced for')
    await page.getByRole('button', { name: /File at lead 11111/ }).waitFor()
    await page.context().route('**/answer', async (route) => {
      const { items } = await api.call('listConfirmations', { params, query: { search: 'raced' } }, reviewer)
      const id = items[0]?.id ?? ''
      await api.call('claimConfirmation', { params: { ...params, id }, body: { take: true } }, await api.signedIn(clara))
      await api.call(
        'answerConfirmation',
        { params: { ...params, id }, body: { kind: 'append', lead: '11112' } },
        await api.signedIn(clara),
      )
      await route.continue()
    })
    await page.keyboard.press('Enter')
    await page.getByText(`Clara Clausen was quicker: “Raced for” is filed at 11112.`).waitFor()
  })

  test('new mail comes into the list by itself, at its end', async () => {
    const page = await browser.open('/confirm', { as: bernd })
    await live(page)
    await send({ subject: 'Just came in' })
    await row(page, 'Just came in').waitFor()
  })

  test('what points to a lead that is added later is offered where it stands, and a key does not file at what has just moved', async () => {
    await send({ subject: 'XYZ Lead 770001', to: 'zoe@new.example' }, { subject: 'Behind it, about 770001', to: 'zoe@new.example' })
    const page = await browser.open('/confirm?q=770001', { as: bernd })
    await live(page)
    await open(page, 'XYZ Lead 770001')
    await page.getByText('Nothing points to a lead').waitFor()
    // Whoever is about to strike a key means what stands there now; here it is struck the moment that something else does.
    const struck = page.evaluate(
      () =>
        new Promise<boolean>((resolve) => {
          const watch = new MutationObserver(() => {
            if (!document.body.textContent.includes('Something was added: other candidates')) return
            watch.disconnect()
            resolve(document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })))
          })
          watch.observe(document.body, { subtree: true, childList: true, characterData: true })
        }),
    )
    await api.call('createLead', { params, body: { name: 'Found at last', number: '770001' } }, await api.as('admin'))
    await struck
    await page.getByRole('button', { name: /File at lead 770001/ }).waitFor()
    await page.getByText('770001 was added after the mail').first().waitFor()
    await page.getByText('Names a lead that was added later').first().waitFor()
    await axe(page)
    await shot(page, 'queue-offered')
    // In the list as well, of the one that is not open.
    await row(page, 'Behind it').getByText('Found at last').waitFor()
    expect((await api.call('listConfirmations', { params, query: { search: '770001' } }, reviewer)).items).toHaveLength(2)
    await page.getByText('File at', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page
      .getByText(/Filed at 770001/)
      .first()
      .waitFor()
  })

  test('what was missed while the connection was lost is there once it is back', async () => {
    const page = await browser.open('/confirm', { as: bernd })
    await live(page)
    await page.context().setOffline(true)
    await page.getByText('Offline', { exact: true }).waitFor({ state: 'attached' })
    await send({ subject: 'While away' })
    await page.context().setOffline(false)
    await row(page, 'While away').waitFor()
    await live(page)
  })

  test('a popup tells what was filed by itself, and one key corrects it', async () => {
    const page = await browser.open('/people', { as: bernd })
    await live(page)
    const popup = page.getByRole('region', { name: 'New mail' })
    await popup.waitFor({ state: 'attached' })
    await send({ subject: 'XYZ Lead 11111 By itself' })
    await popup.getByText('XYZ Lead 11111 By itself').waitFor()
    await popup.getByText('Lead number 11111 in the subject').waitFor()
    await axe(page)
    await shot(page, 'popup-filed')
    await page.keyboard.press('o')
    await page.getByRole('combobox', { name: 'Number, name or company' }).waitFor()
    await page.keyboard.type('33333')
    await page.getByRole('option', { name: /Förderband/ }).waitFor()
    await page.getByRole('option').nth(1).waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByText('Moved to 33333 Förderband Halle 3.').waitFor()
    const { entries } = await api.call('readHistory', { params: { ...params, number: '33333' } }, reviewer)
    expect(entries.map(({ subject }) => subject)).toEqual(['XYZ Lead 11111 By itself'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect
      .poll(async () => (await api.call('readHistory', { params: { ...params, number: '33333' } }, reviewer)).entries.length)
      .toBe(0)
  })

  test('what came in before the popup was loaded is shown once it is, and nothing from before the page was opened', async () => {
    const page = await browser.open('/people', { as: bernd })
    await live(page)
    const loaded = Promise.withResolvers<void>()
    await page.route('**/live-popup-*.js', async (route) => {
      await loaded.promise
      await route.continue()
    })
    await send({ subject: 'XYZ Lead 11111 Before the page' })
    await page.goto('/people')
    await live(page)
    await send({ subject: 'XYZ Lead 11111 Early one' }, { subject: 'Early and settled' }, { subject: 'Early question' })
    const { items } = await api.call('listConfirmations', { params, query: { search: 'early and settled' } }, reviewer)
    await api.call(
      'answerConfirmation',
      { params: { ...params, id: items[0]?.id ?? '' }, body: { kind: 'dismiss', reason: 'test' } },
      reviewer,
    )
    await page.getByRole('region', { name: 'New mail' }).waitFor({ state: 'detached' })
    loaded.resolve()
    const popup = page.getByRole('region', { name: 'New mail' })
    await popup.getByText('XYZ Lead 11111 Early one').waitFor()
    await popup.getByText('Early question').waitFor()
    expect(await popup.getByRole('article').count()).toBe(2)
    await axe(page)
  })

  test('a popup tells what waits, and leads there; muted it is silent', async () => {
    const page = await browser.open('/people', { as: bernd })
    await live(page)
    const popup = page.getByRole('region', { name: 'New mail' })
    await popup.waitFor({ state: 'attached' })
    await send({ subject: 'Please answer' })
    await popup.getByText('Please answer').waitFor()
    await page.keyboard.press('v')
    await open(page, 'Please answer')
    await page.getByRole('button', { name: 'Show no popups for new mail' }).first().click()
    await page.getByRole('button', { name: 'Show popups for new mail' }).waitFor()
    await page.goto('/people')
    await live(page)
    await send({ subject: 'Silent one' })
    // The count in the navigation says that it came.
    const { open: count } = await api.call('countConfirmations', { params }, reviewer)
    await page
      .getByText(`${String(count)} mails wait for you`)
      .first()
      .waitFor({ state: 'attached' })
    expect(await popup.getByText('Silent one').count()).toBe(0)
  })

  test('on a phone the popup is a slim bar', async () => {
    const page = await browser.open('/people', { as: bernd, size: 'phone' })
    await live(page)
    const popup = page.getByRole('region', { name: 'New mail' })
    await popup.waitFor({ state: 'attached' })
    await send({ subject: 'XYZ Lead 11111 On the phone' })
    await popup.getByText('XYZ Lead 11111 On the phone').waitFor()
    await axe(page)
    await shot(page, 'popup-phone')
  })
})
