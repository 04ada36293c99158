/** One process watches a mailbox at a time, and another goes on where that one is killed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { imapTimingDefault } from '../../src/intake/imap-watcher.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { startFakeImap, type FakeImap } from '../support/fake-imap.ts'
import { newMail, openImapOffice, type ImapOffice } from './imap-office.ts'

let kept: TestDatabase
let office: ImapOffice
let server: FakeImap
beforeAll(async () => {
  kept = await openTestDatabase()
})
afterAll(async () => {
  await kept.close()
})
beforeEach(async () => {
  office = await openImapOffice()
  server = await startFakeImap()
})
afterEach(async () => {
  await office.close()
  await server.close()
})

describe('of several processes', () => {
  test('one watches a mailbox, and the others share the rest', async () => {
    const ids = [await office.add({ port: server.port }), await office.add({ port: server.port, folder: 'Second' })]
    const first = await office.start({ folder: 'one' })
    await office.waitForMailbox(ids[1] as (typeof ids)[0], ({ state }) => state === 'connected')
    const second = await office.start({ folder: 'two' })
    await sleep(1_000)
    expect(server.connections()).toBe(2)
    expect([first.watcher.reports().length, second.watcher.reports().length]).toEqual([2, 0])
    // One that stops in order hands over at once.
    await first.close()
    for (const id of ids) await office.waitForMailbox(id, ({ state }) => state === 'connected', 3_000)
    expect(second.watcher.reports()).toHaveLength(2)
  })

  test('another takes over within 30 seconds where one is killed, and nothing is doubled', { timeout: 60_000 }, async () => {
    const id = await office.add({ port: server.port, afterwards: { kind: 'leave' } })
    const { lookMs, leaseMs, renewMs } = imapTimingDefault
    const timing = { lookMs, leaseMs, renewMs }
    const first = await office.startChild({ folder: 'one', timing })
    server.add(newMail())
    await office.waitFor(1)
    await office.start({ folder: 'two', timing })
    await office.waitForMailbox(id, ({ waiting, lastMailAt }) => waiting === 0 && lastMailAt !== null)
    await first.kill()
    const killedAt = performance.now()
    server.add(newMail())
    await office.waitFor(2, 35_000)
    expect(performance.now() - killedAt).toBeLessThan(30_000)
    expect(await office.admitted()).toHaveLength(2)
  })

  test('one that cannot reach the database any more lets go before another takes over', async () => {
    const id = await office.add({ port: server.port })
    const program = await office.start()
    await office.waitForMailbox(id, ({ state }) => state === 'connected')
    // Another one got the lease, say because this machine slept.
    await office.db.owner(`UPDATE mailbox SET lease_holder = gen_random_uuid(), lease_until = now() + interval '2 seconds'`)
    await sleep(600)
    expect(program.watcher.reports()).toEqual([])
    server.add(newMail())
    await sleep(500)
    expect(await office.admitted()).toEqual([])
    // Whose lease then ends.
    await office.waitFor(1)
  })
})
