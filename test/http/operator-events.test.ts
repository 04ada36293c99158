/** What whoever runs the installation hears: that something changed, and nothing of what. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { apiPrefix } from '../../src/http/api-call.ts'
import { operatorSpacingMs } from '../../src/http/operator-feed.ts'
import { streamsOfCallerMax } from '../../src/http/sse-stream.ts'
import { openLog } from '../../src/log.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { openProgram } from '../../src/main.ts'
import { createOperator, setOperatorDisabled } from '../../src/store/operators.ts'
import { type As, nobody, openTestApi, type TestApi } from '../support/api.ts'
import { type EventStream, openEventStream } from '../support/event-stream.ts'
import { isRedisInstalled, openTestRedis } from '../support/redis.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

const params = { tenant: 'xyz' }
const olga = 'olga@operator.example'
const otto = 'otto@operator.example'
let api: TestApi
let operator: As
let admin: As
const streams: EventStream[] = []
beforeAll(async () => {
  api = await openTestApi()
  operator = await api.as('operator')
  admin = await api.as('admin')
  await api.program.store.database.routerSql((sql) => createOperator(sql, { email: olga as AddressKey, name: 'Olga' }))
})
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close()
})
afterAll(() => api.close())

async function listen(as: As, { path = '/events', lastId = '', url = api.url } = {}): Promise<EventStream> {
  const more = lastId === '' ? {} : { 'last-event-id': lastId }
  const stream = await openEventStream(`${url}${apiPrefix}${path}`, { ...as, ...more })
  streams.push(stream)
  return stream
}
/** One that has told what it tells at its beginning, and is ready to tell at once. */
async function rested(as: As = operator, url = api.url): Promise<EventStream> {
  const stream = await listen(as, { url })
  await sleep(operatorSpacingMs * 2)
  stream.events.splice(0)
  return stream
}

test(
  'a tenant that is made or changed, a mail that nobody has, that failed or is tried again: each is told, and nothing of it',
  { timeout: 90_000 },
  async () => {
    const stream = await rested()
    const foreign = await listen(await api.as('admin', 'wisla'), { path: '/tenants/wisla/events' })
    expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const told = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      stream.events.splice(0)
      await act()
      await expect.poll(() => stream.events.length, { message: what, timeout: 10_000 }).toBeGreaterThan(0)
      // What is told stands in the database by then, and the next is told at once.
      await sleep(operatorSpacingMs * 2)
      for (const event of stream.events) expect([event.name, event.data]).toEqual(['reload', {}])
    }
    await told('made', () =>
      api.call('createTenant', { body: { slug: 'neu', name: 'Neu AG', admin: { email: 'chef@neu.example', name: 'Chef' } } }, operator),
    )
    const { version } = await api.call('readTenant', { params }, admin)
    await told('changed', () => api.call('updateTenant', { params, body: { version, name: 'XYZ SE' } }, admin))
    await told('host name', () => api.call('addHostName', { params, body: { name: 'xyz-neu.example' } }, admin))
    await told('filed', () => sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 secret' }))
    await deliveriesSettled(api.database, 1)
    const id = async (): Promise<string> => (await api.database.owner<{ id: string }>('SELECT message_id AS id FROM delivery'))[0]?.id ?? ''
    await api.database.owner(`UPDATE delivery SET state = 'failed', reason = 'triedTooOften', lead_id = NULL, mail_id = NULL, attempts = 8`)
    await told('tried again', async () => await api.call('replayMessage', { params: { id: await id() } }, admin))
    // It comes to nobody's name, and then to an end, in a worker that dies of it.
    await told('nobody’s', async () => {
      await api.database.owner(`DELETE FROM host_name WHERE name = 'xyz.example'`)
      await api.database.owner(
        `UPDATE delivery SET state = 'received', tenant_id = NULL, lead_id = NULL, mail_id = NULL, reason = NULL, settled_at = NULL, attempts = 0, due_at = now()`,
      )
      await api.program.bell.ring()
    })
    expect(await api.database.owner('SELECT state FROM delivery')).toEqual([{ state: 'unroutable' }])
    await told('failed', async () => {
      await api.database.owner(`UPDATE raw_message SET content = NULL, blob_key = 'messages/nowhere'`)
      await api.database.owner(`UPDATE delivery SET state = 'received', reason = NULL, settled_at = NULL, attempts = 7, due_at = now()`)
      await api.program.bell.ring()
    })
    expect(await api.database.owner('SELECT state FROM delivery')).toEqual([{ state: 'failed' }])
    expect(foreign.events).toEqual([])
  },
)

