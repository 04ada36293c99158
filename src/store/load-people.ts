/** Loads a tenant's users, companies and contact persons with their addresses. */
import { leadNameKey } from '../crm/lead-name.ts'
import type { LoadedCompany, LoadedContactPerson, LoadedUser } from '../crm/loaded-tenant.ts'
import { newId } from '../id.ts'
import { addressKey } from '../mail/address.ts'
import { linkParticipants } from './contact-links.ts'
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

export const userTable: Table = {
  name: 'user_account',
  columns: [
    ['id', 'uuid'],
    ['email', 'text'],
    ['name', 'text'],
    ['role', 'text'],
  ],
  keyColumns: 1,
}
const userAddressTable: Table = {
  name: 'user_address',
  columns: [
    ['address_key', 'text'],
    ['user_id', 'uuid'],
  ],
  keyColumns: 1,
}
export const companyTable: Table = {
  name: 'company',
  columns: [
    ['id', 'uuid'],
    ['key', 'text'],
    ['name', 'text'],
    ['name_key', 'text'],
    ['tax_number', 'text'],
  ],
  keyColumns: 1,
}
export const contactPersonTable: Table = {
  name: 'contact_person',
  columns: [
    ['id', 'uuid'],
    ['key', 'text'],
    ['company_id', 'uuid'],
    ['name', 'text'],
    ['name_key', 'text'],
  ],
  keyColumns: 1,
}
export const contactAddressTable: Table = {
  name: 'contact_address',
  columns: [
    ['address_key', 'text'],
    ['contact_person_id', 'uuid'],
    ['address', 'text'],
  ],
  keyColumns: 2,
}

type UserRow = Row & { id: string; email: string; name: string; role: string }
export type CompanyRow = Row & { id: string; key: string | null; name: string; name_key: string; tax_number: string | null }
export type ContactPersonRow = Row & { id: string; key: string | null; company_id: string; name: string; name_key: string }

export type ContactAddressRow = Row & { address_key: string; contact_person_id: string; address: string }

/** Key in the file to id in the database. */
export type Ids = ReadonlyMap<string, string>

/** Ids of what is on file under these keys, whether this file names it or an earlier one did. */
async function idsOf(loading: Loading, table: Table, column: string, keys: readonly string[]): Promise<Ids> {
  const rows = await rowsWith<Record<string, string>>(loading, table, column, keys)
  return new Map(rows.map((row) => [row[column] ?? '', row['id'] ?? '']))
}

export async function companyIds(loading: Loading, keys: readonly string[]): Promise<Ids> {
  return await idsOf(loading, companyTable, 'key', keys)
}

export async function contactPersonIds(loading: Loading, keys: readonly string[]): Promise<Ids> {
  return await idsOf(loading, contactPersonTable, 'key', keys)
}

/** By canonical address. */
export async function userIds(loading: Loading, emails: readonly string[]): Promise<Ids> {
  return await idsOf(loading, userTable, 'email', emails)
}

export async function loadUsers(loading: Loading, users: readonly LoadedUser[]): Promise<Counts> {
  const emails = users.map((user) => canonical(user.email))
  const found = await rowsWith<UserRow>(loading, userTable, 'email', emails)
  const byEmail = new Map(found.map((row) => [row.email, row]))
  const rows = users.map((user, index): UserRow => {
    const email = emails[index] ?? ''
    const old = byEmail.get(email)
    return { id: old?.id ?? newId(), email, name: user.name ?? old?.name ?? user.email, role: user.role ?? old?.role ?? 'salesperson' }
  })
  const { rows: changed, counts } = changedRows(rows, new Map(found.map((row) => [row.id, row])), 'id')
  await upsert(loading, userTable, changed)
  return countChangedToo(counts, rows, changed, await loadUserAddresses(loading, users, rows))
}

