/** The fingerprint by which the same mail is known again, whichever way it came. */
import { hash } from 'node:crypto'
import { onOneLine } from '../mail/clean-text.ts'
import type { Defect, DefectCode, ParsedMessage } from '../mail/message.ts'

type Fingerprinted = Pick<ParsedMessage, 'messageId' | 'author' | 'date' | 'to' | 'cc' | 'subject' | 'text' | 'html'> & {
  readonly attachments: readonly { readonly sha256: string }[]
}

/**
 * Hex sha256 over what a reader would call the content. Indifferent to trace headers, transfer encodings, line ends and white space, so a copy by
 * BCC and one by CC are the same mail. The Message-ID counts as well: two mails of one second with the same words are two mails, and losing
 * one of them would be worse than showing one twice. `rawBody`, a hash, stands for what of the body was not read (see `isCut`).
 */
export function contentFingerprint(message: Fingerprinted, rawBody: string | null): string {
  const author = message.author.kind === 'one' ? [message.author.mailbox] : message.author.kind === 'none' ? [] : message.author.mailboxes
  const recipients = [...message.to, ...message.cc].map((mailbox) => mailbox.key ?? mailbox.address.trim().toLowerCase())
  const fields = [
    message.messageId ?? '',
    author.map((mailbox) => mailbox.key ?? mailbox.address).join(' '),
    message.date?.toISOString() ?? '',
    [...new Set(recipients)].toSorted().join(' '),
    onOneLine(message.subject),
    onOneLine(message.text),
    message.html === null ? '' : onOneLine(message.html),
    message.attachments
      .map((attachment) => attachment.sha256)
      .toSorted()
      .join(' '),
    rawBody ?? '',
  ]
  return hash('sha256', fields.map((field) => `${Buffer.byteLength(field)}:${field}`).join(''), 'hex')
}

const cutting: ReadonlySet<DefectCode> = new Set(['textTruncated', 'htmlTruncated', 'tooManyParts', 'mimeBroken', 'bodyUnreadable'])

/** Some of the body was left out: two mails of which the rest is the same may still be two, so that its raw bytes count as well, and nothing is like it. */
export function isCut(defects: readonly Defect[]): boolean {
  return defects.some(({ code }) => cutting.has(code))
}

/**
 * Hex of 16 bytes of sha256 over what survives a forward: the author, the minute, the subject without prefixes, and the letters and digits of the text. Null where
 * author or date are not known, or nothing is written: then nothing tells it from another mail. Two mails may be alike and still be two (one letter to many
 * people), so it serves only to know again an original that was forwarded.
 */
export function likenessOf(message: Pick<ParsedMessage, 'author' | 'date' | 'subject' | 'text'>): string | null {
  const { author, date } = message
  const letters = wordsAlone(message.text)
  if (author.kind !== 'one' || date === null || letters === '') return null
  const subject = wordsAlone(withoutPrefixes(message.subject))
  return hash('sha256', JSON.stringify([author.mailbox.key, Math.floor(date.getTime() / 60_000), subject, letters]), 'hex').slice(0, 32)
}

/**
 * Letters and digits. The marks of ASCII and Latin-1, and General Punctuation (dashes, quotes), go by themselves first: that is quick, and leaves little of most
 * letters whose categories must be looked up.
 */
function wordsAlone(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll(/[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xa9\u2000-\u206f]+/g, '')
    .replaceAll(/[^\x00-\x7f]+/g, (beyond) => beyond.replaceAll(/[^\p{L}\p{N}]+/gu, ''))
    .toLowerCase()
}

/** `AW: Re[2]: WG:` and the like, which clients add and translate. */
function withoutPrefixes(subject: string): string {
  return subject.replace(/^(?:\s*\p{L}{1,12}(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：])+/u, '')
}
