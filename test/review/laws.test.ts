import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFailure } from '../../src/failure.ts'
import { claimConfirmation } from '../../src/review/claims.ts'
import { moveEntry, setEntryPrivate, undoEntry } from '../../src/review/entries.ts'
import { undoAnswer } from '../../src/review/take-back.ts'
import type { ConfirmationId, HistoryEntryId, MailId } from '../../src/crm/ids.ts'
import { mail, type Office, openOffice } from '../processing/office.ts'
import { type Desk, openDesk } from './reviewing.ts'

let office: Office
let desk: Desk
beforeAll(async () => {
  office = await openOffice()
  desk = await openDesk(office)
  await desk.send(mail({ From: 'olga@other.example', Subject: '99999' }), { reversePath: 'olga@other.example' })
  await desk.send(mail({ From: 'olga@other.example' }), { reversePath: 'olga@other.example' })
})
afterAll(() => office.close())

const leads = ['11111', '22222', '33333', '44444']
const actors = [
  ['rita@xyz.example', 'reviewer'],
  ['anna@xyz.example', 'salesperson'],
  ['bert@xyz.example', 'salesperson'],
  ['clara@xyz.example', 'admin'],
] as const
const steps = ['append', 'dismiss', 'undoAnswer', 'move', 'undoEntry', 'private', 'public', 'claim', 'copy', 'numberedCopy'] as const

const step = fc.record({
  kind: fc.constantFrom(...steps),
  actor: fc.constantFrom(...actors),
  lead: fc.constantFrom(...leads),
  /** Which of the questions and entries that the mail had so far, counted from the last. */
  back: fc.nat(3),
})

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Subject {
  readonly mailId: MailId
  readonly raw: string
}

/** What a person can be told; everything else is a mistake of ours. */
async function tried(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isFailure(error) || error.kind === 'temporary') throw error
    expect(error.message).not.toBe('')
  }
}

async function nth<Id>(table: 'confirmation' | 'history_entry', mailId: MailId, back: number): Promise<Id | null> {
  const rows = await office.db.owner<{ id: Id }>(`SELECT id FROM ${table} WHERE mail_id = $1 ORDER BY id DESC`, [mailId])
  return rows[Math.min(back, rows.length - 1)]?.id ?? null
}

async function take({ mailId, raw }: Subject, { kind, actor, lead, back }: Step): Promise<void> {
  const [email, role] = actor
  const by = desk.as(email, role)
  const question = await nth<ConfirmationId>('confirmation', mailId, back)
  const entry = await nth<HistoryEntryId>('history_entry', mailId, back)
  if (kind === 'copy') await desk.send(raw, { reversePath: 'bert@xyz.example' })
  if (kind === 'numberedCopy') await desk.send(raw, { reversePath: 'bert@xyz.example', forwardPaths: [`crm+${lead}@leadpost.example`] })
  if (question !== null) {
    if (kind === 'append')
      await tried(desk.answer(question, { kind: 'append', lead, newContactPersons: [{ address: `p${back}@acme.example`, name: 'P' }] }, by))
    if (kind === 'dismiss') await tried(desk.answer(question, { kind: 'dismiss', reason: 'No' }, by))
    if (kind === 'undoAnswer') await tried(undoAnswer(office.database, by, question))
    if (kind === 'claim') await tried(claimConfirmation(office.database, by, question, true))
  }
  if (entry !== null) {
    if (kind === 'move') await tried(moveEntry(office.database, by, entry, lead))
    if (kind === 'undoEntry') await tried(undoEntry(office.database, by, entry))
    if (kind === 'private' || kind === 'public') await tried(setEntryPrivate(office.database, by, entry, kind === 'private'))
  }
}

async function foreign(): Promise<unknown> {
  const rows = await office.db.owner(
    `SELECT 'entry' AS of, to_jsonb(h) AS row FROM history_entry h WHERE tenant_id <> $1
     UNION ALL SELECT 'question', to_jsonb(c) FROM confirmation c WHERE tenant_id <> $1
     UNION ALL SELECT 'delivery', to_jsonb(d) FROM delivery d WHERE tenant_id <> $1
     UNION ALL SELECT 'audit', to_jsonb(a) FROM audit_entry a WHERE tenant_id <> $1
     UNION ALL SELECT 'person', to_jsonb(p) FROM contact_person p WHERE tenant_id <> $1 ORDER BY 1, 2`,
    [desk.tenantId],
  )
  return rows
}

test('whatever people do in whatever order, a mail stands in one named state, its deliveries say so, and no other tenant is touched', async () => {
  const theirs = await foreign()
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 14 }), async (isFiled, taken) => {
      const subject = isFiled ? await desk.filed() : await desk.waiting()
      for (const one of taken) await take(subject, one)
      await desk.checkAll(subject.mailId)
    }),
    { numRuns: Number(process.env['LAW_RUNS'] ?? 60) },
  )
  expect(await foreign()).toEqual(theirs)
})
