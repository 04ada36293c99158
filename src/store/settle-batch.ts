/**
 * The one write of a mail's outcome: every row of every mail of a batch in one transaction of their tenant, all or nothing. Idempotent: what is
 * settled already, or not ours any more, is left as it is.
 */
import type { DeliveryId, MailId, TenantId } from '../crm/ids.ts'
import type { Database, Sql } from './database.ts'
import { type CopyRow, judgedByPersonSql } from './facts.ts'
import { candidateLeadsSql, fromAddressSql, readSearchKeys, threadKeySql } from './confirmation-key.ts'
import { restateDeliveries } from './delivery-standing.ts'
import { columnsSql, columnValues, type Columns, type ColumnType } from './columns.ts'
import { jsonText } from './json-text.ts'
import { type MailColumns, mailsOf, type Settlement, settleRowsOf, type SettleRows } from './settle-rows.ts'

/**
 * `settled`; `lost`: the claim lapsed or another worker was quicker, so nothing is left to do; `raced`: meanwhile a copy of the mail was written
 * or its state was changed, so that the outcome must be found anew.
 */
export type SettleResult = 'settled' | 'lost' | 'raced'

/** One answer a settlement. A mail must not occur twice in a batch. Throws what the database throws; then nothing is written. */
export async function settleBatch(database: Database, tenantId: TenantId, settlements: readonly Settlement[]): Promise<SettleResult[]> {
  try {
    return await settleAll(database, tenantId, settlements)
  } catch (error) {
    if (error instanceof RacedInPart) return settlements.map(() => 'raced')
    throw error
  }
}

/** Of several mails that one delivery forwards, some were written and others raced: then nothing may stand. */
class RacedInPart extends Error {}

async function settleAll(database: Database, tenantId: TenantId, settlements: readonly Settlement[]): Promise<SettleResult[]> {
  return await database.tenantSql(tenantId, async (sql) => {
    const held = await lockClaims(sql, settlements)
    const ours = settlements.filter((settlement) => held.has(settlement.deliveryId))
    const stale = new Set(await unchangedMissing(sql, tenantId, ours))
    const fresh = ours.filter((settlement) => !stale.has(settlement))
    const raced = new Set([...stale, ...(await insertMails(sql, tenantId, fresh))])
    const due = ours.filter((settlement) => !raced.has(settlement))
    const at = new Date()
    if (due.length > 0) await writeRows(sql, tenantId, settleRowsOf(due, await keysOfKnown(sql, tenantId, due), at))
    // What an earlier copy still asked is answered.
    for (const mailId of filedNow(due)) await restateDeliveries(sql, tenantId, mailId, at)
    await eraseContents(sql, due)
    return settlements.map((settlement) => (!held.has(settlement.deliveryId) ? 'lost' : raced.has(settlement) ? 'raced' : 'settled'))
  })
}

/** In order of id, so that two workers never wait for each other. */
async function lockClaims(sql: Sql, settlements: readonly Settlement[]): Promise<ReadonlySet<DeliveryId>> {
  const rows = await sql.rows<{ id: DeliveryId }>(
    `SELECT d.id FROM delivery d JOIN unnest($1::uuid[], $2::int[]) AS c(id, attempts) ON d.id = c.id AND d.attempts = c.attempts
     WHERE d.tenant_id IS NULL AND d.state = 'processing' ORDER BY d.id FOR UPDATE OF d`,
    [settlements.map((settlement) => settlement.deliveryId), settlements.map((settlement) => settlement.attempts)],
  )
  return new Set(rows.map((row) => row.id))
}

/** Of the mails that the tenant has already: those whose state is no longer the one that the outcome was found for. Holds the others. */
async function unchangedMissing(sql: Sql, tenantId: TenantId, settlements: readonly Settlement[]): Promise<Settlement[]> {
  const known = settlements.flatMap((settlement) =>
    mailsOf(settlement).flatMap(({ mail }) => (mail?.kind === 'known' ? [{ settlement, copy: mail.copy }] : [])),
  )
  if (known.length === 0) return []
  const ids = known.map(({ copy }) => copy.mailId)
  await sql.rows('SELECT id FROM mail WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE', [tenantId, ids])
  const rows = await sql.rows<Pick<CopyRow, 'mailId' | 'leadId' | 'openConfirmationId' | 'judgedByPerson'>>(
    `SELECT m.id AS "mailId", h.lead_id AS "leadId", c.id AS "openConfirmationId", ${judgedByPersonSql} AS "judgedByPerson" FROM mail m
     LEFT JOIN history_entry h ON h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL
     LEFT JOIN confirmation c ON c.tenant_id = $1 AND c.mail_id = m.id AND c.settled_at IS NULL
     WHERE m.tenant_id = $1 AND m.id = ANY($2)`,
    [tenantId, ids],
  )
  const now = new Map(rows.map((row) => [row.mailId, row]))
  return known
    .filter(({ copy }) => {
      const row = now.get(copy.mailId)
      if (row === undefined || row.judgedByPerson !== copy.judgedByPerson) return true
      return row.leadId !== copy.leadId || row.openConfirmationId !== copy.openConfirmationId
    })
    .map(({ settlement }) => settlement)
}

