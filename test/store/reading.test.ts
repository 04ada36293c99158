import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HistoryEntryId, MailId, MessageId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { addressKey, type AddressKey, type DomainName } from '../../src/mail/address.ts'
import { messageIdKey, type MessageIdKey } from '../../src/mail/message-id.ts'
import { openBlobStore, type BlobStore } from '../../src/store/blobs.ts'
import { readConfirmations } from '../../src/store/confirmations.ts'
import { readHistory } from '../../src/store/history.ts'
import { findTenantsByDomain, findTenantsByThread, findUserForSignIn } from '../../src/store/host-names.ts'
import { listMessages, readRawMessage, replayMessage, showMessage } from '../../src/store/messages.ts'
import { listUsers, setPasswordHash, setUserDisabled } from '../../src/store/users.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { insertUnassigned, seedTenant, type Seed } from './seed.ts'

let db: TestDatabase
let xyz: Seed
let abc: Seed
let blobs: BlobStore
let dataDir: string
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  abc = await seedTenant(db, 'abc', '2026-11-03T09:30:00Z')
  dataDir = mkdtempSync(join(tmpdir(), 'leadpost-reading-'))
  blobs = await openBlobStore({ dataDir, url: null })
})
afterAll(async () => {
  rmSync(dataDir, { recursive: true })
  await db.close()
})

