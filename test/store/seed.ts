/** One row of a tenant in every table, written as the owner: something to be kept from others. */
import type {
  CompanyId,
  ConfirmationId,
  ContactPersonId,
  DeliveryId,
  HistoryEntryId,
  LeadId,
  MailId,
  MessageId,
  TenantId,
  UserId,
} from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import type { TestDatabase } from '../support/database.ts'

export interface Seed {
  readonly tenant: TenantId
  readonly slug: string
  readonly user: UserId
  readonly company: CompanyId
  readonly contactPerson: ContactPersonId
  readonly lead: LeadId
  readonly message: MessageId
  readonly delivery: DeliveryId
  readonly mail: MailId
  readonly historyEntry: HistoryEntryId
  readonly confirmation: ConfirmationId
}

/** `at` makes the times of a second tenant's rows others than the first's. */
export async function seedTenant(db: TestDatabase, slug: string, at = '2026-11-02T09:30:00Z'): Promise<Seed> {
  const seed: Seed = {
    tenant: newId(),
    slug,
    user: newId(),
    company: newId(),
    contactPerson: newId(),
    lead: newId(),
    message: newId(),
    delivery: newId(),
    mail: newId(),
    historyEntry: newId(),
    confirmation: newId(),
  }
  const { tenant, user, company, contactPerson, lead, message, delivery, mail, historyEntry, confirmation } = seed
  const t = [tenant]
  await db.owner('INSERT INTO tenant (id, slug, name) VALUES ($1, $2, $3)', [tenant, slug, slug.toUpperCase()])
  await db.owner('INSERT INTO host_name (tenant_id, name, vouched_for) VALUES ($1, $2, true)', [...t, `${slug}.example`])
  await db.owner(`INSERT INTO host_claim (tenant_id, name, token) VALUES ($1, $2, 'token')`, [...t, `${slug}.example`])
  await db.owner(`INSERT INTO api_key (tenant_id, id, role, key_hash, created_by) VALUES ($1, $2, 'submit', sha256($3), 'operator')`, [
    ...t,
    newId(),
    Buffer.from(tenant),
  ])
  await db.owner(`INSERT INTO user_account (tenant_id, id, email, name, role) VALUES ($1, $2, $3, 'Anna', 'salesperson')`, [
    ...t,
    user,
    `anna@${slug}.example`,
  ])
  await seedSignIn(db, tenant, user)
  await db.owner('INSERT INTO user_address (tenant_id, address_key, user_id) VALUES ($1, $2, $3)', [...t, 'anna@home.example', user])
  await db.owner('INSERT INTO never_log_rule (tenant_id, pattern) VALUES ($1, $2)', [...t, 'lawyer.example'])
  await db.owner(`INSERT INTO company (tenant_id, id, key, name) VALUES ($1, $2, 'acme', 'ACME AG')`, [...t, company])
  await db.owner(`INSERT INTO contact_person (tenant_id, id, key, company_id, name) VALUES ($1, $2, 'eva', $3, 'Eva Muster')`, [
    ...t,
    contactPerson,
    company,
  ])
  await db.owner(
    `INSERT INTO contact_address (tenant_id, address_key, contact_person_id, address) VALUES ($1, 'eva@acme.example', $2, 'Eva@acme.example')`,
    [...t, contactPerson],
  )
  await db.owner(
    `INSERT INTO lead (tenant_id, id, number, name, name_key, company_id, owner_id) VALUES ($1, $2, '11111', 'Website relaunch', 'website relaunch', $3, $4)`,
    [...t, lead, company, user],
  )
  await db.owner('INSERT INTO key_player (tenant_id, lead_id, contact_person_id) VALUES ($1, $2, $3)', [...t, lead, contactPerson])
  await db.owner(`INSERT INTO quote (tenant_id, number, lead_id) VALUES ($1, '1024', $2)`, [...t, lead])
  await insertMessage(db, message, at)
  await db.owner(
    `INSERT INTO mail (tenant_id, id, content_fingerprint, message_id, message_id_hash, subject, from_address, from_name, direction, occurred_at,
       received_at, newest_text, text, defects)
     VALUES ($1, $2, 'fingerprint', '<1@xyz.example>', sha256(convert_to('<1@xyz.example>', 'UTF8')), 'XYZ Lead 11111', $3, 'Anna Arndt', 'outbound', $4,
       $4, 'hello', 'hello', '[]')`,
    [...t, mail, `anna@${slug}.example`, at],
  )
  await db.owner('UPDATE mail SET message_id_hash = substring(message_id_hash FOR 16) WHERE id = $1', [mail])
  await db.owner(
    `INSERT INTO delivery (id, message_id, tenant_id, state, due_at, lead_id, mail_id, trace) VALUES ($1, $2, $3, 'appended', $4, $5, $6, '{"stages": []}')`,
    [delivery, message, tenant, at, lead, mail],
  )
  await db.owner(
    `INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, name, contact_person_id)
     VALUES ($1, $2, 0, 'to', 'Eva@acme.example', 'eva@acme.example', 'Eva Muster', $3), ($1, $2, 1, 'cc', 'new@acme.example', 'new@acme.example', NULL, NULL)`,
    [...t, mail, contactPerson],
  )
  await db.owner(`INSERT INTO attachment_blob (tenant_id, sha256, bytes, content) VALUES ($1, 'abcd', 3, 'pdf')`, t)
  await db.owner(
    `INSERT INTO attachment (tenant_id, mail_id, position, file_name, media_type, bytes, sha256, inline) VALUES ($1, $2, 0, 'offer.pdf', 'application/pdf', 3, 'abcd', false)`,
    [...t, mail],
  )
  await db.owner(`INSERT INTO capture (tenant_id, delivery_id, mail_id, address, channel, at) VALUES ($1, $2, $3, $4, 'smtp', $5)`, [
    ...t,
    delivery,
    mail,
    `anna@${slug}.example`,
    at,
  ])
  await db.owner(
    `INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
     VALUES ($1, $2, 'mail', $3, $4, $5, $5, '[{"code": "leadNumberInSubject", "detail": "11111", "for": true}]', 'rule', 'outbound')`,
    [...t, historyEntry, lead, mail, at],
  )
  await db.owner(
    `INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at) VALUES ($1, $2, $3, '{ambiguous}', $4, '[]', $5)`,
    [
      ...t,
      confirmation,
      mail,
      JSON.stringify([{ leadId: lead, number: '11111', evidence: [{ code: 'leadNumberInSubject', detail: '11111', for: true }] }]),
      at,
    ],
  )
  await db.owner(
    `INSERT INTO task (tenant_id, id, title, lead_id, mail_id, assignee_id, created_by) VALUES ($1, $2, 'Call Eva', $3, $4, $5, 'rule')`,
    [...t, newId(), lead, mail, user],
  )
  await db.owner(
    `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, $3, 'rule', 'appended', 'x', '{}')`,
    [...t, newId(), at],
  )
  await db.owner(`INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document) VALUES ($1, $2, $3, 'hello')`, [...t, mail, at])
  await db.owner(`INSERT INTO addition (tenant_id, kind, keys) VALUES ($1, 'number', '{11111}')`, t)
  await db.owner('INSERT INTO reconsideration (tenant_id, confirmation_id) VALUES ($1, $2)', [...t, confirmation])
  await db.owner('INSERT INTO search_progress (tenant_id, seen, filled) VALUES ($1, pg_current_snapshot(), true)', t)
  await db.owner(
    `INSERT INTO mailbox (id, tenant_id, host, port, tls, user_name, folder, afterwards, secret) VALUES ($1, $2, 'imap.example', 993, 'on', $3, 'INBOX', 'seen', 'x')`,
    [newId(), tenant, `crm@${slug}.example`],
  )
  return seed
}

