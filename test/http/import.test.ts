import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'

let api: TestApi
let clara: As
const params = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  clara = await api.as('admin')
})
afterAll(() => api.close())

async function counts(): Promise<unknown> {
  const [row] = await api.database.owner(
    `SELECT (SELECT count(*)::int FROM lead) AS leads, (SELECT count(*)::int FROM company) AS companies,
       (SELECT count(*)::int FROM contact_person) AS persons, (SELECT count(*)::int FROM audit_entry) AS audit`,
  )
  return row
}

describe('leads', () => {
  const csv =
    'Nummer;Bezeichnung;Firma;Status;Verantwortlicher\n11111;Website, neu;ACME AG;;\n90001;Halle 7;Neubau GmbH;gewonnen;anna@xyz.example\n90002;Halle 8;neubau gmbh;;\n'

  test('a preview changes nothing and says what would happen', async () => {
    const before = await counts()
    const preview = await api.call('previewImport', { params, body: { kind: 'leads', csv } }, clara)
    expect(preview).toMatchObject({ rows: 3, created: 2, updated: 1, unchanged: 0, errors: [] })
    expect(preview.mapping).toEqual({
      Nummer: 'number',
      Bezeichnung: 'name',
      Firma: 'company',
      Status: 'status',
      Verantwortlicher: 'owner',
    })
    expect(preview.sample[1]).toEqual({
      Nummer: '90001',
      Bezeichnung: 'Halle 7',
      Firma: 'Neubau GmbH',
      Status: 'gewonnen',
      Verantwortlicher: 'anna@xyz.example',
    })
    expect(await counts()).toEqual(before)
  })

  test('importing makes and changes, and doing it again changes nothing', async () => {
    await api.call('runImport', { params, body: { kind: 'leads', csv } }, clara)
    const lead = await api.call('readLead', { params: { ...params, number: '90001' } }, clara)
    expect(lead).toMatchObject({
      name: 'Halle 7',
      status: 'won',
      company: { name: 'Neubau GmbH' },
      owner: { email: 'anna@xyz.example' },
      version: 1,
    })
    expect(await api.call('readLead', { params: { ...params, number: '90002' } }, clara)).toMatchObject({ company: lead.company })
    expect(await api.call('readLead', { params: { ...params, number: '11111' } }, clara)).toMatchObject({
      name: 'Website, neu',
      version: 2,
      status: 'open',
    })
    const again = await api.call('runImport', { params, body: { kind: 'leads', csv } }, clara)
    expect(again).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
    const { leads } = await api.call('listLeads', { params, query: { search: 'halle neub' } }, clara)
    expect(leads.map(({ number }) => number)).toEqual(['90002', '90001'])
  })

  test('one wrong line keeps the whole file out, and every wrong line is named', async () => {
    const before = await counts()
    const wrong =
      'number,name,status,owner\n90003,Good,,\n#11,Bad number,,\n90003,Twice,,\n90004,,,\n90005,Odd,perhaps,\n90006,Whose,,nobody@xyz.example\n'
    const { status, body } = await api.ask('runImport', { params, body: { kind: 'leads', csv: wrong } }, clara)
    expect(status).toBe(400)
    expect(body).toMatchObject({
      errors: [
        { line: 3, column: 'number' },
        {
          line: 4,
          column: 'number',
          words: 'The number 90003 stands already in line 2',
          fault: { code: 'leadNumberTwice', values: { number: '90003', line: 2 } },
        },
        { line: 5, column: 'name', words: 'Lead 90004 is new and needs a name' },
        { line: 6, column: 'status' },
        { line: 7, column: 'owner', words: 'Nobody here has the address "nobody@xyz.example"' },
      ],
    })
    expect(await counts()).toEqual(before)
  })

  test('a mapping by hand goes before the headings, and must fit', async () => {
    const body = { kind: 'leads' as const, csv: 'A,B\n90010,Ten\n' }
    const guessed = await api.call('previewImport', { params, body }, clara)
    const fault = { code: 'csvFieldUnfilled', values: { field: 'number' } }
    expect(guessed.errors).toEqual([{ line: 1, column: null, words: 'No column fills "number", which is needed', fault }])
    const mapped = await api.call('previewImport', { params, body: { ...body, mapping: { A: 'number', B: 'name' } } }, clara)
    expect(mapped).toMatchObject({ created: 1, errors: [] })
    expect((await api.ask('previewImport', { params, body: { ...body, mapping: { C: 'number' } } }, clara)).status).toBe(400)
    expect((await api.ask('previewImport', { params, body: { ...body, mapping: { A: 'size' } } }, clara)).status).toBe(400)
  })

  test('20,000 rows take a few seconds', async () => {
    const rows = Array.from(
      { length: 20_000 },
      (_, at) => `${String(500_000 + at)},Lead ${String(at)} of many,Company ${String(at % 3_000)}`,
    )
    const started = performance.now()
    const result = await api.call('runImport', { params, body: { kind: 'leads', csv: `number,name,company\n${rows.join('\n')}\n` } }, clara)
    expect(result).toMatchObject({ created: 20_000, errors: [] })
    expect(performance.now() - started).toBeLessThan(20_000)
  }, 60_000)
})

describe('contact persons', () => {
  test('a person is known again by key, else by an address or the name at the company; addresses are added', async () => {
    const csv =
      'Key,Name,Email,Email 2,Company\n,Nils Holm,nils@fjord.example,n.holm@fjord.example,Fjord AS\nfj-2,Siri Dal,siri@fjord.example,,Fjord AS\neva,Eva Muster,eva.new@acme.example,,ACME AG\n'
    const first = await api.call('runImport', { params, body: { kind: 'contactPersons', csv } }, clara)
    expect(first).toMatchObject({ created: 2, updated: 1, errors: [] })
    expect(await api.call('runImport', { params, body: { kind: 'contactPersons', csv } }, clara)).toMatchObject({ unchanged: 3 })
    const { contactPersons } = await api.call('listContactPersons', { params, query: { search: 'eva muster' } }, clara)
    expect(contactPersons[0]?.addresses).toEqual(expect.arrayContaining(['eva.new@acme.example', 'eva@acme.example']))
    const renamed = 'Name,Email,Company\nNils Holm-Berg,nils@fjord.example,Fjord AS\n'
    expect(await api.call('runImport', { params, body: { kind: 'contactPersons', csv: renamed } }, clara)).toMatchObject({
      created: 0,
      updated: 1,
    })
  })

  test('what is wrong is told by line', async () => {
    const csv =
      'Name,Email,Company\nX,not-an-address,Y AG\nAnna,anna@xyz.example,Y AG\nTwo,two@y.example,Y AG\nThree,two@y.example,Y AG\nFour,,Y AG\nFive,five@y.example,\nTwo,two2@y.example,Y AG\n'
    const { body } = await api.ask('runImport', { params, body: { kind: 'contactPersons', csv } }, clara)
    expect((body as { errors: { line: number; column: string }[] }).errors.map(({ line, column }) => [line, column])).toEqual([
      [2, 'Email'],
      [3, 'Email'],
      [5, 'Name'],
      [6, 'Email'],
      [7, 'Company'],
      [8, 'Name'],
    ])
  })
})
