/**
 * Takes due deliveries for one worker and gives them back. A claim is a lease: it lapses, so that a worker that died holds up nothing, and it
 * is numbered by `attempts`, so that a worker whose claim lapsed can tell and write nothing any more. All as the router.
 */
import type { DeliveryId, MessageId } from '../crm/ids.ts'
import type { Envelope, IntakeChannel } from '../mail/message.ts'
import type { Database, Sql } from './database.ts'

/** A claim by its two keys: whose number has changed since is not ours any more. */
export interface Claim {
  readonly deliveryId: DeliveryId
  /** How often it was taken, this time included. */
  readonly attempts: number
}

export interface ClaimedMessage extends Claim {
  readonly messageId: MessageId
  readonly channel: IntakeChannel
  readonly receivedAt: Date
  readonly bytes: number
  readonly sha256: string
  readonly envelope: Envelope
  /** The bytes where they are small, else null and `blobKey` says where they are; both null once erased. */
  readonly content: Buffer | null
  readonly blobKey: string | null
}

export interface ClaimRow {
  readonly id: DeliveryId
  readonly attempts: number
  readonly message_id: MessageId
  readonly channel: IntakeChannel
  readonly received_at: Date
  readonly bytes: number
  readonly sha256: string
  readonly reverse_path: string | null
  readonly forward_paths: string[]
  readonly client_address: string | null
  readonly helo_name: string | null
  readonly tls: string | null
  readonly authenticated_as: string | null
  readonly from_trusted_network: boolean
  readonly relayed: boolean
  readonly mailbox_id: string | null
  readonly only_tenant_id: string | null
  readonly trusted_authserv_id: string | null
  readonly content: Buffer | null
  readonly blob_key: string | null
}

/** Of `inbound_message m` and `raw_message r`, all but the content. */
const columnsBesideContent = `m.id AS message_id, m.channel, m.received_at, m.bytes, m.sha256, m.reverse_path, m.forward_paths, m.client_address,
  m.helo_name, m.tls, m.authenticated_as, m.from_trusted_network, m.relayed, m.mailbox_id, m.only_tenant_id, m.trusted_authserv_id, r.blob_key`

/** Of `inbound_message m` and `raw_message r`. */
export const messageColumns = `${columnsBesideContent}, r.content`

/**
 * `which` picks the rows to take, `order` the first of them; what follows is the same for all, in the order in which they were accepted. The commit does
 * not wait for the disk: a claim that a crash of the server forgets is taken again.
 */
const claimSql = (which: string, order: string, columns: string): string => `
  WITH due AS MATERIALIZED (
    SELECT id FROM delivery WHERE tenant_id IS NULL AND due_at <= now() AND ${which}
    ORDER BY ${order} LIMIT $1 FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE delivery d SET state = 'processing', attempts = d.attempts + 1, due_at = now() + $2 * interval '1 millisecond'
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.message_id, d.attempts
  )
  SELECT c.id, c.attempts, ${columns}, set_config('synchronous_commit', 'off', true)
  FROM claimed c JOIN inbound_message m ON m.id = c.message_id JOIN raw_message r ON r.message_id = c.message_id
  ORDER BY m.received_at, m.id`

/** What had been waiting in a mailbox before we came waits for what is new. */
const claimFreshSql = claimSql(
  `state = 'received' AND attempts = 0`,
  'backlog, due_at, id',
  `${columnsBesideContent}, r.content IS NOT NULL AS has_content`,
)
const claimRetrySql = claimSql(`(state = 'processing' OR state = 'received' AND attempts > 0)`, 'due_at, id', messageColumns)

/** Up to `batchMax` deliveries that nobody has tried yet. */
export async function claimFresh(database: Database, batchMax: number, claimMs: number): Promise<ClaimedMessage[]> {
  return await database.routerSql(async (sql) => {
    const rows = await sql.rows<FreshRow>(claimFreshSql, [batchMax, claimMs])
    const contents = await contentsOf(database, sql, rows)
    return rows.map((row) => claimedMessage({ ...row, content: contents.get(row.message_id) ?? null }))
  })
}

type FreshRow = Omit<ClaimRow, 'content'> & { readonly has_content: boolean }

