import { afterAll, beforeAll, expect, test } from 'vitest'
import { asAccount, type AccountRef } from '../../src/store/accounts.ts'
import { createSession, endSessions, findSession, listSessions, sessionsPerAccountMax } from '../../src/store/sessions.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { seedTenant, type Seed } from './seed.ts'

const wanted = { way: 'password', clientAddress: null, userAgent: null } as const
let db: TestDatabase
let ours: Seed
let theirs: Seed

beforeAll(async () => {
  db = await openTestDatabase()
  ours = await seedTenant(db, 'xyz')
  theirs = await seedTenant(db, 'abc')
  await db.owner('DELETE FROM session')
})
afterAll(() => db.close())

const refOf = (seed: Seed): AccountRef => ({ kind: 'user', tenantId: seed.tenant, id: seed.user })
const begin = async (ref: AccountRef) => await asAccount(db.database, ref, async (sql) => await createSession(sql, ref, wanted))

test('an account has so many sessions; the one longest unused makes room', async () => {
  const first = await begin(refOf(ours))
  await db.owner(`UPDATE session SET last_seen_at = last_seen_at - interval '1 hour'`)
  const foreign = await begin(refOf(theirs))
  for (let count = 1; count < sessionsPerAccountMax; count++) await begin(refOf(ours))
  expect(await db.owner('SELECT id FROM session WHERE id = $1', [first.id])).toHaveLength(1)
  await begin(refOf(ours))
  expect(await findSession(db.database, first.token)).toBeNull()
  expect(await listSessions(db.database, refOf(ours))).toHaveLength(sessionsPerAccountMax)
  expect((await findSession(db.database, foreign.token))?.account.tenant?.slug).toBe('abc')
})

test('a tenant sees and ends its own people’s sessions alone, and reads no hash', async () => {
  const foreign = await begin(refOf(theirs))
  await db.database.tenantSql(ours.tenant, async (sql) => {
    expect(await sql.rows('SELECT id FROM session WHERE user_id = $1', [theirs.user])).toEqual([])
    expect(await sql.run('DELETE FROM session WHERE id = $1', [foreign.id])).toBe(0)
  })
  await expect(db.database.tenantSql(ours.tenant, async (sql) => await sql.rows('SELECT token_hash FROM session'))).rejects.toThrow(
    /permission denied/,
  )
})

test('all but one are ended together', async () => {
  const [kept, ended] = [await begin(refOf(theirs)), await begin(refOf(theirs))]
  await asAccount(db.database, refOf(theirs), async (sql) => await endSessions(sql, refOf(theirs), kept.id))
  expect(await findSession(db.database, ended.token)).toBeNull()
  expect((await listSessions(db.database, refOf(theirs))).map(({ id }) => id)).toEqual([kept.id])
})

test.each(['', 'x', 'x'.repeat(43).replace('x', '!'), 'x'.repeat(10_000)])('%j is no token, and asks nobody', async (token) => {
  expect(await findSession(db.database, token)).toBeNull()
})
