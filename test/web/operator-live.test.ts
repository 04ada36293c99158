/** The pages of whoever runs the installation, live. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import type { AddressKey } from '../../src/mail/address.ts'
import { createOperator } from '../../src/store/operators.ts'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, type OpenOptions, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const olga = 'olga@operator.example'
/** Long before the page would ask by itself. */
const soon = { timeout: 8_000 }

describe.skipIf(!hasChromium)('an operator’s pages', { timeout: 90_000 }, () => {
  let api: TestApi
  let browser: TestBrowser
  let operator: As
  let sent = 0

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    operator = await api.as('operator')
    await api.program.store.database.routerSql((sql) => createOperator(sql, { email: olga as AddressKey, name: 'Olga' }))
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  async function open(path: string, options: OpenOptions = {}): Promise<Page> {
    const page = await browser.open(path, { as: olga, ...options })
    await page.getByText('Live', { exact: true }).waitFor({ state: 'attached' })
    return page
  }
  async function send(subject: string): Promise<void> {
    await sendTestMail(api.smtp, { subject })
    sent += 1
    await deliveriesSettled(api.database, sent)
  }

  test('show a tenant as soon as somebody else has made it, and what became of it', async () => {
    const page = await open('/admin')
    await axe(page)
    await api.call(
      'createTenant',
      { body: { slug: 'neu', name: 'Neue Werke', admin: { email: 'chef@neu.example', name: 'Chef' } } },
      operator,
    )
    await page.getByRole('link', { name: 'Neue Werke', exact: true }).waitFor(soon)
    await page.getByRole('link', { name: 'Neue Werke', exact: true }).click()
    await page.getByRole('heading', { name: 'Neue Werke' }).waitFor()
    await api.call('vouchForHostName', { params: { tenant: 'neu', name: 'neue-werke.example' }, body: {} }, operator)
    await page.getByText('neue-werke.example', { exact: true }).waitFor(soon)
  })

  test('tell of mail that comes, that failed and that is tried again, without asking all the time', async () => {
    await send('XYZ Lead 11111 first')
    const page = await open('/admin/health')
    await page.getByText('All is well').waitFor()
    let asked = 0
    page.on('request', (request) => (asked += request.url().endsWith('/api/v1/health') ? 1 : 0))
    await sleep(11_000)
    expect(asked).toBe(0)
    await send('XYZ Lead 11111 second')
    await page.getByRole('link', { name: /^2\s*Filed/ }).waitFor(soon)
    await api.database.owner(
      `UPDATE delivery SET state = 'failed', reason = 'triedTooOften', lead_id = NULL, mail_id = NULL
       WHERE message_id = (SELECT max(message_id::text)::uuid FROM delivery)`,
    )
    api.program.events.nudge(null)
    await page.getByText('It was tried as often as is sensible.').waitFor(soon)
    await axe(page)
    await shot(page, 'operator-health-live')
    const other = await open('/admin/messages?state=failed')
    await other.getByRole('listitem').first().waitFor()
    await page.getByRole('button', { name: /^Try again/ }).click()
    await other.getByText('No mail is in this state.').waitFor(soon)
    await page.getByText('All is well').waitFor(soon)
  })

  test('ask by themselves again as long as nothing is told', async () => {
    const page = await open('/admin/health', { size: 'phone', scheme: 'dark' })
    await page.context().route('**/api/v1/events', (route) => route.fulfill({ contentType: 'text/event-stream', body: 'retry: 60000\n\n' }))
    await page.reload()
    await page
      .getByText(/is not live|Reconnecting|reconnect/i)
      .first()
      .waitFor({ state: 'attached' })
    await send('XYZ Lead 11111 third')
    await page.getByRole('link', { name: /^2\s*Filed/ }).waitFor(soon)
    await axe(page)
  })
})
