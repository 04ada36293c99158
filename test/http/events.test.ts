import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventShape } from '../../src/api/shapes-events.ts'
import { apiPrefix } from '../../src/http/api-call.ts'
import { streamsOfCallerMax } from '../../src/http/sse-stream.ts'
import { openLog } from '../../src/log.ts'
import { openProgram } from '../../src/main.ts'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { type EventStream, openEventStream } from '../support/event-stream.ts'
import { isRedisInstalled, openTestRedis } from '../support/redis.ts'
import { sendTestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

let api: TestApi
let admin: As
const streams: EventStream[] = []
beforeAll(async () => {
  api = await openTestApi()
  admin = await api.as('admin')
})
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close()
})
afterAll(() => api.close())

async function listen(as: As, { tenant = 'xyz', lastId = '', url = api.url } = {}): Promise<EventStream> {
  const more = lastId === '' ? {} : { 'last-event-id': lastId }
  const stream = await openEventStream(`${url}${apiPrefix}/tenants/${tenant}/events`, { ...as, ...more })
  streams.push(stream)
  return stream
}
const named =
  (name: string) =>
  (event: { name: string }): boolean =>
    event.name === name

test('a mail that was filed is told to whoever listens, without its content, and to no other tenant', async () => {
  const stream = await listen(admin)
  const foreign = await listen(await api.as('admin', 'wisla'), { tenant: 'wisla' })
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
  expect(stream.headers.get('cache-control')).toBe('no-store')
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111', text: 'a secret' })
  const event = await stream.heard(named('history.appended'))
  expect(event.data).toMatchObject({ kind: 'history.appended', actor: 'rule', lead: '11111' })
  expect(event.data['id']).toMatch(/^[0-9a-f-]{36}$/)
  expect(JSON.stringify(stream.events)).not.toContain('secret')
  expect(foreign.events).toEqual([])
})

test('what has just come is told as lists show it, but never its text', async () => {
  const stream = await listen(admin)
  await sendTestMail(api.smtp, { subject: 'A question is told', text: 'a secret' })
  const opened = await stream.heard(named('confirmation.opened'))
  const { items } = await api.call('listConfirmations', { params: { tenant: 'xyz' }, query: { search: 'a question is told' } }, admin)
  const { preview, ...question } = items[0] ?? { preview: '' }
  expect(preview).toBe('a secret')
  expect(opened.data).toMatchObject({ question })
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 is told', text: 'a secret' })
  const { data } = await stream.heard(named('history.appended'))
  const { subject, lead, participants, evidence } = await api.call(
    'readEntry',
    { params: { tenant: 'xyz', id: String(data['id']) } },
    admin,
  )
  expect(data).toMatchObject({ entry: { subject: 'XYZ Lead 11111 is told' } })
  expect(data['entry']).toEqual({ subject, lead, participants, evidence })
  for (const event of stream.events) if (event.name.endsWith('ed')) eventShape.parse(event.data)
  expect(JSON.stringify(stream.events)).not.toContain('secret')
})

test('of what is private nothing is told, not even to those who may ask for it', async () => {
  const stream = await listen(admin)
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 between us' })
  const id = String((await stream.heard(named('history.appended'))).data['id'])
  await api.call('setEntryPrivate', { params: { tenant: 'xyz', id }, body: { private: true } }, admin)
  await api.call('undoEntry', { params: { tenant: 'xyz', id } }, admin)
  const opened = await stream.heard(named('confirmation.opened'))
  expect(opened.data).not.toHaveProperty('question')
  const confirmation = { params: { tenant: 'xyz', id: String(opened.data['id']) } }
  expect((await api.call('readConfirmation', confirmation, admin)).subject).toBe('XYZ Lead 11111 between us')
  expect((await api.ask('readConfirmation', confirmation, await api.as('reviewer'))).status).toBe(404)
})

test('a reconnect goes on where it ended, and misses nothing', async () => {
  const first = await listen(admin)
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 one' })
  const seen = await first.heard(named('history.appended'))
  const lastId = first.lastId()
  first.close()
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11112 two' })
  const watching = await listen(admin)
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 three' })
  await watching.heard(({ data }) => data['lead'] === '11111')
  const second = await listen(admin, { lastId })
  await second.heard(({ data }) => data['lead'] === '11112')
  await second.heard(({ data }) => data['lead'] === '11111')
  expect(second.events.map(({ data }) => data['id'])).not.toContain(seen.data['id'])
  expect((await listen(admin, { lastId: 'from somewhere else' })).events).toMatchObject([])
})

