import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConfirmationId } from '../../src/crm/ids.ts'
import { ConflictFailure } from '../../src/failure.ts'
import { newId } from '../../src/id.ts'
import { answerConfirmations } from '../../src/review/answer.ts'
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
const later = (days: number): Date => new Date(Date.now() + days * day)

describe('an answer', () => {
  test('files the mail with the lead, by name of whoever said so, with what spoke for it', async () => {
    const { id, mailId } = await desk.waiting({ Subject: 'Leads 11111 22222' })
    const row = await desk.answer(id, { kind: 'append', lead: '22222' })
    expect(row.settled).toMatchObject({ by: 'rita@xyz.example', kind: 'append', lead: '22222', reason: null })
    expect(row.settled?.undoableUntil).not.toBeNull()
    expect(await desk.entryOf(mailId)).toEqual({ id: row.settled?.entryId, lead: '22222', decidedBy: 'rita@xyz.example' })
    const [entry] = (await office.history('22222')).filter((one) => one.id === row.settled?.entryId)
    expect(entry?.evidence).toContainEqual({ code: 'leadNumberInSubject', detail: '22222', for: true })
    expect(entry?.evidence).toContainEqual({ code: 'decidedByPerson', detail: 'rita@xyz.example', for: true })
    expect(await desk.deliveriesOf(mailId)).toEqual([{ state: 'appended', reason: null, lead: '22222' }])
    expect(await desk.actions(mailId)).toEqual(['rule confirmationOpened', 'rita@xyz.example mailAppended'])
  })

  test('may name any lead of the tenant, also a closed one that nothing pointed to', async () => {
    const { id, mailId } = await desk.waiting()
    await desk.answer(id, { kind: 'append', lead: '44444' })
    expect((await desk.entryOf(mailId))?.lead).toBe('44444')
  })

  test('names no lead that is not there, nor another tenant’s', async () => {
    const { id, mailId } = await desk.waiting()
    await expect(desk.answer(id, { kind: 'append', lead: '99999' })).rejects.toMatchObject({ code: 'notFound' })
    expect(await desk.openOf(mailId)).toBe(id)
  })

  test('dismisses the mail, with the words for it', async () => {
    const { id, mailId } = await desk.waiting()
    const row = await desk.answer(id, { kind: 'dismiss', reason: 'Lunch' })
    expect(row.settled).toMatchObject({ kind: 'dismiss', reason: 'Lunch', lead: null, entryId: null })
    expect(await desk.deliveriesOf(mailId)).toEqual([{ state: 'ignored', reason: 'dismissed', lead: null }])
    expect(await desk.entryOf(mailId)).toBeNull()
  })

  test('is refused where somebody was quicker, and says who and what', async () => {
    const { id } = await desk.waiting()
    await desk.answer(id, { kind: 'append', lead: '11111' })
    const late = desk.answer(id, { kind: 'dismiss', reason: 'No' }, desk.as('otto@xyz.example'))
    await expect(late).rejects.toBeInstanceOf(ConflictFailure)
    await expect(late).rejects.toThrow(/rita@xyz.example filed it with lead 11111/)
    await expect(late).rejects.toMatchObject({ current: { id, settled: { by: 'rita@xyz.example', lead: '11111' } } })
  })

  test('given twice by the same person changes nothing', async () => {
    const { id, mailId } = await desk.waiting()
    const first = await desk.answer(id, { kind: 'append', lead: '11111' })
    const again = await desk.answer(id, { kind: 'append', lead: '11111' }, desk.as('rita@xyz.example', 'reviewer', later(1)))
    expect(again.settled?.at).toBe(first.settled?.at)
    expect(await desk.actions(mailId)).toHaveLength(2)
    await expect(desk.answer(id, { kind: 'append', lead: '22222' })).rejects.toBeInstanceOf(ConflictFailure)
  })

  test('of a salesperson is for what he sent himself', async () => {
    const { id } = await desk.waiting()
    await expect(desk.answer(id, { kind: 'append', lead: '11111' }, desk.as('bert@xyz.example', 'salesperson'))).rejects.toMatchObject({
      code: 'notFound',
    })
    const row = await desk.answer(id, { kind: 'append', lead: '11111' }, desk.as('anna@xyz.example', 'salesperson'))
    expect(row.settled?.by).toBe('anna@xyz.example')
  })

  test('is not for another tenant', async () => {
    const { id } = await desk.waiting()
    const [other] = await office.db.owner<{ id: typeof desk.tenantId }>(`SELECT id FROM tenant WHERE slug = 'other'`)
    const foreign = { ...desk.as('olga@other.example', 'admin'), tenantId: other?.id ?? desk.tenantId }
    await expect(desk.answer(id, { kind: 'append', lead: '11111' }, foreign)).rejects.toMatchObject({ code: 'notFound' })
  })

  test('is followed by replies: they find the lead by the thread', async () => {
    const { id } = await desk.waiting({ 'Message-ID': '<first-of-thread@xyz.example>' })
    await desk.answer(id, { kind: 'append', lead: '33333' })
    const reply = await desk.send(mail({ 'In-Reply-To': '<first-of-thread@xyz.example>', To: 'gus@globex.example' }))
    expect(reply).toMatchObject({ state: 'appended', lead: '33333' })
  })
})

