import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(async () => {
  await db.close()
})

test('a fresh test database is ready', async () => {
  await db.database.ready()
  expect(await db.owner('SELECT 1 AS one')).toEqual([{ one: 1 }])
})
