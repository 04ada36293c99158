/**
 * What happened at a tenant since somebody last looked, read from the audit trail: each row exactly once, though rows are committed in another order than
 * they are made in. What was seen is a snapshot (the transactions that were visible then), so two readers, two processes and a reconnect agree.
 */
import type { TenantId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database } from './database.ts'
import { type EventContent, withContents } from './event-contents.ts'

export type EventKind =
  | 'confirmation.opened'
  | 'confirmation.settled'
  | 'confirmation.reopened'
  | 'confirmation.claimed'
  | 'confirmation.released'
  | 'confirmation.changed'
  | 'history.appended'
  | 'history.moved'
  | 'history.undone'
  | 'history.changed'
  | 'health.changed'

export interface TrailEvent {
  readonly kind: EventKind
  /** Of the confirmation or the history entry; of the mailbox, the message or the confirmation whose health changed, empty where it is about several. */
  readonly id: string
  /** RFC 3339. */
  readonly at: string
  readonly actor: string
  /** The lead's number. */
  readonly lead: string | null
  /** Whose mail a confirmation is about (who captured or wrote it): a salesperson is told of his own. Null for what everybody may know. */
  readonly mailOf: readonly AddressKey[] | null
  /** Only where it was asked for, and not of every event; whoever may know of the event may know it. */
  readonly content?: EventContent | undefined
}

export interface Trail {
  /** What is seen now; where to go on. */
  readonly seen: string
  readonly events: readonly TrailEvent[]
  /** `events` is not all there was: too much, too long ago, or of another database. Then whatever is shown must be asked for anew. */
  readonly hasGap: boolean
  /** Something changed about who may be here: users, sessions, keys. */
  readonly touchesAccess: boolean
}

/** One look hands over at most so many rows of the trail; with more, a reader is better off asking anew. */
export const trailRowsMax = 500
/** Further back nobody goes on. */
const trailAgeMaxHours = 12
const snapshotCharactersMax = 4_000
const snapshotShape = /^\d{1,20}:\d{1,20}:(?:\d{1,20}(?:,\d{1,20})*)?$/

/** What an audited action is to those who watch; what is not here is no event. The detail of the row names the entry, the confirmation, the lead. */
const eventsOf: Readonly<Record<string, readonly EventKind[]>> = {
  mailAppended: ['history.appended', 'confirmation.settled'],
  confirmationOpened: ['confirmation.opened'],
  mailCapturedAgain: ['history.changed'],
  confirmationConfirmed: ['confirmation.settled'],
  confirmationDismissed: ['confirmation.settled'],
  confirmationClaimed: ['confirmation.claimed'],
  confirmationReleased: ['confirmation.released'],
  confirmationOffered: ['confirmation.changed'],
  confirmationReopened: ['confirmation.reopened', 'history.undone'],
  entryMoved: ['history.moved', 'confirmation.settled'],
  entryUndone: ['history.undone', 'confirmation.opened'],
  mailMadePrivate: ['history.changed'],
  mailMadePublic: ['history.changed'],
  mailboxAdded: ['health.changed'],
  mailboxRemoved: ['health.changed'],
  mailboxTroubled: ['health.changed'],
  mailboxRecovered: ['health.changed'],
  messageReplayed: ['health.changed'],
  offerFailed: ['health.changed'],
  offersRetried: ['health.changed'],
}

const actsOnAccess = /user|session|password|apiKey|signed|role|link/i

interface TrailRow {
  readonly at: Date | string
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly entryId: string | null
  readonly confirmationId: string | null
  readonly lead: string | null
  readonly mailOf: readonly AddressKey[] | null
}

/** The id that a text is, or null: what another version of the program wrote may be none. */
export const uuidSql = (text: string): string =>
  `CASE WHEN ${text} ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (${text})::uuid END`

