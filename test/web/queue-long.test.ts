/** A queue of a hundred thousand: opened, answered by key and searched without the page ever being held up. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { hasChromium, openTestBrowser, pageCpuMs, shot, type TestBrowser } from '../support/browser.ts'

const questions = 100_000
/** Opening takes about 250 of it, one key 100. */
const openCpuMsMax = 900
const keyCpuMsMax = 350
const nodesMax = 2_000

describe.skipIf(!hasChromium)('a long queue', () => {
  let api: TestApi
  let browser: TestBrowser

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    // Rows that nothing else needs: to check foreign keys would take most of the time.
    await api.database.owner('SET session_replication_role = replica')
    await api.database.owner(
      `WITH t AS MATERIALIZED (SELECT l.tenant_id, l.id AS lead_id FROM lead l JOIN tenant n ON n.id = l.tenant_id AND n.slug = 'xyz' WHERE l.number = '11111'),
         m AS (INSERT INTO mail (tenant_id, id, content_fingerprint, subject, from_address, direction, occurred_at, received_at, newest_text, text, defects)
           SELECT tenant_id, gen_random_uuid(), i::text, 'Question ' || i, 'user' || i % 50 || '@xyz.example', 'outbound', now(), now(), 'Text', 'Text', '[]'
           FROM t, generate_series(1, $1::int) i RETURNING tenant_id, id, subject, from_address)
       INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, from_address, search_key, candidate_leads)
       SELECT m.tenant_id, ('00000000-0000-7000-8000-' || lpad(substring(subject FROM 10), 12, '0'))::uuid, m.id, '{unmatched}',
         jsonb_build_array(jsonb_build_object('leadId', t.lead_id, 'number', '11111', 'evidence', '[]'::jsonb)), '[]', now(), from_address, lower(subject), ARRAY[t.lead_id]
       FROM m, t`,
      [questions],
    )
    await api.database.owner('SET session_replication_role = origin')
    await api.database.owner('ANALYZE confirmation, mail')
  }, 60_000)
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  const opened = (page: Page, n: number): Promise<void> =>
    page.getByRole('heading', { name: `Question ${String(n)}`, exact: true }).waitFor()
  const answerable = (page: Page): Promise<void> =>
    page
      .getByRole('button', { name: /File at lead 11111/ })
      .first()
      .waitFor()

  test('is opened, answered by key and searched', async () => {
    const page = await browser.open('/people', { as: 'bernd@xyz.example' })
    const cpuMs = await pageCpuMs(page)
    const spent = async (run: () => Promise<void>): Promise<number> => {
      const before = await cpuMs()
      await run()
      return (await cpuMs()) - before
    }
    const opening = spent(async () => {
      await page.getByRole('link', { name: /^Confirm/ }).click()
      await opened(page, 1)
      await answerable(page)
    })
    expect(await opening).toBeLessThan(openCpuMsMax)
    await page.getByText('100,000', { exact: true }).waitFor()
    for (const n of [2, 3]) {
      const answering = spent(async () => {
        await page.keyboard.press('Enter')
        await opened(page, n)
        await answerable(page)
      })
      expect(await answering).toBeLessThan(keyCpuMsMax)
    }
    await page.getByRole('button', { name: '200 more like this' }).click()
    await page.getByRole('checkbox', { name: /Question 53/ }).waitFor()
    expect(await page.evaluate<number>('document.querySelectorAll("*").length')).toBeLessThan(nodesMax)
    await shot(page, 'queue-long')
    const searching = spent(async () => {
      await page.keyboard.press('/')
      await page.keyboard.type('99999')
      await page.getByRole('link', { name: /Question 99999/ }).waitFor()
    })
    expect(await searching).toBeLessThan(openCpuMsMax)
    await page.keyboard.press('Enter')
    await opened(page, questions - 1)
    await answerable(page)
    await page.keyboard.press('Enter')
    await page.getByText('99,997', { exact: true }).waitFor()
  })
})
