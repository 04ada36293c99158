/** Mail between colleagues that named a number which was not there yet: left out (PRODUCT §4), and offered once the number is added (PRODUCT §5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfirmationId, MessageId } from '../../src/crm/ids.ts'
import { answerConfirmation } from '../../src/review/answer.ts'
import { undoAnswer } from '../../src/review/take-back.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { type Handed, mail, type Office } from './office.ts'
import { codes, openWaitingOffice, type WaitingOffice } from './waiting.ts'

let here: WaitingOffice
let office: Office
beforeAll(async () => {
  here = await openWaitingOffice()
  office = here.office
})
afterAll(() => here.close())

/** Between Anna and Bert; left out. */
async function leaveOut(fields: Record<string, string>, how: Handed = {}, text?: string): Promise<{ id: MessageId; messageId: string }> {
  const messageId = fields['Message-ID'] ?? `<${crypto.randomUUID()}@xyz.example>`
  const id = await office.admit(mail({ To: 'Bert <bert@xyz.example>', 'Message-ID': messageId, ...fields }, text), how)
  await office.processing.processDue()
  expect(await office.deliveryOf(id)).toMatchObject({ state: 'ignored', reason: 'internalMail', tenant: 'xyz' })
  return { id, messageId }
}
const questionOf = async (messageId: string) => (await office.confirmations()).find((one) => one.messageId === messageId)

describe('mail between colleagues', () => {
  it('is asked about when the lead that it names is added, and filed by a person alone', async () => {
    const { id, messageId } = await leaveOut({ Subject: 'XYZ Lead 74001 between us' })
    await here.lead('74001')
    await here.sweep.sweepNow()
    const question = await questionOf(messageId)
    expect(question).toMatchObject({ reasons: ['addedLater'], candidates: [{ lead: '74001' }] })
    expect(codes(question?.candidates[0]?.evidence)).toEqual(['leadNumberInSubject 74001', 'addedLater 74001'])
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'inReview', reason: 'addedLater', lead: null })
    expect(await office.history('74001')).toEqual([])
    const opened = await office.db.owner(
      `SELECT actor, detail->>'reason' AS reason FROM audit_entry WHERE action = 'confirmationOpened' AND detail->>'confirmationId' = $1`,
      [question?.id],
    )
    expect(opened).toEqual([{ actor: 'rule', reason: 'addedLater' }])
    expect(await here.leftToDo()).toEqual([])

    const reviewer = here.reviewer()
    const confirmationId = question?.id as ConfirmationId
    await answerConfirmation(office.database, reviewer, confirmationId, { kind: 'append', lead: '74001' }, [])
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'appended', lead: '74001' })
    expect(await office.history('74001')).toMatchObject([{ direction: 'internal', decidedBy: 'bert@xyz.example' }])
    await undoAnswer(office.database, reviewer, confirmationId)
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'inReview' })
  })

  it('is found by a quote, and by the sub-address that it was copied to', async () => {
    const quoted = await leaveOut({ Subject: 'Our quote 7474-2' })
    const addressed = await leaveOut({ Subject: 'Nothing' }, { forwardPaths: ['crm+74011@leadpost.example'] })
    await storeTenants(office.database, [{ slug: 'xyz', leads: [{ number: '74012', name: 'Quoted', quotes: [{ number: '7474' }] }] }])
    await here.lead('74011')
    await here.sweep.sweepNow()
    expect((await questionOf(quoted.messageId))?.candidates.map(({ lead }) => lead)).toEqual(['74012'])
    expect((await questionOf(addressed.messageId))?.candidates.map(({ lead }) => lead)).toEqual(['74011'])
  })

  it('stays left out where no number is meant, where it came too long ago, is erased, or the company wants none of it', async () => {
    const all = [
      await leaveOut({ Subject: 'About #74021' }),
      await leaveOut({ Subject: 'Lunch' }),
      await leaveOut({ Subject: 'XYZ Lead 74021 long ago' }),
      await leaveOut({ Subject: 'XYZ Lead 74021 erased' }),
    ]
    await office.db.owner(`UPDATE inbound_message SET received_at = now() - interval '91 days' WHERE id = $1`, [all[2]?.id])
    await office.db.owner('UPDATE raw_message SET content = NULL, erased_at = now() WHERE message_id = $1', [all[3]?.id])
    await here.lead('74021', { name: 'Nothing in common' })
    await here.sweep.sweepNow()
    const unwanted = await leaveOut({ Subject: 'XYZ Lead 74022' })
    await office.db.owner(`UPDATE tenant SET internal_mail = 'ignore' WHERE slug = 'xyz'`)
    await here.lead('74022')
    await here.sweep.sweepNow()
    await office.db.owner(`UPDATE tenant SET internal_mail = 'numbered' WHERE slug = 'xyz'`)
    for (const { id, messageId } of [...all, unwanted]) {
      expect(await office.deliveryOf(id)).toMatchObject({ state: 'ignored', reason: 'internalMail' })
      expect(await questionOf(messageId)).toBeUndefined()
    }
    expect(await here.leftToDo()).toEqual([])
  })

  it('is of the own company alone, and what machines wrote is no such mail', async () => {
    const ours = await leaveOut({ Subject: 'XYZ Lead 74031' })
    const away = await office.send(mail({ To: 'Bert <bert@xyz.example>', Subject: 'XYZ Lead 74032', 'Auto-Submitted': 'auto-replied' }))
    expect(away).toMatchObject({ state: 'ignored', reason: 'automaticReply' })
    await here.lead('74031', { tenantId: here.other })
    await here.lead('74032')
    await here.sweep.sweepNow()
    expect(await questionOf(ours.messageId)).toBeUndefined()
    expect((await office.confirmations()).filter(({ subject }) => subject === 'XYZ Lead 74032')).toEqual([])
  })

  it('is asked about once, however often it came and is looked at; what a person dismissed stays dismissed', async () => {
    const fields = { Subject: 'Leads 74041 74042', To: 'Bert <bert@xyz.example>', 'Message-ID': '<twice@xyz.example>' }
    const { id, messageId } = await leaveOut(fields, {}, 'The same text.')
    const copy = await office.send(mail(fields, 'The same text.'), { reversePath: 'bert@xyz.example' })
    expect(copy.state).toBe('ignored')
    await here.lead('74041')
    await Promise.all([here.sweep.sweepNow(), here.sweep.sweepNow()])
    await office.db.owner(`INSERT INTO addition (tenant_id, kind, keys) VALUES ($1, 'number', '{74041}')`, [here.xyz])
    await here.sweep.sweepNow()
    const rows = await office.db.owner<{ id: ConfirmationId }>(
      'SELECT c.id FROM confirmation c JOIN delivery d ON d.mail_id = c.mail_id WHERE d.message_id = $1',
      [id],
    )
    expect(rows).toHaveLength(1)
    await answerConfirmation(office.database, here.reviewer(), rows[0]?.id as ConfirmationId, { kind: 'dismiss', reason: 'x' }, [])
    await here.lead('74042')
    await here.sweep.sweepNow()
    expect(await questionOf(messageId)).toBeUndefined()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'ignored', reason: 'dismissed' })
  })
})