const mailColumns: Columns & Record<keyof MailColumns, ColumnType> = {
  id: 'uuid',
  contentFingerprint: 'text',
  messageId: 'text',
  messageIdHash: 'hex',
  subject: 'text',
  fromAddress: 'text',
  fromName: 'text',
  direction: 'text',
  occurredAt: 'timestamptz',
  receivedAt: 'timestamptz',
  newestText: 'text',
  text: 'text',
  html: 'text',
  defects: 'jsonb',
  automatic: 'text',
  earlier: 'jsonb',
  likeness: 'hex',
}

const insertSql = `
  INSERT INTO mail (tenant_id, id, content_fingerprint, message_id, message_id_hash, subject, from_address, from_name, direction, occurred_at,
                    received_at, newest_text, text, html, defects, automatic, earlier, likeness)
  SELECT $1, r.id, r."contentFingerprint", r."messageId", r."messageIdHash", r.subject, r."fromAddress", r."fromName", r.direction, r."occurredAt",
         r."receivedAt", r."newestText", r.text, r.html, r.defects, r.automatic,
         ARRAY(SELECT decode(e.hash, 'hex') FROM jsonb_array_elements_text(r.earlier) AS e(hash)), r.likeness
  FROM ${columnsSql(mailColumns, 2)}
  ORDER BY r."contentFingerprint"
  ON CONFLICT (tenant_id, content_fingerprint) DO NOTHING RETURNING id`

/** Writes the new mails; answers those that another worker wrote meanwhile (it waits for a worker that is just about to). */
async function insertMails(sql: Sql, tenantId: TenantId, settlements: readonly Settlement[]): Promise<Settlement[]> {
  const fresh = settlements.flatMap((settlement) =>
    mailsOf(settlement).flatMap(({ mail }) => (mail?.kind === 'new' ? [{ settlement, mail: mail.mail }] : [])),
  )
  if (fresh.length === 0) return []
  const rows = await sql.rows<{ id: MailId }>(insertSql, [
    tenantId,
    ...columnValues(
      mailColumns,
      fresh.map(({ mail }) => mail.columns),
    ),
  ])
  const written = new Set(rows.map((row) => row.id))
  const raced = fresh.filter(({ mail }) => !written.has(mail.columns.id)).map(({ settlement }) => settlement)
  if (raced.some((settlement) => settlement.further !== undefined))
    throw new RacedInPart('a copy of a forwarded mail was written meanwhile')
  return raced
}

/** What nearly every mail has. */
const listColumns = {
  participants: {
    mailId: 'uuid',
    position: 'int',
    role: 'text',
    address: 'text',
    addressKey: 'text',
    name: 'text',
    contactPersonId: 'uuid',
  },
  captures: { deliveryId: 'uuid', mailId: 'uuid', address: 'text', channel: 'text', at: 'timestamptz', note: 'text' },
  entries: {
    id: 'uuid',
    leadId: 'uuid',
    mailId: 'uuid',
    occurredAt: 'timestamptz',
    recordedAt: 'timestamptz',
    evidence: 'jsonb',
    decidedBy: 'text',
    direction: 'text',
    hasFiles: 'boolean',
  },
  audits: { id: 'uuid', actor: 'text', action: 'text', subject: 'text', detail: 'jsonb' },
  deliveries: { id: 'uuid', state: 'text', reason: 'text', detail: 'text', leadId: 'uuid', mailId: 'uuid', trace: 'jsonb' },
} as const satisfies Partial<Record<keyof SettleRows, Columns>>

type ListName = keyof typeof listColumns
const listNames = Object.keys(listColumns) as ListName[]

/** The tenant, and the lists that are JSON. */
const boundBefore = 6

/** The rows of a list as `r`. */
function rowsSql(list: ListName): string {
  const before = listNames.slice(0, listNames.indexOf(list)).reduce((sum, name) => sum + Object.keys(listColumns[name]).length, boundBefore)
  return columnsSql(listColumns[list], before + 1)
}

