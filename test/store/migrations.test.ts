import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkKinds, signInWays } from '../../src/crm/sign-in.ts'
import { sqlToSchema } from '../../prisma/schema-engine.ts'
import { deliveryStates } from '../../src/store/messages.ts'
import { proofFindings } from '../../src/crm/host-proof.ts'
import {
  apiKeyRoles,
  internalMailPolicies,
  leadStatuses,
  onlyOpenLeadPolicies,
  unauthenticatedSenderPolicies,
  userRoles,
} from '../../src/crm/policy.ts'
import { openLog } from '../../src/log.ts'
import type { IntakeChannel } from '../../src/mail/message.ts'
import { confirmReasons, ignoreReasons } from '../../src/matching/decision.ts'
import { additionKinds } from '../../src/store/additions.ts'
import { afterwardsKinds, mailboxTlsModes } from '../../src/store/mailboxes.ts'
import { applyMigrations, migrationsFolder, pendingMigrations } from '../../src/store/migrations.ts'
import { nameKinds } from '../../src/store/name-search.ts'
import { reconsiderationStates } from '../../src/store/reconsiderations.ts'
import { openEmptyDatabase, openTestDatabase } from '../support/database.ts'

const log = openLog('silent')
const channels = ['smtp', 'imap', 'upload', 'file'] satisfies IntakeChannel[]
const schemaFile = join(import.meta.dirname, '../../prisma/schema.prisma')

describe('the applier', () => {
  let empty: { ownerUrl: string; close(): Promise<void> }
  let folder: string
  let server: { close(): Promise<void> }
  beforeAll(async () => {
    // Keeps the server from stopping between two tests.
    server = await openEmptyDatabase()
  })
  afterAll(async () => {
    await server.close()
  })
  beforeEach(async () => {
    empty = await openEmptyDatabase()
    folder = mkdtempSync(join(tmpdir(), 'leadpost-migrations-'))
  })
  afterEach(async () => {
    rmSync(folder, { recursive: true })
    await empty.close()
  })

  function migration(name: string, sql: string): void {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'migration.sql'), sql)
  }

  async function query(text: string): Promise<unknown[]> {
    const client = new Client({ connectionString: empty.ownerUrl })
    await client.connect()
    const { rows } = await client.query<object>(text)
    await client.end()
    return rows
  }

  test('applies each migration once, in order of name', async () => {
    migration('2_second', 'ALTER TABLE a ADD COLUMN b int')
    migration('1_first', 'CREATE TABLE a (x int)')
    expect(await pendingMigrations({ url: empty.ownerUrl, folder })).toEqual(['1_first', '2_second'])
    expect(await applyMigrations({ url: empty.ownerUrl, folder, log })).toEqual(['1_first', '2_second'])
    expect(await applyMigrations({ url: empty.ownerUrl, folder, log })).toEqual([])
    expect(await pendingMigrations({ url: empty.ownerUrl, folder })).toEqual([])
  })

  test('keeps bodies whole that hold semicolons', async () => {
    migration('1_body', `DO $$ BEGIN PERFORM 1; CREATE TABLE a (x text DEFAULT ';'); END $$; CREATE TABLE b ()`)
    await applyMigrations({ url: empty.ownerUrl, folder, log })
    expect(await query(`SELECT to_regclass('a') IS NOT NULL AND to_regclass('b') IS NOT NULL AS there`)).toEqual([{ there: true }])
  })

  test('run by four processes at once applies once', async () => {
    migration('1_slow', 'SELECT pg_sleep(0.2); CREATE TABLE a (x int)')
    const applied = await Promise.all([1, 2, 3, 4].map(async () => await applyMigrations({ url: empty.ownerUrl, folder, log })))
    expect(applied.flat()).toEqual(['1_slow'])
  })

  test('leaves nothing where one of several fails', async () => {
    migration('1_good', 'CREATE TABLE a (x int)')
    migration('2_bad', 'CREATE TABLE b (x int); SELECT 1 / 0')
    await expect(applyMigrations({ url: empty.ownerUrl, folder, log })).rejects.toThrow(/division by zero/)
    expect(await query(`SELECT to_regclass('a') AS a, to_regclass('_prisma_migrations') AS record`)).toEqual([{ a: null, record: null }])
  })

  test('refuses a migration that was edited after it was applied, and says what to do', async () => {
    migration('1_first', 'CREATE TABLE a (x int)')
    await applyMigrations({ url: empty.ownerUrl, folder, log })
    migration('1_first', 'CREATE TABLE a (x int, y int)')
    migration('2_next', 'CREATE TABLE b (x int)')
    const failure = { code: 'migrationEdited', message: expect.stringMatching(/1_first.*Put its file back.*npm run migration/) as string }
    await expect(applyMigrations({ url: empty.ownerUrl, folder, log })).rejects.toMatchObject(failure)
    await expect(pendingMigrations({ url: empty.ownerUrl, folder })).rejects.toMatchObject(failure)
    expect(await query(`SELECT to_regclass('b') AS b`)).toEqual([{ b: null }])
  })

  test('refuses a database that a newer program made', async () => {
    migration('1_first', 'CREATE TABLE a (x int)')
    migration('2_newer', 'CREATE TABLE b (x int)')
    await applyMigrations({ url: empty.ownerUrl, folder, log })
    rmSync(join(folder, '2_newer'), { recursive: true })
    await expect(applyMigrations({ url: empty.ownerUrl, folder, log })).rejects.toMatchObject({
      code: 'databaseUnusable',
      message: expect.stringContaining('2_newer') as string,
    })
  })

  test('tells a server that is away from a mistake', async () => {
    await expect(applyMigrations({ url: 'postgresql://nobody@127.0.0.1:1/none', folder, log })).rejects.toMatchObject({
      code: 'databaseUnavailable',
    })
  })

  test('makes two databases of one server at once', async () => {
    const second = await openEmptyDatabase()
    const both = await Promise.all([empty, second].map(async ({ ownerUrl }) => await applyMigrations({ url: ownerUrl, log })))
    expect(both[0]).toEqual(both[1])
    await second.close()
  })

  test('schema.prisma and the migrations agree', async () => {
    const drift = await sqlToSchema({ schema: readFileSync(schemaFile, 'utf8'), migrationsFolder, shadowUrl: empty.ownerUrl })
    expect(drift).toBeNull()
  })

  test('a change of the schema becomes the SQL that leads there', async () => {
    cpSync(migrationsFolder, folder, { recursive: true })
    const schema = `${readFileSync(schemaFile, 'utf8')}\nmodel Extra {\n  id String @id @db.Uuid\n  @@map("extra")\n}\n`
    const sql = await sqlToSchema({ schema, migrationsFolder: folder, shadowUrl: empty.ownerUrl })
    expect(sql).toContain('CREATE TABLE "extra"')
    expect(sql).not.toContain('DROP')
  })
})

