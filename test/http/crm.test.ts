import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { As, TestApi } from '../support/api.ts'
import { openTestApi } from '../support/api.ts'

let api: TestApi
let anna: As
const xyz = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  anna = await api.as('salesperson')
})
afterAll(() => api.close())

async function acme(): Promise<string> {
  const { companies } = await api.call('listCompanies', { params: xyz, query: { search: 'acme' } }, anna)
  return companies[0]?.id ?? ''
}

describe('leads', () => {
  test('a lead tells what to write into a mail', async () => {
    const lead = await api.call('readLead', { params: { ...xyz, number: '11111' } }, anna)
    expect(lead).toMatchObject({ number: '11111', subjectToken: 'XYZ GmbH Lead 11111', bcc: 'crm+11111@localhost', version: 1 })
    expect(lead.keyPlayers.length).toBeGreaterThan(0)
  })

  test('typing finds by the beginning of a number, by words of the name in any order, and by the company', async () => {
    const find = async (search: string): Promise<string[]> =>
      (await api.call('listLeads', { params: xyz, query: { search } }, anna)).leads.map(({ number }) => number)
    expect((await find('111'))[0]).toMatch(/^111/)
    const { name, company } = await api.call('readLead', { params: { ...xyz, number: '11111' } }, anna)
    expect((await find(name))[0]).toBe('11111')
    expect(await find(name.split(' ').toReversed().join(' ').toUpperCase())).toContain('11111')
    expect(await find(company?.name ?? '')).toContain('11111')
    expect(await find('no such thing')).toEqual([])
    expect(await find('!!')).toEqual([])
  })

  test('lists go on where they ended, each lead once', async () => {
    for (const search of [undefined, '1', 'a']) {
      const all = (await api.call('listLeads', { params: xyz, query: { search } }, anna)).leads
      const seen: string[] = []
      let after: string | undefined
      do {
        const page = await api.call('listLeads', { params: xyz, query: { search, limit: 2, after } }, anna)
        seen.push(...page.leads.map(({ id }) => id))
        after = page.next
      } while (after !== undefined)
      expect(seen).toEqual(all.map(({ id }) => id))
    }
    expect((await api.ask('listLeads', { params: xyz, query: { after: 'x' } }, anna)).status).toBe(400)
  })

  test('a new lead gets the number after the highest, and makes its company on the spot', async () => {
    const { leads } = await api.call('listLeads', { params: xyz, query: {} }, anna)
    const highest = Math.max(...leads.filter(({ number }) => !number.startsWith('0')).map(({ number }) => Number(number)))
    const lead = await api.call('createLead', { params: xyz, body: { name: 'Neue Halle', company: { name: 'Hallenbau Süd GmbH' } } }, anna)
    expect(lead).toMatchObject({ number: String(highest + 1), company: { name: 'Hallenbau Süd GmbH' }, status: 'open' })
    const again = await api.ask('createLead', { params: xyz, body: { name: 'Zweite', company: { name: 'HALLENBAU  SUD gmbh' } } }, anna)
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict', current: { name: 'Hallenbau Süd GmbH' } } })
    const found = await api.call('listLeads', { params: xyz, query: { search: 'sud hal' } }, anna)
    expect(found.leads.map(({ number }) => number)).toEqual([lead.number])
  })

  test('several made at once get several numbers', async () => {
    const made = await Promise.all(
      Array.from(
        { length: 8 },
        async (_, at) => await api.call('createLead', { params: xyz, body: { name: `At once ${String(at)}` } }, anna),
      ),
    )
    expect(new Set(made.map(({ number }) => number)).size).toBe(8)
  })

  test('a number that is taken is refused with the lead that has it, and nothing is made', async () => {
    const before = await api.call('listCompanies', { params: xyz, query: {} }, anna)
    const answer = await api.ask(
      'createLead',
      { params: xyz, body: { name: 'Other', number: '11111', company: { name: 'Brand new Ltd' } } },
      anna,
    )
    expect(answer).toMatchObject({ status: 409, body: { current: { number: '11111', bcc: 'crm+11111@localhost' } } })
    expect(await api.call('listCompanies', { params: xyz, query: {} }, anna)).toEqual(before)
  })

  test('two people never overwrite each other', async () => {
    const params = { ...xyz, number: '11111' }
    const { version, name } = await api.call('readLead', { params }, anna)
    const changed = await api.call('updateLead', { params, body: { version, name: 'Renamed' } }, anna)
    expect(changed).toMatchObject({ name: 'Renamed', version: version + 1 })
    const late = await api.ask('updateLead', { params, body: { version, status: 'won' } }, anna)
    expect(late).toMatchObject({ status: 409, body: { current: { name: 'Renamed', status: 'open', version: version + 1 } } })
    await api.call('updateLead', { params, body: { version: version + 1, name } }, anna)
    const audit = await api.database.owner<{ actor: string }>(
      `SELECT actor FROM audit_entry WHERE action = 'leadChanged' AND subject = '11111'`,
    )
    expect(audit).toHaveLength(2)
  })

  test('key players are set, and must be on file', async () => {
    const params = { ...xyz, number: '11111' }
    const { version, keyPlayers } = await api.call('readLead', { params }, anna)
    const body = { version, keyPlayers: keyPlayers.map(({ contactPerson }) => ({ contactPersonId: contactPerson.id, role: 'sponsor' })) }
    const changed = await api.call('updateLead', { params, body }, anna)
    expect(changed.keyPlayers.map(({ role }) => role)).toEqual(keyPlayers.map(() => 'sponsor'))
    const strange = { version: changed.version, keyPlayers: [{ contactPersonId: '01890000-0000-7000-8000-000000000000' }] }
    expect((await api.ask('updateLead', { params, body: strange }, anna)).status).toBe(404)
  })
})