test('what cannot be told one by one is told as a reload', async () => {
  const stream = await listen(admin, { lastId: '9:3:' })
  await stream.heard(named('reload'))
  expect(stream.lastId()).toMatch(/^\d+:\d+:/)
})

test('a salesperson hears of questions about his own mail alone', async () => {
  const reviewer = await listen(await signIn(api, 'bernd@xyz.example'))
  const salesperson = await listen(await signIn(api, 'anna@xyz.example'))
  await sendTestMail(api.smtp, { from: 'Bernd <bernd@xyz.example>', subject: 'no number' })
  await reviewer.heard(named('confirmation.opened'))
  await sendTestMail(api.smtp, { from: 'Anna <anna@xyz.example>', subject: 'no number either' })
  const own = await salesperson.heard(named('confirmation.opened'))
  await reviewer.heard(({ data }) => data['id'] === own.data['id'])
  expect(salesperson.events.filter(named('confirmation.opened'))).toHaveLength(1)
})

test('nobody listens at a foreign tenant, without a key, or with one that hands in mail alone', async () => {
  expect((await listen(admin, { tenant: 'wisla' })).status).toBe(404)
  expect((await listen({})).status).toBe(401)
  expect((await listen(await api.as('submit'))).status).toBe(403)
})

test('a caller listens in a few places and no more', async () => {
  const reviewer = await api.as('reviewer')
  const all = await Promise.all(Array.from({ length: streamsOfCallerMax }, () => listen(reviewer)))
  expect(all.every(({ status }) => status === 200)).toBe(true)
  expect((await listen(reviewer)).status).toBe(429)
  for (const stream of all) stream.close()
  await expect
    .poll(async () => {
      const stream = await listen(reviewer)
      stream.close()
      return stream.status
    })
    .toBe(200)
})

test('whoever is disabled is let go', async () => {
  const stream = await listen(await signIn(api, 'bernd@xyz.example'))
  const other = await listen(admin)
  await api.database.owner(`UPDATE user_account SET disabled_at = now() WHERE email = 'bernd@xyz.example'`)
  await api.database.owner(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
     SELECT tenant_id, gen_random_uuid(), now(), 'operator', 'userDisabled', email, '{}' FROM user_account WHERE email = 'bernd@xyz.example'`,
  )
  const [tenant] = await api.database.owner<{ id: string }>(`SELECT id FROM tenant WHERE slug = 'xyz'`)
  api.program.events.nudge(tenant?.id ?? '')
  await expect.poll(() => stream.isOpen(), { timeout: 15_000 }).toBe(false)
  expect(other.isOpen()).toBe(true)
})

/** Two programs, of which the first takes the mail and the second has the listener. */
async function tellsItsListeners(here: TestApi): Promise<void> {
  const as = await here.as('admin')
  const second = await openProgram({ ...here.config, dataDir: `${here.config.dataDir}-second`, roles: new Set(['web']) }, openLog('silent'))
  try {
    const stream = await listen(as, { url: second.http })
    const near = await listen(as, { url: here.url })
    const waits: number[] = []
    for (let mail = 0; mail < 5; mail++) {
      await sendTestMail(here.smtp, { subject: `XYZ Lead 11111 from afar ${mail}` })
      await expect.poll(() => Math.min(near.events.length, stream.events.length), { timeout: 20_000, interval: 2 }).toBeGreaterThan(mail)
      waits.push((stream.events[mail]?.at ?? 0) - (near.events[mail]?.at ?? 0))
    }
    // The median: the first may come before both know of each other, and the machine may be busy for another.
    expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(1_000)
    expect(stream.events.map(({ data }) => data['id'])).toEqual(near.events.map(({ data }) => data['id']))
  } finally {
    await second.close()
  }
}

test('a second program on the same database tells its listeners at once', () => tellsItsListeners(api))

test.skipIf(!isRedisInstalled)('so it does where Redis carries the nudges', async () => {
  const redis = await openTestRedis()
  onTestFinished(() => redis.close())
  const onRedis = await openTestApi({ REDIS_URL: redis.url })
  try {
    await tellsItsListeners(onRedis)
  } finally {
    await onRedis.close()
  }
})
