/**
 * Mailboxes that are watched: their settings, how far each is read, who watches it and how it fares. Watching goes over all tenants and is the
 * router's; how they fare is the operator's to see.
 */
import type { MailboxId, TenantId } from '../crm/ids.ts'
import { type Fault, faultOf, PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import { writeAudit } from './audit.ts'
import type { Database } from './database.ts'
import { checkedId } from './page.ts'
import { findTenantId } from './tenants.ts'

export const mailboxTlsModes = ['on', 'starttls', 'off'] as const
export type MailboxTls = (typeof mailboxTlsModes)[number]

export const afterwardsKinds = ['seen', 'delete', 'leave', 'move'] as const
/** What is done with a message on the server once it is admitted. */
export type Afterwards = { readonly kind: 'seen' | 'delete' | 'leave' } | { readonly kind: 'move'; readonly folder: string }

export interface MailboxSettings {
  readonly host: string
  readonly port: number
  readonly tls: MailboxTls
  readonly userName: string
  readonly folder: string
  readonly afterwards: Afterwards
  readonly trustedAuthservId: string | null
  /** A Sent folder: of its messages those are taken that a user of the tenant wrote to a contact person. Needs a tenant, and to be left alone. */
  readonly sent?: boolean
}

/** UIDs from..to, both included. */
export type UidRange = readonly [from: number, to: number]

/** How far a folder is read. Ranges are ascending and do not touch. */
export interface MailboxCursor {
  /** Decimal; UIDs mean what they say under this one alone (RFC 9051 §2.3.1.1). */
  readonly uidValidity: string
  /** What is admitted, or gone. */
  readonly done: readonly UidRange[]
  /** What is admitted, but could not be marked, moved or deleted yet. */
  readonly owed: readonly UidRange[]
  /** What is being taken: begun at that time (milliseconds), of which the message ids are made. A crash leaves it, and it is taken again. */
  readonly begun: { readonly atMs: number; readonly uids: readonly UidRange[] } | null
}

export interface WatchedMailbox extends MailboxSettings {
  readonly id: MailboxId
  readonly tenantId: TenantId | null
  readonly revision: number
  /** See mailbox-secret.ts. */
  readonly secret: Uint8Array
  readonly cursor: MailboxCursor | null
}

/**
 * Adds a mailbox; a running program watches it within seconds. `seal` encrypts its secret for the id that it gets.
 * @throws PermanentFailure `notFound` (tenant), `conflict` (somebody has that folder already).
 */
export async function addMailbox(
  database: Database,
  settings: MailboxSettings & { readonly tenant: string | null },
  seal: (id: MailboxId) => Uint8Array,
): Promise<MailboxId> {
  const id = newId<MailboxId>()
  const tenantId = settings.tenant === null ? null : await findTenantId(database, settings.tenant)
  const { host, port, tls, userName, folder, afterwards, trustedAuthservId, sent = false } = settings
  const moveTo = afterwards.kind === 'move' ? afterwards.folder : null
  const added = await database.routerSql((sql) =>
    sql.run(
      `INSERT INTO mailbox (id, tenant_id, host, port, tls, user_name, folder, afterwards, move_to, trusted_authserv_id, secret, sent)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (host, port, user_name, folder) DO NOTHING`,
      [id, tenantId, host, port, tls, userName, folder, afterwards.kind, moveTo, trustedAuthservId, seal(id), sent],
    ),
  )
  if (added === 0) {
    throw new PermanentFailure(
      'conflict',
      `The folder ${folder} of ${userName} at ${host}:${port} is watched already; a folder belongs to one tenant or to the installation. Remove it first (mailbox list shows its id).`,
      { fault: faultOf('mailboxTaken', { folder, user: userName, server: `${host}:${port}` }) },
    )
  }
  return id
}

/**
 * Whoever watches it stops within seconds; what it brought in stays.
 * @param only whose mailbox it must be; null: anybody's, and the installation's.
 * @throws PermanentFailure `notFound`.
 */
export async function removeMailbox(database: Database, written: string, only: TenantId | null = null): Promise<void> {
  const id = checkedId<MailboxId>(written, 'mailbox')
  const removed = await database.routerSql((sql) =>
    sql.run('DELETE FROM mailbox WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)', [id, only]),
  )
  if (removed === 0) throw new PermanentFailure('notFound', `There is no mailbox ${id}`)
}

/** A mailbox that this holder may watch, until its lease ends. */
export interface HeldMailbox {
  readonly id: MailboxId
  readonly revision: number
}

/** Which mailboxes `holder` has, and whether there are any that nobody has. Touches nothing. */
export async function lookAtLeases(
  database: Database,
  holder: string,
): Promise<{ readonly held: HeldMailbox[]; readonly anyFree: boolean }> {
  const rows = await database.routerSql((sql) =>
    sql.rows<HeldMailbox & { readonly mine: boolean; readonly free: boolean }>(
      `SELECT id, revision, lease_holder IS NOT DISTINCT FROM $1::uuid AND lease_until > now() AS mine,
              lease_until IS NULL OR lease_until <= now() AS free
       FROM mailbox`,
      [holder],
    ),
  )
  const held = rows.filter(({ mine }) => mine).map(({ id, revision }) => ({ id, revision }))
  return { held, anyFree: rows.some(({ free }) => free) }
}

/** Renews the leases that `holder` has and takes those that nobody has; answers all that it holds now, at most `mailboxesMax`. */
export async function renewLeases(database: Database, holder: string, leaseMs: number, mailboxesMax: number): Promise<HeldMailbox[]> {
  return await database.routerSql((sql) =>
    sql.rows<HeldMailbox>(
      `WITH mine AS (
         SELECT id FROM mailbox WHERE lease_holder = $1 OR lease_until IS NULL OR lease_until <= now()
         ORDER BY lease_holder IS NOT DISTINCT FROM $1::uuid DESC, id LIMIT $3 FOR UPDATE
       )
       UPDATE mailbox m SET lease_holder = $1, lease_until = now() + $2 * interval '1 millisecond' FROM mine
       WHERE m.id = mine.id AND (m.lease_holder = $1 OR m.lease_until IS NULL OR m.lease_until <= now())
       RETURNING m.id, m.revision`,
      [holder, leaseMs, mailboxesMax],
    ),
  )
}

/** So that another process need not wait for the lease to end. */
export async function releaseLeases(database: Database, holder: string, ids: readonly MailboxId[]): Promise<void> {
  await database.routerSql((sql) =>
    sql.run(
      `UPDATE mailbox SET lease_holder = NULL, lease_until = NULL, connected_at = NULL WHERE lease_holder = $1 AND id = ANY($2::uuid[])`,
      [holder, ids],
    ),
  )
}

interface WatchedRow {
  readonly id: MailboxId
  readonly tenant_id: TenantId | null
  readonly host: string
  readonly port: number
  readonly tls: MailboxTls
  readonly user_name: string
  readonly folder: string
  readonly afterwards: Afterwards['kind']
  readonly move_to: string | null
  readonly trusted_authserv_id: string | null
  readonly sent: boolean
  readonly secret: Buffer
  readonly revision: number
  readonly cursor: MailboxCursor | null
}

/** Null where it was removed, or another process watches it by now. */
export async function readHeldMailbox(database: Database, holder: string, id: MailboxId): Promise<WatchedMailbox | null> {
  const rows = await database.routerSql((sql) =>
    sql.rows<WatchedRow>(
      `SELECT id, tenant_id, host, port, tls, user_name, folder, afterwards, move_to, trusted_authserv_id, sent, secret, revision, cursor
       FROM mailbox WHERE id = $1 AND lease_holder = $2`,
      [id, holder],
    ),
  )
  const [row] = rows
  if (row === undefined) return null
  const { host, port, tls, folder, secret, revision, cursor } = row
  return {
    id,
    tenantId: row.tenant_id,
    host,
    port,
    tls,
    userName: row.user_name,
    folder,
    afterwards: afterwardsOf(row),
    trustedAuthservId: row.trusted_authserv_id,
    sent: row.sent,
    secret,
    revision,
    cursor,
  }
}

function afterwardsOf(row: { readonly afterwards: Afterwards['kind']; readonly move_to: string | null }): Afterwards {
  return row.afterwards === 'move' ? { kind: 'move', folder: row.move_to ?? '' } : { kind: row.afterwards }
}

/** False where the mailbox is not `holder`'s any more: nothing was written then, and watching has to end. */
export async function saveCursor(database: Database, holder: string, id: MailboxId, cursor: MailboxCursor): Promise<boolean> {
  const saved = await database.routerSql((sql) =>
    sql.run('UPDATE mailbox SET cursor = $3 WHERE id = $1 AND lease_holder = $2', [id, holder, cursor]),
  )
  return saved === 1
}

/** A refresh token that the server replaced (RFC 6749 §6). */
export async function saveSecret(database: Database, holder: string, id: MailboxId, secret: Uint8Array): Promise<void> {
  await database.routerSql((sql) => sql.run('UPDATE mailbox SET secret = $3 WHERE id = $1 AND lease_holder = $2', [id, holder, secret]))
}

/** How a mailbox fares, as whoever watches it knows. */
export interface MailboxReport {
  readonly id: MailboxId
  readonly connectedAt: Date | null
  /** When the last message was taken; null: none since the watching began. */
  readonly lastMailAt: Date | null
  /** When nothing was waiting, last; null: not since the watching began. */
  readonly upToDateAt: Date | null
  readonly waiting: number
  readonly setAside: number
  readonly lastError: string | null
  /** The same for whoever says it in another language; null where it is not known. */
  readonly lastFault: Fault | null
  readonly lastErrorAt: Date | null
  /** Null: too early to tell. */
  readonly isTroubled: boolean | null
}

/** A mailbox that got into trouble or out of it is told in its tenant's audit trail; answers those tenants. */
export async function saveReports(database: Database, holder: string, reports: readonly MailboxReport[]): Promise<TenantId[]> {
  if (reports.length === 0) return []
  return await database.acrossTenants(async (enter) => {
    const router = await enter.router()
    await router.run(
      `UPDATE mailbox m SET connected_at = r."connectedAt", last_mail_at = coalesce(r."lastMailAt", m.last_mail_at),
              up_to_date_at = coalesce(r."upToDateAt", m.up_to_date_at), waiting = r.waiting, set_aside = r."setAside",
              last_error = coalesce(r."lastError", m.last_error),
              last_fault = CASE WHEN r."lastError" IS NULL THEN m.last_fault ELSE r."lastFault" END, last_error_at = coalesce(r."lastErrorAt", m.last_error_at)
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, "connectedAt" timestamptz, "lastMailAt" timestamptz, "upToDateAt" timestamptz,
              waiting int, "setAside" int, "lastError" text, "lastFault" jsonb, "lastErrorAt" timestamptz)
       WHERE m.id = r.id AND m.lease_holder = $1`,
      [holder, JSON.stringify(reports)],
    )
    const turned = await router.rows<{ id: MailboxId; tenantId: TenantId | null; isTroubled: boolean }>(
      `UPDATE mailbox m SET is_troubled = r."isTroubled" FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, "isTroubled" boolean)
       WHERE m.id = r.id AND m.lease_holder = $1 AND m.is_troubled <> r."isTroubled"
       RETURNING m.id, m.tenant_id AS "tenantId", m.is_troubled AS "isTroubled"`,
      [holder, JSON.stringify(reports.map(({ id, isTroubled }) => ({ id, isTroubled })))],
    )
    const told = turned.flatMap(({ id, tenantId, isTroubled }) => (tenantId === null ? [] : [{ id, tenantId, isTroubled }]))
    for (const { id, tenantId, isTroubled } of told)
      await writeAudit(await enter.tenant(tenantId), tenantId, {
        actor: 'rule',
        action: isTroubled ? 'mailboxTroubled' : 'mailboxRecovered',
        subject: id,
      })
    return [...new Set(told.map(({ tenantId }) => tenantId))]
  })
}

/** What INTERFACE calls `mailbox list`: `unwatched` (no process with the role `imap` has it), `connecting`, `connected`, `failing`. */
export type MailboxState = 'unwatched' | 'connecting' | 'connected' | 'failing'

export interface MailboxJson {
  readonly id: string
  readonly tenant: string | null
  readonly host: string
  readonly port: number
  readonly tls: MailboxTls
  readonly user: string
  readonly folder: string
  /** `seen`, `delete`, `leave`, or `move:FOLDER`. */
  readonly after: string
  readonly trustedAuthservId: string | null
  /** A Sent folder. */
  readonly sent: boolean
  readonly state: MailboxState
  readonly connectedSince: string | null
  readonly lastMailAt: string | null
  /** For how long messages have been waiting unseen, in seconds; 0 where none is, null where it was never read to its end. */
  readonly lagSeconds: number | null
  readonly waiting: number
  readonly setAside: number
  readonly lastError: string | null
  readonly lastFault: Fault | null
  readonly lastErrorAt: string | null
}

interface HealthRow extends Omit<WatchedRow, 'secret' | 'cursor' | 'tenant_id' | 'revision'> {
  readonly slug: string | null
  readonly is_watched: boolean
  readonly connected_at: Date | null
  readonly last_mail_at: Date | null
  readonly lag_seconds: number | null
  readonly waiting: number
  readonly set_aside: number
  readonly last_error: string | null
  readonly last_fault: Fault | null
  readonly last_error_at: Date | null
}

/** What was reported so lately counts as now. */
const reportAgeMaxSeconds = 12

/** All mailboxes, or one tenant's, oldest first. @throws PermanentFailure `notFound` (tenant). */
export async function listMailboxes(database: Database, tenant: string | null): Promise<MailboxJson[]> {
  if (tenant !== null) await findTenantId(database, tenant)
  const rows = await database.operatorSql((sql) =>
    sql.rows<HealthRow>(
      `SELECT m.id, t.slug, m.host, m.port, m.tls, m.user_name, m.folder, m.afterwards, m.move_to, m.trusted_authserv_id, m.sent,
              coalesce(m.lease_until > now(), false) AS is_watched, m.connected_at, m.last_mail_at, m.waiting, m.set_aside, m.last_error, m.last_fault,
              m.last_error_at, extract(epoch FROM now() - m.up_to_date_at)::float8 AS lag_seconds
       FROM mailbox m LEFT JOIN tenant t ON t.id = m.tenant_id WHERE $1::text IS NULL OR t.slug = $1 ORDER BY m.id`,
      [tenant],
    ),
  )
  return rows.map(mailboxJson)
}

function mailboxJson(row: HealthRow): MailboxJson {
  const afterwards = afterwardsOf(row)
  const connectedAt = row.is_watched ? row.connected_at : null
  // An error counts until a connection stands again.
  const isFailing = connectedAt === null && row.last_error_at !== null
  const lag = row.lag_seconds
  return {
    id: row.id,
    tenant: row.slug,
    host: row.host,
    port: row.port,
    tls: row.tls,
    user: row.user_name,
    folder: row.folder,
    after: afterwards.kind === 'move' ? `move:${afterwards.folder}` : afterwards.kind,
    trustedAuthservId: row.trusted_authserv_id,
    sent: row.sent,
    state: !row.is_watched ? 'unwatched' : connectedAt !== null ? 'connected' : isFailing ? 'failing' : 'connecting',
    connectedSince: connectedAt?.toISOString() ?? null,
    lastMailAt: row.last_mail_at?.toISOString() ?? null,
    lagSeconds: lag === null ? null : lag <= reportAgeMaxSeconds && row.waiting === 0 ? 0 : Math.max(0, Math.round(lag)),
    waiting: row.waiting,
    setAside: row.set_aside,
    lastError: row.last_error,
    lastFault: row.last_fault,
    lastErrorAt: row.last_error_at?.toISOString() ?? null,
  }
}
