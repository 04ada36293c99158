import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type As, openTestApi, type TestApi } from '../support/api.ts'
import { deliveriesSettled, sendTestMail, type TestMail } from '../support/send-mail.ts'
import { signIn } from '../support/sign-in.ts'

let api: TestApi
let anna: As
let bernd: As
let clara: As
const xyz = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  const mails: TestMail[] = [
    {
      subject: 'XYZ Lead 11111 first',
      text: 'The first one.\n\nOn Mon, 2 Nov 2026 at 09:30, Eva Muster <eva@acme.example> wrote:\n> old words',
      date: at(1),
      messageId: '<1@xyz.example>',
    },
    {
      from: 'Bernd Brandt <bernd@xyz.example>',
      to: 'Otto <otto@acme.example>, stranger@acme.example',
      subject: 'XYZ Lead 11111 second',
      date: at(3),
      messageId: '<2@xyz.example>',
      references: ['<1@xyz.example>'],
      attachments: [{ filename: 'offer.pdf', content: '%PDF-1.4', contentType: 'application/pdf' }],
    },
    { subject: 'XYZ Lead 11111 third', date: at(2), messageId: '<3@xyz.example>', references: ['<2@xyz.example>'] },
    { subject: 'Re: secret 11111', to: 'Lars <lars@nordlicht.example>, eva@acme.example', text: 'Nobody else reads this.', date: at(4) },
    { from: 'Bernd Brandt <bernd@xyz.example>', to: 'Otto <otto@acme.example>', subject: 'XYZ Lead 11112 other', date: at(5) },
  ]
  for (const mail of mails) {
    await sendTestMail(api.smtp, mail)
    await deliveriesSettled(api.database, mails.indexOf(mail) + 1)
  }
  ;[anna, bernd, clara] = [
    await signIn(api, 'anna@xyz.example'),
    await signIn(api, 'bernd@xyz.example'),
    await signIn(api, 'clara@xyz.example'),
  ]
})
afterAll(() => api.close())

function at(day: number): Date {
  return new Date(`2026-11-0${day}T10:00:00Z`)
}
const subjects = ({ entries }: { entries: readonly { subject: string | null }[] }): (string | null)[] =>
  entries.map(({ subject }) => subject)
async function idOf(table: 'company' | 'contact_person', key: string): Promise<string> {
  const [row] = await api.database.owner<{ id: string }>(
    `SELECT id FROM ${table} WHERE key = $1 AND tenant_id = (SELECT id FROM tenant WHERE slug = 'xyz')`,
    [key],
  )
  return row?.id ?? ''
}

