/** The facts about one mail, as matching takes them: out of what the mail says and what the CRM knows. Pure. */
import { neverLogHit } from '../crm/never-log.ts'
import { readCrmAddress } from '../crm/crm-address.ts'
import { domainOf, type AddressKey } from '../mail/address.ts'
import type { MatchFacts, MatchPerson, Unvouched } from '../matching/decision.ts'
import type { ContactRow, CopyRow, FactRows } from '../store/facts.ts'
import { notVouchedFor, standingOf } from './authenticate.ts'
import type { FoundCandidates } from './candidates.ts'
import type { Clues } from './fact-keys.ts'
import { authorMailboxes } from './tenant.ts'
import type { TenantMail } from './tenant-mail.ts'

/** What the rows of a batch say about an address; made once for all of its mails. */
export interface AddressBook {
  contactsOf(address: AddressKey): readonly ContactRow[]
  /** A user's address, or under one of the tenant's host names. */
  isOwn(address: AddressKey): boolean
}

export function addressBookOf(rows: FactRows): AddressBook {
  const contacts = new Map<AddressKey, ContactRow[]>()
  for (const contact of rows.contacts) contacts.set(contact.address, [...(contacts.get(contact.address) ?? []), contact])
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

/** Each person once as author and once as recipient. */
export function matchPeople(clues: Clues, book: AddressBook): MatchPerson[] {
  const people = new Map<string, MatchPerson>()
  for (const { role: field, mailbox } of clues.people) {
    const role = field === 'from' ? 'author' : 'recipient'
    const address = mailbox.key
    people.set(`${role} ${address ?? mailbox.address}`, {
      address,
      written: mailbox.address,
      role,
      own: address !== null && book.isOwn(address),
      contacts:
        address === null
          ? []
          : book.contactsOf(address).map(({ contactPersonId, companyId, name }) => ({ contactPersonId, companyId, name })),
    })
  }
  return [...people.values()]
}

export function factsOf(
  mail: TenantMail,
  clues: Clues,
  found: FoundCandidates & { readonly people: readonly MatchPerson[]; readonly crmAddresses: readonly AddressKey[] },
  rows: FactRows,
): MatchFacts {
  const { message, claim } = mail
  const addresses = [...clues.people.flatMap(({ mailbox }) => mailbox.key ?? []), ...clues.otherAddresses]
  return {
    standing: standingOf(claim.envelope, new Set(rows.activeUsers), mail.verified ?? null),
    notVouchedFor: notVouchedFor(mail.verified ?? null).filter((what) => isThere(what, clues)),
    author: mail.author,
    outside: mail.outside,
    automatic: message.automatic,
    ownLoop: authorMailboxes(message).some((mailbox) => readCrmAddress(mailbox.address, found.crmAddresses) !== null),
    people: found.people,
    neverLog: [...new Set(addresses.flatMap((address) => neverLogHit(rows.neverLogRules, address) ?? []))],
    unknownNumbers: found.unknownNumbers,
    unknownSubaddressNumbers: found.unknownSubaddressNumbers,
    sameIdOtherContent:
      sameContent(mail, rows) === null && rows.copies.some((copy) => copy.messageId !== null && copy.messageId === message.messageId),
    tooManyCandidates: found.cut,
    unreadable: message.unreadable,
  }
}

/** Whether the mail has such a thing at all; what is not there needs nobody to vouch for it. */
function isThere(what: Unvouched, clues: Clues): boolean {
  if (what === 'subaddress') return clues.subaddressLeads.length + clues.subaddressQuotes.length > 0
  return what === 'thread' ? clues.answered.length > 0 : clues.people.some(({ role }) => role !== 'from')
}

/** The same mail, on file already. */
export function sameContent(mail: TenantMail, rows: FactRows): CopyRow | null {
  return rows.copies.find((copy) => copy.fingerprint === mail.message.contentFingerprint) ?? null
}
