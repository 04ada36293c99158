import { afterAll, beforeAll, expect, test } from 'vitest'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { sendTestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

let api: TestApi
let anna: As
const params = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  anna = await signIn(api, 'anna@xyz.example')
})
afterAll(() => api.close())

test('a mail is found soon after it came in, by its tenant alone', async () => {
  await sendTestMail(api.smtp, {
    subject: 'XYZ Lead 11111 Förderband',
    text: 'Die Lieferung der Rollenböcke.',
    attachments: [{ filename: 'Übersicht.pdf', content: '%PDF', contentType: 'application/pdf' }],
  })
  const started = performance.now()
  await expect
    .poll(async () => (await api.call('search', { params, query: { q: 'foerderband rollenboeck', kind: 'entry' } }, anna)).hits, {
      timeout: 20_000,
      interval: 50,
    })
    .toMatchObject([{ kind: 'entry', title: 'XYZ Lead 11111 Förderband', lead: '11111', company: 'ACME AG' }])
  // The sweep comes each ten seconds; this must not have waited for it.
  expect(performance.now() - started).toBeLessThan(8_000)
  for (const q of ['übersicht', 'eva@acme', 'Muster Lieferung', '11111'])
    expect((await api.call('search', { params, query: { q, lead: '11111' } }, anna)).hits, q).toMatchObject([{ kind: 'entry' }])
  const foreign = await api.as('admin', 'wisla')
  expect((await api.call('search', { params: { tenant: 'wisla' }, query: { q: 'foerderband' } }, foreign)).hits).toEqual([])
  expect((await api.ask('search', { params, query: { q: 'foerderband' } }, foreign)).status).toBe(404)
})

test('names and numbers are found without any mail', async () => {
  const { hits } = await api.call('search', { params, query: { q: 'nordl' } }, anna)
  expect(hits[0]).toMatchObject({ kind: 'company', title: 'Nordlicht Maschinenbau GmbH' })
  expect((await api.call('search', { params, query: { q: '33333' } }, anna)).hits[0]).toMatchObject({ kind: 'lead', lead: '33333' })
  expect((await api.call('search', { params, query: { q: 'gruen' } }, anna)).hits[0]).toMatchObject({
    kind: 'contactPerson',
    title: 'Greta Grün',
  })
  expect((await api.ask('search', { params, query: { q: '' } }, anna)).status).toBe(400)
  expect((await api.ask('search', { params, query: { q: 'x', after: 'made up' } }, anna)).status).toBe(400)
})
