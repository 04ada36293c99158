import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiPrefix } from '../../src/http/api-call.ts'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { type EventStream, openEventStream } from '../support/event-stream.ts'
import { startFakeImap } from '../support/fake-imap.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

const params = { tenant: 'xyz' }
const settings = { host: '127.0.0.1', tls: 'off' as const, user: 'crm@xyz.example', password: 'secret' }
let api: TestApi
let admin: As
const streams: EventStream[] = []
beforeAll(async () => {
  api = await openTestApi()
  admin = await api.as('admin')
})
afterAll(async () => {
  for (const stream of streams) stream.close()
  await api.close()
})

async function listen(as: As, tenant = 'xyz'): Promise<EventStream> {
  const stream = await openEventStream(`${api.url}${apiPrefix}/tenants/${tenant}/events`, as)
  streams.push(stream)
  return stream
}

const healthOf =
  (id: string, actor: string) =>
  ({ name, data }: { name: string; data: Record<string, unknown> }): boolean =>
    name === 'health.changed' && data['id'] === id && data['actor'] === actor

test('admins hear when a mailbox is added, gets into trouble and out of it again; nobody else does', { timeout: 60_000 }, async () => {
  const stream = await listen(admin)
  const others = [await listen(await signIn(api, 'anna@xyz.example')), await listen(await api.as('admin', 'wisla'), 'wisla')]
  const imap = await startFakeImap()
  const actor = `apiKey:${(await api.database.owner<{ id: string }>(`SELECT id FROM api_key WHERE role = 'admin' ORDER BY created_at LIMIT 1`))[0]?.id ?? ''}`
  const { id } = await api.call('addMailbox', { params, body: { ...settings, port: imap.port } }, admin)
  await stream.heard(healthOf(id, actor))
  const state = async (): Promise<unknown> => (await api.call('listMailboxes', { params }, admin)).mailboxes[0]
  await expect.poll(state, { timeout: 10_000 }).toMatchObject({ state: 'connected' })

  imap.lies.refusal = (command) => (command.startsWith('LOGIN') || command.startsWith('AUTHENTICATE') ? 'NO [UNAVAILABLE] later' : null)
  imap.drop()
  await stream.heard(healthOf(id, 'rule'), 30_000)
  expect(await state()).toMatchObject({
    state: 'failing',
    lastFault: { code: 'mailServerBusy', values: { server: `127.0.0.1:${imap.port}`, said: 'later' } },
  })
  const troubled = stream.events.filter(healthOf(id, 'rule')).length

  delete imap.lies.refusal
  await expect.poll(() => stream.events.filter(healthOf(id, 'rule')).length, { timeout: 40_000 }).toBeGreaterThan(troubled)
  expect(await state()).toMatchObject({ state: 'connected' })
  const { entries } = await api.call('listAudit', { params, query: { limit: 10 } }, admin)
  expect(entries.map(({ action }) => action).filter((action) => action.startsWith('mailbox'))).toEqual([
    'mailboxRecovered',
    'mailboxTroubled',
    'mailboxAdded',
  ])
  expect(others.flatMap(({ events }) => events)).toEqual([])
  await imap.close()
})

test('a mail that is tried again is told', async () => {
  const stream = await listen(admin)
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111' })
  await deliveriesSettled(api.database, 1)
  const [message] = await api.database.owner<{ id: string }>(
    `UPDATE delivery SET state = 'failed', reason = 'triedTooOften', lead_id = NULL, mail_id = NULL RETURNING message_id AS id`,
  )
  await api.call('replayMessage', { params: { id: message?.id ?? '' } }, admin)
  expect((await stream.heard(({ data }) => data['id'] === message?.id)).name).toBe('health.changed')
})