describe('people', () => {
  test('become contact persons on the spot, in this mail and in others', async () => {
    const before = await desk.waiting({ To: 'neu@acme.example' })
    const { id, mailId } = await desk.waiting({ To: 'Neu <neu@acme.example>' })
    const newContactPersons = [{ address: 'Neu@acme.example', name: 'Nora Neu' }]
    await desk.answer(id, { kind: 'append', lead: '11111', newContactPersons })
    const linked = await office.db.owner(
      `SELECT k.name, y.name AS company FROM participant p JOIN contact_person k ON k.id = p.contact_person_id JOIN company y ON y.id = k.company_id
       WHERE p.mail_id = ANY($1) AND p.role = 'to'`,
      [[mailId, before.mailId]],
    )
    expect(linked).toEqual([
      { name: 'Nora Neu', company: 'ACME AG' },
      { name: 'Nora Neu', company: 'ACME AG' },
    ])
    // The same again, with the next answer, finds the one who is there.
    await desk.answer(before.id, { kind: 'append', lead: '11111', newContactPersons })
    expect(await office.db.owner(`SELECT FROM contact_address WHERE address_key = 'neu@acme.example'`)).toHaveLength(1)
  })

  test('are not made of one’s own people, of the CRM, of nonsense, or twice at another company', async () => {
    const { id, mailId } = await desk.waiting()
    const make = async (address: string, lead = '11111'): Promise<unknown> =>
      desk.answer(id, { kind: 'append', lead, newContactPersons: [{ address, name: 'Somebody' }] })
    await expect(make('bert@xyz.example')).rejects.toThrow(/one of your own/)
    await expect(make('zoe@xyz.example')).rejects.toThrow(/one of your own/)
    await expect(make(crmAddress)).rejects.toThrow(/of this CRM/)
    await expect(make('no address')).rejects.toThrow(/no mail address/)
    await expect(make('gus@globex.example')).rejects.toThrow(/contact person of Globex already/)
    expect(await desk.openOf(mailId)).toBe(id)
  })

  test('are of another company that is named, and of a new one where none has the name', async () => {
    const { id } = await desk.waiting({ To: 'gus@globex.example, ines@inbau.example, ilse@inbau.example' })
    const newContactPersons = [
      { address: 'gus@globex.example', name: 'Gus', companyName: 'acme ag' },
      { address: 'ines@inbau.example', name: 'Ines', companyName: 'Inbau' },
      { address: 'ilse@inbau.example', name: 'Ilse', companyName: 'INBAU' },
    ]
    await desk.answer(id, { kind: 'append', lead: '11111', newContactPersons })
    const made = await office.db.owner(
      `SELECT k.name, y.name AS company FROM contact_person k JOIN company y ON y.id = k.company_id WHERE k.name = ANY($1) ORDER BY k.name`,
      [['Gus', 'Ines', 'Ilse']],
    )
    expect(made).toEqual([
      { name: 'Gus', company: 'ACME AG' },
      { name: 'Ilse', company: 'Inbau' },
      { name: 'Ines', company: 'Inbau' },
    ])
    expect(await office.db.owner(`SELECT FROM audit_entry WHERE action = 'companyCreated' AND detail->>'name' = 'Inbau'`)).toHaveLength(1)
    expect((await undoAnswer(office.database, desk.as('rita@xyz.example'), id)).keptContactPersons).toEqual([])
    expect(await office.db.owner(`SELECT FROM company WHERE name = 'Inbau'`)).toHaveLength(1)
  })

  test('made by an answer go with it, unless other mail has them', async () => {
    const { id } = await desk.waiting({ To: 'kurz@acme.example' })
    await desk.answer(id, { kind: 'append', lead: '11111', newContactPersons: [{ address: 'kurz@acme.example', name: 'Karl Kurz' }] })
    expect((await undoAnswer(office.database, desk.as('rita@xyz.example'), id)).keptContactPersons).toEqual([])
    expect(await office.db.owner(`SELECT FROM contact_person WHERE name = 'Karl Kurz'`)).toEqual([])
    await desk.answer(id, { kind: 'append', lead: '11111', newContactPersons: [{ address: 'kurz@acme.example', name: 'Karl Kurz' }] })
    await desk.send(mail({ To: 'kurz@acme.example', Subject: 'XYZ Lead 11111' }))
    const { keptContactPersons } = await undoAnswer(office.database, desk.as('rita@xyz.example'), id)
    expect(keptContactPersons).toMatchObject([{ name: 'Karl Kurz' }])
  })
})