/** Answers whose addresses changed. */
async function loadUserAddresses(loading: Loading, users: readonly LoadedUser[], rows: readonly UserRow[]): Promise<Set<string>> {
  const named = users.flatMap((user, index) => (user.otherAddresses === undefined ? [] : [{ addresses: user.otherAddresses, index }]))
  const wanted = named.flatMap(({ addresses, index }) =>
    addresses.map((address, at) => ({
      path: `${loading.path}.users[${String(index)}].otherAddresses[${String(at)}]`,
      row: { address_key: canonical(address), user_id: rows[index]?.id ?? '' },
    })),
  )
  const owners = named.map(({ index }) => rows[index]?.id ?? '')
  const wantedRows = wanted.map(({ row }) => row)
  const changed = await ownersWithOtherRows(loading, userAddressTable, 'user_id', owners, wantedRows)
  await removeOthers(loading, userAddressTable, 'user_id', owners, wantedRows)
  const keys = wantedRows.map((row) => row.address_key)
  const taken = await rowsWith<{ address_key: string; user_id: string }>(loading, userAddressTable, 'address_key', keys)
  const ownerOf = new Map(taken.map((row) => [row.address_key, row.user_id]))
  for (const { path, row } of wanted) {
    if ((ownerOf.get(row.address_key) ?? row.user_id) !== row.user_id) {
      loading.errors.push(`${path}: "${row.address_key}" is an address of another user of this tenant`)
    }
  }
  if (loading.errors.length === 0) await upsert(loading, userAddressTable, wantedRows)
  return changed
}

export async function loadCompanies(loading: Loading, companies: readonly LoadedCompany[]): Promise<Counts> {
  const keys = companies.map(({ key }) => key)
  const found = await rowsWith<CompanyRow>(loading, companyTable, 'key', keys)
  const byKey = new Map(found.map((row) => [row.key ?? '', row]))
  const rows = companies.map((company): CompanyRow => {
    const old = byKey.get(company.key)
    const name = company.name ?? old?.name ?? company.key
    return {
      id: old?.id ?? newId(),
      key: company.key,
      name,
      name_key: leadNameKey(name),
      tax_number: company.taxNumber ?? old?.tax_number ?? null,
    }
  })
  const { rows: changed, counts } = changedRows(rows, new Map(found.map((row) => [row.id, row])), 'id')
  await upsert(loading, companyTable, changed)
  return counts
}

export async function loadContactPersons(loading: Loading, persons: readonly LoadedContactPerson[]): Promise<Counts> {
  const keys = persons.map(({ key }) => key)
  const found = await rowsWith<ContactPersonRow>(loading, contactPersonTable, 'key', keys)
  const byKey = new Map(found.map((row) => [row.key ?? '', row]))
  const companies = await companyIds(
    loading,
    persons.flatMap(({ company }) => (company === undefined ? [] : [company])),
  )
  const rows = persons.flatMap((person, index): ContactPersonRow[] => {
    const old = byKey.get(person.key)
    const path = `${loading.path}.contactPersons[${String(index)}].company`
    const companyId = person.company === undefined ? old?.company_id : companies.get(person.company)
    if (companyId === undefined) {
      const words =
        person.company === undefined ? 'a new contact person needs a company' : `there is no company with the key "${person.company}"`
      loading.errors.push(`${path}: ${words}`)
      return []
    }
    const name = person.name ?? old?.name ?? person.key
    return [{ id: old?.id ?? newId(), key: person.key, company_id: companyId, name, name_key: leadNameKey(name) }]
  })
  if (rows.length < persons.length) return { created: 0, updated: 0, unchanged: 0 }
  const { rows: changed, counts } = changedRows(rows, new Map(found.map((row) => [row.id, row])), 'id')
  await upsert(loading, contactPersonTable, changed)
  return countChangedToo(counts, rows, changed, await loadContactAddresses(loading, persons, rows))
}

/** Participants of earlier mail with a new address are known from then on. Answers whose addresses changed. */
async function loadContactAddresses(
  loading: Loading,
  persons: readonly LoadedContactPerson[],
  rows: readonly ContactPersonRow[],
): Promise<Set<string>> {
  const named = persons.flatMap((person, index) =>
    person.addresses === undefined ? [] : [{ addresses: person.addresses, id: rows[index]?.id ?? '' }],
  )
  const wanted = named.flatMap(({ addresses, id }) =>
    addresses.map((address) => ({ address_key: canonical(address), contact_person_id: id, address: address.trim() })),
  )
  const owners = named.map(({ id }) => id)
  const changed = await ownersWithOtherRows(loading, contactAddressTable, 'contact_person_id', owners, wanted)
  const fresh = wanted.filter((row) => changed.has(row.contact_person_id))
  await removeOthers(loading, contactAddressTable, 'contact_person_id', owners, wanted)
  await upsert(loading, contactAddressTable, fresh)
  await linkParticipants(
    loading.sql,
    loading.tenantId,
    fresh.map((row) => row.address_key),
  )
  return changed
}

/** What reads the file lets only plain addresses through; anything else is a mistake of the program's. */
export function canonical(written: string): string {
  const key = addressKey(written)
  if (key === null) throw new TypeError('a loaded address is plainly one mailbox')
  return key
}
