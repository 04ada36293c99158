import { afterAll, beforeAll, expect, test } from 'vitest'
import { columnsSql, columnValues, type Columns } from '../../src/store/columns.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase

beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(async () => {
  await db.close()
})

const columns = {
  id: 'uuid',
  text: 'text',
  count: 'int',
  bytes: 'bigint',
  yes: 'boolean',
  at: 'timestamptz',
  told: 'jsonb',
  hash: 'hex',
} as const

async function throughPostgres(rows: readonly object[], of: Columns = columns): Promise<object[]> {
  return await db.database.routerSql(async (sql) => await sql.rows(`SELECT * FROM ${columnsSql(of, 1)}`, columnValues(of, rows)))
}

const row = {
  id: '01a20400-e230-76f4-af1a-18a1fdd61f21',
  text: 'Grüße – „so“ \\ "und" {so}, 📮\nשלום',
  count: -7,
  bytes: 5_000_000_000,
  yes: true,
  at: new Date('2026-11-02T09:30:00.123Z'),
  told: { a: [1, 'zwei', null], 'b"': 'ü\\' },
  hash: '00ff10',
}
const asRead = { ...row, hash: Buffer.from([0, 255, 16]) }
const nothing = { id: null, text: null, count: null, bytes: null, yes: null, at: null, told: null, hash: null }

test('columns come out of the database as they went in', async () => {
  expect(await throughPostgres([row, nothing, { ...row, text: '', yes: false, bytes: -1 }])).toEqual([
    asRead,
    nothing,
    { ...asRead, text: '', yes: false, bytes: -1 },
  ])
})

test('a key that a row has not is null, and no rows are no rows', async () => {
  expect(await throughPostgres([{}])).toEqual([nothing])
  expect(await throughPostgres([])).toEqual([])
})

test('times before and after the one at which Postgres begins to count', async () => {
  const times = ['1980-01-01T00:00:00.001Z', '1999-12-31T23:59:59.999Z', '2000-01-01T00:00:00.000Z', '2100-02-28T12:00:00.500Z']
  const read = await throughPostgres(
    times.map((at) => ({ at: new Date(at) })),
    { at: 'timestamptz', id: 'uuid' },
  )
  expect(read).toEqual(times.map((at) => ({ at: new Date(at), id: null })))
  expect(await throughPostgres([{ at: times[0] }, { at: new Date(Number.NaN) }], { at: 'timestamptz', id: 'uuid' })).toEqual([
    { at: new Date(times[0] ?? ''), id: null },
    { at: null, id: null },
  ])
})

test('text that is UTF-8 already goes as it is, without U+0000', async () => {
  const given = ['Grüße 📮', 'a\u0000b', ''].map((text) => ({ text: new TextEncoder().encode(text) }))
  expect(await throughPostgres([...given, { text: 'words' }], { text: 'text' })).toEqual([
    { text: 'Grüße 📮' },
    { text: 'ab' },
    { text: '' },
    { text: 'words' },
  ])
})

test('characters that Postgres refuses are left out', async () => {
  const read = await throughPostgres([{ text: 'a\u0000b\ud800c', told: { x: 'a\u0000b\udc00c' } }], { text: 'text', told: 'jsonb' })
  expect(read).toEqual([{ text: 'abc', told: { x: 'abc' } }])
})

test('what is no hex is refused before it is sent', () => {
  expect(() => columnValues({ id: 'uuid' }, [{ id: 'no-uuid' }])).toThrow('16 bytes of hex digits are wanted')
  expect(() => columnValues({ hash: 'hex' }, [{ hash: 'abc' }])).toThrow('hex digits')
})
