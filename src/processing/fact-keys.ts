/** What must be looked up to decide about a batch of mails: all of it at once. Pure. */
import { subaddressNumber } from '../crm/crm-address.ts'
import { leadNamePhrases } from '../crm/lead-name.ts'
import { quoteOfVersion, readSubjectNumbers, type SubjectNumbers } from '../crm/lead-number.ts'
import { neverLogPatternsOf } from '../crm/never-log.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { messageIdHash, type MessageIdKey } from '../mail/message-id.ts'
import type { FactKeys } from '../store/facts.ts'
import { signInOf } from './authenticate.ts'
import { answeredIds } from './tenant.ts'
import { addressedCrm, type Mentioned, mentionedPeople, type TenantMail } from './tenant-mail.ts'

/** What one mail says that may point to a lead or a person. */
export interface Clues {
  readonly people: readonly Mentioned[]
  /** Addresses that are nobody's in the mail but may be on the never-log list: Sender and Reply-To. */
  readonly otherAddresses: readonly AddressKey[]
  readonly numbers: SubjectNumbers
  readonly subaddressLeads: readonly string[]
  /** With their version, as written. */
  readonly subaddressQuotes: readonly string[]
  readonly namePhrases: readonly string[]
  readonly answered: readonly MessageIdKey[]
  readonly reversePath: AddressKey | null
}

export function cluesOf(mail: TenantMail, crmAddresses: readonly AddressKey[]): Clues {
  const { message, claim } = mail
  const numbers = addressedCrm(claim, crmAddresses).flatMap(({ tag }) => subaddressNumber(tag) ?? [])
  const others = [...(message.sender === null ? [] : [message.sender]), ...message.replyTo]
  return {
    people: mentionedPeople(message, crmAddresses),
    otherAddresses: others.flatMap((mailbox) => mailbox.key ?? []),
    numbers: readSubjectNumbers(message.subject),
    subaddressLeads: distinct(numbers.flatMap((number) => ('leadNumber' in number ? [number.leadNumber] : []))),
    subaddressQuotes: distinct(numbers.flatMap((number) => ('quoteNumber' in number ? [number.quoteNumber] : []))),
    namePhrases: leadNamePhrases(message.subject),
    answered: answeredIds(message),
    reversePath: claim.envelope.reversePath === null ? null : addressKey(claim.envelope.reversePath),
  }
}

export function factKeysOf(mails: readonly { readonly mail: TenantMail; readonly clues: Clues }[]): FactKeys {
  const inClues = <T>(pick: (clues: Clues) => readonly T[]): T[] => distinct(mails.flatMap(({ clues }) => pick(clues)))
  const people = inClues((clues) => clues.people.flatMap(({ mailbox }) => mailbox.key ?? []))
  return {
    addresses: distinct([...people, ...inClues((clues) => (clues.reversePath === null ? [] : [clues.reversePath]))]),
    signIns: distinct(mails.flatMap(({ mail }) => signInOf(mail.claim.envelope) ?? [])),
    neverLogPatterns: distinct([...people, ...inClues((clues) => clues.otherAddresses)].flatMap(neverLogPatternsOf)),
    leadNumbers: inClues((clues) => [...clues.numbers.leadNumbers, ...clues.numbers.nearMisses, ...clues.subaddressLeads]),
    quoteNumbers: inClues((clues) => [...clues.numbers.quoteNumbers, ...clues.subaddressQuotes].map(quoteOfVersion)),
    leadNameKeys: inClues((clues) => clues.namePhrases),
    answeredHashes: inClues((clues) => clues.answered).map(hashOf),
    ownHashes: distinct(mails.flatMap(({ mail }) => mail.message.messageId ?? [])).map(hashOf),
    fingerprints: distinct(mails.map(({ mail }) => mail.message.contentFingerprint)),
  }
}

function hashOf(id: MessageIdKey): Buffer {
  return Buffer.from(messageIdHash(id))
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)]
}
