/** Mailboxes as mail clients write them into a body: not RFC 5322, but "Doe, John <j@x>; Ann [mailto:a@x]" and the like. */
import { type AddressKey, addressKey } from './address.ts'
import { readAddressList } from './address-list.ts'
import type { Mailbox } from './message.ts'

/** Longer values are no list of people. */
const writtenCharactersMax = 20_000

/** "Secretary <s@x> on behalf of Boss": who the author is, is not plain. */
const onBehalf =
  /\s(?:on behalf of|im auftrag von|w imieniu|på uppdrag av|בשם|de la part de|en nombre de|per conto di|namens|em nome de|på vegne af|på vegne av|jménem|v zastoupení|puolesta|nevében|în numele|от имени|adına)\s/i

/** The mailboxes of a written list, in order; one without a readable address has a null key. Linear; never throws. */
export function readWrittenMailboxes(value: string): Mailbox[] {
  return readParts(value).mailboxes
}

/** The author of a written From: its key is null unless it is plainly one mailbox (`several`: more are named). Null where nothing is written. */
export function readWrittenAuthor(value: string): { author: Mailbox; several: boolean } | null {
  const { mailboxes, plain } = readParts(value)
  const first = mailboxes[0]
  if (first === undefined) return null
  const several = mailboxes.length > 1
  const unclear = several || !plain || onBehalf.test(value.slice(0, writtenCharactersMax))
  return { author: unclear ? { ...first, key: null } : first, several }
}

function readParts(value: string): { mailboxes: Mailbox[]; plain: boolean } {
  const parts = splitAtSemicolons(withoutLinks(value.slice(0, writtenCharactersMax).replace(/\p{Cf}/gu, '')))
  const mailboxes: Mailbox[] = []
  let allPlain = true
  for (const part of parts) {
    const read = readAddressList(part.replaceAll(/[“”„«»]/g, '"'))
    const merged = mergeNames(read.mailboxes, parts.length > 1)
    mailboxes.push(...merged.map(tidy))
    if (!read.plain && merged.length === read.mailboxes.length) allPlain = false
  }
  return { mailboxes, plain: allPlain }
}

/** Frees addresses of the links that converters of HTML write beside them. */
function withoutLinks(value: string): string {
  return (
    value
      .replace(/\[([^\][\s]{1,254})\]\(mailto:[^()\s]{1,300}\)/g, '$1')
      // `a@x<mailto:a@x>`, `a@x [mailto:a@x]`, and inside brackets of their own.
      .replace(/([^\s<>;,"'[\]@]{1,64}@[^\s<>;,"'[\]@]{1,254})\s?(?:<mailto:[^<>]{1,300}>|\[mailto:[^\][]{1,300}\])/g, '$1')
      .replace(/(<[^\s<>@]{1,64}@[^\s<>@]{1,254}>)\s?(?:<mailto:[^<>]{1,300}>|\[mailto:[^\][]{1,300}\])/g, '$1')
      .replace(/<mailto:([^<>\s]{1,254})>/g, '<$1>')
      .replace(/\[(?:mailto:)?([^\][\s@]{1,64}@[^\][\s@]{1,254})\]/g, '<$1>')
      .replace(/\((?:mailto:)?([^()\s@]{1,64}@[^()\s@]{1,254})\)/g, '<$1>')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
  )
}

/** Outlook parts people by semicolons, and then commas belong to names; semicolons in quotes and brackets are none of these. */
function splitAtSemicolons(value: string): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (const character of value) {
    if (character === '"') quoted = !quoted
    if (character === ';' && !quoted) {
      parts.push(part)
      part = ''
    } else part += character
  }
  parts.push(part)
  return parts.map((written) => written.trim()).filter((written) => written !== '')
}

/** `Doe, John <j@x>` reads as two elements; a name without an address belongs to the one after it. */
function mergeNames(mailboxes: readonly Mailbox[], semicolons: boolean): Mailbox[] {
  const merged: Mailbox[] = []
  let names: string[] = []
  for (const mailbox of mailboxes) {
    if (!mailbox.address.includes('@')) {
      names.push(mailbox.name ?? mailbox.address)
    } else {
      const bracketed = mailbox.name !== null
      if (names.length > 0 && !bracketed) merged.push(...names.map(nameless))
      merged.push(names.length > 0 && bracketed ? { ...mailbox, name: [...names, mailbox.name].join(', ') } : mailbox)
      names = []
    }
  }
  if (names.length > 0) merged.push(...(semicolons ? [nameless(names.join(', '))] : names.map(nameless)))
  return merged
}

function nameless(name: string): Mailbox {
  return { address: '', name, key: null }
}

/** Names in single quotes, or that only repeat the address. */
function tidy(mailbox: Mailbox): Mailbox {
  const name = mailbox.name?.replace(/^['"\s]+|['"\s]+$/g, '') ?? ''
  return { ...mailbox, name: name === '' || name.toLowerCase() === mailbox.address.toLowerCase() ? null : name }
}

/** So many `@` are looked at; a text with more of them is no letter. */
const atSignsMax = 20_000
const localPartCharactersMax = 64
const domainCharactersMax = 253
const localCharacter = /[\p{L}\p{N}._%+'-]/u

/**
 * Distinct addresses that stand anywhere in a text, in order, `max` at most: proposals for the people of a mail whose header block could not be read.
 */
export function addressesInText(text: string, max: number): AddressKey[] {
  const found = new Set<AddressKey>()
  let looks = atSignsMax
  for (let at = text.indexOf('@'); at >= 0 && found.size < max && looks > 0; at = text.indexOf('@', at + 1)) {
    looks--
    let start = at
    while (start > Math.max(0, at - localPartCharactersMax) && localCharacter.test(text[start - 1] ?? '')) start--
    const local = text.slice(start, at)
    const domain = /^[\p{L}\p{N}.-]*/u.exec(text.slice(at + 1, at + 1 + domainCharactersMax))?.[0] ?? ''
    // Punctuation around an address is the sentence's.
    const written = `${local.replace(/^[.'%-]+/, '')}@${domain.replace(/[.-]+$/, '')}`
    const key = local !== '' && /\.\p{L}/u.test(domain) ? addressKey(written) : null
    if (key !== null) found.add(key)
  }
  return [...found]
}
