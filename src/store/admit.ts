/** Writes accepted messages into the database: the message, its bytes, and a delivery that waits to be processed. */
import type { DeliveryId, MessageId } from '../crm/ids.ts'
import { newId } from '../id.ts'
import type { Envelope, IntakeChannel } from '../mail/message.ts'
import { asBuffer, type ClaimedMessage, claimedMessage } from './claim.ts'
import { columnsSql, columnValues, type Columns } from './columns.ts'
import type { Database } from './database.ts'

/** A message as the spool hands it over. Exactly one of `content` and `blobKey` is given. */
export interface AdmittedMessage {
  readonly id: MessageId
  readonly channel: IntakeChannel
  readonly receivedAt: Date
  /** Size of the raw message. */
  readonly bytes: number
  /** Hex, over the raw message. */
  readonly sha256: string
  readonly envelope: Envelope
  readonly content: Uint8Array | null
  readonly blobKey: string | null
}

const given: Columns = {
  id: 'uuid',
  deliveryId: 'uuid',
  channel: 'text',
  receivedAt: 'timestamptz',
  bytes: 'bigint',
  sha256: 'text',
  reversePath: 'text',
  forwardPaths: 'jsonb',
  clientAddress: 'text',
  heloName: 'text',
  tls: 'text',
  authenticatedAs: 'text',
  fromTrustedNetwork: 'boolean',
  relayed: 'boolean',
  mailboxId: 'uuid',
  onlyTenantId: 'uuid',
  trustedAuthservId: 'text',
  isBacklog: 'boolean',
  contentStart: 'int',
  contentBytes: 'int',
  blobKey: 'text',
}

/**
 * One statement, constant in text. Due is cut to the milliseconds of its column, for rounded up it would lie ahead of whoever looks at once. All contents
 * come as one value that is cut here.
 */
const admitStatement = `
WITH given AS (
  SELECT * FROM ${columnsSql(given, 3)}
), message AS (
  INSERT INTO inbound_message (id, channel, received_at, bytes, sha256, reverse_path, forward_paths, client_address, helo_name, tls,
    authenticated_as, from_trusted_network, relayed, mailbox_id, only_tenant_id, trusted_authserv_id)
  SELECT id, channel, "receivedAt", bytes, sha256, "reversePath", ARRAY(SELECT jsonb_array_elements_text("forwardPaths")), "clientAddress",
    "heloName", tls, "authenticatedAs", "fromTrustedNetwork", coalesce(relayed, false), "mailboxId", "onlyTenantId", "trustedAuthservId"
  FROM given
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), raw AS (
  INSERT INTO raw_message (message_id, content, blob_key)
  SELECT id, CASE WHEN "contentStart" IS NULL THEN NULL ELSE substring($1::bytea FROM "contentStart" FOR "contentBytes") END, "blobKey"
  FROM given JOIN message USING (id)
)
INSERT INTO delivery (id, message_id, state, attempts, due_at, backlog)
SELECT "deliveryId", id, CASE WHEN $2::float8 IS NULL THEN 'received' ELSE 'processing' END, CASE WHEN $2::float8 IS NULL THEN 0 ELSE 1 END,
  date_trunc('milliseconds', now()) + coalesce($2::float8, 0) * interval '1 millisecond', coalesce("isBacklog", false)
FROM given JOIN message USING (id)
RETURNING id, message_id`

/**
 * All of them or none, in one transaction; a message that is there already is left as it is, so a batch may be repeated.
 * @throws TemporaryFailure `databaseUnavailable`.
 */
export async function admitMessages(database: Database, messages: readonly AdmittedMessage[]): Promise<void> {
  for (const { id, sha256, content } of messages) if (content !== null) database.recentContents.add(id, { sha256, content }, content.length)
  await admit(database, messages, null)
}

/**
 * As `admitMessages`, and takes them for the caller in the same statement, as `claimFresh` would have taken them (claim.ts). Answers the claims in the order
 * of the messages; what was there already is not among them.
 * @throws TemporaryFailure `databaseUnavailable`.
 */
