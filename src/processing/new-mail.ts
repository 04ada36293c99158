/** The row that a mail becomes, with its people and attachments. Pure. */
import { newId } from '../id.ts'
import { messageIdHash } from '../mail/message-id.ts'
import type { MatchPerson } from '../matching/decision.ts'
import type { MailId } from '../crm/ids.ts'
import type { NewAttachment, NewMail, NewParticipant, Settlement } from '../store/settle-rows.ts'
import { signInOf } from './authenticate.ts'
import type { AddressBook } from './facts.ts'
import type { Clues } from './fact-keys.ts'
import { authorMailboxes } from './tenant.ts'
import type { TenantMail } from './tenant-mail.ts'

/** A Date field from before mail was common, or from later than any clock is fast, says nothing about when the mail was written. */
const earliestDate = new Date('1980-01-01T00:00:00Z')
const clockAheadMaxMs = 24 * 60 * 60 * 1000

export function newMailOf(
  mail: TenantMail,
  clues: Clues,
  people: readonly MatchPerson[],
  book: AddressBook,
  attachments: readonly NewAttachment[],
): NewMail {
  const { message, claim } = mail
  const [author] = authorMailboxes(message)
  return {
    columns: {
      id: newId<MailId>(),
      contentFingerprint: message.contentFingerprint,
      messageId: message.messageId,
      messageIdHash: message.messageId === null ? null : Buffer.from(messageIdHash(message.messageId)).toString('hex'),
      subject: message.subject,
      fromAddress: author === undefined ? null : (author.key ?? author.address),
      fromName: author?.name ?? null,
      direction: directionOf(mail, people),
      occurredAt: occurredAtOf(message.date, claim.receivedAt),
      receivedAt: claim.receivedAt,
      newestText: message.newestText,
      text: message.text,
      html: message.html,
      defects: message.defects,
      automatic: message.automatic,
    },
    participants: participantsOf(clues, book),
    attachments,
  }
}

/** The Date field where it is plausible, else the time of receipt: histories are ordered by it (hazard 17). */
export function occurredAtOf(date: Date | null, receivedAt: Date): Date {
  if (date === null || date < earliestDate || date.getTime() > receivedAt.getTime() + clockAheadMaxMs) return receivedAt
  return date
}

/** Who handed it in: whoever signed in, else the own user that the envelope names (a colleague who resends), else the author. */
export function captureOf(mail: TenantMail, clues: Clues, book: AddressBook): Settlement['capture'] {
  const { claim } = mail
  const [author] = authorMailboxes(mail.message)
  const byEnvelope = clues.reversePath !== null && book.isOwn(clues.reversePath) ? clues.reversePath : null
  const address = signInOf(claim.envelope) ?? byEnvelope ?? author?.key ?? claim.envelope.reversePath ?? ''
  return { address, channel: claim.channel, at: claim.receivedAt }
}

function directionOf(mail: TenantMail, people: readonly MatchPerson[]): 'outbound' | 'inbound' | 'internal' {
  if (mail.outside) return 'inbound'
  return people.every((person) => person.own || person.role === 'author') ? 'internal' : 'outbound'
}

/** An address that stands at two persons is linked to neither: which of them it was is for a person to say. */
function participantsOf(clues: Clues, book: AddressBook): NewParticipant[] {
  return clues.people.map(({ role, mailbox }) => {
    const contacts = mailbox.key === null ? [] : book.contactsOf(mailbox.key)
    const [contact, ...others] = contacts
    return {
      role,
      address: mailbox.key ?? mailbox.address,
      addressKey: mailbox.key,
      name: mailbox.name,
      contactPersonId: contact !== undefined && others.length === 0 ? contact.contactPersonId : null,
    }
  })
}
