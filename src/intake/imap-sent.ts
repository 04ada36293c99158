/**
 * Sent folders: mail that somebody of the tenant sent without the CRM address. Only what one of its users wrote to one of its contact persons is
 * taken; of everything else in the folder four fields of the header are read, and nothing is kept (PRODUCT §1, §8).
 */
import type { ImapFlow } from 'imapflow'
import type { TenantId } from '../crm/ids.ts'
import { domainOf, type AddressKey } from '../mail/address.ts'
import { readAddressList } from '../mail/address-list.ts'
import { readAuthor } from '../mail/author.ts'
import { fieldBodies, readHeaderLines } from '../mail/header.ts'
import type { HeaderLine } from '../mail/message.ts'
import type { Database } from '../store/database.ts'
import { findTenantsByDomain } from '../store/host-names.ts'
import { findSentPeople } from '../store/sent-people.ts'
import { formatUids, isUid, rangesOf } from './imap-cursor.ts'

const recipientFields = ['to', 'cc', 'bcc'] as const
/** Of one mail; lists are longer, and no letters to a contact person. */
const recipientsLookedAtMax = 200

interface SentMail {
  readonly uid: number
  readonly author: AddressKey | null
  readonly recipients: readonly AddressKey[]
}

export interface SentSelection {
  /** Not to be taken. What the server does not tell of is left to whoever fetches it. */
  readonly unwanted: ReadonlySet<number>
  /** The users who wrote the others, by what they sign in as. */
  readonly authors: ReadonlyMap<number, AddressKey>
}

export async function selectSent(
  client: ImapFlow,
  database: Database,
  tenantId: TenantId,
  uids: readonly number[],
): Promise<SentSelection> {
  const asked = new Set(uids)
  const mails: SentMail[] = []
  const query = { uid: true, headers: ['from', ...recipientFields] }
  for await (const { uid, headers } of client.fetch(formatUids(rangesOf(uids)), query, { uid: true })) {
    if (headers !== undefined && isUid(uid) && asked.has(uid)) mails.push(readSentMail(uid, readHeaderLines(headers).lines))
  }
  const addresses = [...new Set(mails.flatMap(({ author, recipients }) => [...(author === null ? [] : [author]), ...recipients]))]
  const people = await findSentPeople(database, tenantId, addresses)
  // A user's private domain is nobody's host name: his private mail stays his own.
  const hosted = await findTenantsByDomain(database, [...new Set([...people.users.keys()].map(domainOf))])
  const unwanted = new Set<number>()
  const authors = new Map<number, AddressKey>()
  for (const { uid, author, recipients } of mails) {
    const isOurs = author !== null && hosted.get(domainOf(author))?.tenantId === tenantId
    const signIn = isOurs ? people.users.get(author) : undefined
    if (signIn !== undefined && recipients.some((recipient) => people.contactPersons.has(recipient))) authors.set(uid, signIn)
    else unwanted.add(uid)
  }
  return { unwanted, authors }
}

function readSentMail(uid: number, lines: readonly HeaderLine[]): SentMail {
  const author = readAuthor(lines)
  return { uid, author: author.kind === 'one' ? author.mailbox.key : null, recipients: recipientsOf(lines) }
}

function recipientsOf(lines: readonly HeaderLine[]): AddressKey[] {
  return recipientFields
    .flatMap((field) => fieldBodies(lines, field))
    .flatMap((body) => readAddressList(body).mailboxes.flatMap(({ key }) => key ?? []))
    .slice(0, recipientsLookedAtMax)
}

export interface SentEnvelope {
  readonly reversePath: null
  /** Whom the header names; of these the CRM addresses count. Bcc still stands in a copy of one's own. */
  readonly forwardPaths: readonly string[]
  readonly authenticatedAs: string | null
}

/**
 * Whoever can put a mail into a person's Sent folder has signed in to that person's mailbox, which the admin has named as the tenant's: as good as
 * a sign-in here. Not so where the mail came there by delivery: somebody may have moved what a spoofer sent him. No envelope sender is known.
 */
export function readSentEnvelope(lines: readonly HeaderLine[], author: AddressKey | null): SentEnvelope {
  return { reversePath: null, forwardPaths: recipientsOf(lines), authenticatedAs: wasDelivered(lines) ? null : author }
}

/** What delivery leaves on top (RFC 5321 §4.4), and hops that nobody signed in for (RFC 3848: the A of ESMTPSA). */
const deliveryFields = ['return-path', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to'] as const
const submittedWith = /\bwith\s+(?:(?:utf8)?e?smtps?a|https?|mapi)\b/i

function wasDelivered(lines: readonly HeaderLine[]): boolean {
  return (
    deliveryFields.some((field) => fieldBodies(lines, field).length > 0) ||
    fieldBodies(lines, 'received').some((body) => !submittedWith.test(body))
  )
}