export async function admitClaimed(database: Database, messages: readonly AdmittedMessage[], claimMs: number): Promise<ClaimedMessage[]> {
  const deliveryOf = await admit(database, messages, claimMs)
  return messages.flatMap((message) => {
    const id = deliveryOf.get(message.id)
    return id === undefined ? [] : [claimOf(message, id)]
  })
}

/** The deliveries that were made: none for what was there already. */
async function admit(
  database: Database,
  messages: readonly AdmittedMessage[],
  claimMs: number | null,
): Promise<ReadonlyMap<MessageId, DeliveryId>> {
  if (messages.length === 0) return new Map()
  const contents: Uint8Array[] = []
  // Postgres counts the octets of a bytea from 1.
  let next = 1
  const rows = messages.map(({ id, channel, receivedAt, bytes, sha256, envelope, content, blobKey }) => {
    const contentStart = content === null ? null : next
    if (content !== null) contents.push(content)
    next += content?.length ?? 0
    const deliveryId = newId<DeliveryId>()
    return { id, deliveryId, channel, receivedAt, bytes, sha256, ...envelope, contentStart, contentBytes: content?.length ?? null, blobKey }
  })
  const values = [Buffer.concat(contents), claimMs, ...columnValues(given, rows)]
  const made = await database.routerSql(async (sql) => await sql.rows<{ id: DeliveryId; message_id: MessageId }>(admitStatement, values))
  return new Map(made.map(({ id, message_id: messageId }) => [messageId, id]))
}

/** As it would be read from the rows. */
function claimOf(
  { id, channel, receivedAt, bytes, sha256, envelope, content, blobKey }: AdmittedMessage,
  deliveryId: DeliveryId,
): ClaimedMessage {
  return claimedMessage({
    id: deliveryId,
    attempts: 1,
    message_id: id,
    channel,
    received_at: receivedAt,
    bytes,
    sha256,
    reverse_path: envelope.reversePath,
    forward_paths: [...envelope.forwardPaths],
    client_address: envelope.clientAddress,
    helo_name: envelope.heloName,
    tls: envelope.tls,
    authenticated_as: envelope.authenticatedAs,
    from_trusted_network: envelope.fromTrustedNetwork,
    relayed: envelope.relayed ?? false,
    mailbox_id: envelope.mailboxId ?? null,
    only_tenant_id: envelope.onlyTenantId ?? null,
    trusted_authserv_id: envelope.trustedAuthservId ?? null,
    content: content === null ? null : asBuffer(content),
    blob_key: blobKey,
  })
}

/** A message that was handed in under a mark, as far as it tells whether another is the same. */
export interface MarkedMessage {
  readonly id: MessageId
  readonly sha256: string
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
}

/**
 * The messages that came under these marks (see intake/mark.ts), the first of each. `since` null: however long ago.
 * @throws TemporaryFailure `databaseUnavailable`.
 */
export async function findMarked(database: Database, marks: readonly string[], since: Date | null): Promise<Map<string, MarkedMessage>> {
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<MarkedMessage & { readonly mark: string }>(
        `SELECT right(id::text, 22) AS mark, id, sha256, reverse_path AS "reversePath", forward_paths AS "forwardPaths" FROM inbound_message
         WHERE channel IN ('upload', 'file') AND right(id::text, 22) = ANY($1::text[]) AND ($2::timestamptz IS NULL OR received_at > $2)
         ORDER BY id DESC`,
        [marks, since],
      ),
  )
  return new Map(rows.map(({ mark, ...message }) => [mark, message]))
}

/** Which of these messages are in the database. @throws TemporaryFailure `databaseUnavailable`. */
export async function findAdmitted(database: Database, ids: readonly MessageId[]): Promise<Set<MessageId>> {
  const rows = await database.routerSql(
    async (sql) => await sql.rows<{ id: MessageId }>('SELECT id FROM inbound_message WHERE id = ANY($1::uuid[])', [ids]),
  )
  return new Set(rows.map((row) => row.id))
}
