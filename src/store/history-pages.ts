/** Which entries stand on a page of a history, in order of time and by keyset: as quick at the ten thousandth entry as at the first. */
import type { CompanyId, ContactPersonId, HistoryEntryId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Sql } from './database.ts'
import type { HistoryViewer } from './history-rows.ts'
import { checkedId, cutPage } from './page.ts'
import { isMailOfSql } from './viewer.ts'

export interface HistoryPage {
  /** Entries to show; one more is looked for, to see whether more follow. */
  readonly limit: number
  /** The entry that the page before ended with. */
  readonly after?: string | undefined
  readonly order: 'oldest' | 'newest'
  readonly direction?: 'outbound' | 'inbound' | 'internal' | undefined
  /** Only mails in which this contact person takes part. */
  readonly person?: string | undefined
  /** Only mails with files that the viewer may see. */
  readonly files?: { readonly viewer: HistoryViewer } | undefined
}

export type EntryFilter = Pick<HistoryPage, 'direction' | 'person' | 'files'>

export interface EntryIds {
  readonly ids: readonly HistoryEntryId[]
  /** `next: ID` where more follow. */
  readonly next: { readonly next?: string }
}

/** Captures of one person of which all are looked at; beyond that his are so many that the latest entries are gone through instead. */
const capturesMax = 2_000

/** Throws PermanentFailure('notFound') for `after`, here and below. */
export async function pageOfLead(sql: Sql, tenantId: TenantId, leadId: LeadId, page: HistoryPage): Promise<EntryIds> {
  const keyset = await keysetOf(sql, tenantId, page)
  const rows = await sql.rows<{ id: HistoryEntryId }>(
    `SELECT h.id FROM history_entry h WHERE h.tenant_id = $1 AND h.lead_id = $2 AND h.undone_at IS NULL AND ${keyset.behind}
     ORDER BY ${keyset.order} LIMIT ${keyset.take}`,
    [tenantId, leadId, ...keyset.values],
  )
  return cut(rows, page)
}

/** OFFSET 0: looked up mail by mail; for a few thousand of them the planner would rather read a million entries. */
const ofPeople = (people: string, { behind, order, take }: Keyset): string => `
  (SELECT DISTINCT h.id, h.occurred_at FROM ${people}
     JOIN participant q ON q.tenant_id = $1 AND q.contact_person_id = p.id
     CROSS JOIN LATERAL (SELECT e.id, e.occurred_at, e.mail_id, e.direction, e.has_files FROM history_entry e
       WHERE e.tenant_id = $1 AND e.mail_id = q.mail_id AND e.undone_at IS NULL OFFSET 0) h
   WHERE ${behind} ORDER BY ${order.replaceAll('h.', '')} LIMIT ${take})`

/** What stands at its leads, and the mails in which its people take part wherever they stand. */
export async function pageOfCompany(sql: Sql, tenantId: TenantId, companyId: CompanyId, page: HistoryPage): Promise<EntryIds> {
  const keyset = await keysetOf(sql, tenantId, page)
  const { behind, order, take } = keyset
  const rows = await sql.rows<{ id: HistoryEntryId }>(
    `SELECT h.id, h.occurred_at FROM (
       SELECT f.id, f.occurred_at FROM lead l CROSS JOIN LATERAL (
         SELECT h.id, h.occurred_at FROM history_entry h
         WHERE h.tenant_id = $1 AND h.lead_id = l.id AND h.undone_at IS NULL AND ${behind} ORDER BY ${order} LIMIT ${take}) f
       WHERE l.tenant_id = $1 AND l.company_id = $2
       UNION ${ofPeople('(SELECT id FROM contact_person WHERE tenant_id = $1 AND company_id = $2) p', keyset)}
     ) h ORDER BY ${order} LIMIT ${take}`,
    [tenantId, companyId, ...keyset.values],
  )
  return cut(rows, page)
}

/** The mails in which somebody takes part. */
export async function pageOfContactPerson(sql: Sql, tenantId: TenantId, id: ContactPersonId, page: HistoryPage): Promise<EntryIds> {
  const keyset = await keysetOf(sql, tenantId, page)
  const rows = await sql.rows<{ id: HistoryEntryId }>(
    ofPeople('(SELECT id FROM contact_person WHERE tenant_id = $1 AND id = $2) p', keyset),
    [tenantId, id, ...keyset.values],
  )
  return cut(rows, page)
}

export interface RecentPage extends Pick<HistoryPage, 'limit' | 'after'> {
  readonly decidedBy?: 'rule' | 'person' | undefined
  /** Only what these people captured. */
  readonly capturedBy?: readonly AddressKey[] | undefined
}

