/**
 * A tenant as a file brings it (INTERFACE "load FILE.json"), each value checked by itself already. What is undefined was not named and stays as
 * it is. A list of records (host names, users, companies, contact persons, leads, quotes) adds and changes; a list that is a value of its record
 * (addresses, other addresses, key players, never-log) replaces the one before. Types only.
 */
import type { DomainName } from '../mail/address.ts'
import type { LeadStatus, TenantPolicy, UserRole } from './policy.ts'

type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

export interface LoadedUser extends Optional<{ name: string; role: UserRole; otherAddresses: readonly string[] }> {
  /** As written, and plainly one mailbox; so are all addresses here. */
  readonly email: string
}

export interface LoadedCompany extends Optional<{ name: string; taxNumber: string }> {
  readonly key: string
}

export interface LoadedContactPerson extends Optional<{ company: string; name: string; addresses: readonly string[] }> {
  readonly key: string
}

export interface LoadedKeyPlayer extends Optional<{ role: string }> {
  readonly contactPerson: string
}

export interface LoadedLead extends Optional<{
  name: string
  company: string
  status: LeadStatus
  owner: string
  keyPlayers: readonly LoadedKeyPlayer[]
  quotes: readonly { readonly number: string }[]
}> {
  readonly number: string
}

export interface LoadedTenant extends Optional<{
  name: string
  locale: string
  timeZone: string
  currency: string
  hostNames: readonly { readonly name: DomainName; readonly subdomains: boolean }[]
  policy: Optional<TenantPolicy & { neverLog: readonly string[] }>
  users: readonly LoadedUser[]
  companies: readonly LoadedCompany[]
  contactPersons: readonly LoadedContactPerson[]
  leads: readonly LoadedLead[]
}> {
  readonly slug: string
}
