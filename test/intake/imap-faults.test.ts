/** What happens to a mailbox on a bad day, against Dovecot; each fault alone, so that its words and waits can be looked at. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { imapTimingDefault } from '../../src/intake/imap-watcher.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { newMail, openImapOffice, type ImapOffice } from './imap-office.ts'

let kept: TestDatabase
let office: ImapOffice
let dovecot: Dovecot
let proxy: TcpProxy
beforeAll(async () => {
  kept = await openTestDatabase()
})
afterAll(async () => {
  await kept.close()
})
beforeEach(async () => {
  if (!hasDovecot) return
  office = await openImapOffice()
  dovecot = await startDovecot()
  proxy = await openTcpProxy(dovecot.port)
})
afterEach(async () => {
  if (!hasDovecot) return
  await office.close()
  await proxy.close()
  await dovecot.stop()
})

/** Somebody else in the same mailbox. */
async function withClient(work: (client: ImapFlow) => Promise<void>): Promise<void> {
  const auth = { user: dovecot.user, pass: dovecot.password }
  const client = new ImapFlow({ host: '127.0.0.1', port: dovecot.port, secure: false, doSTARTTLS: false, auth, logger: false })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.logout()
  }
}

describe.skipIf(!hasDovecot)('the connection', () => {
  test('that is half-open is given up and made anew, and what came meanwhile is taken', async () => {
    const id = await office.add({ port: proxy.port })
    await office.start({ timing: { recheckMs: 300, answerTimeoutMs: 300 } })
    await office.waitForMailbox(id, ({ state }) => state === 'connected')
    proxy.stall()
    dovecot.deliver(newMail())
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('does not answer')
    proxy.resume()
    await office.waitFor(1)
    await office.waitForMailbox(id, ({ state }) => state === 'connected')
  })

  test('that is reset, or ended by the server’s restart, is made anew', async () => {
    const id = await office.add({ port: proxy.port })
    await office.start()
    const breaks: (() => void | Promise<void>)[] = [
      () => proxy.reset(),
      () => proxy.halfClose(),
      () => dovecot.restart(),
      () => dovecot.kill().then(() => dovecot.start()),
    ]
    for (const [index, breakIt] of breaks.entries()) {
      await office.waitForMailbox(id, ({ state }) => state === 'connected')
      await breakIt()
      dovecot.deliver(newMail())
      await office.waitFor(index + 1)
    }
    expect((await office.mailbox(id)).lastError).not.toBeNull()
  })

  test('comes back ever more seldom while nobody answers', async () => {
    await dovecot.kill()
    await office.add({ port: proxy.port })
    await office.start({ timing: { retryFirstMs: 100, retryLongestMs: 60_000 } })
    await sleep(3_000)
    expect(proxy.connections()).toBeGreaterThan(2)
    expect(proxy.connections()).toBeLessThan(8)
  })
})

