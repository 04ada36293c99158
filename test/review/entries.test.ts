import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MailId } from '../../src/crm/ids.ts'
import { ConflictFailure } from '../../src/failure.ts'
import { moveEntry, setEntryPrivate, undoEntry } from '../../src/review/entries.ts'
import { undoAnswer } from '../../src/review/take-back.ts'
import { crmAddress, mail, type Office, openOffice } from '../processing/office.ts'
import { type Desk, openDesk } from './reviewing.ts'

let office: Office
let desk: Desk
beforeAll(async () => {
  office = await openOffice()
  desk = await openDesk(office)
})
afterAll(async () => {
  await desk.checkAll()
  await office.close()
})

const day = 24 * 60 * 60_000
const in31Days = (): Date => new Date(Date.now() + 31 * day)
const rita = (at?: Date) => desk.as('rita@xyz.example', 'reviewer', at)

describe('moving', () => {
  test('gives the mail to another lead, and keeps where it stood', async () => {
    const { id, mailId } = await desk.filed()
    const { entryId, changed } = await moveEntry(office.database, rita(in31Days()), id, '33333')
    expect(changed).toBe(true)
    expect(await desk.entryOf(mailId)).toEqual({ id: entryId, lead: '33333', decidedBy: 'rita@xyz.example' })
    expect(await desk.deliveriesOf(mailId)).toEqual([{ state: 'appended', reason: null, lead: '33333' }])
    expect(await office.db.owner('SELECT FROM history_entry WHERE mail_id = $1', [mailId])).toHaveLength(2)
    const entry = (await office.history('33333')).find((one) => one.id === entryId)
    expect(entry?.evidence.map(({ code }) => code)).toEqual(expect.arrayContaining(['leadNumberInSubject', 'decidedByPerson']))
    // The same once more finds it there.
    expect(await moveEntry(office.database, rita(), id, '33333')).toEqual({ entryId, changed: false })
    expect(await moveEntry(office.database, rita(), entryId, '33333')).toEqual({ entryId, changed: false })
    expect(await desk.actions(mailId)).toEqual(['rule mailAppended', 'rita@xyz.example entryMoved'])
  })

  test('is refused where somebody moved it elsewhere meanwhile', async () => {
    const { id } = await desk.filed()
    await moveEntry(office.database, rita(), id, '33333')
    const late = moveEntry(office.database, desk.as('otto@xyz.example'), id, '22222')
    await expect(late).rejects.toBeInstanceOf(ConflictFailure)
    await expect(late).rejects.toThrow(/rita@xyz.example moved it to lead 33333/)
    await expect(moveEntry(office.database, rita(), id, '99999')).rejects.toMatchObject({ code: 'notFound' })
  })

  test('takes the thread along: later replies follow to the new lead', async () => {
    const { id } = await desk.filed({ 'Message-ID': '<moved-thread@xyz.example>' })
    await moveEntry(office.database, rita(), id, '33333')
    const reply = await desk.send(mail({ 'In-Reply-To': '<moved-thread@xyz.example>', To: 'gus@globex.example' }))
    expect(reply).toMatchObject({ state: 'appended', lead: '33333' })
  })

  test('is for this tenant’s entries', async () => {
    const { id } = await desk.filed()
    const [other] = await office.db.owner<{ id: typeof desk.tenantId }>(`SELECT id FROM tenant WHERE slug = 'other'`)
    const foreign = { ...desk.as('olga@other.example', 'admin'), tenantId: other?.id ?? desk.tenantId }
    await expect(moveEntry(office.database, foreign, id, '99999')).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('taking out', () => {
  test('lets the mail wait for a person again, with the lead that it was not', async () => {
    const { id, mailId } = await desk.filed()
    const { confirmationId, changed } = await undoEntry(office.database, rita(), id)
    expect(changed).toBe(true)
    expect(await desk.openOf(mailId)).toBe(confirmationId)
    expect(await desk.deliveriesOf(mailId)).toEqual([{ state: 'inReview', reason: 'undone', lead: null }])
    const [item] = (await office.confirmations()).filter((one) => one.id === confirmationId)
    expect(item?.reasons).toEqual(['undone'])
    expect(item?.candidates[0]?.lead).toBe('11111')
    expect(item?.candidates[0]?.evidence).toContainEqual({ code: 'undoneByPerson', detail: 'rita@xyz.example', for: false })
    expect(await undoEntry(office.database, rita(), id)).toEqual({ confirmationId, changed: false })
    const row = await desk.answer(confirmationId, { kind: 'append', lead: '22222' })
    expect(row.settled?.lead).toBe('22222')
    await expect(undoEntry(office.database, rita(), id)).rejects.toThrow(/moved it to lead 22222/)
  })

  test('of what a person filed keeps what his question proposed', async () => {
    const { id } = await desk.waiting({ Subject: 'Leads 11111 22222' })
    const row = await desk.answer(id, { kind: 'append', lead: '22222' })
    const entryId = row.settled?.entryId
    if (entryId == null) throw new Error('no entry')
    const { confirmationId } = await undoEntry(office.database, rita(), entryId)
    const [item] = (await office.confirmations()).filter((one) => one.id === confirmationId)
    expect(item?.candidates.map(({ lead }) => lead)).toEqual(['11111', '22222'])
    await expect(undoAnswer(office.database, rita(), id)).rejects.toThrow(/waits for an answer again/)
  })

  test('can be for 30 days', async () => {
    const { id } = await desk.filed()
    await expect(undoEntry(office.database, rita(in31Days()), id)).rejects.toMatchObject({
      message: expect.stringContaining('30 days ago. Move it') as string,
      fault: { code: 'entryTooOld', values: { days: 30 } },
    })
  })

  test('keeps a later copy from filing it again', async () => {
    const { id, mailId, raw } = await desk.filed()
    await undoEntry(office.database, rita(), id)
    expect(await desk.send(raw)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
    expect(await desk.entryOf(mailId)).toBeNull()
  })
})

test('an answer is not taken back where the mail was moved since: it says where it is', async () => {
  const { id } = await desk.waiting()
  const row = await desk.answer(id, { kind: 'append', lead: '11111' })
  if (row.settled?.entryId == null) throw new Error('no entry')
  await moveEntry(office.database, desk.as('otto@xyz.example'), row.settled.entryId, '33333')
  await expect(undoAnswer(office.database, rita(), id)).rejects.toMatchObject({
    message: expect.stringContaining('otto@xyz.example moved it to lead 33333 since') as string,
    fault: { code: 'entryMoved', values: { number: '33333' } },
  })
})

describe('two copies that were sent to two leads', () => {
  async function torn(): Promise<{ mailId: MailId; id: Awaited<ReturnType<Desk['openOf']>> & string }> {
    const raw = mail({ Subject: 'Two ways' })
    const first = await desk.send(raw, { forwardPaths: [crmAddress.replace('@', '+11111@')] })
    expect(first).toMatchObject({ state: 'appended', lead: '11111' })
    const second = await desk.send(raw, { forwardPaths: [crmAddress.replace('@', '+22222@')], reversePath: 'bert@xyz.example' })
    expect(second).toMatchObject({ state: 'inReview', lead: '11111' })
    const mailId = first.mailId as MailId
    const id = await desk.openOf(mailId)
    if (id === null) throw new Error('nothing waits')
    return { mailId, id }
  }

  test('the other lead is a move, which is taken back as one', async () => {
    const { id, mailId } = await torn()
    const before = await desk.entryOf(mailId)
    await desk.answer(id, { kind: 'append', lead: '22222' })
    expect((await desk.entryOf(mailId))?.lead).toBe('22222')
    expect(await desk.deliveriesOf(mailId)).toMatchObject([
      { state: 'appended', lead: '22222' },
      { state: 'appended', lead: '22222' },
    ])
    await undoAnswer(office.database, rita(), id)
    expect(await desk.entryOf(mailId)).toEqual(before)
    await desk.answer(id, { kind: 'append', lead: '11111' })
    expect(await desk.entryOf(mailId)).toEqual(before)
    await undoAnswer(office.database, rita(), id)
    expect(await desk.entryOf(mailId)).toEqual(before)
    await desk.answer(id, { kind: 'dismiss', reason: 'It is right' })
    expect(await desk.entryOf(mailId)).toEqual(before)
    expect(await desk.deliveriesOf(mailId)).toMatchObject([{ state: 'appended' }, { state: 'appended' }])
  })

  test('a move answers the question, and taking out asks it on', async () => {
    const moved = await torn()
    const entry = await desk.entryOf(moved.mailId)
    if (entry === null) throw new Error('no entry')
    await moveEntry(office.database, rita(), entry.id, '22222')
    expect(await desk.openOf(moved.mailId)).toBeNull()
    const out = await torn()
    const standing = await desk.entryOf(out.mailId)
    if (standing === null) throw new Error('no entry')
    expect(await undoEntry(office.database, rita(), standing.id)).toEqual({ confirmationId: out.id, changed: true })
    const [item] = (await office.confirmations()).filter((one) => one.id === out.id)
    expect(item?.reasons).toEqual(['contradiction', 'undone'])
    expect(item?.candidates.map(({ lead }) => lead)).toEqual(['22222', '11111'])
  })
})

test('a forward of several mails stands for one that still waits', async () => {
  const original = (subject: string, from: string): string =>
    ['Content-Type: message/rfc822', '', mail({ From: from, To: 'anna@xyz.example', Subject: subject }, `About ${subject}`)].join('\r\n')
  const body = ['--b', original('One', 'zed@unknown.example'), '--b', original('Two', 'zoe@unknown.example'), '--b--', ''].join('\r\n')
  const delivered = await desk.send(
    mail({ To: crmAddress, Subject: 'Fwd: both', 'Content-Type': 'multipart/mixed; boundary="b"' }, `\r\n${body}`),
  )
  expect(delivered.state).toBe('inReview')
  const state = async (): Promise<unknown> =>
    (
      await office.db.owner(`SELECT state, reason FROM delivery WHERE id IN (SELECT delivery_id FROM capture WHERE mail_id = $1)`, [
        delivered.mailId,
      ])
    )[0]
  const mails = await office.db.owner<{ id: MailId }>(
    'SELECT mail_id AS id FROM capture WHERE delivery_id IN (SELECT delivery_id FROM capture WHERE mail_id = $1) ORDER BY mail_id',
    [delivered.mailId],
  )
  expect(mails).toHaveLength(2)
  const [first, second] = await Promise.all(mails.map(async ({ id }) => await desk.openOf(id)))
  if (first == null || second == null) throw new Error('nothing waits')
  await desk.answer(first, { kind: 'append', lead: '11111' })
  expect(await state()).toMatchObject({ state: 'inReview' })
  await desk.answer(second, { kind: 'dismiss', reason: 'No' })
  expect(await state()).toMatchObject({ state: 'ignored', reason: 'dismissed' })
  await undoAnswer(office.database, rita(), first)
  expect(await state()).toMatchObject({ state: 'inReview' })
  await undoAnswer(office.database, rita(), second)
  await desk.answer(first, { kind: 'append', lead: '11111' })
  await desk.answer(second, { kind: 'append', lead: '22222' })
  expect(await state()).toMatchObject({ state: 'appended' })
})

describe('private', () => {
  test('is for whoever sent it and for admins to say', async () => {
    const { id, mailId } = await desk.filed()
    await expect(setEntryPrivate(office.database, rita(), id, true)).rejects.toMatchObject({ code: 'notAllowed' })
    await expect(setEntryPrivate(office.database, desk.as('bert@xyz.example', 'salesperson'), id, true)).rejects.toMatchObject({
      code: 'notAllowed',
    })
    const anna = desk.as('anna@xyz.example', 'salesperson')
    expect(await setEntryPrivate(office.database, anna, id, true)).toBe(true)
    expect(await setEntryPrivate(office.database, anna, id, true)).toBe(false)
    await expect(moveEntry(office.database, rita(), id, '33333')).rejects.toMatchObject({ code: 'notAllowed' })
    expect(await setEntryPrivate(office.database, desk.as('clara@xyz.example', 'admin'), id, false)).toBe(true)
    expect(await desk.actions(mailId)).toEqual([
      'rule mailAppended',
      'anna@xyz.example mailMadePrivate',
      'clara@xyz.example mailMadePublic',
    ])
  })

  test('stays with the mail wherever it goes', async () => {
    const { id, mailId } = await desk.filed()
    const anna = desk.as('anna@xyz.example', 'salesperson')
    await setEntryPrivate(office.database, anna, id, true)
    const { confirmationId } = await undoEntry(office.database, anna, id)
    await expect(desk.answer(confirmationId, { kind: 'append', lead: '11111' })).rejects.toMatchObject({ code: 'notFound' })
    await desk.answer(confirmationId, { kind: 'append', lead: '22222' }, anna)
    expect(await office.db.owner('SELECT private_by FROM mail WHERE id = $1', [mailId])).toEqual([{ private_by: 'anna@xyz.example' }])
  })
})