test('a follow-up task is made with the answer', async () => {
  const { id, mailId } = await desk.waiting()
  const task = { title: 'Call Eva', dueOn: '2026-12-01', assignee: 'bert@xyz.example' }
  await expect(desk.answer(id, { kind: 'append', lead: '11111', task: { ...task, assignee: 'olga@other.example' } })).rejects.toThrow(
    /no user/,
  )
  await desk.answer(id, { kind: 'append', lead: '11111', task })
  const [row] = await office.db.owner(
    `SELECT t.title, t.due_on::text AS due, u.email, l.number, t.created_by FROM task t JOIN user_account u ON u.id = t.assignee_id
     JOIN lead l ON l.id = t.lead_id WHERE t.mail_id = $1`,
    [mailId],
  )
  expect(row).toEqual({ title: 'Call Eva', due: '2026-12-01', email: 'bert@xyz.example', number: '11111', created_by: 'rita@xyz.example' })
})

describe('an answer that is taken back', () => {
  test('opens the question again and takes the mail out of the history', async () => {
    const { id, mailId } = await desk.waiting()
    await desk.answer(id, { kind: 'append', lead: '11111' })
    const { row } = await undoAnswer(office.database, desk.as('otto@xyz.example'), id)
    expect(row.settled).toBeNull()
    expect(await desk.entryOf(mailId)).toBeNull()
    expect(await desk.deliveriesOf(mailId)).toMatchObject([{ state: 'inReview', reason: 'unmatched', lead: null }])
    // Twice is once.
    await undoAnswer(office.database, desk.as('otto@xyz.example'), id)
    expect((await desk.actions(mailId)).at(-1)).toBe('otto@xyz.example confirmationReopened')
    expect(await desk.actions(mailId)).toHaveLength(3)
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    await undoAnswer(office.database, desk.as('otto@xyz.example'), id)
    expect(await desk.deliveriesOf(mailId)).toMatchObject([{ state: 'inReview' }])
  })

  test('can be for 30 days', async () => {
    const { id } = await desk.waiting()
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    await expect(undoAnswer(office.database, desk.as('rita@xyz.example', 'reviewer', later(31)), id)).rejects.toThrow(/30 days ago/)
    const { row } = await undoAnswer(office.database, desk.as('rita@xyz.example', 'reviewer', later(29)), id)
    expect(row.settled).toBeNull()
  })
})

describe('a further copy', () => {
  test('of what a person dismissed is a duplicate, though it names a lead', async () => {
    const { id, mailId, raw } = await desk.waiting()
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    const copy = await desk.send(raw, { forwardPaths: [crmAddress.replace('@', '+11111@')], reversePath: 'bert@xyz.example' })
    expect(copy).toMatchObject({ state: 'ignored', reason: 'duplicate', mailId, lead: null })
  })

  test('of what a person filed is noted as captured as well', async () => {
    const { id, mailId, raw } = await desk.waiting()
    await desk.answer(id, { kind: 'append', lead: '33333' })
    const copy = await desk.send(raw, { reversePath: 'bert@xyz.example' })
    expect(copy).toMatchObject({ state: 'ignored', reason: 'duplicate', lead: '33333' })
    const [entry] = (await office.history('33333')).filter((one) => one.decidedBy === 'rita@xyz.example' && one.capturedBy.length === 2)
    expect(entry?.capturedBy.map(({ address }) => address)).toEqual(['anna@xyz.example', 'bert@xyz.example'])
    await undoAnswer(office.database, desk.as('rita@xyz.example'), id)
    expect(await desk.deliveriesOf(mailId)).toMatchObject([{ state: 'inReview' }, { state: 'ignored', reason: 'duplicate', lead: null }])
  })

  test('of what a person took back leaves the decision to him', async () => {
    const { id, mailId, raw } = await desk.waiting()
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    await undoAnswer(office.database, desk.as('rita@xyz.example'), id)
    await desk.send(raw, { forwardPaths: [crmAddress.replace('@', '+11111@')] })
    expect(await desk.openOf(mailId)).toBe(id)
  })
})

describe('several answers', () => {
  test('stand each by itself', async () => {
    const waiting = []
    for (let one = 0; one < 25; one++) waiting.push(await desk.waiting())
    const ids = waiting.map(({ id }) => id)
    const [settled, claimed] = ids as [ConfirmationId, ConfirmationId]
    await desk.answer(settled, { kind: 'dismiss', reason: 'No' }, desk.as('otto@xyz.example'))
    await office.db.owner(
      `UPDATE confirmation SET claimed_by = 'otto@xyz.example', claimed_until = now() + interval '1 minute' WHERE id = $1`,
      [claimed],
    )
    const absent = newId<ConfirmationId>()
    const results = await answerConfirmations(
      office.database,
      desk.as('rita@xyz.example'),
      [...ids, absent],
      { kind: 'append', lead: '11111', newContactPersons: [{ address: 'many@acme.example', name: 'Many' }] },
      [crmAddress],
    )
    expect(results.map(({ id }) => id)).toEqual([...ids, absent])
    expect(results.filter((one) => one.settled)).toHaveLength(23)
    expect(results[0]?.problem).toMatch(/otto@xyz.example dismissed it/)
    expect(results[1]?.problem).toMatch(/is working on this one/)
    expect(results.at(-1)?.problem).toMatch(/no confirmation/)
    expect(await office.db.owner(`SELECT FROM contact_person WHERE name = 'Many'`)).toHaveLength(1)
  })
})