/** The comparisons of xid8 leak nothing, so the index is used below the tenant's policy; what is visible is asked of the few rows that remain. */
const trailSql = `
  WITH fresh AS MATERIALIZED (
    SELECT a.id, a.at, a.actor, a.action, a.subject, a.detail FROM audit_entry a
    WHERE a.tenant_id = $1 AND a.written_in >= pg_snapshot_xmin($2::pg_snapshot) AND a.written_in < pg_snapshot_xmax(pg_current_snapshot())
      AND NOT pg_visible_in_snapshot(a.written_in, $2::pg_snapshot) AND a.at > now() - interval '${String(trailAgeMaxHours)} hours'
    ORDER BY a.id LIMIT ${String(trailRowsMax + 1)}
  ), told AS (
    SELECT f.id, f.at, f.actor, f.action, f.subject, f.detail->>'confirmationId' AS "confirmationId", l.number AS lead,
      CASE WHEN f.action = 'mailCapturedAgain'
        THEN (SELECT h.id::text FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = ${uuidSql('f.subject')} AND h.undone_at IS NULL)
        ELSE f.detail->>'entryId' END AS "entryId",
      (SELECT array_agg(DISTINCT w.address) FROM confirmation c JOIN mail m ON m.tenant_id = $1 AND m.id = c.mail_id
        CROSS JOIN LATERAL (SELECT m.from_address AS address UNION ALL SELECT p.address FROM capture p WHERE p.tenant_id = $1 AND p.mail_id = m.id) w
        WHERE c.tenant_id = $1 AND c.id = ${uuidSql("f.detail->>'confirmationId'")}) AS "mailOf"
    FROM fresh f LEFT JOIN lead l ON l.tenant_id = $1 AND l.id = ${uuidSql("f.detail->>'leadId'")}
  )
  SELECT pg_current_snapshot()::text AS seen, pg_snapshot_xmax($2::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS foreign,
    coalesce((SELECT jsonb_agg(t ORDER BY t.id) FROM told t), '[]') AS rows`

/**
 * Null as `seen` looks at nothing and answers where to begin. `seen` may come from a client (Last-Event-ID): what was never a snapshot here is a gap.
 * Events are in the order in which they were made. With `contentsAt`, the time now, they have their contents.
 */
export async function readTrail(
  database: Database,
  tenantId: TenantId,
  seen: string | null,
  contentsAt: Date | null = null,
): Promise<Trail> {
  return await database.tenantReads(tenantId, async (sql) => {
    const begin = async (hasGap: boolean): Promise<Trail> => {
      const [row] = await sql.rows<{ seen: string }>('SELECT pg_current_snapshot()::text AS seen')
      return { seen: row?.seen ?? '', events: [], hasGap, touchesAccess: hasGap }
    }
    if (seen === null) return await begin(false)
    if (!isSnapshot(seen)) return await begin(true)
    const [row] = await sql.rows<{ seen: string; foreign: boolean; rows: TrailRow[] }>(trailSql, [tenantId, seen])
    if (row === undefined || row.foreign) return await begin(true)
    const hasGap = row.rows.length > trailRowsMax
    const events = hasGap ? [] : row.rows.flatMap(eventsOfRow)
    return {
      seen: row.seen,
      events: contentsAt === null ? events : await withContents(sql, tenantId, events, contentsAt),
      hasGap,
      touchesAccess: hasGap || row.rows.some(({ action }) => actsOnAccess.test(action)),
    }
  })
}

/** As Postgres writes one: xmin:xmax:those in between that were running, in order. */
function isSnapshot(text: string): boolean {
  if (text.length > snapshotCharactersMax || !snapshotShape.test(text)) return false
  const [first = '', last = '', running = ''] = text.split(':')
  const [xmin, xmax] = [BigInt(first), BigInt(last)]
  if (xmin < 1n || xmin > xmax || xmax >= 2n ** 64n) return false
  let before = xmin - 1n
  for (const each of running === '' ? [] : running.split(',')) {
    const xid = BigInt(each)
    if (xid <= before || xid >= xmax) return false
    before = xid
  }
  return true
}

function eventsOfRow({ at, actor, action, subject, entryId, confirmationId, lead, mailOf }: TrailRow): TrailEvent[] {
  return (eventsOf[action] ?? []).flatMap((kind) => {
    const isConfirmation = kind.startsWith('confirmation.')
    const id = kind === 'health.changed' ? subject : isConfirmation ? confirmationId : entryId
    if (id === null) return []
    return [{ kind, id, at: new Date(at).toISOString(), actor, lead, mailOf: isConfirmation ? (mailOf ?? []) : null }]
  })
}