/** What was filed last, newest first. */
export async function pageOfRecent(sql: Sql, tenantId: TenantId, { limit, after, decidedBy, capturedBy }: RecentPage): Promise<EntryIds> {
  const conditions = ['h.tenant_id = $1', 'h.undone_at IS NULL', `h.id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`]
  const values: unknown[] = [tenantId, after === undefined ? null : checkedId<HistoryEntryId>(after, 'history entry')]
  // Written so that the index over what people decided is used.
  if (decidedBy !== undefined) conditions.push(decidedBy === 'rule' ? `h.decided_by = 'rule'` : `h.decided_by <> 'rule'`)
  if (capturedBy !== undefined) {
    const mails = await capturedMails(sql, tenantId, capturedBy)
    conditions.push(
      mails === null
        ? 'EXISTS (SELECT FROM capture w WHERE w.tenant_id = $1 AND w.mail_id = h.mail_id AND w.address = ANY($3))'
        : 'h.mail_id = ANY($3)',
    )
    values.push(mails ?? capturedBy)
  }
  const rows = await sql.rows<{ id: HistoryEntryId }>(
    `SELECT h.id FROM history_entry h WHERE ${conditions.join(' AND ')} ORDER BY h.id DESC LIMIT ${String(limit + 1)}`,
    values,
  )
  return cut(rows, { limit })
}

/** Null where they are more than `capturesMax`. */
async function capturedMails(sql: Sql, tenantId: TenantId, addresses: readonly AddressKey[]): Promise<MailId[] | null> {
  const rows = await sql.rows<{ id: MailId }>(
    `SELECT mail_id AS id FROM capture WHERE tenant_id = $1 AND address = ANY($2) LIMIT ${String(capturesMax + 1)}`,
    [tenantId, addresses],
  )
  return rows.length > capturesMax ? null : rows.map(({ id }) => id)
}

interface Keyset {
  /** A condition on `h`, with $3 and $4. */
  readonly behind: string
  readonly order: string
  readonly take: string
  readonly values: readonly unknown[]
}

async function keysetOf(sql: Sql, tenantId: TenantId, page: HistoryPage): Promise<Keyset> {
  const { limit, after, order } = page
  const isOldest = order === 'oldest'
  const common = {
    order: isOldest ? 'h.occurred_at, h.id' : 'h.occurred_at DESC, h.id DESC',
    take: String(limit + 1),
  }
  if (after === undefined) return { ...common, ...filtersOf(page, []) }
  const id = checkedId<HistoryEntryId>(after, 'history entry')
  const [last] = await sql.rows<{ at: Date }>('SELECT occurred_at AS at FROM history_entry WHERE tenant_id = $1 AND id = $2', [
    tenantId,
    id,
  ])
  if (last === undefined) throw new PermanentFailure('notFound', `There is no history entry ${id}`)
  const filters = filtersOf(page, [last.at, id])
  return {
    ...common,
    ...filters,
    behind: `(h.occurred_at, h.id) ${isOldest ? '>' : '<'} ($3::timestamptz, $4::uuid) AND ${filters.behind}`,
  }
}

/** Behind the values that are there already, of which the first is $3. */
export function filtersOf({ direction, person, files }: EntryFilter, before: readonly unknown[]): Pick<Keyset, 'behind' | 'values'> {
  const values = [...before]
  const parameter = (value: unknown): string => `$${String(values.push(value) + 2)}`
  const conditions: string[] = []
  if (direction !== undefined) conditions.push(`h.direction = ${parameter(direction)}`)
  if (person !== undefined)
    conditions.push(
      `EXISTS (SELECT FROM participant f WHERE f.tenant_id = $1 AND f.mail_id = h.mail_id AND f.contact_person_id = ${parameter(person)}::uuid)`,
    )
  if (files !== undefined) {
    const { viewer } = files
    conditions.push('h.has_files')
    if (viewer !== null && viewer.role !== 'admin')
      conditions.push(
        `EXISTS (SELECT FROM mail m WHERE m.tenant_id = $1 AND m.id = h.mail_id
          AND (m.private_at IS NULL OR ${isMailOfSql('m.id', 'm.from_address', parameter(viewer.addresses))}))`,
      )
  }
  return { behind: conditions.length === 0 ? 'true' : conditions.join(' AND '), values }
}

function cut(rows: readonly { readonly id: HistoryEntryId }[], { limit }: Pick<HistoryPage, 'limit'>): EntryIds {
  const { shown, next } = cutPage(rows, limit, ({ id }) => id)
  return { ids: shown.map(({ id }) => id), next }
}
