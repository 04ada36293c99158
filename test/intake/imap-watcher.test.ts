/** Against Debian's Dovecot: what a mailbox does on a good day, and what is done with it. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeMailbox } from '../../src/store/mailboxes.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { newMail, openImapOffice, type ImapOffice } from './imap-office.ts'

/** Keeps the database server from stopping between two tests. */
let kept: TestDatabase
let office: ImapOffice
let dovecot: Dovecot
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
})
afterEach(async () => {
  if (!hasDovecot) return
  await office.close()
  await dovecot.stop()
})

describe.skipIf(!hasDovecot)('a mailbox', () => {
  test('what lies in it is taken, byte for byte, and what comes is taken within two seconds', async () => {
    const old = newMail()
    dovecot.deliver(old)
    const id = await office.add({ port: dovecot.port })
    await office.start()
    const [first] = await office.waitFor(1)
    expect(first).toMatchObject({ content: old, mailbox_id: id, only_tenant_id: null, from_trusted_network: false })
    await office.waitForMailbox(id, ({ state, lagSeconds }) => state === 'connected' && lagSeconds === 0)

    const startedAt = performance.now()
    const fresh = newMail()
    dovecot.deliver(fresh)
    const rows = await office.waitFor(2)
    expect(performance.now() - startedAt).toBeLessThan(2_000)
    expect(rows.map(({ content }) => content)).toEqual([old, fresh])
    const health = await office.waitForMailbox(id, ({ lastMailAt, waiting }) => lastMailAt !== null && waiting === 0)
    expect(health).toMatchObject({ state: 'connected', waiting: 0, setAside: 0, lastError: null })
    expect(Date.parse(health.connectedSince ?? '')).toBeGreaterThan(Date.now() - 60_000)
  })

  test('is taken once, however often the program starts', async () => {
    const id = await office.add({ port: dovecot.port })
    for (let round = 1; round <= 3; round++) {
      dovecot.deliver(newMail())
      const program = await office.start()
      await office.waitFor(round)
      await office.waitForMailbox(id, ({ waiting, state }) => state === 'connected' && waiting === 0)
      await program.close()
      expect(await office.mailbox(id)).toMatchObject({ state: 'unwatched' })
    }
    expect(await office.admitted()).toHaveLength(3)
  })

  test('added while the program runs is watched within seconds, and no more once it is removed', async () => {
    await office.start()
    const id = await office.add({ port: dovecot.port })
    dovecot.deliver(newMail())
    await office.waitFor(1, 5_000)
    await removeMailbox(office.db.database, id)
    await sleep(500)
    dovecot.deliver(newMail())
    await sleep(1_500)
    expect(await office.admitted()).toHaveLength(1)
  })

  test('tells its tenant, its trusted server and whom the mail was delivered for', async () => {
    const [tenant] = await office.db.owner<{ id: string }>(
      `INSERT INTO tenant (id, slug, name) VALUES (gen_random_uuid(), 'xyz', 'XYZ') RETURNING id`,
    )
    await office.add({ port: dovecot.port, tenant: 'xyz', trustedAuthservId: 'mx.firm.example' })
    await office.start()
    const header = [
      'Return-Path: <anna@xyz.example>',
      'X-Original-To: crm+11111@firm.example',
      'Delivered-To: somebody@firm.example',
      'Received: from mail.xyz.example by mx.firm.example for <crm@firm.example>; Mon, 2 Nov 2026 09:30:00 +0000',
      'Delivered-To: crm+22222@firm.example',
    ]
    dovecot.deliver(newMail({ header }))
    const [row] = await office.waitFor(1)
    expect(row).toMatchObject({
      reverse_path: 'anna@xyz.example',
      forward_paths: ['crm+11111@firm.example', 'crm@firm.example'],
      only_tenant_id: tenant?.id,
      trusted_authserv_id: 'mx.firm.example',
      from_trusted_network: false,
    })
  })

  test('is read over STARTTLS where the certificate fits, and not where it does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadpost-tls-'))
    const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }]
    const certificate = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, extensions })
    writeFileSync(join(folder, 'cert.pem'), certificate.cert)
    writeFileSync(join(folder, 'key.pem'), certificate.private)
    await dovecot.stop()
    dovecot = await startDovecot({ extra: `ssl = required\nssl_cert = <${folder}/cert.pem\nssl_key = <${folder}/key.pem` })
    rmSync(folder, { recursive: true })
    dovecot.deliver(newMail())
    const id = await office.add({ port: dovecot.port, tls: 'starttls' })
    const program = await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('certificate')
    await program.close()
    await office.start({ extraAuthorities: [certificate.cert] })
    await office.waitFor(1)
  })

  test('hands out empty mail, mail without a body, NUL bytes and bytes of no charset as they are', async () => {
    const odd = ['X: 1\r\n\r\n', 'Subject: only a header\r\n', `Subject: nul\r\n\r\na\0b${String.fromCharCode(0xff, 0xfe, 0x80)}\r\n`]
    for (const mail of odd) dovecot.deliver(Buffer.from(mail, 'latin1'))
    await office.add({ port: dovecot.port })
    await office.start()
    const rows = await office.waitFor(3)
    // Dovecot hands out U+0000 as 0x80 (RFC 9051 §4.3.1 forbids it in a literal), and ends a header that nobody ended.
    const expected = odd.map((mail) => mail.replace('\0', '\u0080'))
    expect(new Set(rows.map(({ content }) => content?.trimEnd()))).toEqual(new Set(expected.map((mail) => mail.trimEnd())))
  })

  test('mail of many sizes around what is fetched at once comes whole, once', async () => {
    const sizes = [1, 65_535, 65_536, 65_537, 131_072, 65_536 + 1024 * 1024, 65_536 + 1024 * 1024 + 1, 3_000_000]
    const head = 'Subject: x\r\n\r\n'
    const mails = sizes.map((size) =>
      Buffer.concat([
        Buffer.from(head),
        Buffer.from(
          randomBytes(size)
            .toString('hex')
            .slice(0, Math.max(0, size - head.length)),
        ),
      ]),
    )
    for (const mail of mails) dovecot.deliver(mail)
    await office.add({ port: dovecot.port })
    await office.start()
    const rows = await office.waitFor(mails.length)
    const hashes = mails.map((mail) => createHash('sha256').update(mail).digest('hex'))
    expect(rows.map(({ sha256 }) => sha256).toSorted()).toEqual(hashes.toSorted())
  })

  test('a mail of 50 MB goes through in little memory', async () => {
    const line = `${'x'.repeat(76)}\r\n`
    const mail = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(50 * 1024 * 1024, line)])
    dovecot.deliver(mail)
    await office.add({ port: dovecot.port })
    const before = process.memoryUsage().rss
    await office.start()
    const [row] = await office.waitFor(1, 30_000)
    expect(row).toMatchObject({ bytes: mail.length, sha256: createHash('sha256').update(mail).digest('hex') })
    expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024)
  })

  test('a mail that is too large stays where it is, and is told of; the others are taken', async () => {
    dovecot.deliver(`Subject: large\r\n\r\n${'x'.repeat(300_000)}\r\n`)
    dovecot.deliver(newMail())
    const id = await office.add({ port: dovecot.port, afterwards: { kind: 'delete' } })
    const program = await office.start({ messageBytesMax: 200_000 })
    await office.waitFor(1)
    const health = await office.waitForMailbox(id, ({ setAside, lastError }) => setAside === 1 && lastError !== null)
    expect(health.lastError).toContain('200000 bytes')
    expect(health).toMatchObject({ state: 'connected', waiting: 0 })
    expect(dovecot.count()).toBe(1)
    await program.close()
    // The limit is raised: it was never given up.
    await office.start()
    await office.waitFor(2)
  })
})

