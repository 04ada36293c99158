import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'

let api: TestApi
let reviewer: As
let admin: As
beforeAll(async () => {
  api = await openTestApi()
  reviewer = await api.as('reviewer')
  admin = await api.as('admin')
})
afterAll(() => api.close())

const tenant = 'xyz'
let count = 0

/** Handed in by HTTP; resolves once it waits for a person or stands in a history. */
async function submit(subject: string, to = 'eva@acme.example'): Promise<void> {
  count += 1
  const raw = [
    'From: Anna Arndt <anna@xyz.example>',
    `To: ${to}`,
    `Subject: ${subject}`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0000',
    `Message-ID: <review-${count}@xyz.example>`,
    '',
    `Text ${count}`,
    '',
  ].join('\r\n')
  const url = `${api.url}/api/v1/messages?mailFrom=anna%40xyz.example&rcptTo=${encodeURIComponent(api.config.crmAddresses[0] ?? '')}`
  const response = await fetch(url, { method: 'POST', headers: { ...admin, 'content-type': 'message/rfc822' }, body: raw })
  const { id } = (await response.json()) as { id: string }
  for (;;) {
    const rows = await api.database.owner<{ state: string }>('SELECT state FROM delivery WHERE message_id = $1', [id])
    const state = rows[0]?.state
    if (state !== undefined && state !== 'received' && state !== 'processing') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function waiting(subject: string): Promise<string> {
  await submit(subject)
  const { items } = await api.call('listConfirmations', { params: { tenant }, query: { order: 'newest', limit: 1 } }, reviewer)
  const [item] = items
  if (item?.subject !== subject) throw new Error(`"${subject}" does not wait`)
  return item.id
}

describe('confirming over HTTP', () => {
  test('a question is listed, counted, read, claimed, answered, and taken back', async () => {
    const id = await waiting('What about the offer')
    const params = { tenant, id }
    expect((await api.call('countConfirmations', { params: { tenant } }, reviewer)).open).toBeGreaterThan(0)
    const question = await api.call('readConfirmation', { params }, reviewer)
    expect(question.mail.newestText).toContain('Text')
    expect(question.candidates[0]?.evidence[0]?.words).not.toBe('')
    expect((await api.call('claimConfirmation', { params, body: {} }, reviewer)).claimedBy).not.toBeNull()
    const other = await api.ask('claimConfirmation', { params, body: {} }, admin)
    expect(other).toMatchObject({ status: 409, body: { code: 'conflict', current: { id } } })
    const settled = await api.call('answerConfirmation', { params, body: { kind: 'append', lead: '11112' } }, reviewer)
    expect(settled.settled).toMatchObject({ kind: 'append', lead: '11112' })
    const late = await api.ask('answerConfirmation', { params, body: { kind: 'dismiss', reason: 'No' } }, admin)
    expect(late).toMatchObject({ status: 409, body: { current: { settled: { lead: '11112' } } } })
    const back = await api.call('undoAnswer', { params }, reviewer)
    expect(back).toMatchObject({ settled: null, keptContactPersons: [] })
    await api.call('claimConfirmation', { params, body: { take: true } }, admin)
    expect(await api.call('releaseConfirmation', { params }, admin)).toEqual({})
    const mine = await api.call(
      'listConfirmations',
      { params: { tenant }, query: { mine: 'true' } },
      await api.signedIn('bernd@xyz.example'),
    )
    expect(mine.items).toEqual([])
    const siblings = await api.call('listSiblings', { params }, reviewer)
    expect(siblings.siblings).toEqual([])
  })

  test('several are answered at once', async () => {
    const ids = [await waiting('Some'), await waiting('Some more')]
    const body = { ids, answer: { kind: 'dismiss' as const, reason: 'Nothing of ours' } }
    const { results } = await api.call('answerConfirmations', { params: { tenant }, body }, reviewer)
    expect(results).toEqual(ids.map((id) => ({ id, settled: true, problem: null })))
  })

  test('an entry is moved, made private, and taken out', async () => {
    const asked = { tenant, id: await waiting('Filed by hand') }
    await api.database.owner(
      `WITH mail AS (SELECT tenant_id, mail_id FROM confirmation WHERE id = $1),
         b AS (INSERT INTO attachment_blob (tenant_id, sha256, bytes, content) SELECT tenant_id, repeat('ab', 32), 1, 'x' FROM mail)
       INSERT INTO attachment (tenant_id, mail_id, position, file_name, media_type, bytes, sha256, inline)
       SELECT tenant_id, mail_id, 0, 'a.pdf', 'application/pdf', 1, repeat('ab', 32), false FROM mail`,
      [asked.id],
    )
    const answered = await api.call('answerConfirmation', { params: asked, body: { kind: 'append', lead: '11111' } }, reviewer)
    const id = answered.settled?.entryId ?? ''
    const moved = await api.call('moveEntry', { params: { tenant, id }, body: { lead: '33333' } }, reviewer)
    expect(moved.lead.number).toBe('33333')
    expect(moved.past.map(({ action }) => action)).toContain('entryMoved')
    const there = async (query: Record<string, string>): Promise<string[]> =>
      (await api.call('readHistory', { params: { tenant, number: '33333' }, query }, reviewer)).entries.map((entry) => entry.id)
    expect(await there({ direction: 'outbound', files: 'true' })).toEqual([moved.id])
    expect(await there({ direction: 'internal' })).toEqual([])
    const params = { tenant, id: moved.id }
    expect(await api.ask('setEntryPrivate', { params, body: { private: true } }, reviewer)).toMatchObject({ status: 403 })
    expect((await api.call('setEntryPrivate', { params, body: { private: true } }, admin)).private).toBe(true)
    expect(await api.ask('moveEntry', { params, body: { lead: '11111' } }, reviewer)).toMatchObject({ status: 403 })
    const { confirmation } = await api.call('undoEntry', { params }, admin)
    expect(confirmation).not.toBeNull()
    expect(await api.ask('readConfirmation', { params: { tenant, id: confirmation } }, reviewer)).toMatchObject({ status: 404 })
  })

  test('what is another tenant’s answers 404, in the path and in the body', async () => {
    const id = await waiting('Ours alone')
    const foreign = await api.as('admin', 'abc').catch(() => null)
    if (foreign !== null)
      expect(await api.ask('readConfirmation', { params: { tenant: 'abc', id } }, foreign)).toMatchObject({ status: 404 })
    const body = { kind: 'append', lead: '987654' }
    expect(await api.ask('answerConfirmation', { params: { tenant, id }, body }, reviewer)).toMatchObject({ status: 404 })
    const person = { address: 'x@acme.example', name: 'X', companyId: id }
    const withPerson = { kind: 'append', lead: '11111', newContactPersons: [person] }
    expect(await api.ask('answerConfirmation', { params: { tenant, id }, body: withPerson }, reviewer)).toMatchObject({ status: 404 })
  })
})