describe('a history', () => {
  test('of a lead can be asked for by direction, by person and with files, and in brief', async () => {
    const params = { ...xyz, number: '11111' }
    const ask = async (query: Record<string, string>) =>
      subjects(await api.call('readHistory', { params, query: { order: 'newest', ...query } }, anna))
    expect(await ask({ files: 'true' })).toEqual(['XYZ Lead 11111 second'])
    expect(await ask({ person: await idOf('contact_person', 'otto') })).toEqual(['XYZ Lead 11111 second'])
    expect(await ask({ person: await idOf('contact_person', 'eva'), direction: 'outbound', limit: '2' })).toEqual([
      'Re: secret 11111',
      'XYZ Lead 11111 third',
    ])
    expect(await ask({ direction: 'inbound' })).toEqual([])
    const { entries } = await api.call('readHistory', { params, query: { brief: 'true' } }, anna)
    expect(entries[0]).toMatchObject({ preview: 'The first one.', text: null, attachments: [], evidence: [] })
    const eva = { ...xyz, id: await idOf('contact_person', 'eva') }
    const first = await api.call('readContactPersonHistory', { params: eva, query: { direction: 'outbound', limit: 1 } }, anna)
    const second = await api.call(
      'readContactPersonHistory',
      { params: eva, query: { direction: 'outbound', limit: 1, after: first.next } },
      anna,
    )
    expect([...subjects(first), ...subjects(second)]).toEqual(['XYZ Lead 11111 first', 'XYZ Lead 11111 third'])
  })

  test('which private mails have files is told of nobody else’s', async () => {
    const params = { ...xyz, number: '11111' }
    const { entries } = await api.call('readHistory', { params, query: { files: 'true' } }, bernd)
    const [entry] = entries
    await api.call('setEntryPrivate', { params: { ...xyz, id: entry?.id ?? '' }, body: { private: true } }, bernd)
    expect(subjects(await api.call('readHistory', { params, query: { files: 'true' } }, anna))).toEqual([])
    expect(subjects(await api.call('readHistory', { params, query: { files: 'true' } }, clara))).toEqual(['XYZ Lead 11111 second'])
    expect(subjects(await api.call('readHistory', { params, query: { files: 'true' } }, bernd))).toEqual(['XYZ Lead 11111 second'])
    await api.call('setEntryPrivate', { params: { ...xyz, id: entry?.id ?? '' }, body: { private: false } }, bernd)
  })

  test('of a lead comes in order of time, either way, page by page', async () => {
    const params = { ...xyz, number: '11111' }
    const oldest = await api.call('readHistory', { params }, anna)
    expect(subjects(oldest)).toEqual(['XYZ Lead 11111 first', 'XYZ Lead 11111 third', 'XYZ Lead 11111 second', 'Re: secret 11111'])
    expect(oldest.entries[0]).toMatchObject({
      direction: 'outbound',
      lead: { number: '11111', name: 'Website relaunch', company: 'ACME AG' },
      preview: 'The first one.',
      messageId: '<1@xyz.example>',
      text: 'The first one.',
      files: 0,
      private: false,
      hidden: false,
      decidedBy: 'rule',
      evidence: [{ code: 'leadNumberInSubject', detail: '11111', for: true, words: expect.stringContaining('11111') as string }, {}],
      capturedBy: [{ address: 'anna@xyz.example', channel: 'smtp' }],
      participants: [
        { as: 'from', own: true },
        { as: 'to', contactPerson: 'eva', company: { name: 'ACME AG' }, own: false },
      ],
    })
    const seen: (string | null)[] = []
    for (let after: string | undefined; ;) {
      const page = await api.call(
        'readHistory',
        { params, query: { order: 'newest', limit: 2, ...(after === undefined ? {} : { after }) } },
        anna,
      )
      seen.push(...subjects(page))
      after = page.next
      if (after === undefined) break
    }
    expect(seen).toEqual(subjects(oldest).toReversed())
  })

  test('of a company has what stands at its leads and what its people take part in elsewhere', async () => {
    const acme = await api.call(
      'readCompanyHistory',
      { params: { ...xyz, id: await idOf('company', 'acme') }, query: { order: 'newest' } },
      anna,
    )
    expect(subjects(acme)).toEqual([
      'XYZ Lead 11112 other',
      'Re: secret 11111',
      'XYZ Lead 11111 second',
      'XYZ Lead 11111 third',
      'XYZ Lead 11111 first',
    ])
    const nordlicht = await api.call('readCompanyHistory', { params: { ...xyz, id: await idOf('company', 'nordlicht') } }, anna)
    expect(subjects(nordlicht)).toEqual(['Re: secret 11111'])
    const first = await api.call(
      'readCompanyHistory',
      { params: { ...xyz, id: await idOf('company', 'acme') }, query: { limit: 3, after: acme.entries[4]?.id ?? '' } },
      anna,
    )
    expect(subjects(first)).toEqual(['XYZ Lead 11111 third', 'XYZ Lead 11111 second', 'Re: secret 11111'])
  })

  test('of a contact person has the mails in which he takes part, with files and people counted', async () => {
    const otto = await api.call('readContactPersonHistory', { params: { ...xyz, id: await idOf('contact_person', 'otto') } }, anna)
    expect(subjects(otto)).toEqual(['XYZ Lead 11111 second', 'XYZ Lead 11112 other'])
    expect(otto.entries[0]).toMatchObject({
      files: 1,
      participants: [{ as: 'from' }, { contactPerson: 'otto' }, { contactPerson: null, company: null }],
    })
  })

  test('has one thread for all that answer one another, though one names its direct predecessor alone', async () => {
    const { entries } = await api.call('listRecentEntries', { params: xyz }, anna)
    const threads = new Map(entries.map(({ subject, thread }) => [subject, thread]))
    expect(threads.get('XYZ Lead 11111 second')).toBe(threads.get('XYZ Lead 11111 first'))
    expect(threads.get('XYZ Lead 11111 third')).toBe(threads.get('XYZ Lead 11111 first'))
    expect(threads.get('Re: secret 11111')).not.toBe(threads.get('XYZ Lead 11111 first'))
  })

  test('of everybody comes newest first, and can be that of oneself', async () => {
    expect(subjects(await api.call('listRecentEntries', { params: xyz, query: { limit: 2 } }, bernd))).toEqual([
      'XYZ Lead 11112 other',
      'Re: secret 11111',
    ])
    expect(subjects(await api.call('listRecentEntries', { params: xyz, query: { mine: 'true' } }, bernd))).toEqual([
      'XYZ Lead 11112 other',
      'XYZ Lead 11111 second',
    ])
    expect(subjects(await api.call('listRecentEntries', { params: xyz, query: { decidedBy: 'person' } }, bernd))).toEqual([])
    expect(subjects(await api.call('listRecentEntries', { params: xyz, query: { decidedBy: 'rule' } }, bernd))).toHaveLength(5)
  })

  test('of what is not there is not found', async () => {
    const nowhere = '018f3b1a-0000-7000-8000-000000000001'
    expect((await api.ask('readHistory', { params: { ...xyz, number: '99999' } }, anna)).status).toBe(404)
    expect((await api.ask('readCompanyHistory', { params: { ...xyz, id: nowhere } }, anna)).status).toBe(404)
    expect((await api.ask('readContactPersonHistory', { params: { ...xyz, id: nowhere } }, anna)).status).toBe(404)
    expect((await api.ask('readEntry', { params: { ...xyz, id: nowhere } }, anna)).status).toBe(404)
    expect((await api.ask('readHistory', { params: { ...xyz, number: '11111' }, query: { after: nowhere } }, anna)).status).toBe(404)
    const foreign = await api.as('admin', 'wisla')
    const [own] = (await api.call('listRecentEntries', { params: xyz }, anna)).entries
    expect((await api.ask('readEntry', { params: { tenant: 'wisla', id: own?.id } }, foreign)).status).toBe(404)
    expect((await api.ask('readCompanyHistory', { params: { tenant: 'wisla', id: await idOf('company', 'acme') } }, foreign)).status).toBe(
      404,
    )
  })
})

