/** The facts about one mail, as matching takes them: out of what the mail says and what the CRM knows. Pure. */
import { authorsOf } from '../mail/author.ts'
import { neverLogHit } from '../crm/never-log.ts'
import { readCrmAddress } from '../crm/crm-address.ts'
import type { AddressKey } from '../mail/address.ts'
import type { MatchFacts, MatchPerson, Unvouched } from '../matching/decision.ts'
import type { CopyRow, FactRows } from '../store/facts.ts'
import type { AddressBook } from './address-book.ts'
import { notVouchedFor, standingOf } from './authenticate.ts'
import type { FoundCandidates } from './candidates.ts'
import type { Clues } from './clues.ts'
import type { Filed } from './filed.ts'
import type { TenantMail } from './tenant-mail.ts'

/** Each person once as author and once as recipient. */
export function matchPeople(clues: Clues, book: AddressBook): MatchPerson[] {
  const people = new Map<string, MatchPerson>()
  for (const { role: field, mailbox } of clues.people) {
    const role = field === 'from' ? 'author' : field === 'forwardedFrom' ? 'forwardedAuthor' : 'recipient'
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

/** What is known of the author: what the mail was judged by when it came, or what is found now. */
export function senderOf(mail: TenantMail, rows: Pick<FactRows, 'activeUsers'>): Required<Pick<MatchFacts, 'standing' | 'notVouchedFor'>> {
  const verified = mail.verified ?? null
  const standing = mail.standing ?? standingOf(mail.claim.envelope, mail.outside, new Set(rows.activeUsers), verified)
  return { standing, notVouchedFor: notVouchedFor(verified, standing) }
}

/** A reading of the mail: as itself, or as one of the originals that it forwards. */
export function factsOf(
  { mail, clues, filed }: { readonly mail: TenantMail; readonly clues: Clues; readonly filed: Filed },
  found: FoundCandidates & {
    readonly people: readonly MatchPerson[]
    readonly crmAddresses: readonly AddressKey[]
    readonly manyFromSender?: number | undefined
  },
  rows: FactRows,
): MatchFacts {
  const { message } = mail
  const addresses = [...clues.people.flatMap(({ mailbox }) => mailbox.key ?? []), ...clues.otherAddresses]
  const sender = senderOf(mail, rows)
  return {
    standing: sender.standing,
    notVouchedFor: sender.notVouchedFor.filter((what) => isThere(what, clues)),
    author: mail.author,
    outside: mail.outside,
    ...(filed.original === null ? {} : { forwarded: true }),
    ...(found.manyFromSender === undefined ? {} : { manyFromSender: found.manyFromSender }),
    automatic: message.automatic,
    ownLoop: message.ownMark || authorsOf(message.author).some((mailbox) => readCrmAddress(mailbox.address, found.crmAddresses) !== null),
    people: found.people,
    neverLog: [...new Set(addresses.flatMap((address) => neverLogHit(rows.neverLogRules, address) ?? []))],
    unknownNumbers: found.unknownNumbers,
    unknownSubaddressNumbers: found.unknownSubaddressNumbers,
    sameIdOtherContent:
      sameContent(filed, rows) === null && rows.copies.some((copy) => copy.messageId !== null && copy.messageId === filed.messageId),
    tooManyCandidates: found.cut,
    unreadable: message.unreadable,
  }
}

/** Whether the mail has such a thing at all; what is not there needs nobody to vouch for it. */
function isThere(what: Unvouched, clues: Clues): boolean {
  if (what === 'subaddress') return clues.subaddressLeads.length + clues.subaddressQuotes.length > 0
  if (what === 'content') return true
  return what === 'thread' ? clues.answered.length > 0 : clues.people.some(({ role }) => role !== 'from')
}

/**
 * The same mail, on file already. An original that was forwarded is known again by what survives a forward: inline it has lost its Message-ID, and
 * attached some servers write it anew.
 */
export function sameContent(filed: Filed, rows: FactRows): CopyRow | null {
  const same = rows.copies.find((copy) => copy.fingerprint === filed.contentFingerprint)
  if (same !== undefined || filed.original === null || filed.likeness === null) return same ?? null
  const alike = rows.copies.filter((copy) => copy.likeness === filed.likeness)
  const { how } = filed.original
  return alike.find((copy) => (how === 'inline' ? alike.length === 1 : copy.messageId === filed.messageId)) ?? null
}
