import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claimConfirmation, claimMs, releaseConfirmation } from '../../src/review/claims.ts'
import { setEntryPrivate, undoEntry } from '../../src/review/entries.ts'
import { countQueue, listQueue, listSiblings, readQuestion } from '../../src/review/queue.ts'
import type { QueueFilter } from '../../src/store/confirmation-list.ts'
import { type Office, openOffice } from '../processing/office.ts'
import { type Desk, openDesk, type Waiting } from './reviewing.ts'

let office: Office
let desk: Desk
const waiting: Record<string, Waiting> = {}
beforeAll(async () => {
  office = await openOffice()
  desk = await openDesk(office)
  waiting['plain'] = await desk.waiting({ Subject: 'Förderband für Łódź', 'Message-ID': '<root@xyz.example>' })
  waiting['two'] = await desk.waiting({ Subject: 'Leads 11111 33333' })
  waiting['bert'] = await desk.waiting({ From: 'Bert Brand <bert@xyz.example>', To: 'Zoë Ünal <zoe@unknown.example>' })
  waiting['reply'] = await desk.waiting({
    From: 'Bert Brand <bert@xyz.example>',
    Subject: 'Re: something',
    'In-Reply-To': '<root@xyz.example>',
    References: '<root@xyz.example>',
  })
  waiting['bert again'] = await desk.waiting({ From: 'Bert Brand <bert@xyz.example>', To: 'Zoë Ünal <zoe@unknown.example>' })
})
afterAll(() => office.close())

const rita = () => desk.as('rita@xyz.example')
const anna = () => desk.as('anna@xyz.example', 'salesperson')
const idOf = (name: string) => waiting[name]?.id ?? ('' as never)

async function list(filter: Partial<QueueFilter & { lead: string }> | object, by = rita()): Promise<string[]> {
  const { items } = await listQueue(office.database, by, { state: 'open', order: 'oldest', limit: 50, ...filter })
  return items.map(({ id }) => Object.keys(waiting).find((name) => waiting[name]?.id === id) ?? id)
}

describe('the queue', () => {
  test('is in the order of arrival, either way, a page at a time', async () => {
    expect(await list({})).toEqual(['plain', 'two', 'bert', 'reply', 'bert again'])
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await listQueue(office.database, rita(), { state: 'open', order: 'newest', limit: 2, after })
      seen.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(['bert again', 'reply', 'bert', 'two', 'plain'].map(idOf))
    await expect(listQueue(office.database, rita(), { state: 'open', order: 'newest', limit: 2, after: 'x' })).rejects.toMatchObject({
      code: 'inputInvalid',
    })
  })

  test('is filtered by reason, sender, lead', async () => {
    expect(await list({ reason: 'ambiguous' })).toEqual(['two'])
    expect(await list({ reason: 'unmatched', from: 'Bert@XYZ.example' })).toEqual(['bert', 'reply', 'bert again'])
    expect(await list({ from: 'xyz.example' })).toHaveLength(5)
    expect(await list({ from: 'unknown.example' })).toEqual([])
    expect(await list({ lead: '33333' })).toEqual(['two'])
    expect(await list({ lead: '99999' })).toEqual([])
  })

  test('is searched by subject, addresses and names, whatever the case and the accents', async () => {
    expect(await list({ search: 'FORDERBAND lodz' })).toEqual(['plain'])
    expect(await list({ search: 'förder' })).toEqual(['plain'])
    expect(await list({ search: 'zoe@unknown' })).toEqual(['bert', 'bert again'])
    expect(await list({ search: 'ünal' })).toEqual(['bert', 'bert again'])
    expect(await list({ search: 'unal eva' })).toEqual([])
    expect(await list({ search: '%' })).toEqual([])
    expect(await list({ search: ' ' })).toHaveLength(5)
  })

  test('shows a salesperson what he sent or wrote himself', async () => {
    expect(await list({}, desk.as('bert@xyz.example', 'salesperson'))).toEqual(['bert', 'reply', 'bert again'])
    // All of them went through Anna's hands.
    expect(await list({}, anna())).toHaveLength(5)
    expect(await list({}, desk.as('somebody@xyz.example', 'salesperson'))).toEqual([])
    expect(await countQueue(office.database, desk.as('bert@xyz.example', 'salesperson'))).toEqual({
      open: 3,
      mine: 3,
      byReason: { unmatched: 3 },
    })
    await expect(readQuestion(office.database, desk.as('bert@xyz.example', 'salesperson'), idOf('two'), () => 0)).rejects.toMatchObject({
      code: 'notFound',
    })
  })

  test('is counted by reason', async () => {
    expect(await countQueue(office.database, rita())).toEqual({ open: 5, mine: 0, byReason: { unmatched: 4, ambiguous: 1 } })
  })

  test('keeps what is private to those it is for', async () => {
    const { id } = await desk.filed({ Subject: 'Secret 11111' })
    await setEntryPrivate(office.database, anna(), id, true)
    const { confirmationId } = await undoEntry(office.database, anna(), id)
    expect(await list({ search: 'secret' })).toEqual([])
    expect((await countQueue(office.database, rita())).open).toBe(5)
    expect(await list({ search: 'secret' }, anna())).toEqual([confirmationId])
    expect(await list({ search: 'secret' }, desk.as('clara@xyz.example', 'admin'))).toEqual([confirmationId])
    await desk.answer(confirmationId, { kind: 'dismiss', reason: 'Mine' }, anna())
    expect(await list({ state: 'settled' })).toEqual([])
    expect(await list({ state: 'settled' }, anna())).toEqual([confirmationId])
  })
})

