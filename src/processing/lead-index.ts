/** The leads of a batch by what points to them, made once for all of its mails. Pure. */
import type { CompanyId, ContactPersonId, LeadId } from '../crm/ids.ts'
import type { FactRows, LeadRow } from '../store/facts.ts'

export interface LeadIndex {
  readonly ofId: ReadonlyMap<LeadId, LeadRow>
  readonly ofNumber: ReadonlyMap<string, LeadId>
  readonly ofQuote: ReadonlyMap<string, LeadId>
  readonly numberOf: ReadonlyMap<LeadId, string>
  /** In the order of the rows, as all lists here. */
  ofName(nameKey: string): readonly LeadRow[]
  /** Of a company of theirs, or with them as key players. */
  ofContacts(contacts: readonly Contact[]): readonly LeadRow[]
  inOrder(leads: ReadonlySet<LeadRow>): LeadRow[]
}

interface Contact {
  readonly contactPersonId: ContactPersonId
  readonly companyId: CompanyId
}

/** Rows are never changed, so what was made of them holds as long as they are there. */
const made = new WeakMap<FactRows, LeadIndex>()

export function leadIndexOf(rows: FactRows): LeadIndex {
  const known = made.get(rows)
  if (known !== undefined) return known
  const place = new Map(rows.leads.map((lead, at) => [lead, at]))
  const ofName = grouped(rows.leads, ({ nameKey }) => (nameKey === '' ? [] : [nameKey]))
  const ofCompany = grouped(rows.leads, ({ companyId }) => (companyId === null ? [] : [companyId]))
  const ofPlayer = grouped(rows.leads, ({ keyPlayers }) => keyPlayers.map(({ contactPersonId }) => contactPersonId))
  const index: LeadIndex = {
    ofId: new Map(rows.leads.map((lead) => [lead.id, lead])),
    ofNumber: new Map(rows.leadsOfNumbers.map(({ key, leadId }) => [key, leadId])),
    ofQuote: new Map(rows.leadsOfQuotes.map(({ key, leadId }) => [key, leadId])),
    numberOf: new Map(rows.leads.map(({ id, number }) => [id, number])),
    ofName: (nameKey) => ofName.get(nameKey) ?? [],
    ofContacts: (contacts) =>
      contacts.flatMap(({ companyId, contactPersonId }) => [...(ofCompany.get(companyId) ?? []), ...(ofPlayer.get(contactPersonId) ?? [])]),
    inOrder: (leads) => [...leads].toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)),
  }
  made.set(rows, index)
  return index
}

function grouped<Key>(leads: readonly LeadRow[], keysOf: (lead: LeadRow) => readonly Key[]): Map<Key, LeadRow[]> {
  const groups = new Map<Key, LeadRow[]>()
  for (const lead of leads) {
    for (const key of keysOf(lead)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [lead])
      else group.push(lead)
    }
  }
  return groups
}
