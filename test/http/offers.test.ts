/** Mail that waits, and what is added to the CRM meanwhile: over SMTP and the API, as another CRM or an admin would. */
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { apiPrefix } from '../../src/http/api-call.ts'
import { openLog } from '../../src/log.ts'
import type { DomainName } from '../../src/mail/address.ts'
import { openProgram } from '../../src/main.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { type EventStream, openEventStream } from '../support/event-stream.ts'
import { sendTestMail } from '../support/send-mail.ts'

const params = { tenant: 'xyz' }
/** Offering looks every two seconds. */
const soon = { timeout: 15_000 }

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

async function listen(as: As, tenant = 'xyz', url = api.url): Promise<EventStream> {
  const stream = await openEventStream(`${url}${apiPrefix}/tenants/${tenant}/events`, { ...as })
  streams.push(stream)
  return stream
}
/** Hands in a mail that waits; the id of its question. */
async function wait(subject: string, to: string, from?: string): Promise<string> {
  await sendTestMail(api.smtp, { subject, to, ...(from === undefined ? {} : { from }) })
  const find = async () => (await api.call('listConfirmations', { params, query: { search: subject } }, admin)).items[0]?.id
  await expect.poll(find, soon).toBeDefined()
  return (await find()) ?? ''
}
const read = async (id: string) => await api.call('readConfirmation', { params: { ...params, id } }, admin)
const changed = (id: string) => (event: { name: string; data: Record<string, unknown> }) =>
  event.name === 'confirmation.changed' && event.data['id'] === id

test('a lead that another CRM makes by the API is offered, and whoever watches hears of it', async () => {
  const id = await wait('XYZ Lead 660001', 'zoe@nowhere.example')
  expect((await read(id)).candidates).toEqual([])
  const [stream, foreign] = [await listen(admin), await listen(await api.as('admin', 'wisla'), 'wisla')]
  const other = await wait('Berndt, XYZ Lead 660001', 'zoe@nowhere.example', 'Bernd <bernd@xyz.example>')
  const anna = await listen(await api.signedIn('anna@xyz.example'))
  await api.call('createLead', { params, body: { name: 'Made elsewhere', number: '660001' } }, admin)
  const event = await stream.heard(changed(id))
  expect(event.data).toMatchObject({
    actor: 'rule',
    lead: '660001',
    question: { reasons: ['addedLater'], candidates: [{ lead: '660001' }] },
  })
  expect(JSON.stringify(event.data)).not.toContain('Hello.')
  await stream.heard(changed(other))
  await anna.heard(changed(id))
  expect(anna.events.filter(changed(other))).toEqual([])
  expect(foreign.events).toEqual([])
  const now = await read(id)
  expect(now).toMatchObject({
    reasons: ['addedLater'],
    evidence: [],
    settled: null,
    candidates: [{ lead: '660001', leadName: 'Made elsewhere' }],
  })
  expect(now.candidates[0]?.evidence.map(({ words }) => words)).toEqual([
    'The subject has the lead number 660001.',
    '660001 was added only after the mail had come.',
  ])
  const { entries } = await api.call('listAudit', { params, query: { action: 'confirmationOffered' } }, admin)
  expect(entries.map(({ actor, subject }) => [actor, subject])).toContainEqual(['rule', now.mailId])
  // An answer is as good as ever, and can be taken back to what was offered.
  await api.call('answerConfirmation', { params: { ...params, id }, body: { kind: 'append', lead: '660001' } }, admin)
  expect(await api.call('undoAnswer', { params: { ...params, id } }, admin)).toMatchObject({ candidates: [{ lead: '660001' }] })
})