test('nobody but an operator listens there', async () => {
  for (const role of ['admin', 'reviewer', 'salesperson', 'submit'] as const)
    expect((await listen(await api.as(role))).status, role).toBe(403)
  expect((await listen(nobody)).status).toBe(401)
  // And he hears nothing of a tenant's own events.
  expect((await listen(operator, { path: '/tenants/xyz/events' })).status).toBe(403)
})

test('a storm becomes a few events', async () => {
  const stream = await rested()
  for (let nudge = 0; nudge < 200; nudge++) {
    api.program.events.nudge('018f3b1a-0000-7000-8000-000000000001')
    await sleep(5)
  }
  await sleep(operatorSpacingMs * 1.5)
  expect(stream.events.length).toBeGreaterThanOrEqual(2)
  expect(stream.events.length).toBeLessThanOrEqual(3)
})

test('who comes back asks anew, who comes for the first time need not', async () => {
  const first = await listen(operator)
  await expect.poll(() => first.lastId()).not.toBe('')
  const second = await listen(operator, { lastId: first.lastId() })
  await second.heard(({ name }) => name === 'reload', 500)
})

test('an operator listens in a few places and no more, and is let go when he is disabled', { timeout: 60_000 }, async () => {
  const as = await signIn(api, olga)
  const all = await Promise.all(Array.from({ length: streamsOfCallerMax }, () => listen(as)))
  expect(all.every(({ status }) => status === 200)).toBe(true)
  expect((await listen(as)).status).toBe(429)
  await setOperatorDisabled(api.program.store.database, olga as AddressKey, true)
  await expect.poll(() => all.some((stream) => stream.isOpen()), { timeout: 30_000 }).toBe(false)
})

test('what happens at another process is told as well', { timeout: 60_000 }, async () => {
  const second = await openProgram(
    { ...api.config, dataDir: `${api.config.dataDir}-operators`, roles: new Set(['web']) },
    openLog('silent'),
  )
  onTestFinished(() => second.close())
  await api.program.store.database.routerSql((sql) => createOperator(sql, { email: otto as AddressKey, name: 'Otto' }))
  const heard = await rested(await signIn(api, otto), second.http)
  await expect
    .poll(
      async () => {
        const { version } = await api.call('readTenant', { params }, admin)
        await api.call('updateTenant', { params, body: { version, name: `XYZ ${String(version)}` } }, admin)
        return heard.events.length
      },
      { timeout: 20_000, interval: 1_000 },
    )
    .toBeGreaterThan(0)
})

test.skipIf(!isRedisInstalled)('a part that fails is told, and one that works again', { timeout: 90_000 }, async () => {
  const redis = await openTestRedis()
  onTestFinished(() => redis.close())
  const onRedis = await openTestApi({ REDIS_URL: redis.url })
  onTestFinished(() => onRedis.close())
  const as = await onRedis.as('operator')
  const stream = await rested(as, onRedis.url)
  const queue = async (): Promise<boolean | undefined> =>
    (await onRedis.call('readHealth', {}, as)).parts.find(({ name }) => name === 'queue')?.ok
  await sleep(5_000)
  stream.events.splice(0)
  expect(await queue()).toBe(true)
  await redis.kill()
  await stream.heard(({ name }) => name === 'reload', 30_000)
  expect(await queue()).toBe(false)
  stream.events.splice(0)
  await redis.start()
  await stream.heard(({ name }) => name === 'reload', 30_000)
  expect(await queue()).toBe(true)
})