describe('contact persons', () => {
  test('one is made with addresses, found by name and by the beginning of an address, and made once', async () => {
    const body = { name: 'Ola Öhman', addresses: ['Ola.Ohman@Nordbygg.example', 'ola@nordbygg.example'], company: { name: 'Nordbygg AB' } }
    const person = await api.call('createContactPerson', { params: xyz, body }, anna)
    expect(person).toMatchObject({ name: 'Ola Öhman', company: { name: 'Nordbygg AB' }, version: 1 })
    const find = async (query: object): Promise<string[]> =>
      (await api.call('listContactPersons', { params: xyz, query }, anna)).contactPersons.map(({ id }) => id)
    expect(await find({ search: 'ohm ol' })).toEqual([person.id])
    expect(await find({ search: 'ola.o' })).toEqual([person.id])
    expect(await find({ search: 'ola.ohman@nord' })).toEqual([person.id])
    expect(await find({ address: 'OLA@nordbygg.example' })).toEqual([person.id])
    const again = await api.ask('createContactPerson', { params: xyz, body: { ...body, company: person.company } }, anna)
    expect(again).toMatchObject({ status: 409, body: { current: { id: person.id } } })
    const elsewhere = await api.call(
      'createContactPerson',
      { params: xyz, body: { name: 'Ola at ACME', addresses: ['ola@nordbygg.example'], company: { id: await acme() } } },
      anna,
    )
    expect(elsewhere.addresses).toEqual(['ola@nordbygg.example'])
  })

  test('neither one of our own people, nor the CRM address, nor what is no address', async () => {
    const company = { id: await acme() }
    for (const [address, words] of [
      ['anna@xyz.example', 'belongs to your own people'],
      ['new.colleague@sub.xyz.test', 'belongs to your own people'],
      ['crm+11111@localhost', 'is an address of this CRM'],
      ['eva', 'not plainly one mail address'],
    ] as const) {
      const answer = await api.ask('createContactPerson', { params: xyz, body: { name: 'X', addresses: [address], company } }, anna)
      expect(answer.status, address).toBe(400)
      expect(JSON.stringify(answer.body), address).toContain(words)
    }
  })

  test('a person learns an address, and unknown participants of earlier mail become known', async () => {
    const [tenant] = await api.database.owner<{ id: string }>(`SELECT id FROM tenant WHERE slug = 'xyz'`)
    const mail = '01890000-0000-7000-8000-0000000000aa'
    await api.database.owner(
      `INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
       VALUES ($1, $2, 'linked', 's', 'outbound', now(), now(), '', '', '[]')`,
      [tenant?.id, mail],
    )
    await api.database.owner(
      `INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key) VALUES ($1, $2, 0, 'to', 'late@acme.example', 'late@acme.example')`,
      [tenant?.id, mail],
    )
    const person = await api.call(
      'createContactPerson',
      { params: xyz, body: { name: 'Late Lee', addresses: ['lee@acme.example'], company: { id: await acme() } } },
      anna,
    )
    const changed = await api.call(
      'updateContactPerson',
      { params: { ...xyz, id: person.id }, body: { version: 1, addresses: ['lee@acme.example', 'Late@ACME.example'] } },
      anna,
    )
    expect(changed.version).toBe(2)
    const [participant] = await api.database.owner<{ contact_person_id: string }>(
      `SELECT contact_person_id FROM participant WHERE mail_id = $1`,
      [mail],
    )
    expect(participant?.contact_person_id).toBe(person.id)
    const late = await api.ask('updateContactPerson', { params: { ...xyz, id: person.id }, body: { version: 1, name: 'No' } }, anna)
    expect(late).toMatchObject({ status: 409, body: { current: { version: 2, name: 'Late Lee' } } })
  })

  test('a company shows its people and leads, a person his leads', async () => {
    const company = await api.call('readCompany', { params: { ...xyz, id: await acme() } }, anna)
    expect(company.leads.map(({ number }) => number)).toContain('11111')
    const eva = company.people.find(({ key }) => key === 'eva')
    const person = await api.call('readContactPerson', { params: { ...xyz, id: eva?.id ?? '' } }, anna)
    expect(person.leads.map(({ number }) => number)).toContain('11111')
  })
})

