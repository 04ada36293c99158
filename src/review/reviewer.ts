/** Who answers, and what he is told where he cannot. */
import type { ConfirmationId, HistoryEntryId, TenantId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import type { Deed } from '../store/answer-rows.ts'
import { type ConfirmationRow, readConfirmationRows } from '../store/confirmation-rows.ts'
import type { Sql } from '../store/database.ts'

/** A user, or an API key of his role, at one moment. */
export interface Reviewer extends Deed {
  readonly tenantId: TenantId
  readonly role: UserRole
}

export function noConfirmation(id: ConfirmationId): PermanentFailure {
  return new PermanentFailure('notFound', `There is no confirmation ${id}`, { fault: faultOf('questionUnknown') })
}

export function noEntry(id: HistoryEntryId): PermanentFailure {
  return new PermanentFailure('notFound', `There is no history entry ${id}`, { fault: faultOf('entryUnknown') })
}

export function noLead(number: string): PermanentFailure {
  return new PermanentFailure('notFound', `There is no lead ${number}`, { fault: faultOf('leadUnknown', { number }) })
}

/** How it is now, for whoever has just changed it or was too late. */
export async function rowNow(sql: Sql, { tenantId, at }: Reviewer, id: ConfirmationId): Promise<ConfirmationRow> {
  const [row] = await readConfirmationRows(sql, tenantId, [id], at)
  if (row === undefined) throw noConfirmation(id)
  return row
}

/** Somebody was quicker: says who, and what he answered. */
export function settledBefore(row: ConfirmationRow): ConflictFailure {
  return new ConflictFailure(`This one is settled already: ${wordsOfSettled(row)}`, row, { fault: faultOf('questionAnswered') })
}

export function workedOn(row: ConfirmationRow): ConflictFailure {
  const { name = 'Somebody', until = '' } = row.claimedBy ?? {}
  return new ConflictFailure(`${name} is working on this one, until ${until} at the latest. Take it over if that is agreed.`, row, {
    fault: faultOf('questionHeld', { name }),
  })
}

function wordsOfSettled({ settled }: ConfirmationRow): string {
  if (settled === null) return 'somebody answered it.'
  const who = settled.by === 'rule' ? 'a further copy of the mail' : settled.by
  const what = settled.kind === 'append' ? `filed it with lead ${settled.lead ?? ''}` : `dismissed it ("${settled.reason ?? ''}")`
  return `${who} ${what} at ${settled.at}.`
}