test('a question has its mail, candidates as they are now, evidence in words, and who is unknown', async () => {
  await office.db.owner(`UPDATE lead SET name = 'Relaunch', status = 'won' WHERE number = '11111' AND tenant_id = $1`, [desk.tenantId])
  const question = await readQuestion(office.database, rita(), idOf('two'), () => 0)
  expect(question.candidates.find(({ lead }) => lead === '11111')).toMatchObject({
    leadName: 'Relaunch',
    company: 'ACME AG',
    status: 'won',
    evidence: expect.arrayContaining([
      { code: 'leadNumberInSubject', detail: '11111', for: true, words: 'The subject has the lead number 11111.' },
    ]) as unknown,
  })
  expect(question.mail.subject).toBe('Leads 11111 33333')
  expect(question.unknownPeople).toEqual([])
  const other = await readQuestion(office.database, rita(), idOf('bert'), () => 0)
  expect(other.unknownPeople).toEqual([{ address: 'zoe@unknown.example', name: 'Zoë Ünal' }])
  expect(other.siblings).toBe(1)
})

test('siblings are of the same thread, or of the same sender for the same reasons', async () => {
  const why = async (name: string): Promise<[string | undefined, string][]> =>
    (await listSiblings(office.database, rita(), idOf(name))).map((row) => [
      Object.keys(waiting).find((each) => waiting[each]?.id === row.id),
      row.why,
    ])
  expect(await why('plain')).toEqual([['reply', 'thread']])
  expect(await why('reply')).toEqual([['plain', 'thread']])
  expect(await why('bert')).toEqual([['bert again', 'sender']])
  expect(await why('two')).toEqual([])
})

describe('a claim', () => {
  const at = (ms: number): Date => new Date(Date.now() + ms)

  test('tells others who works on it, is renewed, taken over, let go, and lapses', async () => {
    const id = idOf('plain')
    const otto = (when?: Date) => desk.as('otto@xyz.example', 'reviewer', when)
    const first = await claimConfirmation(office.database, anna(), id, false)
    expect(first.changed).toBe(true)
    expect(first.row.claimedBy).toMatchObject({ email: 'anna@xyz.example', name: 'Anna Arndt' })
    expect((await claimConfirmation(office.database, anna(), id, false)).changed).toBe(false)
    await expect(claimConfirmation(office.database, otto(), id, false)).rejects.toThrow(/Anna Arndt is working on this one/)
    await expect(claimConfirmation(office.database, otto(), id, false)).rejects.toMatchObject({
      current: { claimedBy: { email: 'anna@xyz.example' } },
    })
    await expect(desk.answer(id, { kind: 'dismiss', reason: 'No' }, otto())).rejects.toThrow(/Anna Arndt is working/)
    expect((await claimConfirmation(office.database, otto(), id, true)).row.claimedBy?.email).toBe('otto@xyz.example')
    expect(await releaseConfirmation(office.database, anna(), id)).toBe(false)
    // It lapses by itself.
    expect((await claimConfirmation(office.database, rita(), idOf('two'), false)).changed).toBe(true)
    const late = otto(at(claimMs + 1_000))
    expect((await claimConfirmation(office.database, late, idOf('two'), false)).changed).toBe(true)
    expect(await releaseConfirmation(office.database, otto(), id)).toBe(true)
    expect(await releaseConfirmation(office.database, otto(), id)).toBe(false)
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    await expect(claimConfirmation(office.database, otto(), id, true)).rejects.toThrow(/rita@xyz.example dismissed it/)
    expect(await desk.actions(waiting['plain']?.mailId ?? ('' as never))).toEqual([
      'rule confirmationOpened',
      'anna@xyz.example confirmationClaimed',
      'otto@xyz.example confirmationClaimed',
      'otto@xyz.example confirmationReleased',
      'rita@xyz.example confirmationDismissed',
    ])
  })
})
