/** The one canonical form of a mail address and of a mail domain, so that equal means the same mailbox everywhere (RFC 5321 §4.1.2, 6531, 5890). */
import { domainToASCII, domainToUnicode } from 'node:url'

declare const brand: unique symbol

/** A mailbox in canonical form: local part in lower case, `@`, domain as lower-case A-labels without a trailing dot. */
export type AddressKey = string & { readonly [brand]: 'address' }

/** A mail domain in canonical form: lower-case A-labels (RFC 5890 §2.3.2.1) joined by dots, no trailing dot. */
export type DomainName = string & { readonly [brand]: 'domain' }

/** RFC 5321 §4.5.3.1.3: a path is at most 256 octets, its two brackets included. The local part's own 64 is exceeded by real senders and not enforced. */
export const addressOctetsMax = 254
/** RFC 1035 §2.3.4, without the root's octets. */
const domainOctetsMax = 253
const labelOctetsMax = 63

/** RFC 5322 atext and the dot; dots may stand anywhere, as some Japanese carriers gave out such addresses. */
const asciiLocalPart = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+$/
/** What RFC 6532 adds to atext, without what cannot be seen or is not a character: controls, format characters, separators, the replacement character. */
const localPart = /^(?:[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]|[^\u0000-\u007f\p{C}\p{Z}\ufffd])+$/u
const encodedWord = /=\?[^?]*\?[^?]*\?/
/** RFC 1034 §3.5 and the underscore, which no host should have and some mail domains do. */
const plainLabel = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
/** A last label such as `1` or `0x7f` makes the name an IPv4 address to a resolver (URL standard, "ends in a number"). */
const numberLabel = /^(?:\d+|0x[0-9a-f]*)$/
const ascii = /^[\u0000-\u007f]*$/

/**
 * The canonical form of `written` (an addr-spec without brackets or name), or null unless it is plainly one mailbox: a source route, a quoted
 * local part, an address literal, a missing domain, a control character, or a character that some mapping would turn into another name gives null.
 * Idempotent: the key of a key is the key.
 */
export function addressKey(written: string): AddressKey | null {
  if (written.length > addressOctetsMax + 64) return null
  const text = written.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '')
  const at = text.indexOf('@')
  if (at <= 0 || at !== text.lastIndexOf('@')) return null
  const local = canonicalLocalPart(text.slice(0, at))
  if (local === null) return null
  const domain = domainName(text.slice(at + 1))
  if (domain === null) return null
  const key = `${local}@${domain}`
  return Buffer.byteLength(key) <= addressOctetsMax ? (key as AddressKey) : null
}

/** The domain of a canonical address. */
export function domainOf(key: AddressKey): DomainName {
  return key.slice(key.lastIndexOf('@') + 1) as DomainName
}

/**
 * The canonical form of a domain, or null where it is none (an address literal, a number, an empty label, a label that is no valid A- or U-label).
 * Upper case, one trailing dot, a decomposed letter and the UTF-8 form of an A-label are the same name; a full-width or mathematical letter is
 * nobody's name, though IDNA mappings (UTS 46) would make it one (RFC 5891 §5.3: look up what is valid, never what could be mapped to it).
 */
export function domainName(written: string): DomainName | null {
  if (written.length > domainOctetsMax + 2) return null
  const name = written.endsWith('.') ? written.slice(0, -1) : written
  const labels: string[] = []
  for (const label of name.split('.')) {
    const canonical = canonicalLabel(label)
    if (canonical === null) return null
    labels.push(canonical)
  }
  if (numberLabel.test(labels.at(-1) ?? '')) return null
  const domain = labels.join('.')
  return domain.length <= domainOctetsMax ? (domain as DomainName) : null
}

function canonicalLocalPart(written: string): string | null {
  if (asciiLocalPart.test(written)) return encodedWord.test(written) ? null : written.toLowerCase()
  if (!localPart.test(written) || becomesAscii(written)) return null
  const composed = written.normalize('NFC')
  if (composed.normalize('NFKC') !== composed) return null
  const lower = composed.toLowerCase()
  const settled = lower.normalize('NFC') === lower && lower.toLowerCase() === lower
  return settled && localPart.test(lower) && !encodedWord.test(lower) ? lower : null
}

function canonicalLabel(written: string): string | null {
  if (ascii.test(written)) {
    const lower = written.toLowerCase()
    if (lower.length > labelOctetsMax || !plainLabel.test(lower)) return null
    if (!lower.startsWith('xn--')) return lower
    const decoded = domainToUnicode(lower)
    return !ascii.test(decoded) && labelOfUnicode(decoded) === lower ? lower : null
  }
  if (becomesAscii(written)) return null
  // Letter by letter, as UTS 46 maps: a whole-word mapping would make a last Σ a final sigma, which is another name.
  const lower = Array.from(written.normalize('NFC'), (character) => character.toLowerCase())
    .join('')
    .normalize('NFC')
  return labelOfUnicode(lower)
}

/** The A-label of a U-label that is already in the form that its own A-label decodes to; null for every other. */
function labelOfUnicode(label: string): string | null {
  if (label.startsWith('-') || label.endsWith('-') || !/^(?:[a-z0-9-]|[^\u0000-\u007f])+$/.test(label)) return null
  if (label.normalize('NFKC') !== label) return null
  const encoded = domainToASCII(label)
  if (!encoded.startsWith('xn--') || encoded.length > labelOctetsMax || !plainLabel.test(encoded)) return null
  return domainToUnicode(encoded) === label ? encoded : null
}

/** The Kelvin sign lower-cases to k, and the Greek question mark composes to a semicolon: what becomes ASCII was another name. */
function becomesAscii(text: string): boolean {
  for (const character of text) {
    if (!ascii.test(character) && /[\u0000-\u007f]/.test(character.normalize('NFC').toLowerCase())) return true
  }
  return false
}
