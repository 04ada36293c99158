/** A lead with ten thousand mails scrolls without the page ever being held up, and is never loaded whole. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { hasChromium, openTestBrowser, pageCpuMs, shot, type TestBrowser } from '../support/browser.ts'

const entries = 10_000
const third = Math.floor(entries / 3)
const growthMax = 2.5
/** Runs in the page. */
const scrollUntil = `async (count) => {
  const list = document.querySelector('[role=list][aria-label="Contact history"]')
  const scroller = list.closest('[data-scroll]')
  const reached = () => Math.max(...[...list.querySelectorAll('[aria-posinset]')].map((row) => Number(row.getAttribute('aria-posinset'))))
  while (reached() < count) {
    scroller.scrollTo(0, 1e9)
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}`

describe.skipIf(!hasChromium)('a long history', () => {
  let api: TestApi
  let browser: TestBrowser

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    await api.database.owner(
      `WITH t AS (SELECT l.tenant_id, l.id AS lead_id, c.id AS person_id FROM lead l JOIN tenant n ON n.id = l.tenant_id AND n.slug = 'xyz'
           JOIN contact_person c ON c.tenant_id = n.id AND c.key = 'eva' WHERE l.number = '11111'),
         m AS (INSERT INTO mail (tenant_id, id, content_fingerprint, subject, from_address, from_name, direction, occurred_at, received_at, newest_text, text, defects)
           SELECT tenant_id, gen_random_uuid(), 'many' || n, 'Mail ' || n, 'anna@xyz.example', 'Anna Arndt', 'outbound',
             now() - n * interval '1 hour', now(), 'Text of mail ' || n, '', '[]' FROM t, generate_series(1, $1::int) n
           RETURNING tenant_id, id, occurred_at),
         p AS (INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, name, contact_person_id)
           SELECT m.tenant_id, m.id, 0, 'to', 'eva@acme.example', 'eva@acme.example', 'Eva Muster', t.person_id FROM m, t)
       INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
       SELECT m.tenant_id, gen_random_uuid(), 'mail', t.lead_id, m.id, m.occurred_at, now(), '[]', 'rule', 'outbound' FROM m, t`,
      [entries],
    )
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  test('scrolls to its end', { timeout: 120_000 }, async () => {
    const page = await browser.open('/leads/11111', { as: 'anna@xyz.example' })
    await page.getByRole('link', { name: 'Mail 1', exact: true }).waitFor()
    const cpuMs = await pageCpuMs(page)
    /** The thread's time to scroll until so many entries are there. */
    const scrollTo = async (count: number): Promise<number> => {
      const before = await cpuMs()
      await page.evaluate(`(${scrollUntil})(${String(count)})`)
      return (await cpuMs()) - before
    }
    const [first, , last] = [await scrollTo(third), await scrollTo(entries - third), await scrollTo(entries)] as const
    // What is drawn is what is in sight.
    expect(await page.getByRole('list', { name: 'Contact history' }).getByRole('listitem').count()).toBeLessThan(60)
    // The last third cost about what the first did: nothing is done anew for all that is there.
    expect(last).toBeLessThan(first * growthMax)
    await page.keyboard.press('Home')
    await page.getByRole('link', { name: `Mail ${String(entries)}`, exact: true }).click()
    await page.getByRole('heading', { name: `Mail ${String(entries)}`, level: 2 }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('heading', { name: `Mail ${String(entries - 1)}`, level: 2 }).waitFor()
    await shot(page, 'lead-long')
  })
})
