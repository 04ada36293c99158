/** The row that a mail becomes, with its people and attachments. Pure. */
import { authorsOf } from '../mail/author.ts'
import { newId } from '../id.ts'
import { messageIdHash, type MessageIdKey } from '../mail/message-id.ts'
import type { MatchPerson } from '../matching/decision.ts'
import type { MailId } from '../crm/ids.ts'
import type { NewAttachment, NewMail, NewParticipant, Settlement } from '../store/settle-rows.ts'
import { signInOf } from './authenticate.ts'
import type { AddressBook } from './address-book.ts'
import type { Clues } from './clues.ts'
import type { Filed } from './filed.ts'
import type { TenantMail } from './tenant-mail.ts'

/** A Date field from before mail was common, or from later than any clock is fast, says nothing about when the mail was written. */
const earliestDate = new Date('1980-01-01T00:00:00Z')
const clockAheadMaxMs = 24 * 60 * 60 * 1000

export function newMailOf(
  { mail, clues, filed }: { readonly mail: TenantMail; readonly clues: Clues; readonly filed: Filed },
  people: readonly MatchPerson[],
  book: AddressBook,
  attachments: readonly NewAttachment[],
): NewMail {
  const { claim } = mail
  const [author] = filed.authors
  return {
    columns: {
      id: newId<MailId>(),
      contentFingerprint: filed.contentFingerprint,
      messageId: filed.messageId,
      messageIdHash: filed.messageId === null ? null : hashOf(filed.messageId),
      subject: filed.subject,
      fromAddress: author === undefined ? null : (author.key ?? author.address),
      fromName: author?.name ?? null,
      direction: filed.original === null ? directionOf(mail, people) : directionOfOriginal(filed, people, book),
      occurredAt: occurredAtOf(filed.date, claim.receivedAt),
      receivedAt: claim.receivedAt,
      newestText: filed.newestText,
      text: filed.text,
      html: filed.html,
      defects: filed.defects,
      automatic: filed.automatic,
      earlier: filed.answered.map(hashOf),
      likeness: filed.likeness,
    },
    participants: participantsOf(clues, filed, book),
    attachments,
  }
}

function hashOf(id: MessageIdKey): string {
  return Buffer.from(messageIdHash(id)).toString('hex')
}

/** The Date field where it is plausible, else the time of receipt: histories are ordered by it (hazard 17). */
export function occurredAtOf(date: Date | null, receivedAt: Date): Date {
  if (date === null || date < earliestDate || date.getTime() > receivedAt.getTime() + clockAheadMaxMs) return receivedAt
  return date
}

/** Who handed it in: whoever signed in, else the own user that the envelope names (a colleague who resends), else the author. */
export function captureOf(mail: TenantMail, clues: Clues, book: AddressBook): Settlement['capture'] {
  const { claim } = mail
  const [author] = authorsOf(mail.message.author)
  const byEnvelope = clues.reversePath !== null && book.isOwn(clues.reversePath) ? clues.reversePath : null
  const address = signInOf(claim.envelope) ?? byEnvelope ?? author?.key ?? claim.envelope.reversePath ?? ''
  return { address, channel: claim.channel, at: claim.receivedAt }
}

function directionOf(mail: TenantMail, people: readonly MatchPerson[]): 'outbound' | 'inbound' | 'internal' {
  if (mail.outside) return 'inbound'
  return people.every((person) => person.own || person.role === 'author') ? 'internal' : 'outbound'
}

/** A client's mail that a colleague forwards came in; a colleague's own went out. */
function directionOfOriginal(filed: Filed, people: readonly MatchPerson[], book: AddressBook): 'outbound' | 'inbound' | 'internal' {
  const isOwn = filed.authors.some(({ key }) => key !== null && book.isOwn(key))
  if (!isOwn) return 'inbound'
  return people.every((person) => person.own) ? 'internal' : 'outbound'
}

/**
 * Of an original its own people; who forwarded it stands in the capture. An address that stands at two persons is linked to neither: which of them it was is
 * for a person to say.
 */
function participantsOf(clues: Clues, filed: Filed, book: AddressBook): NewParticipant[] {
  const people =
    filed.original === null ? [...clues.people, ...clues.shownPeople] : clues.people.filter(({ role }) => role.startsWith('forwarded'))
  return people.map(({ role, mailbox }) => {
    const contacts = mailbox.key === null ? [] : book.contactsOf(mailbox.key)
    const [contact, ...others] = contacts
    return {
      role,
      // Outlook writes some people by name alone.
      address: mailbox.key ?? (mailbox.address === '' ? (mailbox.name ?? '') : mailbox.address),
      addressKey: mailbox.key,
      name: mailbox.name,
      contactPersonId: contact !== undefined && others.length === 0 ? contact.contactPersonId : null,
    }
  })
}