describe('the history of a lead', () => {
  test('has the shape that scripts rely on', async () => {
    const history = await readHistory(db.database, 'xyz', '11111')
    expect(JSON.parse(JSON.stringify(history))).toEqual({
      tenant: 'xyz',
      lead: '11111',
      entries: [
        {
          id: xyz.historyEntry,
          kind: 'mail',
          direction: 'outbound',
          occurredAt: '2026-11-02T09:30:00.000Z',
          recordedAt: '2026-11-02T09:30:00.000Z',
          subject: 'XYZ Lead 11111',
          from: { address: 'anna@xyz.example', name: 'Anna Arndt' },
          participants: [
            { address: 'Eva@acme.example', name: 'Eva Muster', as: 'to', contactPerson: 'eva' },
            { address: 'new@acme.example', name: null, as: 'cc', contactPerson: null },
          ],
          messageId: '<1@xyz.example>',
          text: 'hello',
          attachments: [{ fileName: 'offer.pdf', mediaType: 'application/pdf', bytes: 3, sha256: 'abcd', inline: false }],
          capturedBy: [{ address: 'anna@xyz.example', channel: 'smtp', at: '2026-11-02T09:30:00.000Z' }],
          evidence: [{ code: 'leadNumberInSubject', detail: '11111', for: true }],
          decidedBy: 'rule',
          automatic: null,
          missingEarlier: 0,
          undelivered: [],
          defects: [],
        },
      ],
    })
  })

  test('comes oldest first, a page at a time, without what was undone', async () => {
    const times = ['2026-11-01T00:00:00Z', '2026-11-05T00:00:00Z', '2026-11-05T00:00:00Z', '2026-11-04T00:00:00Z']
    const ids = times.map(() => newId<HistoryEntryId>())
    for (const [index, at] of times.entries()) {
      const insert = `INSERT INTO history_entry (tenant_id, id, kind, lead_id, occurred_at, recorded_at, evidence, decided_by) VALUES ($1, $2, 'note', $3, $4, $4, '[]', 'rule')`
      await db.owner(insert, [xyz.tenant, ids[index], xyz.lead, at])
    }
    await db.owner(`UPDATE history_entry SET undone_at = now() WHERE id = $1`, [ids[3]])
    const wanted = [ids[0], xyz.historyEntry, ids[1], ids[2]]
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await readHistory(db.database, 'xyz', '11111', { limit: 1, after })
      seen.push(...page.entries.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(seen).toEqual(wanted)
    expect(await readHistory(db.database, 'xyz', '11111', { limit: 4 })).not.toHaveProperty('next')
    expect((await readHistory(db.database, 'xyz', '11111', { limit: 3 })).next).toBe(ids[1])
  })

  test('of what does not exist is not found, and so is what is another tenant’s', async () => {
    const notFound = { code: 'notFound' }
    await expect(readHistory(db.database, 'none', '11111')).rejects.toMatchObject(notFound)
    await expect(readHistory(db.database, 'xyz', '99999')).rejects.toMatchObject(notFound)
    await expect(readHistory(db.database, 'xyz', '11111', { after: 'x' })).rejects.toMatchObject(notFound)
    await expect(readHistory(db.database, 'xyz', '11111', { after: abc.historyEntry })).rejects.toMatchObject(notFound)
  })
})

describe('the confirmations of a tenant', () => {
  test('have the shape that scripts rely on', async () => {
    const evidence = [{ code: 'leadNumberInSubject', detail: '11111', for: true }]
    expect(JSON.parse(JSON.stringify(await readConfirmations(db.database, 'xyz')))).toEqual({
      tenant: 'xyz',
      items: [
        {
          id: xyz.confirmation,
          messageId: '<1@xyz.example>',
          subject: 'XYZ Lead 11111',
          from: { address: 'anna@xyz.example', name: 'Anna Arndt' },
          receivedAt: '2026-11-02T09:30:00.000Z',
          reasons: ['ambiguous'],
          candidates: [{ lead: '11111', evidence }],
          evidence: [],
        },
      ],
    })
  })

  test('are the open ones, a page at a time', async () => {
    const more = [newId<MailId>(), newId<MailId>()]
    for (const mail of more) {
      await db.owner(
        `INSERT INTO mail (tenant_id, id, content_fingerprint, subject, direction, occurred_at, received_at, newest_text, text, defects)
         VALUES ($1, $2::uuid, $2::uuid::text, '', 'outbound', now(), now(), '', '', '[]')`,
        [abc.tenant, mail],
      )
      const open = `INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at) VALUES ($1, $2, $3, '{unmatched}', '[]', '[]', now())`
      await db.owner(open, [abc.tenant, newId(), mail])
    }
    await db.owner(`UPDATE confirmation SET settled_at = now(), settled_by = 'rule' WHERE id = $1`, [abc.confirmation])
    const first = await readConfirmations(db.database, 'abc', { limit: 1 })
    const second = await readConfirmations(db.database, 'abc', { limit: 1, after: first.next })
    expect([...first.items, ...second.items].map(({ reasons }) => reasons)).toEqual([['unmatched'], ['unmatched']])
    expect(second).not.toHaveProperty('next')
  })
})

describe('messages', () => {
  test('are listed with where they stand in every tenant', async () => {
    const { messages } = await listMessages(db.database)
    expect(messages[0]).toEqual({
      id: xyz.message,
      messageId: '<1@xyz.example>',
      channel: 'smtp',
      receivedAt: '2026-11-02T09:30:00.000Z',
      bytes: 1234,
      reversePath: 'anna@xyz.example',
      forwardPaths: ['crm@localhost'],
      deliveries: [{ tenant: 'xyz', state: 'appended', reason: null, lead: '11111' }],
    })
  })

  test('of one state, a page at a time', async () => {
    const failed = [await insertUnassigned(db, 'failed'), await insertUnassigned(db, 'failed')]
    const first = await listMessages(db.database, { state: 'failed', limit: 1 })
    expect(first.messages.map(({ id }) => id)).toEqual([failed[0]?.message])
    const second = await listMessages(db.database, { state: 'failed', limit: 1, after: first.next })
    expect(second).toMatchObject({ messages: [{ id: failed[1]?.message, deliveries: [{ tenant: null, state: 'failed' }] }] })
    expect(second).not.toHaveProperty('next')
    await expect(listMessages(db.database, { state: `x' OR true --` as 'failed' })).rejects.toMatchObject({ code: 'inputInvalid' })
  })

  test('show their trace', async () => {
    const shown = await showMessage(db.database, xyz.message)
    expect(shown).toMatchObject({
      id: xyz.message,
      fromTrustedNetwork: true,
      deliveries: [{ state: 'appended', attempts: 0, trace: { stages: [] } }],
    })
    await expect(showMessage(db.database, newId())).rejects.toMatchObject({ code: 'notFound' })
    await expect(showMessage(db.database, 'nonsense')).rejects.toMatchObject({ code: 'notFound' })
  })

  test('that failed are put back to the start, with or without a tenant', async () => {
    const unrouted = await insertUnassigned(db, 'unroutable')
    const failed = await insertUnassigned(db, 'failed')
    await db.owner(`UPDATE delivery SET tenant_id = $2, attempts = 5, reason = 'triedTooOften', settled_at = now() WHERE id = $1`, [
      failed.delivery,
      abc.tenant,
    ])
    for (const { message, delivery } of [unrouted, failed]) {
      expect(await replayMessage(db.database, message)).toBe(1)
      const rows = await db.owner('SELECT state, tenant_id, attempts, reason, settled_at FROM delivery WHERE id = $1', [delivery])
      expect(rows).toEqual([{ state: 'received', tenant_id: null, attempts: 0, reason: null, settled_at: null }])
      await expect(replayMessage(db.database, message)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('received') as string,
      })
    }
    await expect(replayMessage(db.database, xyz.message)).rejects.toMatchObject({ code: 'conflict' })
    await expect(replayMessage(db.database, newId())).rejects.toMatchObject({ code: 'notFound' })
  })

  test('give their bytes from the row, from the blob store, and say when they were erased', async () => {
    expect(String(await buffer(await readRawMessage(db.database, blobs, xyz.message)))).toContain('Subject: secret')
    const { message } = await insertUnassigned(db)
    expect(String(await buffer(await readRawMessage(db.database, blobs, message)))).toContain('Subject: secret')
    const key = `messages/${message}`
    await blobs.put(key, Buffer.from('from the disk'))
    await db.owner('UPDATE raw_message SET content = NULL, blob_key = $2 WHERE message_id = $1', [message, key])
    expect(String(await buffer(await readRawMessage(db.database, blobs, message)))).toBe('from the disk')
    await db.owner('UPDATE raw_message SET blob_key = NULL, erased_at = now() WHERE message_id = $1', [message])
    await expect(readRawMessage(db.database, blobs, message)).rejects.toMatchObject({ code: 'messageErased' })
    await expect(readRawMessage(db.database, blobs, newId<MessageId>())).rejects.toMatchObject({ code: 'notFound' })
  })
})

