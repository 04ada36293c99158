/**
 * The original of a mail that was forwarded inline: who wrote it to whom, when, and its text; and what the forwarder wrote above it (PRODUCT §3, Forwards).
 * A reply quotes as a forward does, so the subject, the announcement and the recipients must speak for a forward; else it is none.
 */
import type { AddressKey } from './address.ts'
import type { LabelBlock, LabelKind } from './header-labels.ts'
import { readLabel } from './header-labels.ts'
import type { Mailbox } from './message.ts'
import { mayBeOpening, type Opening, openingAt } from './opening.ts'
import { subjectPrefix } from './subject-prefix.ts'
import { readWrittenAuthor, readWrittenMailboxes } from './written-mailboxes.ts'
import { readWrittenDate } from './written-date.ts'

/** What speaks for a forward, and how well it could be read; whoever substitutes the original decides by this. */
export interface ForwardFacts {
  /** What stood above the original: an announcement in words, a header block alone, or an attribution line ("On … X wrote:"). */
  readonly heading: 'announced' | 'headerBlock' | 'attribution'
  readonly subjectSaysForward: boolean
  /** From names more than one mailbox; then `originalFrom` is the first, without a key. */
  readonly severalAuthors: boolean
  /** The date named its zone; else the asker's was assumed. */
  readonly dateZoned: boolean
  /** Further header blocks inside the original's text. */
  readonly nested: number
}

export type Forward =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'forward'
      /** Its key is null unless the author is plainly one mailbox: then nothing may be substituted, only proposed. */
      readonly originalFrom: Mailbox
      readonly to: readonly Mailbox[]
      readonly cc: readonly Mailbox[]
      readonly subject: string | null
      readonly date: Date | null
      /** The original's text, without quote marks. */
      readonly text: string
      /** What the forwarder wrote above it; '' where nothing. */
      readonly ownText: string
      readonly facts: ForwardFacts
    }

export interface ForwardQuestion {
  /** The outer subject, decoded. */
  readonly subject: string
  /** The plain text body, or what was made of the HTML. */
  readonly text: string
  /**
   * The outer To and Cc without CRM addresses. A header block without an announcement, under a subject without a prefix, counts as a forward only where
   * there are none: Outlook quotes alike in a reply, and a reply goes to somebody.
   */
  readonly recipients: readonly (AddressKey | null)[]
  /** The forwarder's zone (of the outer Date field), minutes east of Greenwich: for dates without one. */
  readonly offsetMinutes?: number
}

export const noForward: Forward = { kind: 'none' }

const openingsTriedMax = 4_000
const nestedMax = 20
const forwardSubjectCharactersMax = 2_000

/** Reads an inline forward. Linear in the text's length; never throws. */
export function readForwarded(question: ForwardQuestion): Forward {
  const prefix = subjectPrefix(question.subject)
  if (prefix === 'reply') return noForward
  const lines = question.text.split(/\r\n|\r|\n/)
  const opening = firstOpening(lines)
  if (opening === null) return noForward
  if (opening.block !== null) return fromBlock(question, lines, opening, opening.block, prefix === 'forward')
  // Outlook 2019 forwards under an attribution; a reply quotes below the same line, so only the subject tells.
  const next = lines.slice(opening.end).find((line) => line.trim() !== '')
  const unmarked = next !== undefined && !/^\s*[>|]/.test(next)
  return opening.attribution !== null && prefix === 'forward' && unmarked
    ? fromAttribution(question, lines, opening, opening.attribution)
    : noForward
}

/** The first place where the text stops being the sender's own. An announcement without a header block is passed over. */
export function firstOpening(lines: readonly string[]): Opening | null {
  let tries = openingsTriedMax
  let lowest = 0
  for (let index = 0; index < lines.length && tries > 0; index++) {
    if (!mayBeOpening(lines[index] ?? '')) continue
    tries--
    const opening = openingAt(lines, index, lowest)
    if (opening === null) continue
    if (opening.block !== null || (opening.attribution !== null && opening.strong)) return opening
    lowest = index + 1
  }
  return null
}

