/** Whoever goes back from what he opened finds the long list where he left it. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../support/api.ts'
import { hasChromium, openTestBrowser, type OpenOptions, type TestBrowser } from '../support/browser.ts'

const rows = 600
/** So far down that several pages of the list were loaded on the way. */
const deep = 250
/** Runs in the page: a list of either kind, and the first row that stands whole in sight. */
const list = `(() => {
  const rows = document.querySelector('[data-scroll] [role=list], [aria-label="What waits"] ul')
  const box = rows.parentElement.closest('[data-scroll], [class*=scroller]')
  const first = () => [...rows.children].find((row) => row.getBoundingClientRect().top >= box.getBoundingClientRect().top + 60)
  return { box, first, place: () => [first()?.textContent, Math.round(first()?.getBoundingClientRect().top), Number(first()?.getAttribute('aria-posinset'))] }
})()`

type Place = readonly [words: string, top: number, position: number]
const placeIn = (page: Page): Promise<Place> => page.evaluate<Place>(`${list}.place()`)

describe.skipIf(!hasChromium)('going back', () => {
  let api: TestApi
  let browser: TestBrowser

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    // Their names take one line or several: no two rows are alike.
    const name = `'of ' || n || repeat(' and what else there is', n % 7)`
    await api.database.owner(
      `WITH t AS (SELECT l.tenant_id, l.id AS lead_id FROM lead l JOIN tenant n ON n.id = l.tenant_id AND n.slug = 'xyz' WHERE l.number = '11111'),
         leads AS (INSERT INTO lead (tenant_id, id, number, name, name_key) SELECT tenant_id, gen_random_uuid(), (20000 + n)::text, ${name}, 'lead ' || n
           FROM t, generate_series(1, $1::int) n),
         m AS (INSERT INTO mail (tenant_id, id, content_fingerprint, subject, from_address, direction, occurred_at, received_at, newest_text, text, defects)
           SELECT tenant_id, gen_random_uuid(), 'many' || n, 'Mail ' || ${name}, 'anna@xyz.example', 'outbound', now() - n * interval '7 hours', now(), repeat('Text ', n % 3), '', '[]'
           FROM t, generate_series(1, $1::int) n RETURNING tenant_id, id, occurred_at),
         e AS (INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
           SELECT m.tenant_id, gen_random_uuid(), 'mail', t.lead_id, m.id, m.occurred_at, m.occurred_at, '[]', 'rule', 'outbound' FROM m, t)
       INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, from_address, search_key)
       SELECT tenant_id, gen_random_uuid(), id, '{unmatched}', '[]', '[]', now(), 'anna@xyz.example', '' FROM m`,
      [rows],
    )
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  async function scrollDown(page: Page): Promise<Place> {
    await expect
      .poll(
        async () => {
          await page.evaluate(`${list}.box.scrollBy(0, 1500)`)
          return (await placeIn(page))[2]
        },
        { timeout: 15_000, interval: 40 },
      )
      .toBeGreaterThan(deep)
    return await still(page)
  }
  /** What is loaded meanwhile, and measured, moves nothing any more. */
  async function still(page: Page): Promise<Place> {
    for (let before: Place = ['', 0, 0]; ;) {
      await page.waitForTimeout(150)
      const now = await placeIn(page)
      if (now.join() === before.join()) return now
      before = now
    }
  }

  test.each<[string, OpenOptions]>([
    ['/leads', {}],
    ['/leads', { size: 'phone' }],
    ['/leads/11111', { size: 'phone' }],
    ['/filed', {}],
    ['/confirm', { size: 'phone' }],
  ])('to %s %j', async (path, options) => {
    const page = await browser.open(path, { as: 'bernd@xyz.example', ...options })
    await page.locator(`[data-row], [aria-label="What waits"] li a`).first().waitFor()
    const place = await scrollDown(page)
    const address = page.url()
    await page.evaluate(`${list}.first().querySelector('[data-row], a').click()`)
    await expect.poll(() => page.url()).not.toBe(address)
    await page.locator('h1').first().waitFor()
    await page.goBack()
    expect(await still(page)).toEqual(place)
    // To another page and back: the list was gone meanwhile.
    await page.evaluate(`document.querySelector('nav a[href="/people"]').click()`)
    await page.getByRole('heading', { name: 'People', level: 1 }).waitFor()
    await page.goBack()
    await page.locator(`[data-row], [aria-label="What waits"] li a`).first().waitFor()
    expect(await still(page)).toEqual(place)
  })
})
