/** The queue as its reader sees it: pages, counts, one question with its mail, and the siblings that the same answer may fit. */
import type { ConfirmationId } from '../crm/ids.ts'
import { findLead, readUnknownPeople } from '../store/answer-people.ts'
import {
  countOpenConfirmations,
  findSiblings,
  listConfirmationIds,
  mayAnswer,
  type QueueCounts,
  type QueueFilter,
  type Sibling,
} from '../store/confirmation-list.ts'
import { type ConfirmationRow, type NameView, readConfirmationRows } from '../store/confirmation-rows.ts'
import type { Database } from '../store/database.ts'
import { type MailWhole, readMail } from '../store/mail-whole.ts'
import { readViewer } from '../store/viewer.ts'
import { noConfirmation, type Reviewer, rowNow } from './reviewer.ts'

/** Siblings of one question that are looked at. */
export const siblingsMax = 200

/** `lead` is a number; one that is not there finds nothing. @throws PermanentFailure `inputInvalid` for a strange `after`. */
export async function listQueue(
  database: Database,
  reviewer: Reviewer,
  filter: Omit<QueueFilter, 'lead'> & { readonly lead?: string | undefined },
): Promise<{ items: ConfirmationRow[]; next?: string }> {
  const { tenantId, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    const { lead: number, ...rest } = filter
    const lead = number === undefined ? undefined : await findLead(sql, tenantId, number)
    if (lead === null) return { items: [] }
    const { ids, ...next } = await listConfirmationIds(sql, tenantId, { ...rest, lead: lead?.id }, viewer)
    return { items: await readConfirmationRows(sql, tenantId, ids, at), ...next }
  })
}

export async function countQueue(database: Database, reviewer: Reviewer): Promise<QueueCounts> {
  const { tenantId, role, userId } = reviewer
  return await database.tenantSql(tenantId, async (sql) =>
    countOpenConfirmations(sql, tenantId, await readViewer(sql, tenantId, role, userId)),
  )
}

export interface Question extends ConfirmationRow {
  readonly mail: MailWhole
  readonly unknownPeople: NameView[]
  /** At most `siblingsMax` are counted. */
  readonly siblings: number
}

/** @throws PermanentFailure `notFound`, also for what the reader may not see. */
export async function readQuestion(
  database: Database,
  reviewer: Reviewer,
  id: ConfirmationId,
  remoteContentsOf: (html: string) => number,
): Promise<Question> {
  const { tenantId } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    if (!(await mayAnswer(sql, tenantId, id, viewer))) throw noConfirmation(id)
    const row = await rowNow(sql, reviewer, id)
    const read = await readMail(sql, tenantId, row.mailId, remoteContentsOf)
    if (read === null) throw noConfirmation(id)
    const siblings = await findSiblings(sql, tenantId, id, viewer, siblingsMax)
    return { ...row, mail: read.mail, unknownPeople: await readUnknownPeople(sql, tenantId, row.mailId), siblings: siblings.length }
  })
}

/** Open ones that the same answer may fit, and why; at most `siblingsMax`. @throws PermanentFailure `notFound`. */
export async function listSiblings(
  database: Database,
  reviewer: Reviewer,
  id: ConfirmationId,
): Promise<(ConfirmationRow & { readonly why: Sibling['why'] })[]> {
  const { tenantId, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    if (!(await mayAnswer(sql, tenantId, id, viewer))) throw noConfirmation(id)
    const siblings = await findSiblings(sql, tenantId, id, viewer, siblingsMax)
    const why = new Map(siblings.map((sibling) => [sibling.id, sibling.why]))
    const rows = await readConfirmationRows(sql, tenantId, [...why.keys()], at)
    return rows.flatMap((row) => {
      const reason = why.get(row.id)
      return reason === undefined ? [] : [{ ...row, why: reason }]
    })
  })
}