function fromBlock(
  question: ForwardQuestion,
  lines: readonly string[],
  opening: Opening,
  block: LabelBlock,
  subjectSaysForward: boolean,
): Forward {
  const from = readWrittenAuthor(block.fields.get('from') ?? '')
  if (from === null) return noForward
  const announced = opening.separator === 'forwarded'
  if (!announced && !subjectSaysForward && !goesToNobodyElse(question, from.author)) return noForward
  const people = (kind: LabelKind): Mailbox[] => readWrittenMailboxes(block.fields.get(kind) ?? '')
  const date = readWrittenDate(block.fields.get('date') ?? '', question.offsetMinutes)
  const marked = /^\s*>/.test(lines[block.start] ?? '')
  const { text, below } = marked ? withoutMarks(lines, opening.end) : { text: lines.slice(opening.end), below: [] }
  return {
    kind: 'forward',
    originalFrom: from.author,
    to: people('to'),
    cc: people('cc'),
    subject: block.fields.get('subject')?.slice(0, forwardSubjectCharactersMax) ?? null,
    date: date?.date ?? null,
    text: joined(text),
    ownText: joined([...lines.slice(0, opening.start), ...below]),
    facts: {
      heading: announced ? 'announced' : 'headerBlock',
      subjectSaysForward,
      severalAuthors: from.several,
      dateZoned: date?.zoned ?? false,
      nested: nestedBlocks(lines, opening.end),
    },
  }
}

/** Nothing says that it is a forward; but it quotes plainly one mailbox's mail, and goes to nobody but the CRM: a reply would go to somebody. */
function goesToNobodyElse(question: ForwardQuestion, author: Mailbox): boolean {
  return author.key !== null && question.recipients.length === 0
}

function fromAttribution(question: ForwardQuestion, lines: readonly string[], opening: Opening, attribution: string): Forward {
  const mailbox = attributedAuthor(attribution)
  if (mailbox === null) return noForward
  const date = readWrittenDate(dateIn(attribution), question.offsetMinutes)
  return {
    kind: 'forward',
    originalFrom: mailbox,
    to: [],
    cc: [],
    subject: null,
    date: date?.date ?? null,
    text: joined(lines.slice(opening.end).map((line) => line.replace(/^(?: {4}|\t)/, ''))),
    ownText: joined(lines.slice(0, opening.start)),
    facts: {
      heading: 'attribution',
      subjectSaysForward: true,
      severalAuthors: false,
      dateZoned: date?.zoned ?? false,
      nested: nestedBlocks(lines, opening.end),
    },
  }
}

/** `"John Doe" <john@acme.com>` or `John Doe (john@acme.com)` inside an attribution; null unless one address stands there. */
function attributedAuthor(attribution: string): Mailbox | null {
  const addresses = attribution.match(/[<([]+[^\s<>()[\]@]{1,64}@[^\s<>()[\]@]{1,253}[>)\]]+/g)
  const bracketed = addresses?.length === 1 ? addresses[0] : undefined
  if (bracketed === undefined) return null
  const before = attribution.slice(0, attribution.indexOf(bracketed))
  const quoted = /["“”„«»]\s?([^"“”„«»]{1,100}?)\s?["“”„«»]\s*$/u.exec(before)?.[1]
  // Unquoted, the name is the capitalised words before the address.
  const plain = /(?:\p{Lu}[\p{L}\p{M}.'’-]*\s+){1,4}$/u.exec(before)?.[0].trim()
  const read = readWrittenAuthor(`<${bracketed.replace(/^[<([]+|[>)\]]+$/g, '')}>`)
  return read === null ? null : { ...read.author, name: quoted ?? plain ?? null }
}

function dateIn(attribution: string): string {
  return attribution
    .replace(/["“”„«»][^"“”„«»]{0,100}["“”„«»]/g, ' ')
    .replace(/[<([]+[^\s<>()[\]]*@[^\s<>()[\]]*[>)\]]+/g, ' ')
    .trim()
}

/** A quote with marks ends at its last marked line; one level of marks is taken off. What follows it is the forwarder's again. */
function withoutMarks(lines: readonly string[], start: number): { text: string[]; below: string[] } {
  const last = lines.findLastIndex((line, index) => index >= start && /^\s*>/.test(line))
  const end = Math.max(start, last + 1)
  return { text: lines.slice(start, end).map((line) => line.replace(/^\s*>\s?/, '')), below: lines.slice(end) }
}

function nestedBlocks(lines: readonly string[], start: number): number {
  let found = 0
  let tries = openingsTriedMax
  for (let index = start; index < lines.length && found < nestedMax && tries > 0; index++) {
    if (readLabel(lines[index] ?? '')?.kind === undefined) continue
    tries--
    const block = openingAt(lines, index, index)?.block ?? null
    if (block === null) continue
    found++
    index = block.end - 1
  }
  return found
}

function joined(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replace(/^\s*\n/, '')
    .trimEnd()
}