/** Everything else in one statement: one round trip, and foreign keys are checked at its end. What is seldom there is JSON. */
const writeSql = `
  WITH participants AS (
    INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, name, contact_person_id)
    SELECT $1, "mailId", position, role, address, "addressKey", name, "contactPersonId" FROM ${rowsSql('participants')}
  ), blobs AS (
    INSERT INTO attachment_blob (tenant_id, sha256, bytes, content, blob_key)
    SELECT $1, sha256, bytes, decode(content, 'base64'), "blobKey"
    FROM json_to_recordset($2::json) AS r(sha256 text, bytes bigint, content text, "blobKey" text) ORDER BY sha256
    ON CONFLICT (tenant_id, sha256) DO NOTHING
  ), attachments AS (
    INSERT INTO attachment (tenant_id, mail_id, position, file_name, media_type, bytes, sha256, inline, content_id)
    SELECT $1, "mailId", position, "fileName", "mediaType", bytes, sha256, inline, "contentId"
    FROM json_to_recordset($3::json)
      AS r("mailId" uuid, position int, "fileName" text, "mediaType" text, bytes bigint, sha256 text, inline boolean, "contentId" text)
  ), captures AS (
    INSERT INTO capture (tenant_id, delivery_id, mail_id, address, channel, at, note)
    SELECT $1, "deliveryId", "mailId", address, channel, at, note FROM ${rowsSql('captures')}
    ON CONFLICT (tenant_id, delivery_id, mail_id) DO NOTHING
  ), entries AS (
    INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction, has_files)
    SELECT $1, r.id, 'mail', "leadId", "mailId",
           coalesce("occurredAt", (SELECT m.occurred_at FROM mail m WHERE m.tenant_id = $1 AND m.id = "mailId")), "recordedAt", evidence, "decidedBy",
           coalesce(direction, (SELECT m.direction FROM mail m WHERE m.tenant_id = $1 AND m.id = "mailId")),
           coalesce("hasFiles", EXISTS (SELECT FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = "mailId" AND NOT a.inline))
    FROM ${rowsSql('entries')}
  ), confirmations AS (
    INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, search_key,
                              candidate_leads, from_address, thread_key, private, asks)
    SELECT $1, r.id, "mailId", reasons, candidates, evidence, "openedAt", "searchKey",
           ${candidateLeadsSql('candidates')}, ${fromAddressSql('m')}, ${threadKeySql('m')}, m.private_at IS NOT NULL,
           CASE WHEN asks IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(asks)::bigint) END
    FROM json_to_recordset($4::json)
      AS r(id uuid, "mailId" uuid, reasons text[], candidates jsonb, evidence jsonb, "openedAt" timestamptz, "searchKey" text, asks json)
      JOIN mail m ON m.tenant_id = $1 AND m.id = "mailId"
  ), closed AS (
    UPDATE confirmation c SET settled_at = r.at, settled_by = r.by, answer = r.answer, claimed_by = NULL, claimed_until = NULL
    FROM json_to_recordset($5::json) AS r(id uuid, at timestamptz, by text, answer jsonb) WHERE c.tenant_id = $1 AND c.id = r.id AND c.settled_at IS NULL
  ), audits AS (
    INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
    SELECT $1, id, now(), actor, action, subject, detail FROM ${rowsSql('audits')}
  ), undelivered AS (
    UPDATE participant p SET undelivered_at = coalesce(p.undelivered_at, now())
    FROM json_to_recordset($6::json) AS r("mailId" uuid, address text)
    WHERE p.tenant_id = $1 AND p.mail_id = r."mailId" AND p.address_key = r.address AND p.role IN ('to', 'cc', 'bcc')
  )
  UPDATE delivery d SET tenant_id = $1, state = r.state, reason = r.reason, detail = r.detail, lead_id = r."leadId", mail_id = r."mailId",
                        trace = r.trace, settled_at = now()
  FROM ${rowsSql('deliveries')}
  WHERE d.id = r.id AND d.tenant_id IS NULL`

/** Mails that the tenant had already and that stand in a history from now on. */
function filedNow(settlements: readonly Settlement[]): MailId[] {
  return settlements.flatMap((settlement) =>
    mailsOf(settlement).flatMap(({ mail, outcome }) => (mail?.kind === 'known' && outcome.kind === 'append' ? [mail.copy.mailId] : [])),
  )
}

async function keysOfKnown(sql: Sql, tenantId: TenantId, settlements: readonly Settlement[]): Promise<ReadonlyMap<MailId, string>> {
  const asked = settlements.flatMap((settlement) =>
    mailsOf(settlement).flatMap(({ mail, outcome }) => (mail?.kind === 'known' && outcome.kind === 'confirm' ? [mail.copy.mailId] : [])),
  )
  return await readSearchKeys(sql, tenantId, asked)
}

/** Entries of mails that have a live one fail, and so do second open confirmations: undo or close the first in an earlier statement. */
export async function writeRows(sql: Sql, tenantId: TenantId, rows: SettleRows): Promise<void> {
  const { blobs, attachments, confirmations, closed, undelivered, deliveries } = rows
  const count = await sql.run(writeSql, [
    tenantId,
    ...[blobs, attachments, confirmations, closed, undelivered].map(jsonText),
    ...listNames.flatMap((name) => columnValues(listColumns[name], rows[name])),
  ])
  // The claims are locked, so this cannot be; were it so, the whole batch must not stand.
  if (count !== deliveries.length) throw new Error(`${deliveries.length} deliveries were to be settled, ${count} were`)
}

/** Bytes that stand in a row go in the same transaction. Those in the blob store go after it (see processing/erase.ts). */
async function eraseContents(sql: Sql, settlements: readonly Settlement[]): Promise<void> {
  const ids = settlements.filter((settlement) => settlement.outcome.kind === 'erase').map((settlement) => settlement.messageId)
  if (ids.length === 0) return
  await sql.run('UPDATE raw_message SET content = NULL, erased_at = now() WHERE message_id = ANY($1) AND content IS NOT NULL', [ids])
}