test('the closed lists of the database are those of the program', async () => {
  const db = await openTestDatabase()
  const rows = await db.owner<{ conname: string; definition: string }>(
    `SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE contype = 'c' AND conname LIKE '%\\_list'`,
  )
  await db.close()
  const listed = Object.fromEntries(
    rows.map(({ conname, definition }) => [conname, [...definition.matchAll(/'([^']+)'::text/g)].map((match) => match[1])]),
  )
  expect(listed).toEqual({
    one_time_link_kind_list: [...linkKinds],
    session_signed_in_by_list: [...signInWays],
    tenant_unauthenticated_sender_list: [...unauthenticatedSenderPolicies],
    tenant_internal_mail_list: [...internalMailPolicies],
    tenant_only_open_lead_list: [...onlyOpenLeadPolicies],
    user_account_role_list: [...userRoles],
    lead_status_list: [...leadStatuses],
    inbound_message_channel_list: channels,
    capture_channel_list: channels,
    delivery_state_list: [...deliveryStates],
    delivery_ignore_reason_list: ['ignored', ...ignoreReasons],
    mail_direction_list: ['outbound', 'inbound', 'internal'],
    mail_automatic_list: ['automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport'],
    participant_role_list: ['to', 'cc', 'bcc', 'from', 'forwardedFrom', 'forwardedTo', 'forwardedCc'],
    history_entry_kind_list: ['mail', 'call', 'meeting', 'note'],
    history_entry_direction_list: ['outbound', 'inbound', 'internal'],
    confirmation_reason_list: [...confirmReasons],
    mailbox_tls_list: [...mailboxTlsModes],
    mailbox_afterwards_list: [...afterwardsKinds],
    host_claim_finding_list: [...proofFindings],
    api_key_role_list: [...apiKeyRoles],
    name_word_kind_list: [...nameKinds],
    addition_kind_list: [...additionKinds],
    reconsideration_state_list: [...reconsiderationStates],
  })
})

test('every migration has its file', () => {
  const names = readdirSync(migrationsFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of names) expect(readFileSync(join(migrationsFolder, name, 'migration.sql'), 'utf8')).not.toBe('')
})