test('so are the leads of a company whose contact person becomes known, and those that a file brings', async () => {
  const toNew = await wait('About the conveyor', 'eva@offers.example')
  const toFiled = await wait('XYZ Lead 660123', 'nobody@nowhere.example')
  const stream = await listen(admin)
  const company = await api.call('createCompany', { params, body: { name: 'Offers Ltd' } }, admin)
  await api.call('createLead', { params, body: { name: 'Conveyors', number: '660011', company: { id: company.id } } }, admin)
  await api.call(
    'createContactPerson',
    { params, body: { name: 'Eva New', addresses: ['eva@offers.example'], company: { id: company.id } } },
    admin,
  )
  await stream.heard(changed(toNew))
  const now = await read(toNew)
  expect(now.candidates[0]).toMatchObject({ lead: '660011' })
  expect(now.candidates[0]?.evidence.map(({ code, detail }) => `${code} ${detail}`)).toContain('addedLater eva@offers.example')
  expect(now.unknownPeople).toEqual([])
  const rows = Array.from({ length: 500 }, (_, at) => `${String(660_100 + at)};Topic ${String(at)} of the file`)
  await api.call('runImport', { params, body: { kind: 'leads', csv: `number;name\n${rows.join('\n')}\n` } }, admin)
  await stream.heard(changed(toFiled))
  expect((await read(toFiled)).candidates.map(({ lead }) => lead)).toEqual(['660123'])
})

test('a lead that is made at another process is offered as well', async () => {
  const id = await wait('XYZ Lead 660021', 'zoe@nowhere.example')
  const second = await openProgram({ ...api.config, dataDir: `${api.config.dataDir}-second`, roles: new Set(['web']) }, openLog('silent'))
  try {
    const stream = await listen(admin, 'xyz', second.http)
    const made = await fetch(`${second.http}${apiPrefix}/tenants/xyz/leads`, {
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Made afar', number: '660021' }),
    })
    expect(made.status).toBe(201)
    await stream.heard(changed(id))
    expect((await read(id)).candidates.map(({ lead }) => lead)).toEqual(['660021'])
  } finally {
    await second.close()
  }
})

test('mail that was nobody’s is filed once its host name is vouched for', async () => {
  const raw = [
    'From: sales@later.example',
    'To: eva@acme.example',
    'Subject: Lead 11111',
    'Message-ID: <later@later.example>',
    '',
    'Hello',
    '',
  ].join('\r\n')
  const id = await api.program.ingest(
    { reversePath: 'sales@later.example', forwardPaths: ['crm@localhost'], untrusted: false },
    Readable.from([Buffer.from(raw)]),
  )
  const state = async () =>
    (await api.database.owner<{ state: string }>('SELECT state FROM delivery WHERE message_id = $1', [id]))[0]?.state
  await expect.poll(state, soon).toBe('unroutable')
  await storeTenants(api.program.store.database, [{ slug: 'xyz', hostNames: [{ name: 'later.example' as DomainName, subdomains: false }] }])
  await expect.poll(state, soon).not.toBe('unroutable')
  await expect.poll(state, soon).toMatch(/appended|inReview/)
})

test('mail between colleagues that was left out is asked about once its lead is made, and whoever watches sees it come', async () => {
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 660031', to: 'bernd@xyz.example' })
  const state = async () =>
    (await api.database.owner<{ state: string }>(`SELECT state FROM delivery WHERE reason = 'internalMail'`))[0]?.state
  await expect.poll(state, soon).toBe('ignored')
  const stream = await listen(admin)
  const foreign = await listen(await api.as('admin', 'wisla'), 'wisla')
  await api.call('createLead', { params, body: { name: 'Made at last', number: '660031' } }, admin)
  const opened = await stream.heard(({ name }) => name === 'confirmation.opened')
  await stream.heard(changed(String(opened.data['id'])))
  expect(await read(String(opened.data['id']))).toMatchObject({
    subject: 'XYZ Lead 660031',
    reasons: ['addedLater'],
    candidates: [{ lead: '660031', leadName: 'Made at last' }],
  })
  const { entries } = await api.call('readHistory', { params: { ...params, number: '660031' } }, admin)
  expect(entries).toEqual([])
  expect(foreign.events).toEqual([])
})
