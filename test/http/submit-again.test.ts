import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApiKey } from '../../src/store/api-keys.ts'
import { mail, openSubmitting, ours, type Sent, type Submitting } from './submitting.ts'

let at: Submitting
beforeAll(async () => {
  at = await openSubmitting()
})
afterAll(() => at.close())
beforeEach(() => at.begin())
afterEach(() => at.end())

async function restarted(): Promise<void> {
  await at.stop()
  await at.start()
}

describe('an Idempotency-Key', () => {
  const once1 = { headers: { 'idempotency-key': 'order-1' } }

  test('gives the same answer to the same mail, and one mail', async () => {
    const first = await at.submit(once1)
    const again = [await at.submit(once1), await at.submit(once1)]
    expect([first.status, ...again.map(({ status }) => status)]).toEqual([202, 202, 202])
    expect(again.map(({ id }) => id)).toEqual([first.id, first.id])
    expect(await at.rows()).toMatchObject([{ id: first.id }])
  })

  test('makes ids that sort among all others by time', async () => {
    const ids = [
      (await at.submit()).id,
      (await at.submit(once1)).id,
      (await at.submit()).id,
      (await at.submit({ headers: { 'idempotency-key': '2' } })).id,
    ]
    expect(ids.toSorted()).toEqual(ids)
  })

  test('is another’s key where it comes with another API key', async () => {
    const made = await createApiKey(at.db.database, 'xyz', ours)
    const first = await at.submit(once1)
    const second = await at.submit({ headers: { ...once1.headers, authorization: `Bearer ${made.key}` } })
    expect([second.status, second.id === first.id]).toEqual([202, false])
    expect(await at.rows()).toHaveLength(2)
  })

  test.each<[string, Sent]>([
    ['body', { body: mail('another') }],
    ['sender', { query: '?mailFrom=bert%40xyz.example&rcptTo=crm%40localhost' }],
    ['recipient', { query: '?mailFrom=anna%40xyz.example&rcptTo=crm%2B1%40localhost' }],
  ])('with another %s is refused: 409, in memory as after a restart', async (_what, sent) => {
    const { id } = await at.submit(once1)
    expect(await at.submit({ ...sent, ...once1 })).toMatchObject({
      status: 409,
      code: 'conflict',
      detail: expect.stringContaining(id) as string,
    })
    await at.admission.settled()
    await restarted()
    expect(await at.submit({ ...sent, ...once1 })).toMatchObject({ status: 409 })
    expect(await at.submit(once1)).toMatchObject({ status: 202, id })
    expect(await at.rows()).toHaveLength(1)
  })

  test('of two at once takes one mail, and answers both alike', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => at.submit({ ...once1, body: mail('x'.repeat(200_000)) })))
    expect(new Set(answers.map(({ status, id }) => `${status} ${id}`)).size).toBe(1)
    expect(await at.rows()).toMatchObject([{ id: answers[0]?.id }])
  })

  test('survives a restart, wherever the mail is by then', async () => {
    const inDatabase = await at.submit(once1)
    await at.admission.settled()
    await restarted()
    expect(await at.submit(once1)).toMatchObject({ status: 202, id: inDatabase.id })
    // In the spool alone: the run ended before the database had it.
    at.gate.set('away')
    const two = { headers: { 'idempotency-key': 'order-2' } }
    const inSpool = await at.submit(two)
    expect([inSpool.status, at.spool.held().messages]).toEqual([202, 1])
    await at.stop()
    at.gate.set('open')
    await at.start()
    await expect.poll(async () => await at.submit(two)).toMatchObject({ status: 202, id: inSpool.id })
    expect(await at.rows()).toHaveLength(2)
  })

  test('is forgotten after a day', async () => {
    const first = await at.submit(once1)
    await at.admission.settled()
    await at.db.owner(`UPDATE inbound_message SET received_at = now() - interval '25 hours'`)
    await restarted()
    const second = await at.submit({ ...once1, body: mail('another') })
    expect([second.status, second.id === first.id]).toEqual([202, false])
  })

  test('does not stand for a mail that was refused', async () => {
    expect((await at.submit({ ...once1, body: mail('x', 'who@nowhere.example') })).status).toBe(403)
    expect((await at.submit(once1)).status).toBe(202)
  })
})

describe('while the database is away', () => {
  test.each(['away', 'hangs'] as const)('(%s) mail with a known key is taken, each once', { timeout: 60_000 }, async (state) => {
    const headers = { 'idempotency-key': 'before' }
    const before = await at.submit({ headers })
    await at.admission.settled()
    at.gate.set(state)
    expect(await at.submit({ headers })).toMatchObject({ status: 202, id: before.id })
    const fresh = await at.submit({ headers: { 'idempotency-key': 'fresh' }, body: mail('fresh') })
    expect(await at.submit({ headers: { 'idempotency-key': 'fresh' }, body: mail('fresh') })).toMatchObject({ status: 202, id: fresh.id })
    expect(at.spool.held().messages).toBe(1)
    at.gate.set('open')
    expect(await at.rows()).toMatchObject([{ id: before.id }, { id: fresh.id }])
  })

  test('a key that nobody asked for lately cannot be known: 503, to be tried again', async () => {
    const made = await createApiKey(at.db.database, 'xyz', ours)
    at.gate.set('away')
    const refused = await at.submit({ headers: { authorization: `Bearer ${made.key}` } })
    expect(refused).toMatchObject({ status: 503, code: 'databaseUnavailable' })
    expect(refused.headers.get('retry-after')).not.toBeNull()
  })

  test('a key that has expired meanwhile counts no more', async () => {
    const made = await createApiKey(at.db.database, 'xyz', { ...ours, expiresAt: new Date(Date.now() + 400) })
    const headers = { authorization: `Bearer ${made.key}` }
    expect((await at.submit({ headers })).status).toBe(202)
    at.gate.set('away')
    await expect.poll(async () => (await at.submit({ headers })).status).toBe(401)
  })
})

test('a stopping spool answers 503', async () => {
  await at.spool.close()
  expect((await at.submit()).status).toBe(503)
})
