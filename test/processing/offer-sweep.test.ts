/** Offering mail that would now match, among kills, other processes, broken mail and many leads at once; and nobody's mail, once its host name counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importFile } from '../../src/leads/run-import.ts'
import { openOfferSweep, type OfferSweep } from '../../src/processing/offer-sweep.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { mail, type Office } from './office.ts'
import { importLimits, openWaitingOffice, type Waiting, type WaitingOffice } from './waiting.ts'

let here: WaitingOffice
let office: Office
let sweep: OfferSweep
beforeAll(async () => {
  here = await openWaitingOffice()
  ;({ office, sweep } = here)
})
afterAll(() => here.close())

describe('trouble', () => {
  it('of one mail does not stop the others, and ends in a state with its reason', async () => {
    const bad = await here.wait({ Subject: 'XYZ Lead 73001 bad' })
    const good = await here.wait({ Subject: 'XYZ Lead 73001 good' })
    await office.db.owner(
      `UPDATE raw_message SET content = NULL, blob_key = 'messages/nowhere' WHERE message_id =
         (SELECT d.message_id FROM delivery d JOIN confirmation c ON c.mail_id = d.mail_id WHERE c.id = $1)`,
      [(await bad.now())?.id],
    )
    await here.lead('73001')
    for (let round = 0; round < 6; round++) {
      await sweep.sweepNow()
      await office.db.owner('UPDATE reconsideration SET due_at = now()')
    }
    expect(await good.leads()).toEqual(['73001'])
    expect(await bad.leads()).toEqual([])
    const left = await office.db.owner<{ state: string; attempts: number; detail: string }>(
      'SELECT state, attempts, detail FROM reconsideration',
    )
    expect(left).toMatchObject([{ state: 'failed', attempts: 5 }])
    expect(left[0]?.detail).not.toBe('')
    await office.db.owner('DELETE FROM reconsideration')
  })

  it('such as a kill between any two steps repeats a step and loses nothing', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 73011' })
    const id = (await waiting.now())?.id
    await here.lead('73011')
    // Died after it took the question: its claim lapses.
    await office.db.owner(
      `INSERT INTO reconsideration (tenant_id, confirmation_id, attempts, due_at) VALUES ($1, $2, 1, now() - interval '1 s')`,
      [here.xyz, id],
    )
    await sweep.sweepNow()
    await office.db.owner(`INSERT INTO reconsideration (tenant_id, confirmation_id, due_at) VALUES ($1, $2, now() - interval '1 s')`, [
      here.xyz,
      id,
    ])
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual(['73011'])
    expect(await here.audited(id)).toHaveLength(1)
    expect(await here.leftToDo()).toEqual([])
  })

  it('such as a mail that kills whoever judges it ends as well', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 73051' })
    const id = (await waiting.now())?.id
    await office.db.owner(
      `INSERT INTO reconsideration (tenant_id, confirmation_id, attempts, due_at) VALUES ($1, $2, 5, now() - interval '1 s')`,
      [here.xyz, id],
    )
    await sweep.sweepNow()
    expect(await office.db.owner('SELECT state, attempts FROM reconsideration')).toEqual([{ state: 'failed', attempts: 6 }])
    // What is added is a new beginning.
    await here.lead('73051')
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual(['73051'])
  })

  it('of two processes at once there is none: each question is asked anew once', async () => {
    const waiting = await Promise.all(Array.from({ length: 12 }, (_, at) => at).map(async () => null))
    const all: Waiting[] = []
    for (const at of waiting.keys()) all.push(await here.wait({ Subject: `XYZ Lead 73021 no ${at}` }))
    const second = openOfferSweep((await office.another()).context, { sweepMs: 3_600_000 })
    await here.lead('73021')
    await Promise.all([sweep.sweepNow(), second.sweepNow(), sweep.sweepNow()])
    await Promise.all([sweep.sweepNow(), second.sweepNow()])
    for (const one of all) {
      expect(await one.leads()).toEqual(['73021'])
      expect(await here.audited((await one.now())?.id)).toHaveLength(1)
    }
    await second.close()
  })

  it('of a mail that was under way when the lead came is none: it is looked at again once it is settled', async () => {
    const slow = await office.admit(mail({ Subject: 'Nothing to do with it' }))
    await office.db.owner(
      `UPDATE delivery SET state = 'processing', attempts = 1, due_at = now() + interval '1 hour' WHERE message_id = $1`,
      [slow],
    )
    await here.lead('73031')
    await sweep.sweepNow()
    expect(await office.db.owner('SELECT looked_at IS NOT NULL AS looked FROM addition')).toContainEqual({ looked: true })
    // It was decided before the lead was there, and is asked about only now.
    const id = `<${crypto.randomUUID()}@xyz.example>`
    await office.db.owner('ALTER TABLE lead DISABLE TRIGGER addition_told_by_change')
    await office.db.owner(`UPDATE lead SET number = '973031' WHERE number = '73031'`)
    await office.send(mail({ Subject: 'XYZ Lead 73031', To: 'zoe@new.example', 'Message-ID': id }))
    await office.db.owner(`UPDATE lead SET number = '73031' WHERE number = '973031'`)
    await office.db.owner('ALTER TABLE lead ENABLE TRIGGER addition_told_by_change')
    await sweep.sweepNow()
    const now = async () => (await office.confirmations()).find(({ messageId }) => messageId === id)?.candidates.map((one) => one.lead)
    expect(await now()).toEqual([])
    await office.db.owner(`UPDATE delivery SET state = 'received', due_at = now() WHERE message_id = $1`, [slow])
    await sweep.sweepNow()
    expect(await now()).toEqual(['73031'])
    await office.processing.processDue()
    await sweep.sweepNow()
    expect(await here.leftToDo()).toEqual([])
  })

  it('with questions from before is none: what they ask for is filled in', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 73041' })
    await office.db.owner('UPDATE confirmation SET asks = NULL')
    await here.lead('73041')
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual(['73041'])
  })
})

describe('many at once', () => {
  it('are told by few rows, and found in one pass', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 8004999' })
    const rows = Array.from({ length: 6_000 }, (_, at) => `${8_000_000 + at};Lead number ${at} of many;Company ${at % 50}`)
    await importFile(office.database, here.asker(), { kind: 'leads', csv: `number;name;company\n${rows.join('\n')}\n` }, importLimits)
    expect((await office.db.owner('SELECT FROM addition')).length).toBeLessThan(10)
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual(['8004999'])
    expect(await here.leftToDo()).toEqual([])
  })
})

describe('nobody’s mail', () => {
  const added = 'fresh.example'
  const strange = { channel: 'imap' as const, reversePath: `sales@${added}` }
  const from = (address: string, subject: string) => mail({ From: address, Subject: subject, To: 'eva@acme.example' })

  it('is taken up and decided by the ordinary rules once its host name counts', async () => {
    const numbered = await office.admit(from(`sales@${added}`, 'Lead 11111'), strange)
    const plain = await office.admit(from(`sales@${added}`, 'Hello'), strange)
    const below = await office.admit(from(`sales@deep.${added}`, 'Lead 11111'), { ...strange, reversePath: `sales@${added}` })
    const elsewhere = await office.admit(from('sales@foreign.example', 'Lead 11111'), { ...strange, reversePath: `sales@${added}` })
    const old = await office.admit(from(`sales@${added}`, 'Lead 11111 old'), strange)
    await office.processing.processDue()
    const all = [numbered, plain, below, elsewhere, old]
    const states = async () => await Promise.all(all.map(async (id) => (await office.deliveryOf(id)).state))
    expect(await states()).toEqual(all.map(() => 'unroutable'))
    await office.db.owner(`UPDATE inbound_message SET received_at = now() - interval '91 days' WHERE id = $1`, [old])
    await office.db.owner('INSERT INTO host_name (name, tenant_id, proven_at) VALUES ($1, $2, now())', [added, here.xyz])
    await sweep.sweepNow()
    expect(await states()).toEqual(['received', 'received', 'unroutable', 'unroutable', 'unroutable'])
    await office.processing.processDue()
    expect(await states()).toEqual(['appended', 'inReview', 'unroutable', 'unroutable', 'unroutable'])
    expect(await office.db.owner(`SELECT subject, detail FROM audit_entry WHERE action = 'mailTakenUp'`)).toEqual([
      { subject: added, detail: { mails: 2 } },
    ])
    await office.db.owner('UPDATE host_name SET subdomains = true WHERE name = $1', [added])
    await sweep.sweepNow()
    await office.processing.processDue()
    expect(await states()).toEqual(['appended', 'inReview', 'appended', 'unroutable', 'unroutable'])
    expect(await here.leftToDo()).toEqual([])
  })

  it('goes to nobody who may not have it: what lay in another tenant’s mailbox, or names two companies', async () => {
    const late = 'late.example'
    const ofMailbox = await office.admit(from(`sales@${late}`, 'Lead 11111'), { ...strange, onlyTenantId: here.other })
    const ofTwo = await office.admit(from(`sales@${late}, olga@gone.example`, 'Lead 11111'), strange)
    await office.processing.processDue()
    await storeTenants(office.database, [{ slug: 'other', hostNames: [{ name: 'gone.example' as never, subdomains: false }] }])
    await sweep.sweepNow()
    await office.processing.processDue()
    await storeTenants(office.database, [{ slug: 'xyz', hostNames: [{ name: late as never, subdomains: false }] }])
    await sweep.sweepNow()
    await office.processing.processDue()
    await sweep.sweepNow()
    expect(await office.deliveryOf(ofMailbox)).toMatchObject({ state: 'unroutable', reason: 'senderOfOtherTenant', tenant: null })
    // Taken up for the first name, when the second was nobody's yet: a person of that tenant decides.
    expect(await office.deliveryOf(ofTwo)).toMatchObject({ state: 'inReview', tenant: 'other' })
    expect(await here.leftToDo()).toEqual([])
  })
})