/** Mostly this process has written them itself a moment ago. */
async function contentsOf(database: Database, sql: Sql, rows: readonly FreshRow[]): Promise<ReadonlyMap<MessageId, Buffer>> {
  const contents = new Map<MessageId, Buffer>()
  for (const { message_id: id, sha256, has_content: hasContent } of rows) {
    const recent = database.recentContents.take(id)
    if (hasContent && recent?.sha256 === sha256) contents.set(id, asBuffer(recent.content))
  }
  const unread = rows.filter((row) => row.has_content && !contents.has(row.message_id)).map((row) => row.message_id)
  if (unread.length === 0) return contents
  const read = await sql.rows<{ id: MessageId; content: Buffer }>(
    'SELECT message_id AS id, content FROM raw_message WHERE message_id = ANY($1::uuid[]) AND content IS NOT NULL',
    [unread],
  )
  for (const { id, content } of read) contents.set(id, content)
  return contents
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** One delivery that was tried before, or whose worker did not come back: alone, so that a mail that kills its worker drags no other along. */
export async function claimRetry(database: Database, claimMs: number): Promise<ClaimedMessage[]> {
  return await database.routerSql(async (sql) => (await sql.rows<ClaimRow>(claimRetrySql, [1, claimMs])).map(claimedMessage))
}

/** Holds claims for another `claimMs`; those that were lost stay lost. */
export async function renewClaims(database: Database, claims: readonly Claim[], claimMs: number): Promise<void> {
  if (claims.length === 0) return
  await database.routerSql((sql) =>
    sql.run(
      `UPDATE delivery d SET due_at = now() + $3 * interval '1 millisecond'
       FROM unnest($1::uuid[], $2::int[]) AS c(id, attempts)
       WHERE d.id = c.id AND d.attempts = c.attempts AND d.tenant_id IS NULL AND d.state = 'processing'`,
      [...claimArrays(claims), claimMs],
    ),
  )
}

/** How a claim ends without a tenant. */
export type Release = Claim &
  (
    | { readonly kind: 'again'; readonly dueInMs: number; readonly counts: boolean; readonly detail: string }
    | {
        readonly kind: 'failed' | 'unroutable'
        readonly reason: string
        readonly detail: string
        readonly trace: object | null
        /** Of what is unroutable: whose it would be, were one of these a host name. */
        readonly authorDomains?: readonly string[]
      }
  )

/**
 * Ends claims: tried again later (uncounted where not the mail but its surroundings were at fault), failed for good, or nobody's. Answers how
 * many of them were still ours. Idempotent.
 */
export async function releaseClaims(database: Database, releases: readonly Release[]): Promise<number> {
  if (releases.length === 0) return 0
  const rows = releases.map((release) => ({
    id: release.deliveryId,
    attempts: release.attempts,
    state: release.kind === 'again' ? 'received' : release.kind,
    attemptsAfter: release.kind === 'again' && !release.counts ? release.attempts - 1 : release.attempts,
    dueInMs: release.kind === 'again' ? release.dueInMs : 0,
    reason: release.kind === 'again' ? null : release.reason,
    detail: release.detail,
    trace: release.kind === 'again' ? null : release.trace,
    authorDomains: release.kind === 'again' ? null : (release.authorDomains ?? null),
  }))
  return await database.routerSql((sql) => releaseRows(sql, rows))
}

async function releaseRows(sql: Sql, rows: readonly object[]): Promise<number> {
  return await sql.run(
    `UPDATE delivery d SET state = r.state, attempts = r."attemptsAfter", due_at = now() + r."dueInMs" * interval '1 millisecond',
            reason = r.reason, detail = r.detail, trace = coalesce(r.trace, d.trace),
            author_domains = coalesce(r."authorDomains", d.author_domains),
            settled_at = CASE WHEN r.state = 'received' THEN NULL ELSE now() END
     FROM jsonb_to_recordset($1::jsonb)
          AS r(id uuid, attempts int, state text, "attemptsAfter" int, "dueInMs" float8, reason text, detail text, trace jsonb, "authorDomains" text[])
     WHERE d.id = r.id AND d.attempts = r.attempts AND d.tenant_id IS NULL AND d.state = 'processing'`,
    [JSON.stringify(rows)],
  )
}

function claimArrays(claims: readonly Claim[]): [string[], number[]] {
  return [claims.map((claim) => claim.deliveryId), claims.map((claim) => claim.attempts)]
}

export function claimedMessage(row: ClaimRow): ClaimedMessage {
  return {
    deliveryId: row.id,
    attempts: row.attempts,
    messageId: row.message_id,
    channel: row.channel,
    receivedAt: row.received_at,
    bytes: row.bytes,
    sha256: row.sha256,
    content: row.content,
    blobKey: row.blob_key,
    envelope: {
      reversePath: row.reverse_path,
      forwardPaths: row.forward_paths,
      clientAddress: row.client_address,
      heloName: row.helo_name,
      tls: row.tls,
      authenticatedAs: row.authenticated_as,
      fromTrustedNetwork: row.from_trusted_network,
      relayed: row.relayed,
      mailboxId: row.mailbox_id,
      onlyTenantId: row.only_tenant_id,
      trustedAuthservId: row.trusted_authserv_id,
    },
  }
}
