import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMail, readParticipants } from '../../src/store/mail-whole.ts'
import { seedTenant, type Seed } from '../store/seed.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
let xyz: Seed
let abc: Seed
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  abc = await seedTenant(db, 'abc')
})
afterAll(() => db.close())

test('a mail is read whole: people with their companies, files, captures, copies', async () => {
  await db.owner(`UPDATE mail SET text = E'hello\\n\\nAm 1.11.2026 schrieb Eva:\\n> before', html = '<p>hello</p>' WHERE id = $1`, [
    xyz.mail,
  ])
  const read = await db.database.tenantSql(xyz.tenant, (sql) => readMail(sql, xyz.tenant, xyz.mail, () => 3))
  expect(read).toEqual({
    html: '<p>hello</p>',
    private: false,
    erased: false,
    mail: {
      id: xyz.mail,
      messageId: '<1@xyz.example>',
      subject: 'XYZ Lead 11111',
      from: { address: 'anna@xyz.example', name: 'Anna Arndt' },
      direction: 'outbound',
      occurredAt: '2026-11-02T09:30:00.000Z',
      receivedAt: '2026-11-02T09:30:00.000Z',
      participants: [
        {
          address: 'Eva@acme.example',
          name: 'Eva Muster',
          as: 'to',
          contactPerson: 'eva',
          contactPersonId: xyz.contactPerson,
          company: { id: xyz.company, name: 'ACME AG' },
          own: false,
          undelivered: false,
        },
        {
          address: 'new@acme.example',
          name: null,
          as: 'cc',
          contactPerson: null,
          contactPersonId: null,
          company: null,
          own: false,
          undelivered: false,
        },
      ],
      newestText: 'hello',
      quotedText: expect.stringContaining('> before') as string,
      html: { remoteContents: 3 },
      attachments: [{ position: 0, fileName: 'offer.pdf', mediaType: 'application/pdf', bytes: 3, sha256: 'abcd', inline: false }],
      capturedBy: [{ address: 'anna@xyz.example', channel: 'smtp', at: '2026-11-02T09:30:00.000Z' }],
      automatic: null,
      missingEarlier: 0,
      defects: [],
      messages: [xyz.message],
    },
  })
})

test('one of the tenant’s own people is known by user, further address or host name', async () => {
  await db.owner(`UPDATE host_name SET subdomains = true WHERE tenant_id = $1`, [xyz.tenant])
  const address = async (key: string): Promise<boolean | undefined> => {
    await db.owner(`UPDATE participant SET address_key = $2 WHERE mail_id = $1 AND position = 1`, [xyz.mail, key])
    const of = await db.database.tenantSql(xyz.tenant, (sql) => readParticipants(sql, xyz.tenant, [xyz.mail]))
    return of(xyz.mail)[1]?.own
  }
  expect(await address('anna@home.example')).toBe(true)
  expect(await address('somebody@xyz.example')).toBe(true)
  expect(await address('somebody@berlin.xyz.example')).toBe(true)
  expect(await address('somebody@abcxyz.example')).toBe(false)
  expect(await address('anna@abc.example')).toBe(false)
})

test('another tenant’s mail is not there', async () => {
  const read = await db.database.tenantSql(xyz.tenant, (sql) => readMail(sql, xyz.tenant, abc.mail, () => 0))
  expect(read).toBeNull()
})