describe.skipIf(!hasDovecot)('afterwards a message', () => {
  async function takeTwo(afterwards: Parameters<ImapOffice['add']>[0]['afterwards']): Promise<void> {
    dovecot.deliver(newMail())
    dovecot.deliver(newMail())
    await office.add({ port: dovecot.port, ...(afterwards === undefined ? {} : { afterwards }) })
    await office.start()
    await office.waitFor(2)
  }

  test('is marked as seen', async () => {
    await takeTwo({ kind: 'seen' })
    await until(() => dovecot.files().every((name) => /:2,.*S/.test(name)))
  })
  test('is left as it was', async () => {
    await takeTwo({ kind: 'leave' })
    await sleep(300)
    expect(dovecot.files().filter((name) => name.includes('S'))).toEqual([])
    expect(dovecot.count()).toBe(2)
  })
  test('is deleted', async () => {
    await takeTwo({ kind: 'delete' })
    await until(() => dovecot.count() === 0)
  })
  test('is moved to a folder, which is made where it is missing', async () => {
    await takeTwo({ kind: 'move', folder: 'Leadpost/Done' })
    await until(() => dovecot.count() === 0 && dovecot.count('Leadpost.Done') === 2)
  })
})

describe.skipIf(!hasDovecot)('a server with few extensions', () => {
  test('without IDLE is asked time and again', async () => {
    await useServer('IMAP4rev1 UIDPLUS')
    const id = await office.add({ port: dovecot.port })
    await office.start()
    await office.waitForMailbox(id, ({ state }) => state === 'connected')
    dovecot.deliver(newMail())
    await office.waitFor(1, 3_000)
  })

  test('without UIDPLUS: what is admitted is marked as deleted, and what others marked is not removed with it', async () => {
    await useServer('IMAP4rev1 IDLE')
    dovecot.deliver(newMail())
    dovecot.deliver(newMail())
    await office.add({ port: dovecot.port, afterwards: { kind: 'delete' } })
    await office.start()
    await office.waitFor(2)
    await until(() => dovecot.files().every((name) => /:2,.*T/.test(name)))
    expect(dovecot.count()).toBe(2)
  })

  test('without MOVE and UIDPLUS: a message is copied and marked', async () => {
    await useServer('IMAP4rev1 IDLE')
    dovecot.deliver(newMail())
    await office.add({ port: dovecot.port, afterwards: { kind: 'move', folder: 'Done' } })
    await office.start()
    await office.waitFor(1)
    await until(() => dovecot.count('Done') === 1 && dovecot.files().every((name) => /:2,.*T/.test(name)))
  })
})

async function useServer(capabilities: string): Promise<void> {
  await dovecot.stop()
  dovecot = await startDovecot({ extra: `protocol imap {\n  imap_capability = ${capabilities}\n}` })
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo() && tries < 200; tries++) await sleep(25)
  expect(isSo()).toBe(true)
}
