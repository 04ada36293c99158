/** What must be looked up to decide about a batch of mails: all of it at once. Pure. */
import { quoteOfVersion } from '../crm/lead-number.ts'
import { neverLogPatternsOf } from '../crm/never-log.ts'
import type { AddressKey } from '../mail/address.ts'
import { messageIdHash, type MessageIdKey } from '../mail/message-id.ts'
import type { FactKeys } from '../store/facts.ts'
import { signInOf } from './authenticate.ts'
import { type Clues, cluesOfOriginal, withInner, withProposals } from './clues.ts'
import type { TenantMail } from './tenant-mail.ts'

/** Everything that may be needed, whatever each mail turns out to be filed as. */
export function factKeysOf(
  mails: readonly { readonly mail: TenantMail; readonly clues: Clues }[],
  crmAddresses: readonly AddressKey[],
): FactKeys {
  const originals = mails.flatMap(({ mail }) => mail.message.originals.flatMap(withInner))
  const all = mails.flatMap(({ mail, clues }) => possibleClues(mail, clues, crmAddresses))
  const inClues = <T>(pick: (clues: Clues) => readonly T[]): T[] => distinct(all.flatMap(pick))
  const people = inClues((clues) => clues.people.flatMap(({ mailbox }) => mailbox.key ?? []))
  return {
    addresses: distinct([
      ...people,
      ...inClues((clues) => clues.proposedAddresses),
      ...inClues((clues) => (clues.reversePath === null ? [] : [clues.reversePath])),
    ]),
    signIns: distinct(mails.flatMap(({ mail }) => signInOf(mail.claim.envelope) ?? mail.verified?.submittedBy ?? [])),
    neverLogPatterns: distinct([...people, ...inClues((clues) => clues.otherAddresses)].flatMap(neverLogPatternsOf)),
    leadNumbers: inClues((clues) => [
      ...clues.numbers.leadNumbers,
      ...clues.numbers.nearMisses,
      ...clues.subaddressLeads,
      ...clues.forwarderNumbers.leadNumbers,
      ...clues.forwarderNumbers.others,
      ...clues.forwardedNumbers.leadNumbers,
    ]),
    quoteNumbers: inClues((clues) => [
      ...clues.numbers.quoteNumbers,
      ...clues.subaddressQuotes,
      ...clues.forwarderNumbers.quoteNumbers,
      ...clues.forwarderNumbers.others,
      ...clues.forwardedNumbers.quoteNumbers,
    ]).map(quoteOfVersion),
    leadNameKeys: inClues((clues) => clues.namePhrases),
    answeredHashes: inClues((clues) => clues.answered).map(hashOf),
    ownHashes: distinct([...mails.map(({ mail }) => mail.message), ...originals].flatMap(({ messageId }) => messageId ?? [])).map(hashOf),
    fingerprints: distinct([...mails.map(({ mail }) => mail.message), ...originals].map(({ contentFingerprint }) => contentFingerprint)),
    likenesses: distinct(originals.flatMap(({ likeness }) => likeness ?? [])).map((likeness) => Buffer.from(likeness, 'hex')),
  }
}

/** Of the mail by itself with all that it proposes, and of every original that could be filed in its place. */
function possibleClues(mail: TenantMail, clues: Clues, crmAddresses: readonly AddressKey[]): Clues[] {
  const { originals, writtenAddresses } = mail.message
  if (originals.length + writtenAddresses.length === 0) return [clues]
  const inPlace = originals.flatMap(withInner).map((original) => cluesOfOriginal(clues, original, crmAddresses))
  return [withProposals(mail, clues, originals, crmAddresses), ...inPlace]
}

function hashOf(id: MessageIdKey): Buffer {
  return Buffer.from(messageIdHash(id))
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)]
}
