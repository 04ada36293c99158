/** Every message and where it stands, over all tenants and without content; its trace, its bytes, and a second try (INTERFACE "messages"). */
import { Readable } from 'node:stream'
import type { MessageId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { BlobStore } from './blobs.ts'
import type { Database, Sql } from './database.ts'
import { retryFailedOffers } from './failed-offers.ts'
import { checkedId, cutPage, limitOf, type Page } from './page.ts'

export const deliveryStates = ['received', 'processing', 'appended', 'inReview', 'ignored', 'failed', 'unroutable'] as const
export type DeliveryState = (typeof deliveryStates)[number]

export interface DeliveryJson {
  readonly tenant: string | null
  readonly state: DeliveryState
  readonly reason: string | null
  /** The lead's number. */
  readonly lead: string | null
}

export interface MessageJson {
  readonly id: string
  /** Known once a tenant has the mail. */
  readonly messageId: string | null
  readonly channel: string
  readonly receivedAt: string
  readonly bytes: number
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
  readonly deliveries: readonly DeliveryJson[]
}

export interface MessagesJson {
  readonly messages: readonly MessageJson[]
  readonly next?: string
}

interface MessageRow {
  readonly id: MessageId
  readonly channel: string
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
}

interface DeliveryRow {
  readonly id: string
  readonly message_id: MessageId
  readonly tenant_id: TenantId | null
  readonly slug: string | null
  readonly state: DeliveryState
  readonly reason: string | null
  readonly detail: string | null
  readonly attempts: number
  readonly due_at: Date
  readonly settled_at: Date | null
  readonly number: string | null
  readonly mail_message_id: string | null
  readonly trace: unknown
}

/** `trace` is read for one message alone: it is long. */
function deliveriesOf(trace: boolean): string {
  return `
    SELECT d.id, d.message_id, d.tenant_id, t.slug, d.state, d.reason, d.detail, d.attempts, d.due_at, d.settled_at, l.number,
      m.message_id AS mail_message_id, ${trace ? 'd.trace' : 'NULL AS trace'}
    FROM delivery d LEFT JOIN tenant t ON t.id = d.tenant_id
      LEFT JOIN lead l ON l.tenant_id = d.tenant_id AND l.id = d.lead_id
      LEFT JOIN mail m ON m.tenant_id = d.tenant_id AND m.id = d.mail_id
    WHERE d.message_id = ANY($1::uuid[]) AND ($2::uuid IS NULL OR d.tenant_id = $2) ORDER BY d.id`
}

export interface MessageFilter extends Page {
  /** Those that have a delivery in it. */
  readonly state?: DeliveryState | undefined
  /** Those that this tenant has. */
  readonly tenantId?: TenantId | undefined
  readonly order?: 'oldest' | 'newest' | undefined
}

/** Whose eyes look: the operator's, who sees where everything stands, or a tenant's, which sees its own alone. */
export type Onlooker = 'operator' | TenantId

function lookAs<T>(database: Database, onlooker: Onlooker, work: (sql: Sql) => Promise<T>): Promise<T> {
  return onlooker === 'operator' ? database.operatorSql(work) : database.tenantSql(onlooker, work)
}

/** Oldest first unless the other way is asked for. */
export async function listMessages(
  database: Database,
  options: MessageFilter = {},
  onlooker: Onlooker = 'operator',
): Promise<MessagesJson> {
  const { state, order = 'oldest' } = options
  const tenantId = onlooker === 'operator' ? (options.tenantId ?? null) : onlooker
  if (state !== undefined && !deliveryStates.includes(state)) {
    throw new PermanentFailure('inputInvalid', `There is no state "${state}": it is one of ${deliveryStates.join(', ')}`)
  }
  const limit = limitOf(options)
  const after = options.after === undefined ? null : checkedId<MessageId>(options.after, 'message')
  // The state is one of ours, checked above; as a constant it lets the index over troubled deliveries be used.
  const inState = state === undefined ? '' : `AND state = '${state}'`
  const [behind, direction] = order === 'oldest' ? ['>', 'ASC'] : ['<', 'DESC']
  const listed =
    tenantId !== null
      ? `SELECT message_id AS id FROM delivery WHERE tenant_id = $3 ${inState} AND ($1::uuid IS NULL OR message_id ${behind} $1)
         ORDER BY message_id ${direction} LIMIT $2`
      : `SELECT id FROM inbound_message WHERE ($1::uuid IS NULL OR id ${behind} $1) AND $3::uuid IS NULL
         ${state === undefined ? '' : `AND id IN (SELECT message_id FROM delivery WHERE true ${inState})`} ORDER BY id ${direction} LIMIT $2`
  return await lookAs(database, onlooker, async (sql) => {
    const rows = await sql.rows<MessageRow>(
      `SELECT m.* FROM (${listed}) l JOIN inbound_message m ON m.id = l.id ORDER BY m.id ${direction}`,
      [after, limit + 1, tenantId],
    )
    const { shown, next } = cutPage(rows, limit, (row) => row.id)
    const deliveries = await sql.rows<DeliveryRow>(deliveriesOf(false), [shown.map(({ id }) => id), tenantId])
    const byMessage = Map.groupBy(deliveries, (row) => row.message_id)
    return { messages: shown.map((row) => messageJson(row, byMessage.get(row.id) ?? [])), ...next }
  })
}

function messageJson(row: MessageRow, deliveries: readonly DeliveryRow[]): MessageJson {
  return {
    id: row.id,
    messageId: deliveries.find((delivery) => delivery.mail_message_id !== null)?.mail_message_id ?? null,
    channel: row.channel,
    receivedAt: row.received_at.toISOString(),
    bytes: row.bytes,
    reversePath: row.reverse_path,
    forwardPaths: row.forward_paths,
    deliveries: deliveries.map(({ slug, state, reason, number }) => ({ tenant: slug, state, reason, lead: number })),
  }
}

export interface MessageTraceJson extends Omit<MessageJson, 'deliveries'> {
  readonly sha256: string
  readonly clientAddress: string | null
  readonly heloName: string | null
  readonly tls: string | null
  readonly authenticatedAs: string | null
  readonly fromTrustedNetwork: boolean
  readonly relayed: boolean
  readonly deliveries: readonly (DeliveryJson & {
    readonly id: string
    readonly detail: string | null
    readonly attempts: number
    readonly dueAt: string
    readonly settledAt: string | null
    /** Stage by stage, as processing wrote it; null before the first try. */
    readonly trace: unknown
  })[]
}

/** The whole way of one message. Throws PermanentFailure('notFound'), also for one that this onlooker has no part in. */
export async function showMessage(database: Database, written: string, onlooker: Onlooker = 'operator'): Promise<MessageTraceJson> {
  const id = checkedId<MessageId>(written, 'message')
  const only = onlooker === 'operator' ? null : onlooker
  const { row, deliveries } = await lookAs(database, onlooker, async (sql) => ({
    row: (await sql.rows<MessageRow>('SELECT * FROM inbound_message WHERE id = $1', [id]))[0],
    deliveries: await sql.rows<DeliveryRow>(deliveriesOf(true), [[id], only]),
  }))
  if (row === undefined || (only !== null && deliveries.length === 0)) throw unknown(id)
  const message = messageJson(row, deliveries)
  return {
    ...message,
    sha256: row.sha256,
    clientAddress: row.client_address,
    heloName: row.helo_name,
    tls: row.tls,
    authenticatedAs: row.authenticated_as,
    fromTrustedNetwork: row.from_trusted_network,
    relayed: row.relayed,
    deliveries: deliveries.map((delivery) => ({
      id: delivery.id,
      tenant: delivery.slug,
      state: delivery.state,
      reason: delivery.reason,
      lead: delivery.number,
      detail: delivery.detail,
      attempts: delivery.attempts,
      dueAt: delivery.due_at.toISOString(),
      settledAt: delivery.settled_at?.toISOString() ?? null,
      trace: delivery.trace,
    })),
  }
}

function unknown(id: MessageId): PermanentFailure {
  return new PermanentFailure('notFound', `There is no message ${id}`)
}

interface Whereabouts {
  readonly id: string
  readonly tenant_id: TenantId | null
  readonly state: DeliveryState
}

async function whereaboutsOf(database: Database, id: MessageId, only: TenantId | null): Promise<Whereabouts[]> {
  const rows = await database.operatorSql(
    async (sql) =>
      await sql.rows<Whereabouts>(
        'SELECT id, tenant_id, state FROM delivery WHERE message_id = $1 AND ($2::uuid IS NULL OR tenant_id = $2) ORDER BY id',
        [id, only],
      ),
  )
  if (rows.length === 0) throw unknown(id)
  return rows
}

const toReplay: readonly DeliveryState[] = ['failed', 'unroutable']
/** A delivery as it was when it came in. */
export const toStartSql = `state = 'received', tenant_id = NULL, reason = NULL, detail = NULL, attempts = 0, due_at = date_trunc('milliseconds', now()),
  settled_at = NULL, lead_id = NULL, mail_id = NULL`

/**
 * Puts what failed or found no tenant back to the start, to be routed and matched anew, and has its questions judged again where that failed; answers how
 * many deliveries and questions. The caller rings the bell. With `only`, what that tenant has of it.
 * Throws PermanentFailure: `notFound`; `conflict` where nothing of it failed.
 */
export async function replayMessage(database: Database, written: string, only: TenantId | null = null): Promise<number> {
  const id = checkedId<MessageId>(written, 'message')
  const deliveries = await whereaboutsOf(database, id, only)
  const due = deliveries.filter(({ state }) => toReplay.includes(state))
  let replayed = 0
  for (const tenantId of new Set(deliveries.flatMap(({ tenant_id: tenant }) => tenant ?? [])))
    replayed += await database.tenantSql(tenantId, (sql) => retryFailedOffers(sql, tenantId, { messageId: id }))
  if (due.length + replayed === 0) {
    const states = [...new Set(deliveries.map(({ state }) => state))].join(', ')
    throw new PermanentFailure('conflict', `Message ${id} is ${states}: only what failed or is unroutable can be replayed`)
  }
  for (const { id: deliveryId, tenant_id: tenantId } of due) {
    const again = async (sql: Sql): Promise<number> =>
      await sql.run(`UPDATE delivery SET ${toStartSql} WHERE id = $1 AND state = ANY($2)`, [deliveryId, toReplay])
    replayed += tenantId === null ? await database.routerSql(again) : await database.tenantSql(tenantId, again)
  }
  return replayed
}

/**
 * The bytes as they came. Throws PermanentFailure: `notFound`, `messageErased`.
 * They are read as whoever has the message: its tenant, or the router where none has it. With `only`, that tenant must have it.
 */
export async function readRawMessage(
  database: Database,
  blobs: BlobStore,
  written: string,
  only: TenantId | null = null,
): Promise<Readable> {
  const id = checkedId<MessageId>(written, 'message')
  const deliveries = await whereaboutsOf(database, id, only)
  const read = async (sql: Sql): Promise<{ content: Buffer | null; blob_key: string | null } | undefined> =>
    (
      await sql.rows<{ content: Buffer | null; blob_key: string | null }>(
        'SELECT content, blob_key FROM raw_message WHERE message_id = $1',
        [id],
      )
    )[0]
  const tenantId = deliveries.find((delivery) => delivery.tenant_id !== null)?.tenant_id ?? null
  const row = tenantId === null ? await database.routerSql(read) : await database.tenantSql(tenantId, read)
  if (row === undefined) throw unknown(id)
  if (row.content !== null) return Readable.from([row.content], { objectMode: false })
  if (row.blob_key !== null) return await blobs.get(row.blob_key)
  throw new PermanentFailure('messageErased', `The content of message ${id} was erased`)
}