async function seedSignIn(db: TestDatabase, tenant: TenantId, user: UserId): Promise<void> {
  const at = '2026-11-02T09:30:00Z'
  await db.owner(
    `INSERT INTO session (id, tenant_id, user_id, token_hash, signed_in_by, expires_at) VALUES ($1, $2, $3, sha256($4), 'password', $5)`,
    [newId(), tenant, user, Buffer.from(tenant), at],
  )
  await db.owner(
    `INSERT INTO one_time_link (id, tenant_id, user_id, kind, token_hash, created_by, expires_at)
     VALUES ($1, $2, $3, 'invitation', sha256($4), 'operator', $5)`,
    [newId(), tenant, user, Buffer.from(tenant), at],
  )
  await db.owner(`INSERT INTO oidc_provider (tenant_id, issuer, client_id) VALUES ($1, 'https://id.example', 'leadpost')`, [tenant])
  await db.owner(
    `INSERT INTO oidc_sign_in (tenant_id, state_hash, nonce, code_verifier, return_path, expires_at)
     VALUES ($1, sha256($2), 'nonce', 'verifier', '/', $3)`,
    [tenant, Buffer.from(tenant), at],
  )
}

/** An accepted message that no tenant has yet, with its bytes; `delivery` null: without a delivery. */
export async function insertMessage(
  db: TestDatabase,
  message: MessageId,
  at = '2026-11-02T09:30:00Z',
  content = 'Subject: secret\r\n\r\nbody',
): Promise<void> {
  await db.owner(
    `INSERT INTO inbound_message (id, channel, received_at, bytes, sha256, reverse_path, forward_paths, from_trusted_network)
     VALUES ($1, 'smtp', $2, 1234, 'ab', 'anna@xyz.example', '{crm@localhost}', true)`,
    [message, at],
  )
  await db.owner('INSERT INTO raw_message (message_id, content) VALUES ($1, $2)', [message, Buffer.from(content)])
}

export async function insertUnassigned(db: TestDatabase, state = 'received'): Promise<{ message: MessageId; delivery: DeliveryId }> {
  const ids = { message: newId<MessageId>(), delivery: newId<DeliveryId>() }
  await insertMessage(db, ids.message)
  await db.owner('INSERT INTO delivery (id, message_id, state, due_at) VALUES ($1, $2, $3, now())', [ids.delivery, ids.message, state])
  return ids
}
