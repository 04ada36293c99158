/** Whose an address is: a contact person's, one of the tenant's own, or unknown. Pure. */
import { domainOf, type AddressKey } from '../mail/address.ts'
import type { ContactRow, FactRows } from '../store/facts.ts'

/** What the rows of a batch say about an address; made once for all of its mails. */
export interface AddressBook {
  contactsOf(address: AddressKey): readonly ContactRow[]
  /** A user's address, or under one of the tenant's host names. */
  isOwn(address: AddressKey): boolean
}

export function addressBookOf(rows: FactRows): AddressBook {
  const contacts = Map.groupBy(rows.contacts, ({ address }) => address)
  const own = new Set(rows.ownAddresses)
  return {
    contactsOf: (address) => contacts.get(address) ?? [],
    isOwn(address) {
      const domain = domainOf(address)
      return (
        own.has(address) || rows.hostNames.some(({ name, subdomains }) => domain === name || (subdomains && domain.endsWith(`.${name}`)))
      )
    },
  }
}
