/** "When a lead, contact or host name is added later, mail that would now match is offered" (PRODUCT §5): what is offered, and what not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfirmationId } from '../../src/crm/ids.ts'
import { importFile } from '../../src/leads/run-import.ts'
import { createCompany } from '../../src/leads/work-company.ts'
import { createContactPerson } from '../../src/leads/work-contact-person.ts'
import { createLead, updateLead } from '../../src/leads/work-lead.ts'
import type { OfferSweep } from '../../src/processing/offer-sweep.ts'
import { answerConfirmation } from '../../src/review/answer.ts'
import { claimConfirmation } from '../../src/review/claims.ts'
import { undoEntry } from '../../src/review/entries.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { crmAddress, mail, type Office } from './office.ts'
import { codes, importLimits, openWaitingOffice, type Waiting, type WaitingOffice } from './waiting.ts'

let here: WaitingOffice
let office: Office
let sweep: OfferSweep
beforeAll(async () => {
  here = await openWaitingOffice()
  ;({ office, sweep } = here)
})
afterAll(() => here.close())

describe('a lead that is added later', () => {
  it('is offered in the same question, says that it came later, and is not filed', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 70001' })
    const before = await waiting.now()
    expect(before).toMatchObject({ reasons: ['unmatched'], candidates: [] })
    await here.lead('70001')
    await sweep.sweepNow()
    const after = await waiting.now()
    expect(after).toMatchObject({ id: before?.id, reasons: ['addedLater'] })
    expect(codes(after?.candidates[0]?.evidence)).toEqual(['leadNumberInSubject 70001', 'addedLater 70001'])
    expect(await office.history('70001')).toEqual([])
    expect(await here.audited(after?.id)).toMatchObject([{ actor: 'rule', detail: { reason: 'addedLater' } }])
    const [row] = await office.db.owner<{ evidence: unknown; reason: string; leads: number }>(
      `SELECT c.evidence, d.reason, cardinality(c.candidate_leads) AS leads FROM confirmation c JOIN delivery d ON d.mail_id = c.mail_id WHERE c.id = $1`,
      [after?.id],
    )
    // That the number is unknown is no longer so.
    expect(row).toEqual({ evidence: [], reason: 'addedLater', leads: 1 })
    expect(await here.leftToDo()).toEqual([])
  })

  it.each([
    ['by sub-address', { Subject: 'Nothing' }, { forwardPaths: ['crm+70011@leadpost.example'] }, '70011', 'leadNumberInSubaddress 70011'],
    ['by what is no number quite', { Subject: 'About #70012' }, {}, '70012', 'nearMissNumber 70012'],
  ] as const)('is found %s', async (_, fields, how, number, evidence) => {
    const waiting = await here.wait(fields, { ...how, forwardPaths: 'forwardPaths' in how ? [...how.forwardPaths] : [crmAddress] })
    await here.lead(number)
    await sweep.sweepNow()
    expect(codes((await waiting.now())?.candidates[0]?.evidence)).toContain(evidence)
  })

  it('is found by its name, by a quote, and by the company of a recipient', async () => {
    const named = await here.wait({ Subject: 'Étude for the Förderband Nord, again' })
    const quoted = await here.wait({ Subject: 'Our quote 7777-2' })
    const known = await here.wait({ Subject: 'Hello', To: 'ina@initech.example' })
    await here.lead('70021', { name: 'Forderband NORD' })
    await storeTenants(office.database, [{ slug: 'xyz', leads: [{ number: '70022', name: 'Quoted', quotes: [{ number: '7777' }] }] }])
    await storeTenants(office.database, [{ slug: 'xyz', leads: [{ number: '70023', name: 'Second of Initech', company: 'initech' }] }])
    await sweep.sweepNow()
    expect(codes((await named.now())?.candidates[0]?.evidence)).toEqual(['leadNameInSubject Forderband NORD', 'addedLater 70021'])
    expect(codes((await quoted.now())?.candidates[0]?.evidence)).toEqual([
      'quoteNumberInSubject 7777-2',
      'addedLater 70022',
      'addedLater 7777-2',
    ])
    expect((await known.leads())?.toSorted()).toEqual(['55555', '70023'])
  })

  it('is found when it gets its name, or a company, later', async () => {
    const named = await here.wait({ Subject: 'The Zwischenlager Süd' })
    const made = await createLead(office.database, here.asker(), { number: '70031', name: 'Something else' })
    await sweep.sweepNow()
    expect(await named.leads()).toEqual([])
    await updateLead(office.database, here.asker(), '70031', { version: made.version, name: 'Zwischenlager Süd' })
    await sweep.sweepNow()
    expect(await named.leads()).toEqual(['70031'])
  })
})

describe('a contact person that is added later', () => {
  it('makes the lead of his company a candidate, and says so', async () => {
    const waiting = await here.wait({ Subject: 'Hello', To: 'Nina <nina@added.example>' })
    const company = await createCompany(office.database, here.asker(), { name: 'Added later Ltd' })
    await here.lead('71001', { name: 'Of the new company', companyId: company.id })
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual([])
    await createContactPerson(office.database, here.asker(), [crmAddress], {
      name: 'Nina',
      addresses: ['nina@added.example'],
      company: { id: company.id },
    })
    await sweep.sweepNow()
    const now = await waiting.now()
    expect(now?.reasons).toEqual(['unmatched'])
    expect(codes(now?.candidates[0]?.evidence)).toEqual([
      'recipientIsContactPerson nina@added.example',
      'onlyOpenLead 71001',
      'addedLater 71001',
      'addedLater nina@added.example',
    ])
  })

  it('comes by a file as well, with its lead', async () => {
    const waiting = await here.wait({ Subject: 'Hello', To: 'ole@filed.example' })
    await importFile(
      office.database,
      here.asker(),
      {
        kind: 'contactPersons',
        csv: 'name;company;addresses\nOle;Filed Ltd;ole@filed.example\n',
        mapping: { name: 'name', company: 'company', addresses: 'email' },
      },
      importLimits,
    )
    await importFile(
      office.database,
      here.asker(),
      { kind: 'leads', csv: 'number;name;company\n71011;Of the file;Filed Ltd\n' },
      importLimits,
    )
    await sweep.sweepNow()
    expect(await waiting.leads()).toEqual(['71011'])
  })
})

describe('what is offered', () => {
  it('keeps doubts about the sender, as they were found when it came', async () => {
    const strange = { fromTrustedNetwork: false, clientAddress: '192.0.2.7' }
    const waiting = await here.wait({ Subject: 'XYZ Lead 72001' }, strange)
    expect((await waiting.now())?.reasons).toEqual(['unmatched', 'unauthenticatedSender'])
    const asked = office.dns.asked.length
    await here.lead('72001')
    await sweep.sweepNow()
    expect(await waiting.now()).toMatchObject({ reasons: ['unauthenticatedSender'], candidates: [{ lead: '72001' }] })
    expect(office.dns.asked.length).toBe(asked)
  })

  it('is of the own tenant alone', async () => {
    const ours = await here.wait({ Subject: 'XYZ Lead 72011' })
    const there = await here.wait({ Subject: 'Lead 72011', From: 'olga@other.example' }, { tenant: 'other' })
    await here.lead('72011', { name: 'Theirs', tenantId: here.other })
    await sweep.sweepNow()
    expect(await ours.leads()).toEqual([])
    expect(await there.leads()).toEqual(['72011'])
  })

  it('leaves what nothing new points to, though something has gone', async () => {
    const waiting = await here.wait({ Subject: 'Leads 72021 72022' })
    await here.lead('72021')
    await sweep.sweepNow()
    const before = await waiting.now()
    await office.db.owner(`UPDATE lead SET number = '920210' WHERE number = '72021'`)
    await office.db.owner(`INSERT INTO addition (tenant_id, kind, keys) VALUES ($1, 'number', '{72021}')`, [here.xyz])
    await sweep.sweepNow()
    expect(await waiting.now()).toEqual(before)
    expect(await here.audited(before?.id)).toHaveLength(1)
    expect(await here.leftToDo()).toEqual([])
  })

  it('stays private, and asks nothing of what is settled or erased', async () => {
    const hidden = await here.wait({ Subject: 'XYZ Lead 72031' })
    const erased = await here.wait({ Subject: 'XYZ Lead 72031 erased' })
    const settled = await here.wait({ Subject: 'XYZ Lead 72031 settled' })
    const id = async (waiting: Waiting) => (await waiting.now())?.id as ConfirmationId
    await office.db.owner('UPDATE confirmation SET private = true WHERE id = $1', [await id(hidden)])
    await office.db.owner(
      `UPDATE raw_message SET content = NULL, erased_at = now() WHERE message_id = (SELECT d.message_id FROM delivery d JOIN confirmation c ON c.mail_id = d.mail_id WHERE c.id = $1)`,
      [await id(erased)],
    )
    const settledId = await id(settled)
    await answerConfirmation(office.database, here.reviewer(), settledId, { kind: 'dismiss', reason: 'x' }, [])
    await here.lead('72031')
    await sweep.sweepNow()
    expect(await hidden.leads()).toEqual(['72031'])
    expect(await office.db.owner('SELECT private FROM confirmation WHERE id = $1', [await id(hidden)])).toEqual([{ private: true }])
    expect(await erased.leads()).toEqual([])
    expect(await office.db.owner('SELECT candidates FROM confirmation WHERE id = $1', [settledId])).toEqual([{ candidates: [] }])
    expect(await here.leftToDo()).toEqual([])
  })

  it('leaves a claim with who has it, and his answer counts', async () => {
    const waiting = await here.wait({ Subject: 'Leads 72041 11111 22222' })
    const id = (await waiting.now())?.id as ConfirmationId
    await claimConfirmation(office.database, here.reviewer('anna@xyz.example'), id, false)
    await here.lead('72041')
    await sweep.sweepNow()
    expect((await waiting.leads())?.toSorted()).toEqual(['11111', '22222', '72041'])
    expect(await office.db.owner('SELECT claimed_by FROM confirmation WHERE id = $1', [id])).toEqual([{ claimed_by: 'anna@xyz.example' }])
    const row = await answerConfirmation(office.database, here.reviewer('anna@xyz.example'), id, { kind: 'append', lead: '11111' }, [])
    expect(row.settled).toMatchObject({ kind: 'append', lead: '11111' })
  })

  it('waits for an answer that is being written, and then changes nothing', async () => {
    const waiting = await here.wait({ Subject: 'XYZ Lead 72051' })
    const id = (await waiting.now())?.id as ConfirmationId
    await here.lead('72051')
    let swept: Promise<void> | undefined
    await office.database.tenantSql(here.xyz, async (sql) => {
      await sql.rows('SELECT FROM mail m JOIN confirmation c ON c.mail_id = m.id WHERE c.id = $1 FOR NO KEY UPDATE OF m', [id])
      swept = sweep.sweepNow()
      await expect
        .poll(
          async () =>
            (await office.db.owner(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)).length,
        )
        .toBeGreaterThan(0)
      await sql.run(
        `UPDATE confirmation SET settled_at = now(), settled_by = 'x', answer = '{"kind": "dismiss", "reason": "x"}' WHERE id = $1`,
        [id],
      )
    })
    await swept
    expect(await office.db.owner('SELECT candidates, reasons FROM confirmation WHERE id = $1', [id])).toEqual([
      { candidates: [], reasons: ['unmatched'] },
    ])
    expect(await here.audited(id)).toEqual([])
  })

  it('keeps what a person took out, last, with what he said', async () => {
    const id = `<${crypto.randomUUID()}@xyz.example>`
    await office.send(mail({ Subject: 'XYZ Lead 11111 and 72061', 'Message-ID': id }))
    const entry = (await office.history('11111')).find(({ messageId }) => messageId === id)
    await undoEntry(office.database, here.reviewer(), entry?.id as never)
    await here.lead('72061')
    await sweep.sweepNow()
    const now = (await office.confirmations()).find(({ messageId }) => messageId === id)
    expect(now?.reasons).toContain('undone')
    expect(now?.candidates.map((candidate) => candidate.lead)).toEqual(['72061', '22222', '11111'])
    expect(codes(now?.candidates.at(-1)?.evidence)).toContain('undoneByPerson bert@xyz.example')
  })
})
