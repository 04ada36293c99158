import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { MailboxId, TenantId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { openSecret, readKey, readMailboxKey, sealSecret, type MailboxSecret, type SecretPlace } from '../../src/store/mailbox-secret.ts'
import {
  addMailbox,
  listMailboxes,
  lookAtLeases,
  readHeldMailbox,
  releaseLeases,
  removeMailbox,
  renewLeases,
  saveCursor,
  saveReports,
  type MailboxCursor,
  type MailboxSettings,
} from '../../src/store/mailboxes.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let xyz: TenantId
beforeAll(async () => {
  db = await openTestDatabase()
  const [row] = await db.owner<{ id: TenantId }>(
    `INSERT INTO tenant (id, slug, name) VALUES (gen_random_uuid(), 'xyz', 'XYZ') RETURNING id`,
  )
  xyz = row?.id as TenantId
})
afterEach(async () => {
  await db.owner('DELETE FROM mailbox')
})
afterAll(async () => {
  await db.close()
})

const settings: MailboxSettings = {
  host: 'imap.example',
  port: 993,
  tls: 'on',
  userName: 'crm@firm.example',
  folder: 'INBOX',
  afterwards: { kind: 'move', folder: 'Done' },
  trustedAuthservId: 'mx.firm.example',
}

async function add(change: Partial<MailboxSettings> & { tenant?: string | null } = {}): Promise<MailboxId> {
  return await addMailbox(db.database, { ...settings, tenant: null, ...change }, () => Buffer.from('sealed'))
}

describe('a mailbox', () => {
  test('is added once for all tenants, listed and removed', async () => {
    const id = await add({ tenant: 'xyz' })
    await expect(add()).rejects.toThrow(/watched already/)
    const second = await add({ folder: 'Second' })
    expect(await listMailboxes(db.database, null)).toMatchObject([
      { id, tenant: 'xyz', after: 'move:Done', state: 'unwatched', connectedSince: null, lagSeconds: null, waiting: 0, lastError: null },
      { id: second, tenant: null },
    ])
    expect(await listMailboxes(db.database, 'xyz')).toHaveLength(1)
    await expect(listMailboxes(db.database, 'nobody')).rejects.toThrow(/no tenant "nobody"/)
    await removeMailbox(db.database, id)
    await expect(removeMailbox(db.database, id)).rejects.toThrow(/no mailbox/)
    await expect(removeMailbox(db.database, 'x')).rejects.toThrow(/no mailbox/)
    await expect(add({ tenant: 'nobody' })).rejects.toThrow(/no tenant "nobody"/)
  })

  test('of the installation is seen by no tenant, and its secret by nobody who does not watch', async () => {
    await add()
    await add({ tenant: 'xyz', folder: 'Theirs' })
    const seen = await db.database.tenantSql(xyz, async (sql) => await sql.rows<{ folder: string }>('SELECT folder FROM mailbox'))
    expect(seen).toEqual([{ folder: 'Theirs' }])
    await expect(db.database.tenantSql(xyz, async (sql) => await sql.rows('SELECT secret FROM mailbox'))).rejects.toThrow(
      /permission denied/,
    )
    await expect(db.database.operatorSql(async (sql) => await sql.rows('SELECT secret FROM mailbox'))).rejects.toThrow(/permission denied/)
    await expect(db.database.operatorSql(async (sql) => await sql.run('DELETE FROM mailbox'))).rejects.toThrow(/permission denied/)
    // Nor can a tenant make one of its own serve the installation.
    const giveAway = db.database.tenantSql(xyz, async (sql) => await sql.run('UPDATE mailbox SET tenant_id = NULL'))
    await expect(giveAway).rejects.toThrow(/row-level security/)
  })
})

describe('leases', () => {
  const [one, two] = [newId<string>(), newId<string>()]

  test('of many who ask at once, one gets it; the others when it ends or is given back', async () => {
    const id = await add()
    const got = await Promise.all(
      [one, two, newId<string>(), newId<string>()].map((holder) => renewLeases(db.database, holder, 60_000, 10)),
    )
    expect(got.flat()).toEqual([{ id, revision: 1 }])
    const [row] = await db.owner<{ lease_holder: string }>('SELECT lease_holder FROM mailbox')
    const holder = row?.lease_holder ?? ''
    expect(await lookAtLeases(db.database, holder)).toEqual({ held: [{ id, revision: 1 }], anyFree: false })
    const other = newId<string>()
    expect(await renewLeases(db.database, other, 60_000, 10)).toEqual([])
    expect(await readHeldMailbox(db.database, other, id)).toBeNull()
    await releaseLeases(db.database, holder, [id])
    expect(await lookAtLeases(db.database, other)).toEqual({ held: [], anyFree: true })
    expect(await renewLeases(db.database, other, 60_000, 10)).toHaveLength(1)
    await db.owner(`UPDATE mailbox SET lease_until = now() - interval '1 second'`)
    expect((await lookAtLeases(db.database, other)).held).toEqual([])
    expect(await renewLeases(db.database, one, 60_000, 10)).toHaveLength(1)
  })

  test('are no more than may be held', async () => {
    for (let each = 0; each < 5; each++) await add({ folder: `Folder ${each}` })
    expect(await renewLeases(db.database, one, 60_000, 3)).toHaveLength(3)
    expect(await renewLeases(db.database, two, 60_000, 3)).toHaveLength(2)
    expect(await renewLeases(db.database, one, 60_000, 3)).toHaveLength(3)
  })

  test('only whoever has one moves the cursor and tells how it fares', async () => {
    const id = await add()
    await renewLeases(db.database, one, 60_000, 10)
    const cursor: MailboxCursor = {
      uidValidity: '18446744073709551615',
      done: [[1, 4_294_967_295]],
      owed: [[7, 7]],
      begun: { atMs: 1, uids: [[8, 9]] },
    }
    expect(await saveCursor(db.database, one, id, cursor)).toBe(true)
    expect(await saveCursor(db.database, two, id, { ...cursor, done: [] })).toBe(false)
    expect(await readHeldMailbox(db.database, one, id)).toMatchObject({
      cursor,
      afterwards: settings.afterwards,
      secret: Buffer.from('sealed'),
    })
    const report = {
      id,
      connectedAt: new Date(),
      lastMailAt: null,
      upToDateAt: new Date(),
      waiting: 0,
      setAside: 2,
      lastError: 'it broke',
      lastFault: null,
      isTroubled: null,
      lastErrorAt: new Date(),
    }
    await saveReports(db.database, two, [{ ...report, lastError: 'not mine' }])
    await saveReports(db.database, one, [report])
    expect(await listMailboxes(db.database, null)).toMatchObject([
      { state: 'connected', setAside: 2, lastError: 'it broke', lagSeconds: 0 },
    ])
    await saveReports(db.database, one, [{ ...report, connectedAt: null, waiting: 9, lastError: null, lastErrorAt: null }])
    expect(await listMailboxes(db.database, null)).toMatchObject([{ state: 'failing', waiting: 9, lastError: 'it broke' }])
  })
})

describe('a secret', () => {
  const key = Buffer.alloc(32, 1)
  const place: SecretPlace = { id: newId(), host: 'imap.example', port: 993, tls: 'on', userName: 'crm' }
  const secret: MailboxSecret = { kind: 'password', password: 'pass wörd' }

  test('is sealed differently each time and opened again', () => {
    const sealed = sealSecret(key, place, secret)
    expect(openSecret(key, place, sealed)).toEqual(secret)
    expect(Buffer.from(sealSecret(key, place, secret))).not.toEqual(Buffer.from(sealed))
    expect(Buffer.from(sealed).toString('latin1')).not.toContain('pass')
  })

  test('opens neither with another key, nor for another place, nor when it was touched', () => {
    const sealed = sealSecret(key, place, secret)
    expect(() => openSecret(Buffer.alloc(32, 2), place, sealed)).toThrow(/another key: set MAILBOX_KEY/)
    for (const change of [{ host: 'evil.example' }, { port: 143 }, { tls: 'off' }, { userName: 'x' }, { id: newId<MailboxId>() }])
      expect(() => openSecret(key, { ...place, ...change }, sealed)).toThrow(/does not belong/)
    const touched = Buffer.from(sealed)
    touched[touched.length - 1] = (touched.at(-1) ?? 0) ^ 1
    expect(() => openSecret(key, place, touched)).toThrow(/does not belong/)
    expect(() => openSecret(key, place, Buffer.alloc(3))).toThrow(/another key/)
  })
})

describe('the key', () => {
  let dataDir: string
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'leadpost-key-'))
  })
  afterAll(() => {
    rmSync(dataDir, { recursive: true })
  })

  test('is the one that is given, in base64 or hex', async () => {
    const given = Buffer.alloc(32, 3)
    expect(await readMailboxKey({ dataDir, given })).toBe(given)
    expect(readKey(given.toString('base64'))).toEqual(given)
    expect(readKey(given.toString('hex'))).toEqual(given)
    for (const text of ['', 'short', given.toString('base64').slice(1), `${given.toString('hex')}00`]) expect(readKey(text)).toBeNull()
  })

  test('is made once, whoever comes at the same time, for its owner alone', async () => {
    const keys = await Promise.all(Array.from({ length: 5 }, () => readMailboxKey({ dataDir, given: null })))
    expect(new Set(keys.map((each) => Buffer.from(each).toString('hex'))).size).toBe(1)
    const path = join(dataDir, 'mailbox.key')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'latin1')).toHaveLength(45)
    writeFileSync(path, 'damaged')
    await expect(readMailboxKey({ dataDir, given: null })).rejects.toThrow(/holds no key/)
  })
})

test('whoever signs in as the program has no right to mailboxes outside of its roles', async () => {
  const client = new Client({ connectionString: db.url })
  await client.connect()
  await expect(client.query('SELECT 1 FROM mailbox')).rejects.toThrow(/permission denied/)
  await client.end()
})