describe.skipIf(!hasDovecot)('the folder', () => {
  test('that is renamed is missed in words, and goes on where it was when it is back', async () => {
    dovecot.deliver(newMail(), 'Work')
    const id = await office.add({ port: dovecot.port, folder: 'Work' })
    await office.start({ timing: { recheckMs: 300, reselectMs: 300 } })
    await office.waitFor(1)
    await withClient(async (client) => void (await client.mailboxRename('Work', 'Old')))
    const health = await office.waitForMailbox(id, ({ state }) => state === 'failing')
    expect(health.lastError).toContain('"Work" cannot be opened')
    await withClient(async (client) => void (await client.mailboxRename('Old', 'Work')))
    await office.waitForMailbox(id, ({ state }) => state === 'connected')
    dovecot.deliver(newMail(), 'Work')
    await office.waitFor(2)
    await sleep(300)
    expect(await office.admitted()).toHaveLength(2)
  })

  test('with a new UIDVALIDITY is read from its start: nothing new is missed', async () => {
    dovecot.deliver(newMail())
    const id = await office.add({ port: dovecot.port })
    const program = await office.start()
    await office.waitFor(1)
    await office.waitForMailbox(id, ({ waiting, state }) => waiting === 0 && state === 'connected')
    await program.close()
    await dovecot.kill()
    for (const name of [
      'dovecot-uidlist',
      'dovecot-uidvalidity',
      'dovecot.index',
      'dovecot.index.log',
      'dovecot.index.cache',
      'dovecot.list.index.log',
    ])
      rmSync(join(dovecot.maildir, name), { force: true })
    // UIDVALIDITY is a time in seconds.
    await sleep(1_100)
    await dovecot.start()
    dovecot.deliver(newMail())
    await office.start()
    const rows = await office.waitFor(3)
    // The old one came again, under another id: processing knows it by its content.
    expect(new Set(rows.map(({ sha256 }) => sha256)).size).toBe(2)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(3)
  })

  test('from which others delete while it is read is read to its end', async () => {
    for (let each = 0; each < 400; each++) dovecot.deliver(newMail())
    const id = await office.add({ port: dovecot.port })
    await withClient(async (client) => {
      await client.mailboxOpen('INBOX')
      await office.start()
      for (let uid = 400; uid > 200; uid -= 20) await client.messageDelete(`${uid - 9}:${uid}`, { uid: true })
    })
    dovecot.deliver(newMail())
    await office.waitForMailbox(id, ({ waiting, lagSeconds }) => waiting === 0 && lagSeconds === 0)
    await office.waitFor(301)
    const rows = await office.admitted()
    expect(new Set(rows.map(({ sha256 }) => sha256)).size).toBe(rows.length)
    expect(await office.mailbox(id)).toMatchObject({ setAside: 0, state: 'connected' })
  })
})

describe.skipIf(!hasDovecot)('the password', () => {
  test('that is wrong is told in words and not tried time and again', async () => {
    const id = await office.add({ port: proxy.port }, { kind: 'password', password: 'wrong' })
    const { retryRefusedFirstMs, retryRefusedLongestMs } = imapTimingDefault
    await office.start({ timing: { retryRefusedFirstMs, retryRefusedLongestMs } })
    const health = await office.waitForMailbox(id, ({ state }) => state === 'failing')
    expect(health.lastError).toMatch(/refused the user "crm": .*Check user and password/)
    await sleep(1_500)
    expect(proxy.connections()).toBe(1)
  })
})

describe.skipIf(!hasDovecot)('a mailbox with thousands of messages', () => {
  const messages = Number(process.env['IMAP_MESSAGES'] ?? 5_000)
  test(`of ${messages} is read in flat memory, and what comes meanwhile does not wait for its end`, { timeout: 300_000 }, async () => {
    for (let each = 0; each < messages; each++) dovecot.deliver(newMail())
    const id = await office.add({ port: dovecot.port, afterwards: { kind: 'leave' } })
    const startedAt = performance.now()
    await office.start()
    await office.waitFor(Math.min(500, messages / 10), 30_000)
    const before = process.memoryUsage().rss
    const fresh = newMail()
    dovecot.deliver(fresh)
    const deliveredAt = performance.now()
    let seenAfterMs = 0
    while (seenAfterMs === 0) {
      const found = await office.db.owner(`SELECT 1 FROM raw_message WHERE content = $1`, [Buffer.from(fresh)])
      if (found.length > 0) seenAfterMs = performance.now() - deliveredAt
      else await sleep(50)
      if (performance.now() - deliveredAt > 30_000) break
    }
    const rows = await office.waitFor(messages + 1, 240_000)
    const seconds = (performance.now() - startedAt) / 1000
    process.stderr.write(
      `${messages} messages from a mailbox: ${Math.round(messages / seconds)} a second; a new one was seen after ${Math.round(seenAfterMs)} ms\n`,
    )
    expect(seenAfterMs).toBeGreaterThan(0)
    expect(seenAfterMs).toBeLessThan(5_000)
    expect(new Set(rows.map(({ sha256 }) => sha256)).size).toBe(messages + 1)
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
    await office.waitForMailbox(id, ({ waiting, lagSeconds }) => waiting === 0 && lagSeconds === 0)
    // Many windows, one range.
    const [row] = await office.db.owner<{ cursor: { done: unknown[]; begun: unknown } }>('SELECT cursor FROM mailbox')
    expect(row?.cursor).toMatchObject({ done: [[1, messages + 1]], begun: null })
  })
})
