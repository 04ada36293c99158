import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { MailboxId } from '../../src/crm/ids.ts'
import type { WatcherTiming } from '../../src/intake/imap-watcher.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import type { Afterwards } from '../../src/store/mailboxes.ts'
import { hasCourier, startCourier, type Courier } from '../support/courier.ts'
import { newMail, openImapOffice, type ImapOffice, type Program } from './imap-office.ts'

describe.skipIf(!hasCourier)('a mailbox at Courier', { timeout: 60_000 }, () => {
  let office: ImapOffice
  let courier: Courier
  beforeAll(async () => {
    office = await openImapOffice()
    await storeTenants(office.db.database, [{ slug: 'xyz' }])
  })
  afterAll(() => office.close())
  beforeEach(async () => {
    await office.db.owner('DELETE FROM mailbox')
    await office.db.owner('TRUNCATE inbound_message CASCADE')
    await courier?.stop()
    courier = await startCourier()
    return () => courier.stop()
  })
  let program: Program
  async function start(timing: Partial<WatcherTiming> = {}): Promise<void> {
    const started = await office.start({ timing })
    program = started
    onTestFinished(() => started.close())
  }
  const add = async (afterwards: Afterwards = { kind: 'seen' }): Promise<MailboxId> =>
    await office.add({ port: courier.port, tenant: 'xyz', afterwards })

  test('gives what lies in it and what comes later, each as it is, and is told by the server', async () => {
    const mails = Array.from({ length: 5 }, () => newMail())
    for (const mail of mails.slice(0, 3)) courier.deliver(mail)
    const id = await add()
    await start({ recheckMs: 60_000, reselectMs: 60_000, pollMs: 60_000 })
    await office.waitFor(3)
    await office.waitForMailbox(id, ({ state, lagSeconds }) => state === 'connected' && lagSeconds === 0)
    // Nothing but IDLE tells of these.
    for (const mail of mails.slice(3)) courier.deliver(mail)
    const rows = await office.waitFor(5)
    expect(rows.map(({ content }) => content)).toEqual(mails)
    await expect.poll(() => courier.files().filter((name) => /:2,[A-Z]*S/.test(name)).length).toBe(5)
  })

  test.each<[string, Afterwards, number, number]>([
    ['deleted', { kind: 'delete' }, 0, 0],
    ['moved', { kind: 'move', folder: 'INBOX.Done' }, 0, 4],
    ['left', { kind: 'leave' }, 4, 0],
  ])('has its messages %s once they are in', async (_what, afterwards, inbox, done) => {
    for (let n = 0; n < 4; n++) courier.deliver(newMail())
    const id = await add(afterwards)
    await start()
    await office.waitFor(4)
    await expect.poll(() => [courier.count(), courier.count('Done')], { timeout: 5_000 }).toEqual([inbox, done])
    const mailbox = await office.waitForMailbox(id, ({ state, waiting }) => state === 'connected' && waiting === 0)
    expect(mailbox).toMatchObject({ setAside: 0, lastError: null })
  })

  test('that dies and comes back gives each mail once', async () => {
    const mails = Array.from({ length: 30 }, () => newMail())
    const id = await add()
    await start()
    for (const [index, mail] of mails.entries()) {
      courier.deliver(mail)
      if (index % 10 !== 4) continue
      await courier.kill()
      await courier.start()
    }
    await office.waitFor(mails.length)
    await office.waitForMailbox(id, ({ state, waiting }) => state === 'connected' && waiting === 0)
    const texts = (await office.admitted()).map(({ content }) => content)
    expect([texts.length, new Set(texts)]).toEqual([mails.length, new Set(mails)])
  })

  test('gives large mails piece by piece', async () => {
    const large = newMail({ text: `${'0123456789abcdef'.repeat(60)}\r\n`.repeat(5_000) })
    courier.deliver(large)
    courier.deliver(newMail())
    await add()
    await start()
    const rows = await office.waitFor(2)
    expect(rows.map(({ bytes }) => bytes).includes(Buffer.byteLength(large))).toBe(true)
  })

  test('is read on by the next run, and not from its start', async () => {
    for (let n = 0; n < 3; n++) courier.deliver(newMail())
    const id = await add({ kind: 'leave' })
    await start()
    await office.waitFor(3)
    await office.waitForMailbox(id, ({ waiting, lagSeconds }) => waiting === 0 && lagSeconds === 0)
    await program.close()
    courier.deliver(newMail())
    await start()
    expect(await office.waitFor(4)).toHaveLength(4)
  })
})
