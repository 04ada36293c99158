/** What a tenants file may not say twice, wherever it stands in the file. Pure. */
import { addressKey } from '../mail/address.ts'
import type { TenantsDocument } from './tenants-schema.ts'

export interface FileError {
  /** Path in the file: `tenants[0].leads[2].number`. */
  readonly path: string
  readonly message: string
}

type Tenant = TenantsDocument['tenants'][number]

interface Named {
  readonly path: string
  readonly value: string
}

/** Numbers, keys and addresses that stand twice; what is unique across the installation (slug, host name, user) is compared across tenants. */
export function findDuplicates(document: TenantsDocument): FileError[] {
  const tenants = document.tenants.map((tenant, index) => ({ tenant, path: `tenants[${index}]` }))
  const everywhere = [
    ...duplicatesIn(tenants.map(({ tenant, path }) => ({ path: `${path}.slug`, value: tenant.slug }))),
    ...duplicatesIn(
      tenants.flatMap(({ tenant, path }) =>
        (tenant.hostNames ?? []).map((host, i) => ({ path: `${path}.hostNames[${i}]`, value: host.name })),
      ),
    ),
    ...duplicatesIn(
      tenants.flatMap(({ tenant, path }) =>
        (tenant.users ?? []).map((user, i) => ({ path: `${path}.users[${i}].email`, value: keyOf(user.email) })),
      ),
    ),
  ]
  return [...everywhere, ...tenants.flatMap(({ tenant, path }) => duplicatesWithin(tenant, path))]
}

function duplicatesWithin(tenant: Tenant, path: string): FileError[] {
  const { companies = [], contactPersons = [], leads = [], users = [] } = tenant
  return [
    ...duplicatesIn(companies.map((company, i) => ({ path: `${path}.companies[${i}].key`, value: company.key }))),
    ...duplicatesIn(contactPersons.map((person, i) => ({ path: `${path}.contactPersons[${i}].key`, value: person.key }))),
    ...duplicatesIn(leads.map((lead, i) => ({ path: `${path}.leads[${i}].number`, value: lead.number }))),
    ...duplicatesIn(
      leads.flatMap((lead, i) =>
        (lead.quotes ?? []).map((quote, j) => ({ path: `${path}.leads[${i}].quotes[${j}].number`, value: quote.number })),
      ),
    ),
    ...contactPersons.flatMap((person, i) => duplicatesIn(addresses(person.addresses, `${path}.contactPersons[${i}].addresses`))),
    ...duplicatesIn(users.flatMap((user, i) => addresses(user.otherAddresses, `${path}.users[${i}].otherAddresses`))),
    ...leads.flatMap((lead, i) =>
      duplicatesIn(
        (lead.keyPlayers ?? []).map((player, j) => ({
          path: `${path}.leads[${i}].keyPlayers[${j}].contactPerson`,
          value: player.contactPerson,
        })),
      ),
    ),
  ]
}

function addresses(written: readonly string[] | undefined, path: string): Named[] {
  return (written ?? []).map((address, i) => ({ path: `${path}[${i}]`, value: keyOf(address) }))
}

/** Every address of a checked document has a key. */
function keyOf(address: string): string {
  return addressKey(address) ?? address
}

function duplicatesIn(named: readonly Named[]): FileError[] {
  const first = new Map<string, string>()
  const errors: FileError[] = []
  for (const { path, value } of named) {
    const earlier = first.get(value)
    if (earlier === undefined) first.set(value, path)
    else errors.push({ path, message: `"${value}" stands already at ${earlier}` })
  }
  return errors
}