describe('tasks', () => {
  test('a task is made, handed on, finished, and listed in the order of its day', async () => {
    const make = async (title: string, dueOn: string | null): Promise<string> =>
      (await api.call('createTask', { params: xyz, body: { title, dueOn, lead: '11111', assignee: 'anna@xyz.example' } }, anna)).id
    const third = await make('without a day', null)
    const second = await make('later', '2026-12-24')
    const first = await make('soon', '2026-11-30')
    const pages: string[] = []
    let after: string | undefined
    do {
      const page = await api.call('listTasks', { params: xyz, query: { lead: '11111', limit: 1, after } }, anna)
      pages.push(...page.tasks.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(pages).toEqual([first, second, third])
    const body = { version: 1, assignee: 'bernd@xyz.example', done: true, dueOn: null }
    const done = await api.call('updateTask', { params: { ...xyz, id: second }, body }, anna)
    expect(done).toMatchObject({ assignee: { name: 'Bernd Brandt' }, dueOn: null, lead: { number: '11111' }, version: 2 })
    const finished = await api.call('listTasks', { params: xyz, query: { state: 'done' } }, anna)
    expect(finished.tasks.map(({ id }) => id)).toEqual([second])
    expect((await api.call('readLead', { params: { ...xyz, number: '11111' } }, anna)).openTasks).toBe(2)
    expect((await api.ask('updateTask', { params: { ...xyz, id: second }, body }, anna)).status).toBe(409)
    expect((await api.ask('createTask', { params: xyz, body: { title: 'whose?' } }, anna)).status).toBe(400)
  })
})

test('the CRM address is a vCard', async () => {
  const { headers, body } = await api.ask('readCrmAddressCard', { params: xyz }, anna)
  expect(headers.get('content-type')).toContain('text/vcard')
  expect(body).toBe(
    'BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:application\r\nFN:CRM XYZ GmbH\r\nORG:XYZ GmbH\r\nEMAIL;PREF=1:crm@localhost\r\nEND:VCARD\r\n',
  )
})

test('what has not changed is not sent again', async () => {
  const target = new URL('/api/v1/tenants/xyz/leads/11111', api.url)
  const first = await fetch(target, { headers: anna })
  const etag = first.headers.get('etag') ?? ''
  expect((await first.json()) as object).toMatchObject({ number: '11111' })
  const second = await fetch(target, { headers: { ...anna, 'if-none-match': etag } })
  expect([second.status, await second.text()]).toEqual([304, ''])
})
