/** As what a mail is to be filed, and what then points to leads: the mail itself, or each original that a colleague forwards. Pure. */
import type { AddressKey } from '../mail/address.ts'
import type { AuthorStanding } from '../mail/message.ts'
import type { Unvouched } from '../matching/decision.ts'
import { type Clues, cluesOfOriginal, withProposals } from './clues.ts'
import type { AddressBook } from './address-book.ts'
import { type Filed, filedAsItself, filedAsOriginal } from './filed.ts'
import type { Original } from './original.ts'
import type { TenantMail } from './tenant-mail.ts'

export interface Reading {
  readonly mail: TenantMail
  readonly filed: Filed
  readonly clues: Clues
}

/** Why originals are not filed in the place of the mail; `filed` where they are. */
export type ForwardVerdict = 'none' | 'filed' | 'outside' | 'severalAuthors' | 'notFit' | 'goesToOthers' | 'authorUnclear' | 'tooMany'

export interface Readings {
  /** One, or one for each original. */
  readonly all: readonly [Reading, ...Reading[]]
  readonly forward: ForwardVerdict
}

/**
 * `clues` are those of the mail by itself. Only a colleague who is proved to be the author may put another's mail in the place of his own, and only where he
 * wrote to nobody but the CRM and his colleagues: what he forwards to a client is a mail of his to that client.
 */
export function readingsOf(
  mail: TenantMail,
  clues: Clues,
  about: { readonly standing: AuthorStanding; readonly notVouchedFor: readonly Unvouched[]; readonly crmAddresses: readonly AddressKey[] },
  book: AddressBook,
): Readings {
  const { originals } = mail.message
  const chosen = originals.map((original) => chosenOf(original, book))
  const clear = chosen.filter(({ author }) => author.kind === 'one')
  const staysInside = clues.people.every(({ role, mailbox }) => role === 'from' || (mailbox.key !== null && book.isOwn(mailbox.key)))
  const forward = verdictOf(mail, about, staysInside, clear.length)
  if (forward === 'filed') {
    const [first, ...rest] = distinct(clear).map((original, _, all): Reading => {
      const filed = filedAsOriginal(mail.message, original, all)
      return { mail, filed, clues: cluesOfOriginal(clues, original, about.crmAddresses) }
    })
    if (first !== undefined) return { all: [first, ...rest], forward }
  }
  const own = staysInside && !mail.outside ? originals : []
  return { all: [{ mail, filed: filedAsItself(mail.message), clues: withProposals(mail, clues, own, about.crmAddresses) }], forward }
}

function verdictOf(
  mail: TenantMail,
  about: { readonly standing: AuthorStanding; readonly notVouchedFor: readonly Unvouched[] },
  staysInside: boolean,
  clear: number,
): ForwardVerdict {
  if (mail.message.originals.length === 0) return 'none'
  // Those that were not read could be of anybody, so that a person looks at all of them.
  if (mail.message.defects.some(({ code }) => code === 'tooManyAttachedMessages')) return 'tooMany'
  if (mail.outside) return 'outside'
  if (mail.author !== 'one') return 'severalAuthors'
  if (about.standing !== 'aligned' && about.standing !== 'trustedSubmission') return 'notFit'
  // Where the signature leaves open how the body is to be read, somebody else may have made a forward of it.
  if (about.notVouchedFor.includes('content')) return 'notFit'
  // Whoever has a signed mail may have sent it on to us alone: then it is not known to whom it went.
  if (!staysInside || about.notVouchedFor.includes('recipients')) return 'goesToOthers'
  return clear === 0 ? 'authorUnclear' : 'filed'
}

/** A colleague's forward of a client's mail is the client's mail; a mail that a colleague wrote is his. */
function chosenOf(original: Original, book: AddressBook): Original {
  const { author, inner } = original
  const isOwn = author.kind === 'one' && book.isOwn(author.mailbox.key)
  return isOwn && inner !== null && inner.author.kind === 'one' ? chosenOf(inner, book) : original
}

/** The same mail attached twice is one. */
function distinct(originals: readonly Original[]): Original[] {
  return [...new Map(originals.toReversed().map((original) => [original.contentFingerprint, original])).values()].toReversed()
}
