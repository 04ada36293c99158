import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LeadId, MailId, MessageId, TenantId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { type ClaimedMessage, claimFresh, claimRetry, releaseClaims } from '../../src/store/claim.ts'
import { settleBatch } from '../../src/store/settle-batch.ts'
import { mail, type Office, openOffice } from './office.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice({ claimMs: 60_000 })
})
afterAll(async () => {
  await office.close()
})

const to11111 = { forwardPaths: ['crm+11111@leadpost.example'] }
const to22222 = { forwardPaths: ['crm+22222@leadpost.example'] }

async function count(table: string, messageId: string): Promise<number> {
  const [row] = await office.db.owner<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table} t JOIN mail m ON m.tenant_id = t.tenant_id AND m.id = t.mail_id WHERE m.message_id = $1`,
    [messageId],
  )
  return row?.n ?? 0
}
/** Backends that wait for a lock. */
async function waiting(): Promise<number> {
  const [row] = await office.db.owner<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return row?.n ?? 0
}
/** The row itself is locked by whoever settles it; the other worker must then wait, and find it settled. */
async function makeDueUnlocked(id: MessageId): Promise<void> {
  await office.db.owner(`SET lock_timeout = '100ms'`)
  await makeDue(id).catch(() => undefined)
  await office.db.owner('SET lock_timeout = 0')
}
async function settlementOf(claim: ClaimedMessage) {
  const [lead] = await office.db.owner<{ tenant_id: TenantId; id: LeadId }>(
    `SELECT l.tenant_id, l.id FROM lead l JOIN tenant t ON t.id = l.tenant_id WHERE t.slug = 'xyz' AND l.number = '11111'`,
  )
  const columns = {
    id: newId<MailId>(),
    contentFingerprint: newId(),
    messageId: null,
    messageIdHash: null,
    subject: 'NUL \u0000 and half a pair \ud800 and a backslash \\u0000',
    fromAddress: null,
    fromName: null,
    direction: 'outbound' as const,
    occurredAt: new Date(),
    receivedAt: new Date(),
    newestText: '',
    text: '',
    html: null,
    defects: [],
    automatic: null,
    earlier: [],
    likeness: null,
  }
  return {
    ...claim,
    tenantId: lead!.tenant_id,
    outcome: { kind: 'append' as const, leadId: lead!.id, evidence: [] },
    mail: { kind: 'new' as const, mail: { columns, participants: [], attachments: [] } },
    capture: { address: 'anna@xyz.example', channel: 'smtp' as const, at: new Date() },
    detail: null,
    trace: {},
  }
}
async function makeDue(id: MessageId): Promise<void> {
  await office.db.owner(`UPDATE delivery SET due_at = now() - interval '1 second' WHERE message_id = $1`, [id])
}

describe('the same mail again', () => {
  it('is one entry, noted as captured by both', async () => {
    const raw = mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<twice@xyz.example>' })
    const first = await office.send(raw)
    const received = `Received: from a by b; Mon, 02 Nov 2026 09:31:00 +0000\r\n${raw}`
    const second = await office.send(received, { reversePath: 'bert@xyz.example', channel: 'upload' })
    expect(first.state).toBe('appended')
    expect(second).toMatchObject({ state: 'ignored', reason: 'duplicate', lead: '11111', mailId: first.mailId })
    const entries = (await office.history('11111')).filter(({ messageId }) => messageId === '<twice@xyz.example>')
    expect(entries).toHaveLength(1)
    expect(entries[0]?.capturedBy.map(({ address, channel }) => [address, channel])).toEqual([
      ['anna@xyz.example', 'smtp'],
      ['bert@xyz.example', 'upload'],
    ])
  })

  it('in another transfer encoding is the same mail', async () => {
    const header = { Subject: 'XYZ Lead 11111', 'Message-ID': '<coded@xyz.example>' }
    await office.send(mail(header, 'Größe und Preis'))
    const coded = mail({ ...header, 'Content-Transfer-Encoding': 'base64' }, Buffer.from('Größe und Preis\n').toString('base64'))
    expect(await office.send(coded)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
  })

  it('taken in one batch is one entry as well', async () => {
    const raw = mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<at-once@xyz.example>' })
    const ids = [await office.admit(raw), await office.admit(raw), await office.admit(raw)]
    await office.processing.processDue()
    const states = await Promise.all(ids.map(async (id) => (await office.deliveryOf(id)).state))
    expect(states).toEqual(['appended', 'ignored', 'ignored'])
    expect(await count('history_entry', '<at-once@xyz.example>')).toBe(1)
    expect(await count('capture', '<at-once@xyz.example>')).toBe(3)
  })

  it('that knows the lead answers the question that the first copy asked', async () => {
    const raw = mail({ Subject: 'no number', To: 'new@nowhere.example', 'Message-ID': '<asks@xyz.example>' })
    const first = await office.send(raw)
    expect(first.state).toBe('inReview')
    const second = await office.send(raw, to11111)
    expect(second).toMatchObject({ state: 'appended', lead: '11111', mailId: first.mailId })
    const [confirmation] = await office.db.owner<{ settled_by: string; answer: object }>(
      'SELECT settled_by, answer FROM confirmation WHERE mail_id = $1',
      [first.mailId],
    )
    expect(confirmation).toMatchObject({ settled_by: 'rule', answer: { kind: 'append' } })
    expect(await office.send(raw)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
    expect(await count('history_entry', '<asks@xyz.example>')).toBe(1)
  })

  it('that was left out at first is filed when a copy names its lead', async () => {
    const raw = mail({ Subject: 'lunch', To: 'bert@xyz.example', 'Message-ID': '<lunch@xyz.example>' })
    expect(await office.send(raw)).toMatchObject({ state: 'ignored', reason: 'internalMail' })
    expect(await office.send(raw, to11111)).toMatchObject({ state: 'appended', lead: '11111' })
  })

  it('sent to two leads one after another stays at the first, and a person is asked once', async () => {
    const raw = mail({ Subject: 'no number', To: 'new@nowhere.example', 'Message-ID': '<torn@xyz.example>' })
    expect(await office.send(raw, to11111)).toMatchObject({ state: 'appended', lead: '11111' })
    expect(await office.send(raw, to22222)).toMatchObject({ state: 'inReview', reason: 'contradiction', lead: '11111' })
    expect(await office.send(raw, to22222)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
    expect(await count('history_entry', '<torn@xyz.example>')).toBe(1)
    expect(await count('confirmation', '<torn@xyz.example>')).toBe(1)
  })

  it('does not override what a person answered', async () => {
    const raw = mail({ Subject: 'no number', To: 'new@nowhere.example', 'Message-ID': '<judged@xyz.example>' })
    const first = await office.send(raw)
    await office.db.owner(`UPDATE confirmation SET settled_at = now(), settled_by = 'bert@xyz.example' WHERE mail_id = $1`, [first.mailId])
    expect(await office.send(raw, to11111)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
    expect(await count('history_entry', '<judged@xyz.example>')).toBe(0)
  })

  it('under the same id with other content is another mail, and a person is asked', async () => {
    const id = { Subject: 'XYZ Lead 11111', 'Message-ID': '<other@xyz.example>' }
    await office.send(mail(id, 'one'))
    expect(await office.send(mail(id, 'two'))).toMatchObject({ state: 'inReview', reason: 'sameIdOtherContent' })
  })

  it('and two mails with the same words but ids of their own are two', async () => {
    const words = { Subject: 'XYZ Lead 11111', Date: 'Mon, 02 Nov 2026 10:00:00 +0000' }
    expect(await office.send(mail({ ...words, 'Message-ID': '<a@xyz.example>' }, 'ok'))).toMatchObject({ state: 'appended' })
    expect(await office.send(mail({ ...words, 'Message-ID': '<b@xyz.example>' }, 'ok'))).toMatchObject({ state: 'appended' })
  })
})

describe('a worker that stops or is slow', () => {
  it('leaves a claim that lapses, and another takes the mail', async () => {
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const [claim] = await claimFresh(office.database, 32, 60_000)
    expect(claim?.messageId).toBe(id)
    expect(await claimFresh(office.database, 32, 60_000)).toEqual([])
    expect(await claimRetry(office.database, 60_000)).toEqual([])
    await makeDue(id)
    await office.processing.processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'appended', attempts: 2 })
    // The first worker comes back: its claim is not the one that counts any more.
    const release = {
      deliveryId: claim!.deliveryId,
      attempts: claim!.attempts,
      kind: 'failed' as const,
      reason: 'triedTooOften',
      detail: '',
      trace: null,
    }
    expect(await releaseClaims(office.database, [release])).toBe(0)
    expect((await office.deliveryOf(id)).state).toBe('appended')
  })

  it('writes nothing where another settled the mail while it was held up', async () => {
    const messageId = '<slow@xyz.example>'
    const other = await office.another()
    const blocker = new Client({ connectionString: office.db.ownerUrl })
    await blocker.connect()
    // Whoever writes into the history of this lead waits.
    await blocker.query(`BEGIN; SELECT FROM lead WHERE number = '11111' FOR UPDATE`)
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111', 'Message-ID': messageId }))
    const slow = office.processing.processDue()
    await expect.poll(async () => (await office.deliveryOf(id)).state, { timeout: 20_000 }).toBe('processing')
    await expect.poll(waiting, { timeout: 20_000 }).toBe(1)
    await makeDueUnlocked(id)
    const quick = other.processDue()
    await blocker.query('COMMIT')
    await blocker.end()
    await Promise.all([slow, quick])
    expect((await office.deliveryOf(id)).state).toBe('appended')
    expect(await count('history_entry', messageId)).toBe(1)
    expect(await count('capture', messageId)).toBe(1)
  })

  it('settles once, however often it says so, and never under a number that has changed', async () => {
    await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const [claim] = await claimFresh(office.database, 1, 60_000)
    const settlement = await settlementOf(claim!)
    expect(await settleBatch(office.database, settlement.tenantId, [{ ...settlement, attempts: 7 }])).toEqual(['lost'])
    expect(await settleBatch(office.database, settlement.tenantId, [settlement])).toEqual(['settled'])
    expect(await settleBatch(office.database, settlement.tenantId, [settlement])).toEqual(['lost'])
    expect(await office.deliveryOf(claim!.messageId)).toMatchObject({ state: 'appended', lead: '11111' })
    const [{ n } = { n: 0 }] = await office.db.owner<{ n: number }>('SELECT count(*)::int AS n FROM history_entry WHERE mail_id = $1', [
      settlement.mail.mail.columns.id,
    ])
    expect(n).toBe(1)
  })

  it('never files twice, however many work on the same rows', async () => {
    const others = [await office.another(), await office.another()]
    const raws = Array.from({ length: 60 }, (_, n) =>
      mail({ Subject: 'XYZ Lead 22222', 'Message-ID': `<race-${n % 20}@xyz.example>` }, `words ${n % 20}`),
    )
    const ids: MessageId[] = []
    for (const raw of raws) ids.push(await office.admit(raw))
    await Promise.all([office.processing, ...others].map((each) => each.processDue()))
    for (const each of others) await each.processDue()
    const states = await Promise.all(ids.map(async (id) => (await office.deliveryOf(id)).state))
    expect(states.filter((state) => state === 'appended')).toHaveLength(20)
    expect(states.filter((state) => state === 'ignored')).toHaveLength(40)
    expect((await office.history('22222')).filter(({ messageId }) => messageId?.startsWith('<race-'))).toHaveLength(20)
  })

  it('that dies over a mail again and again gives it up with its reason, and the mail can be replayed', async () => {
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    await office.db.owner(
      `UPDATE delivery SET state = 'processing', attempts = 6, due_at = now() - interval '1 second' WHERE message_id = $1`,
      [id],
    )
    await office.processing.processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'failed', reason: 'triedTooOften' })
    await office.db.owner(
      `UPDATE delivery SET state = 'received', attempts = 0, due_at = now() - interval '1 second' WHERE message_id = $1`,
      [id],
    )
    await office.processing.processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'appended' })
  })
})

describe('a mail that cannot be processed now', () => {
  it('is tried again later, later each time, and fails in the end in words', async () => {
    // The blob store has lost its bytes.
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }, 'x'.repeat(200_000)))
    await office.blobs.delete(`messages/${id}`)
    for (let attempt = 1; attempt < 6; attempt++) {
      await office.processing.processDue()
      expect(await office.deliveryOf(id)).toMatchObject({ state: 'received', attempts: attempt })
      const [row] = await office.db.owner<{ wait: number }>(
        'SELECT extract(epoch FROM due_at - now())::float AS wait FROM delivery WHERE message_id = $1',
        [id],
      )
      expect(row?.wait).toBeGreaterThan(4 * 2 ** (attempt - 1))
      await makeDue(id)
    }
    await office.processing.processDue()
    const failed = await office.deliveryOf(id)
    expect(failed).toMatchObject({ state: 'failed', reason: 'triedTooOften' })
    expect(failed.detail).toContain('There is no blob')
  })

  it('holds up no other mail of its batch', async () => {
    await office.db.owner(`ALTER TABLE mail ADD CONSTRAINT poison CHECK (subject NOT LIKE '%poison%') NOT VALID`)
    const ids: MessageId[] = []
    for (const word of ['fine', 'poison', 'fine']) ids.push(await office.admit(mail({ Subject: `XYZ Lead 11111 ${word}` })))
    await office.processing.processDue()
    const states = await Promise.all(ids.map(async (id) => (await office.deliveryOf(id)).state))
    expect(states).toEqual(['appended', 'received', 'appended'])
    const poisoned = await office.deliveryOf(ids[1]!)
    expect(poisoned.detail).not.toContain('poison')
    await office.db.owner('ALTER TABLE mail DROP CONSTRAINT poison')
    await makeDue(ids[1]!)
    await office.processing.processDue()
    expect(await office.deliveryOf(ids[1]!)).toMatchObject({ state: 'appended', attempts: 2 })
  })

  it('whose lead was removed between two looks is decided anew', async () => {
    await office.db.owner(
      `INSERT INTO lead (tenant_id, id, number, name, name_key) SELECT id, gen_random_uuid(), '70707', 'Brief', 'brief' FROM tenant WHERE slug = 'xyz'`,
    )
    const id = await office.admit(mail({ Subject: 'XYZ Lead 70707', To: 'new@nowhere.example' }))
    await office.db.owner(`DELETE FROM lead WHERE number = '70707'`)
    await office.processing.processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'inReview', reason: 'unmatched' })
  })
})
