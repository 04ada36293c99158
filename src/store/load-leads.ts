/** Loads a tenant's leads with their key players and quotes. */
import { leadNameKey } from '../crm/lead-name.ts'
import type { LoadedLead } from '../crm/loaded-tenant.ts'
import { newId } from '../id.ts'
import { canonical, companyIds, contactPersonIds, userIds, type Ids } from './load-people.ts'
import {
  changedRows,
  countChangedToo,
  ownersWithOtherRows,
  removeOthers,
  rowsWith,
  upsert,
  type Counts,
  type Loading,
  type Row,
  type Table,
} from './load-rows.ts'

export const leadTable: Table = {
  name: 'lead',
  columns: [
    ['id', 'uuid'],
    ['number', 'text'],
    ['name', 'text'],
    ['name_key', 'text'],
    ['company_id', 'uuid'],
    ['status', 'text'],
    ['owner_id', 'uuid'],
  ],
  keyColumns: 1,
}
const keyPlayerTable: Table = {
  name: 'key_player',
  columns: [
    ['lead_id', 'uuid'],
    ['contact_person_id', 'uuid'],
    ['role', 'text'],
  ],
  keyColumns: 2,
}
const quoteTable: Table = {
  name: 'quote',
  columns: [
    ['number', 'text'],
    ['lead_id', 'uuid'],
  ],
  keyColumns: 1,
}

export type LeadRow = Row & {
  id: string
  number: string
  name: string
  name_key: string
  company_id: string | null
  status: string
  owner_id: string | null
}

export async function loadLeads(loading: Loading, leads: readonly LoadedLead[]): Promise<Counts> {
  const found = await rowsWith<LeadRow>(
    loading,
    leadTable,
    'number',
    leads.map(({ number }) => number),
  )
  const byNumber = new Map(found.map((row) => [row.number, row]))
  const companies = await companyIds(
    loading,
    leads.flatMap(({ company }) => (company === undefined ? [] : [company])),
  )
  const owners = await userIds(
    loading,
    leads.flatMap(({ owner }) => (owner === undefined ? [] : [canonical(owner)])),
  )
  const rows = leads.map((lead, index): LeadRow => {
    const old = byNumber.get(lead.number)
    const path = `${loading.path}.leads[${String(index)}]`
    const name = lead.name ?? old?.name ?? ''
    return {
      id: old?.id ?? newId(),
      number: lead.number,
      name,
      name_key: leadNameKey(name),
      company_id: referred(loading, `${path}.company`, 'company with the key', lead.company, companies) ?? old?.company_id ?? null,
      status: lead.status ?? old?.status ?? 'open',
      owner_id: referred(loading, `${path}.owner`, 'user', lead.owner && canonical(lead.owner), owners) ?? old?.owner_id ?? null,
    }
  })
  const { rows: changed, counts } = changedRows(rows, new Map(found.map((row) => [row.id, row])), 'id')
  await upsert(loading, leadTable, changed)
  const others = await loadKeyPlayers(loading, leads, rows)
  return countChangedToo(counts, rows, changed, new Set([...others, ...(await loadQuotes(loading, leads, rows))]))
}

/** The id of what a file refers to; what does not exist is told with its path. */
function referred(loading: Loading, path: string, what: string, key: string | undefined, ids: Ids): string | undefined {
  if (key === undefined) return undefined
  const id = ids.get(key)
  if (id === undefined) loading.errors.push(`${path}: there is no ${what} "${key}"`)
  return id
}

/** Answers whose key players changed. */
async function loadKeyPlayers(loading: Loading, leads: readonly LoadedLead[], rows: readonly LeadRow[]): Promise<Set<string>> {
  const named = leads.flatMap((lead, index) =>
    lead.keyPlayers === undefined ? [] : [{ players: lead.keyPlayers, index, id: rows[index]?.id ?? '' }],
  )
  const persons = await contactPersonIds(loading, [
    ...new Set(named.flatMap(({ players }) => players.map(({ contactPerson }) => contactPerson))),
  ])
  const leadIds = named.map(({ id }) => id)
  const before = await rowsWith<{ lead_id: string; contact_person_id: string; role: string }>(loading, keyPlayerTable, 'lead_id', leadIds)
  const roles = new Map(before.map((row) => [`${row.lead_id} ${row.contact_person_id}`, row.role]))
  const wanted = named.flatMap(({ players, index, id }) =>
    players.flatMap(({ contactPerson, role }, at) => {
      const path = `${loading.path}.leads[${String(index)}].keyPlayers[${String(at)}].contactPerson`
      const personId = referred(loading, path, 'contact person with the key', contactPerson, persons)
      if (personId === undefined) return []
      return [{ lead_id: id, contact_person_id: personId, role: role ?? roles.get(`${id} ${personId}`) ?? '' }]
    }),
  )
  const changed = await ownersWithOtherRows(loading, keyPlayerTable, 'lead_id', leadIds, wanted)
  await removeOthers(loading, keyPlayerTable, 'lead_id', leadIds, wanted)
  await upsert(loading, keyPlayerTable, wanted)
  return changed
}

/** Quotes are added. A quote number is never used again, so one that another lead has is a mistake: taken over, it would lead that one's mail astray. Answers which leads got one. */
async function loadQuotes(loading: Loading, leads: readonly LoadedLead[], rows: readonly LeadRow[]): Promise<Set<string>> {
  const wanted = leads.flatMap((lead, index) =>
    (lead.quotes ?? []).map(({ number }, at) => ({
      path: `${loading.path}.leads[${String(index)}].quotes[${String(at)}].number`,
      row: { number, lead_id: rows[index]?.id ?? '' },
    })),
  )
  const numbers = wanted.map(({ row }) => row.number)
  const known = await rowsWith<{ number: string; lead_id: string }>(loading, quoteTable, 'number', numbers)
  const leadOf = new Map(known.map((row) => [row.number, row.lead_id]))
  for (const { path, row } of wanted) {
    if ((leadOf.get(row.number) ?? row.lead_id) !== row.lead_id) {
      loading.errors.push(`${path}: the quote "${row.number}" belongs to another lead`)
    }
  }
  const fresh = wanted.filter(({ row }) => !leadOf.has(row.number)).map(({ row }) => row)
  if (loading.errors.length === 0) await upsert(loading, quoteTable, fresh)
  return new Set(fresh.map((row) => row.lead_id))
}