test('an entry tells its mail, why it is here, and what was done with it', async () => {
  const { entries } = await api.call('readHistory', { params: { ...xyz, number: '11111' } }, anna)
  const entry = await api.call('readEntry', { params: { ...xyz, id: entries[0]?.id ?? '' } }, bernd)
  expect(entry).toMatchObject({
    subject: 'XYZ Lead 11111 first',
    mail: { newestText: 'The first one.', messageId: '<1@xyz.example>', missingEarlier: 0, messages: [expect.any(String)] },
    evidence: [{ code: 'leadNumberInSubject' }, { code: 'recipientIsContactPerson' }],
    past: [{ actor: 'rule', action: 'mailAppended', detail: 'lead 11111' }],
  })
  expect(entry.mail?.quotedText).toContain('> old words')
  expect(Date.parse(entry.undoableUntil ?? '')).toBeGreaterThan(Date.now() + 29 * 24 * 3_600_000)
})

test('what is private is hidden from all but whoever captured it and the admins, in every list', async () => {
  await api.database.owner(`UPDATE mail SET private_at = now(), private_by = 'anna@xyz.example' WHERE subject = 'Re: secret 11111'`)
  const id = await idOf('company', 'nordlicht')
  for (const [as, isHidden] of [
    [anna, false],
    [clara, false],
    [bernd, true],
    [await api.as('reviewer'), true],
    [await api.as('admin'), false],
  ] as const) {
    const [row] = (await api.call('readCompanyHistory', { params: { ...xyz, id } }, as)).entries
    expect(row).toMatchObject({ private: true, hidden: isHidden, subject: isHidden ? null : 'Re: secret 11111' })
    const entry = await api.call('readEntry', { params: { ...xyz, id: row?.id ?? '' } }, as)
    expect(entry.mail === null).toBe(isHidden)
    const history = await api.call('readHistory', { params: { ...xyz, number: '11111' } }, as)
    const everything = JSON.stringify([row, entry, history, await api.call('listRecentEntries', { params: xyz }, as)])
    expect(everything.includes('secret')).toBe(!isHidden)
    expect(everything.includes('Nobody else')).toBe(!isHidden)
  }
})
