/** The leads of a batch by what names them, made once for all of its mails. Pure. */
import type { LeadId } from '../crm/ids.ts'
import type { FactRows } from '../store/facts.ts'

export interface LeadIndex {
  readonly ofNumber: ReadonlyMap<string, LeadId>
  readonly ofQuote: ReadonlyMap<string, LeadId>
  readonly numberOf: ReadonlyMap<LeadId, string>
}

/** Rows are never changed, so what was made of them holds as long as they are there. */
const made = new WeakMap<FactRows, LeadIndex>()

export function leadIndexOf(rows: FactRows): LeadIndex {
  const known = made.get(rows)
  if (known !== undefined) return known
  const index: LeadIndex = {
    ofNumber: new Map(rows.leadsOfNumbers.map(({ key, leadId }) => [key, leadId])),
    ofQuote: new Map(rows.leadsOfQuotes.map(({ key, leadId }) => [key, leadId])),
    numberOf: new Map(rows.leads.map(({ id, number }) => [id, number])),
  }
  made.set(rows, index)
  return index
}