describe('the router asks', () => {
  const anna = addressKey('anna@xyz.example') as AddressKey

  test('whose host name it is: only one that is proven or vouched for', async () => {
    await db.owner(`INSERT INTO host_claim (tenant_id, name, token) VALUES ($1, 'claimed.example', 'token')`, [xyz.tenant])
    const found = await findTenantsByDomain(db.database, ['xyz.example', 'claimed.example'] as DomainName[])
    expect([...found]).toMatchObject([['xyz.example', { tenantId: xyz.tenant, slug: 'xyz' }]])
    await db.owner(`INSERT INTO host_name (name, tenant_id, proven_at) VALUES ('claimed.example', $1, now())`, [xyz.tenant])
    expect((await findTenantsByDomain(db.database, ['claimed.example'] as DomainName[])).size).toBe(1)
    expect((await findTenantsByDomain(db.database, [])).size).toBe(0)
  })

  test('which tenants have a thread in a history', async () => {
    const id = messageIdKey('<1@xyz.example>') as MessageIdKey
    const other = messageIdKey('<2@xyz.example>') as MessageIdKey
    expect((await findTenantsByThread(db.database, [other, id])).toSorted()).toEqual([xyz.tenant, abc.tenant].toSorted())
    expect(await findTenantsByThread(db.database, [other])).toEqual([])
    await db.owner('UPDATE history_entry SET undone_at = now() WHERE id = $1', [abc.historyEntry])
    expect(await findTenantsByThread(db.database, [id])).toEqual([xyz.tenant])
  })

  test('who signs in, with his password or without', async () => {
    expect(await findUserForSignIn(db.database, anna)).toEqual({
      tenantId: xyz.tenant,
      userId: xyz.user,
      email: anna,
      passwordHash: null,
      disabled: false,
    })
    await setPasswordHash(db.database, 'xyz', anna, '$argon2id$…')
    await setUserDisabled(db.database, 'xyz', anna, true)
    expect(await findUserForSignIn(db.database, anna)).toMatchObject({ passwordHash: '$argon2id$…', disabled: true })
    expect(await listUsers(db.database, 'xyz')).toMatchObject([{ email: anna, hasPassword: true, disabled: true }])
    await setUserDisabled(db.database, 'xyz', anna, false)
    expect(await findUserForSignIn(db.database, anna)).toMatchObject({ disabled: false })
    expect(await findUserForSignIn(db.database, 'nobody@xyz.example' as AddressKey)).toBeNull()
    await expect(setPasswordHash(db.database, 'abc', anna, null)).rejects.toMatchObject({ code: 'notFound' })
  })
})
