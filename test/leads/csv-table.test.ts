import { expect, test } from 'vitest'
import { readCsv } from '../../src/leads/csv-table.ts'
import { guessMapping, readStatus } from '../../src/leads/import-fields.ts'

test.each([
  ['comma', 'a,b\n1,2\n'],
  ['semicolon', 'a;b\r\n1;2\r\n'],
  ['tab', 'a\tb\n1\t2'],
  ['quoted headings that hold another delimiter', '"a";"b"\n1;2\n'],
  ['byte-order mark', '\ufeffa;b\n1;2'],
  ['old Mac line ends', 'a,b\r1,2\r'],
])('%s', async (_, text) => {
  const { columns, rows, fault } = await readCsv(text, 10)
  expect({ columns, rows, fault }).toEqual({ columns: ['a', 'b'], rows: [{ line: 2, cells: ['1', '2'] }], fault: null })
})

test('rows know their line, though cells hold line breaks and lines are empty', async () => {
  const { rows } = await readCsv('a,b\n"one\ntwo",x\n\n3,"say ""hi"""\n', 10)
  expect(rows).toEqual([
    { line: 2, cells: ['one two', 'x'] },
    { line: 5, cells: ['3', 'say "hi"'] },
  ])
})

test('what cannot be read says where and why, and keeps what came before', async () => {
  const { rows, fault } = await readCsv('a,b\n1,2\n3,"never closed\n', 10)
  expect(rows).toHaveLength(1)
  expect(fault).toEqual({
    line: 3,
    words: 'A quotation mark is opened here and never closed',
    fault: { code: 'csvQuoteOpen', values: {} },
  })
  expect((await readCsv('', 10)).fault?.words).toContain('empty')
  expect((await readCsv('a\n1\n2\n3\n', 2)).fault).toMatchObject({
    fault: { code: 'csvRowsTooMany', values: { max: 2 } },
    line: 4,
    words: 'The file has more than 2 rows; split it',
  })
})

test('columns are told apart, short rows are filled up, control characters go', async () => {
  const { columns, rows } = await readCsv('x,x,\nA\u0000b\n', 10)
  expect(columns).toEqual(['x', 'x (2)', 'Column 3'])
  expect(rows[0]?.cells).toEqual(['A b', '', ''])
})

test.each([
  [
    ['Lead-Nr.', 'Bezeichnung', 'Firma', 'Status', 'Verantwortlicher'],
    { 'Lead-Nr.': 'number', Bezeichnung: 'name', Firma: 'company', Status: 'status', Verantwortlicher: 'owner' },
  ],
  [['Numer', 'Nazwa', 'Kontrahent', 'Właściciel'], { Numer: 'number', Nazwa: 'name', Kontrahent: 'company', Właściciel: 'owner' }],
  [
    ['Nummer', 'Ämne', 'Företag', 'Säljare', 'Läge'],
    { Nummer: 'number', Ämne: 'name', Företag: 'company', Säljare: 'owner', Läge: 'status' },
  ],
  [['מספר', 'שם', 'חברה', 'אחראי'], { מספר: 'number', שם: 'name', חברה: 'company', אחראי: 'owner' }],
  [['number', 'name', 'shoe size'], { number: 'number', name: 'name' }],
])('headings are known in five languages: %j', (columns, mapping) => {
  expect(guessMapping('leads', columns)).toEqual(mapping)
})

test('several columns may be addresses', () => {
  const columns = ['Imię i nazwisko', 'E-mail', 'E-mail 2', 'Firma', 'Firma (2)']
  expect(guessMapping('contactPersons', columns)).toEqual({
    'Imię i nazwisko': 'name',
    'E-mail': 'email',
    'E-mail 2': 'email',
    Firma: 'company',
  })
})

test('a status is read in five languages', () => {
  expect(['Offen', 'WYGRANY', 'förlorad', 'סגור', 'perhaps'].map(readStatus)).toEqual(['open', 'won', 'lost', 'closed', null])
})
