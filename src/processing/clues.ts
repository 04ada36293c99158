/** What one mail says that may point to a lead or a person, by itself and by what it forwards. Pure. */
import { subaddressNumber } from '../crm/crm-address.ts'
import { type ForwarderNumbers, readForwarderNumbers } from '../crm/forwarder-numbers.ts'
import { leadNamePhrases } from '../crm/lead-name.ts'
import { readSubjectNumbers, type SubjectNumbers } from '../crm/lead-number.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import { readNewestText } from '../mail/newest-text.ts'
import type { Original } from './original.ts'
import { answeredIds } from './tenant.ts'
import { addressedCrm, forwardedPeople, type Mentioned, mentionedPeople, type TenantMail } from './tenant-mail.ts'

export interface Clues {
  readonly people: readonly Mentioned[]
  /** Of originals that only propose: they are shown, and do not take part in matching. */
  readonly shownPeople: readonly Mentioned[]
  /** Addresses of originals that only propose, and of texts. */
  readonly proposedAddresses: readonly AddressKey[]
  /** Addresses that are nobody's in the mail but may be on the never-log list: Sender, Reply-To, the Resent fields, everybody in what it forwards. */
  readonly otherAddresses: readonly AddressKey[]
  readonly numbers: SubjectNumbers
  /** In the words above a forward. */
  readonly forwarderNumbers: ForwarderNumbers
  /** In the subjects of originals: they only propose. */
  readonly forwardedNumbers: { readonly leadNumbers: readonly string[]; readonly quoteNumbers: readonly string[] }
  readonly subaddressLeads: readonly string[]
  /** With their version, as written. */
  readonly subaddressQuotes: readonly string[]
  readonly namePhrases: readonly string[]
  readonly answered: readonly MessageIdKey[]
  readonly reversePath: AddressKey | null
}

/** Those of the mail by itself; what it forwards is added in readings.ts. */
export function cluesOf(mail: TenantMail, crmAddresses: readonly AddressKey[]): Clues {
  const { message, claim } = mail
  const subjects = [message.subject, ...message.furtherSubjects]
  const numbers = addressedCrm(claim, crmAddresses).flatMap(({ tag }) => subaddressNumber(tag) ?? [])
  const others = [...(message.sender === null ? [] : [message.sender]), ...message.replyTo, ...message.resent]
  const forwarded = message.originals.flatMap(withInner)
  const inForwarded = forwarded.flatMap((original) => [
    ...forwardedPeople(original, crmAddresses).flatMap(({ mailbox }) => mailbox.key ?? []),
    ...original.otherAddresses,
  ])
  return {
    people: mentionedPeople(message, crmAddresses),
    shownPeople: [],
    proposedAddresses: [],
    otherAddresses: distinct([...others.flatMap((mailbox) => mailbox.key ?? []), ...inForwarded]),
    forwarderNumbers: { leadNumbers: [], quoteNumbers: [], others: [] },
    forwardedNumbers: { leadNumbers: [], quoteNumbers: [] },
    // A line break bounds a token, as any white space does.
    numbers: readSubjectNumbers(subjects.join('\n')),
    subaddressLeads: distinct(numbers.flatMap((number) => ('leadNumber' in number ? [number.leadNumber] : []))),
    subaddressQuotes: distinct(numbers.flatMap((number) => ('quoteNumber' in number ? [number.quoteNumber] : []))),
    namePhrases: distinct(subjects.flatMap(leadNamePhrases)),
    answered: answeredIds(message),
    reversePath: claim.envelope.reversePath === null ? null : addressKey(claim.envelope.reversePath),
  }
}

/** The forwarder is its author still; the people are those of the original. */
export function cluesOfOriginal(clues: Clues, original: Original, crmAddresses: readonly AddressKey[]): Clues {
  return {
    ...clues,
    people: [...clues.people.filter(({ role }) => role === 'from'), ...forwardedPeople(original, crmAddresses)],
    answered: [...new Set([...clues.answered, ...original.answered])],
    forwarderNumbers: numbersAbove(original),
    forwardedNumbers: weakNumbers([original]),
  }
}

/** Of a mail that is filed as itself: what it forwards proposes. `own` are originals of which the words above count, since they went to nobody else. */
export function withProposals(mail: TenantMail, clues: Clues, own: readonly Original[], crmAddresses: readonly AddressKey[]): Clues {
  const { originals, writtenAddresses } = mail.message
  const people = originals.flatMap(withInner).flatMap((original) => forwardedPeople(original, crmAddresses))
  const [first] = own
  return {
    ...clues,
    shownPeople: people,
    proposedAddresses: [...new Set([...people.flatMap(({ mailbox }) => mailbox.key ?? []), ...writtenAddresses])],
    forwarderNumbers: first === undefined ? noNumbers : numbersAbove(first),
    forwardedNumbers: weakNumbers(originals),
  }
}

export function withInner(original: Original): Original[] {
  return original.inner === null ? [original] : [original, ...withInner(original.inner)]
}

const noNumbers: ForwarderNumbers = { leadNumbers: [], quoteNumbers: [], others: [] }

function numbersAbove({ ownText }: Original): ForwarderNumbers {
  return ownText === '' ? noNumbers : readForwarderNumbers(readNewestText(ownText).newestText)
}

/** Of the original's own subject: whoever wrote that may never have heard of our leads. */
function weakNumbers(originals: readonly Original[]): Clues['forwardedNumbers'] {
  const numbers = originals.map(({ subject }) => readSubjectNumbers(subject))
  return {
    leadNumbers: [...new Set(numbers.flatMap(({ leadNumbers, nearMisses }) => [...leadNumbers, ...nearMisses]))],
    quoteNumbers: [...new Set(numbers.flatMap(({ quoteNumbers }) => quoteNumbers))],
  }
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)]
}
