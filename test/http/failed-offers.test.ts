/** Waiting mail that cannot be judged again: counted, told to those who can act, and tried again by them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiPrefix } from '../../src/http/api-call.ts'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { openEventStream } from '../support/event-stream.ts'
import { sendTestMail } from '../support/send-mail.ts'
import { breakMails, giveUpOnOffers } from '../support/failed-offers.ts'

const params = { tenant: 'xyz' }
/** Offering looks every two seconds. */
const soon = { timeout: 15_000 }

let api: TestApi
let admin: As
let operator: As
beforeAll(async () => {
  api = await openTestApi()
  admin = await api.as('admin')
  operator = await api.as('operator')
})
afterAll(() => api.close())

async function wait(subject: string): Promise<string> {
  await sendTestMail(api.smtp, { subject, to: 'zoe@nowhere.example' })
  const find = async () => (await api.call('listConfirmations', { params, query: { search: subject } }, admin)).items[0]?.id
  await expect.poll(find, soon).toBeDefined()
  return (await find()) ?? ''
}
const candidates = async (id: string): Promise<string[]> =>
  (await api.call('readConfirmation', { params: { ...params, id } }, admin)).candidates.map(({ lead }) => lead)
const counts = async () => ({
  own: (await api.call('readHealth', {}, admin)).failedOffers,
  foreign: (await api.call('readHealth', {}, await api.as('admin', 'wisla'))).failedOffers,
  all: (await api.call('readHealth', {}, operator)).failedOffers,
  tenant: (await api.call('readTenantHealth', { params }, operator)).failedOffers,
  tenants: (await api.call('listTenants', {}, operator)).tenants.map(({ slug, failedOffers }) => [slug, failedOffers]),
  metric: /^leadpost_failed_offers (\d+)$/m.exec(await (await fetch(new URL('/metrics', api.url))).text())?.[1],
})
const none = { own: 0, foreign: 0, all: 0, tenant: 0, tenants: expect.arrayContaining([['xyz', 0]]) as unknown, metric: '0' }

test('what cannot be judged again is counted and told without content; mended, it is offered when it is tried again', async () => {
  expect(await counts()).toEqual(none)
  const ids = [await wait('XYZ Lead 660101 secret'), await wait('Second, XYZ Lead 660101 secret')]
  const stream = await openEventStream(`${api.url}${apiPrefix}/tenants/xyz/events`, admin)
  const foreign = await openEventStream(`${api.url}${apiPrefix}/tenants/wisla/events`, await api.as('admin', 'wisla'))
  const mend = await breakMails(api.database)
  await api.call('createLead', { params, body: { name: 'Added later', number: '660101' } }, admin)
  await giveUpOnOffers(api.database, 2)
  for (const id of ids) await stream.heard(({ name, data }) => name === 'health.changed' && data['id'] === id)
  expect(await counts()).toMatchObject({
    own: 2,
    foreign: 0,
    all: 2,
    tenant: 2,
    tenants: expect.arrayContaining([
      ['xyz', 2],
      ['wisla', 0],
    ]),
    metric: '2',
  })
  expect((await api.call('readHealth', {}, admin)).status).toBe('degraded')

  for (const as of [admin, operator]) {
    const { items, next } = await api.call('listFailedOffers', { params, query: { limit: 1 } }, as)
    expect(items).toMatchObject([{ id: ids[0], reversePath: 'anna@xyz.example' }])
    expect(items[0]?.words).not.toBe('')
    const rest = await api.call('listFailedOffers', { params, query: { after: next } }, as)
    expect(rest.items.map(({ id }) => id)).toEqual([ids[1]])
    expect(JSON.stringify([items, rest])).not.toMatch(/secret|660101|nowhere@|zoe/)
  }

  // One alone, as any mail is tried again.
  const { items } = await api.call('listFailedOffers', { params }, admin)
  await mend()
  const message = items[0]?.messageId ?? ''
  const zofia = await api.as('admin', 'wisla')
  expect((await api.ask('replayMessage', { params: { id: message } }, zofia)).status).toBe(404)
  expect((await api.ask('retryFailedOffers', { params }, zofia)).status).toBe(404)
  await api.call('replayMessage', { params: { id: message } }, operator)
  await expect.poll(() => candidates(ids[0] ?? ''), soon).toEqual(['660101'])
  expect(await candidates(ids[1] ?? '')).toEqual([])
  expect((await api.ask('replayMessage', { params: { id: message } }, admin)).status).toBe(409)
  expect((await counts()).own).toBe(1)

  expect(await api.call('retryFailedOffers', { params }, admin)).toEqual({ retried: 1 })
  await expect.poll(() => candidates(ids[1] ?? ''), soon).toEqual(['660101'])
  expect(await api.call('retryFailedOffers', { params }, admin)).toEqual({ retried: 0 })
  expect(await counts()).toEqual(none)
  const { entries } = await api.call('listAudit', { params, query: { limit: 50 } }, admin)
  const told = entries.filter(({ action }) => /^offer|^messageReplayed/.test(action)).map(({ action, detail }) => [action, detail])
  expect(told.slice(0, 2)).toEqual([
    ['offersRetried', { questions: 1 }],
    ['messageReplayed', {}],
  ])
  expect(told.slice(2).map(([action]) => action)).toEqual(['offerFailed', 'offerFailed'])
  expect(foreign.events).toEqual([])
  stream.close()
  foreign.close()
})

test('what was answered meanwhile is no trouble any more', async () => {
  const id = await wait('XYZ Lead 660102')
  const mend = await breakMails(api.database)
  await api.call('createLead', { params, body: { name: 'Added later too', number: '660102' } }, admin)
  await giveUpOnOffers(api.database, 1)
  await mend()
  await api.call('answerConfirmation', { params: { ...params, id }, body: { kind: 'append', lead: '660102' } }, admin)
  expect(await counts()).toEqual(none)
  expect(await api.call('retryFailedOffers', { params }, operator)).toEqual({ retried: 0 })
})
