/** Who wrote the message: one plain mailbox, or a question for a person (RFC 5322 §3.6.2, PRODUCT §2, hazards 1 and 2). */
import { domainOf } from './address.ts'
import { readAddressList } from './address-list.ts'
import { fieldBodies } from './header.ts'
import type { Author, HeaderLine, Mailbox } from './message.ts'

/** From fields looked into; one is allowed, and what follows changes no answer. */
const authorFieldsMax = 20

/**
 * The author by the From field. `one` needs exactly one From field, with exactly one mailbox that every reader reads alike. `several`: more than one From
 * field, or several mailboxes; `unclear`: something that is no plain mailbox; `none`: no From field, or an empty one.
 * `lines` must be the whole header: `readMessageHeader` sees to it that nobody is `one` by a header that was cut.
 */
export function readAuthor(lines: readonly HeaderLine[]): Author {
  const fields = fieldBodies(lines, 'from')
  const only = fields[0]
  if (only === undefined) return { kind: 'none' }
  if (fields.length > 1) {
    return { kind: 'several', mailboxes: fields.slice(0, authorFieldsMax).flatMap((field) => readAddressList(field).mailboxes) }
  }
  const { mailboxes, plain } = readAddressList(only)
  const mailbox = mailboxes[0]
  if (mailbox === undefined) return only.trim() === '' ? { kind: 'none' } : { kind: 'unclear', mailboxes }
  if (!plain) return { kind: 'unclear', mailboxes }
  if (mailboxes.length > 1) return { kind: 'several', mailboxes }
  if (mailbox.key === null) return { kind: 'unclear', mailboxes }
  return { kind: 'one', mailbox: { ...mailbox, key: mailbox.key } }
}

/**
 * The Sender field's mailbox (RFC 5322 §3.6.2), or null where there is none. There should be one at most; of several, the first that stands in
 * another domain than the authors is told, since that is the one a person has to judge.
 */
export function readSender(lines: readonly HeaderLine[]): Mailbox | null {
  const mailboxes = fieldBodies(lines, 'sender')
    .slice(0, authorFieldsMax)
    .flatMap((field) => readAddressList(field).mailboxes)
  if (mailboxes.length < 2) return mailboxes[0] ?? null
  const author = readAuthor(lines)
  const domains = new Set(author.kind === 'none' ? [] : authorsOf(author).map(domainOfMailbox))
  return mailboxes.find((mailbox) => !domains.has(domainOfMailbox(mailbox))) ?? mailboxes[0] ?? null
}

/** Every mailbox that may be the author's. */
export function authorsOf(author: Author): readonly Mailbox[] {
  if (author.kind === 'one') return [author.mailbox]
  return author.kind === 'none' ? [] : author.mailboxes
}

function domainOfMailbox(mailbox: Mailbox): string | null {
  return mailbox.key === null ? null : domainOf(mailbox.key)
}
