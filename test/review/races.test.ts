import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfirmationId, HistoryEntryId } from '../../src/crm/ids.ts'
import { answerConfirmations } from '../../src/review/answer.ts'
import { claimConfirmation } from '../../src/review/claims.ts'
import { moveEntry, undoEntry } from '../../src/review/entries.ts'
import { undoAnswer } from '../../src/review/take-back.ts'
import { crmAddress, type Office, openOffice } from '../processing/office.ts'
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

const rounds = 12
const people = ['rita', 'otto', 'paul', 'jana'].map((name) => `${name}@xyz.example`)

/** At the same time, each in a transaction and on a connection of its own. */
async function together<T>(works: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
  return await Promise.allSettled(works.map(async (work) => await work()))
}

const won = <T>(results: readonly PromiseSettledResult<T>[]): T[] =>
  results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
const lost = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))

test('of several who answer at once exactly one wins, and the others are told who', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id, mailId } = await desk.waiting()
    const results = await together(
      people.map(
        (email, at) => async () =>
          await desk.answer(id, at % 2 === 0 ? { kind: 'append', lead: '11111' } : { kind: 'dismiss', reason: 'No' }, desk.as(email)),
      ),
    )
    const [winner, ...others] = won(results)
    expect(others).toEqual([])
    const by = winner?.settled?.by
    expect(people).toContain(by)
    for (const failure of lost(results)) expect(failure).toMatchObject({ code: 'conflict', current: { settled: { by } } })
    expect(await office.db.owner(`SELECT FROM audit_entry WHERE subject = $1 AND actor <> 'rule'`, [mailId])).toHaveLength(1)
  }
})

test('a copy that a worker settles at the same moment ends with one entry and one answer', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id, mailId, raw } = await desk.waiting()
    // The copy knows the lead, so either it closes the question or the person does.
    await office.admit(raw, { forwardPaths: [crmAddress.replace('@', '+22222@')], reversePath: 'bert@xyz.example' })
    const [answered] = await together<unknown>([
      async () => await desk.answer(id, { kind: 'append', lead: '11111' }),
      async () => await office.processing.processDue(),
    ])
    await office.processing.processDue()
    const entry = await desk.entryOf(mailId)
    if (answered?.status === 'fulfilled') expect(entry).toMatchObject({ lead: '11111', decidedBy: 'rita@xyz.example' })
    else {
      expect(answered?.reason).toMatchObject({ code: 'conflict', current: { settled: { by: 'rule', lead: '22222' } } })
      expect(entry).toMatchObject({ lead: '22222', decidedBy: 'rule' })
    }
    expect(await desk.openOf(mailId)).toBeNull()
  }
})

test('a copy that comes while an answer is given and taken back files nothing by itself afterwards', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id, mailId, raw } = await desk.waiting()
    await desk.answer(id, { kind: 'dismiss', reason: 'No' })
    await office.admit(raw, { forwardPaths: [crmAddress.replace('@', '+22222@')] })
    await together<unknown>([
      async () => await undoAnswer(office.database, desk.as('rita@xyz.example'), id),
      async () => await office.processing.processDue(),
    ])
    expect(await desk.openOf(mailId)).toBe(id)
    expect(await desk.entryOf(mailId)).toBeNull()
  }
})

test('taking back, moving and taking out at once leave one state, and who came late is told', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id, mailId } = await desk.waiting()
    const row = await desk.answer(id, { kind: 'append', lead: '11111' })
    const entryId = row.settled?.entryId as HistoryEntryId
    const results = await together<unknown>([
      async () => await undoAnswer(office.database, desk.as('rita@xyz.example'), id),
      async () => await moveEntry(office.database, desk.as('otto@xyz.example'), entryId, '33333'),
      async () => await undoEntry(office.database, desk.as('jana@xyz.example'), entryId),
    ])
    for (const failure of lost(results)) expect(failure).toMatchObject({ code: 'conflict' })
    const entry = await desk.entryOf(mailId)
    expect(entry === null).toBe((await desk.openOf(mailId)) !== null)
    await desk.checkAll()
  }
})

test('of several who claim at once one has it', async () => {
  for (let round = 0; round < rounds; round++) {
    const { id } = await desk.waiting()
    const results = await together(people.map((email) => async () => await claimConfirmation(office.database, desk.as(email), id, false)))
    expect(won(results)).toHaveLength(1)
    const holder = won(results)[0]?.row.claimedBy?.email
    for (const failure of lost(results)) expect(failure).toMatchObject({ current: { claimedBy: { email: holder } } })
  }
})

test('several answers to the same items at once settle each once', async () => {
  const ids: ConfirmationId[] = []
  for (let one = 0; one < 30; one++) ids.push((await desk.waiting()).id)
  const answers = await Promise.all(
    people.map(
      async (email, at) =>
        await answerConfirmations(
          office.database,
          desk.as(email),
          at % 2 === 0 ? ids : ids.toReversed(),
          { kind: 'append', lead: '11111', newContactPersons: [{ address: `crowd@acme.example`, name: 'Crowd' }] },
          [crmAddress],
        ),
    ),
  )
  for (const id of ids) expect(answers.filter((results) => results.some((one) => one.id === id && one.settled))).toHaveLength(1)
  expect(await office.db.owner(`SELECT FROM contact_person WHERE name = 'Crowd'`)).toHaveLength(1)
})
