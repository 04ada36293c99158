/** A stranger confirms what waits, by keyboard alone. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { CallAnswer } from '../../src/api/contract.ts'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'

/** A stranger has two minutes for it (with half a dozen looks of axe in between). */
const journeyMs = 120_000
const bernd = 'bernd@xyz.example'
const params = { tenant: 'xyz' }

describe.skipIf(!hasChromium)('the queue by keyboard', () => {
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
  async function settled(): Promise<Map<string, NonNullable<CallAnswer<'listConfirmations'>['items'][number]['settled']>>> {
    const { items } = await api.call('listConfirmations', { params, query: { state: 'settled' } }, reviewer)
    return new Map(items.flatMap((item) => (item.settled === null ? [] : [[item.subject, item.settled]])))
  }

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

  const subjectIs = (page: Page, subject: string): Promise<void> => page.getByRole('heading', { name: subject, exact: true }).waitFor()

  test(
    'ten waiting mails are answered, each as it was meant, without a mouse',
    async () => {
      const subjects = Array.from({ length: 10 }, (_, index) => `Question ${String(index + 1)}`)
      const to = (index: number): string =>
        index === 5 ? 'Nina Neu <nina@acme.example>, Eva Muster <eva@acme.example>' : 'Eva Muster <eva@acme.example>'
      await send(...subjects.map((subject, index) => ({ subject, to: to(index) })))
      const page = await browser.open('/confirm', { as: bernd })
      await page.evaluate(`addEventListener('pointerdown', () => { document.title = 'a mouse was used' }, true)`)
      const { keyboard } = page
      const on = (number: number): Promise<void> => subjectIs(page, `Question ${String(number)}`)

      await on(1)
      await page.getByText('11111').first().waitFor()
      await axe(page)
      await shot(page, 'queue-light')
      // The first candidate.
      await keyboard.press('Enter')
      await on(2)
      await page.getByRole('button', { name: /File at lead 11112/ }).waitFor()
      // The second.
      await keyboard.press('2')
      await on(3)
      await page.getByRole('button', { name: /File at lead 11112/ }).waitFor()
      // Another lead, by a part of its company's name.
      await keyboard.press('l')
      await page.getByRole('combobox', { name: 'Number, name or company' }).waitFor()
      await keyboard.type('globex')
      await page.getByRole('option', { name: /Messestand Hannover/ }).waitFor()
      await page.getByRole('option').nth(1).waitFor({ state: 'detached' })
      await axe(page)
      await keyboard.press('Enter')
      await on(4)
      // Away with it, for a ready reason.
      await keyboard.press('d')
      await page.getByRole('dialog', { name: 'Why does this belong to no lead?' }).waitFor()
      await axe(page)
      await keyboard.press('3')
      await on(5)
      // For a reason of one's own.
      await keyboard.press('d')
      const own = page.getByRole('textbox', { name: 'Another reason' })
      await own.waitFor()
      for (let reason = 0; reason < 6; reason += 1) await keyboard.press('Tab')
      await keyboard.type('Only a greeting')
      await keyboard.press('Enter')
      await on(6)
      // With a new contact person.
      await page.getByRole('button', { name: /Make 1 contact person/ }).waitFor()
      await keyboard.press('p')
      await page.getByRole('textbox', { name: 'Name of nina@acme.example' }).waitFor()
      await axe(page)
      await keyboard.press('Enter')
      await on(7)
      // With a task.
      await page.getByRole('button', { name: /Add a follow-up task/ }).waitFor()
      await keyboard.press('t')
      await keyboard.type('Call Eva back')
      await keyboard.press('Enter')
      await keyboard.press('Enter')
      await on(8)
      // Into a lead that is made for it.
      await page.getByRole('button', { name: /New lead/ }).waitFor()
      await keyboard.press('c')
      await page.getByRole('dialog', { name: 'New lead from this mail' }).waitFor()
      await axe(page)
      await keyboard.type('Wartung 2027')
      await keyboard.press('Enter')
      // That lead is one of the candidates of the rest. What has just changed is not answered by a key (`useSteady`), so the page comes to rest first.
      const atRest = async (number: number): Promise<void> => {
        await on(number)
        await page.getByRole('button', { name: /File at lead .*Wartung 2027/, disabled: false }).waitFor()
      }
      await atRest(9)
      // Answered by mistake, taken back, and answered again.
      await keyboard.press('Enter')
      await atRest(10)
      await page.getByText('Filed at 11111 Website relaunch.').last().waitFor()
      await keyboard.press('u')
      await atRest(9)
      await keyboard.press('2')
      await atRest(10)
      await keyboard.press('k')
      await keyboard.press('Enter')
      await page.getByText('Nothing waits').waitFor()
      await axe(page)
      await shot(page, 'queue-empty')

      expect(await page.title()).not.toBe('a mouse was used')
      await expect.poll(async () => (await settled()).size).toBe(10)
      const answers = await settled()
      expect(subjects.map((subject) => answers.get(subject)?.lead ?? answers.get(subject)?.reason)).toEqual([
        '11111',
        '11112',
        '55555',
        'Advertising or newsletter',
        'Only a greeting',
        '11111',
        '11111',
        expect.stringMatching(/^\d+$/),
        '11112',
        '11111',
      ])
      expect(new Set([...answers.values()].map(({ by }) => by))).toEqual(new Set([bernd]))
      const { leads } = await api.call('listLeads', { params, query: { search: 'Wartung 2027' } }, reviewer)
      expect(leads).toMatchObject([{ number: answers.get('Question 8')?.lead, company: { name: 'ACME AG' }, owner: { email: bernd } }])
      const { contactPersons } = await api.call('listContactPersons', { params, query: { address: 'nina@acme.example' } }, reviewer)
      expect(contactPersons).toMatchObject([{ name: 'Nina Neu', company: { name: 'ACME AG' } }])
      const { tasks } = await api.call('listTasks', { params }, reviewer)
      expect(tasks).toMatchObject([{ title: 'Call Eva back', lead: { number: '11111' }, assignee: { email: bernd } }])
    },
    journeyMs,
  )

  test('what is settled can be taken back from its list', async () => {
    const page = await browser.open('/confirm?state=settled', { as: bernd })
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    await axe(page)
    await shot(page, 'queue-settled')
    const { settled: before } = { settled: await settled() }
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await settled()).size).toBe(before.size - 1)
  })

  test('several get one answer, and what could not be answered is told one by one', async () => {
    await send({ subject: 'Bulk 1' }, { subject: 'Bulk 2' }, { subject: 'Bulk 3' })
    const page = await browser.open('/confirm?q=bulk', { as: bernd })
    await subjectIs(page, 'Bulk 1')
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await subjectIs(page, 'Bulk 2')
    await page.keyboard.press('x')
    await page.getByText('2 chosen').waitFor()
    await page.keyboard.press('Shift+X')
    await page.getByText('3 chosen').waitFor()
    await axe(page)
    await shot(page, 'queue-chosen')
    await page.keyboard.press('d')
    await page.getByRole('dialog', { name: 'Why do these 3 belong to no lead?' }).waitFor()
    await page.keyboard.press('1')
    await page.getByText('3 dismissed: Not about a lead.').waitFor()
    await page.keyboard.press('u')
    await page.getByText('Undone. 3 wait again.').waitFor()
    await page.getByRole('link', { name: /Bulk 3/ }).waitFor()
  })
})
