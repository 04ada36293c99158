/** A mail that another mail brings along, forwarded inline or attached, as far as the parser thread can tell; whether it is filed is decided later. */
import { createHash } from 'node:crypto'
import type { AddressKey } from '../mail/address.ts'
import { authorsOf } from '../mail/author.ts'
import { cleanText } from '../mail/clean-text.ts'
import type { Forward } from '../mail/forwarded.ts'
import type { Author, AutomaticKind, Defect, Mailbox, ParsedAttachment } from '../mail/message.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import { readNewestText } from '../mail/newest-text.ts'
import { contentFingerprint, isCut, likenessOf } from './fingerprint.ts'
import type { AttachedMessage } from './read-attached.ts'
import { readForward } from './read-forward.ts'
import { type OpenedBody, withoutArmor } from './wrapped-parts.ts'

/** Everything in it is the forwarder's word: it authenticates nobody. */
export interface Original {
  readonly how: 'inline' | 'attached'
  readonly author: Author
  /** Sender and Reply-To of an attached one. */
  readonly otherAddresses: readonly AddressKey[]
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  /** Of an attached one; a forward inline loses it. */
  readonly messageId: MessageIdKey | null
  readonly answered: readonly MessageIdKey[]
  readonly date: Date | null
  readonly text: string
  readonly newestText: string
  /** Null: that of the mail around it shows it. */
  readonly html: string | null
  /** Its own files. Of one forwarded inline they hang on the mail around it. */
  readonly attachments: readonly ParsedAttachment[]
  readonly automatic: AutomaticKind | null
  readonly defects: readonly Defect[]
  readonly contentFingerprint: string
  /** See `likenessOf`; null where some of it was left out. */
  readonly likeness: string | null
  /** Hex sha256 of the attachment that it is; null inline. */
  readonly source: string | null
  /** What the forwarder wrote above it. */
  readonly ownText: string
  /** What it forwards in its turn, inline: a colleague may have passed on a client's mail. */
  readonly inner: Original | null
}

/** So deep forwards within forwards are followed. */
export const forwardDepthMax = 5
const subjectCharactersMax = 2_000
const nameCharactersMax = 200

/** `outerId` makes a forward without a date, or one that was cut, one of its own: nothing tells it from another of the same words. */
export function inlineOriginal(
  forward: Extract<Forward, { kind: 'forward' }>,
  around: { readonly calendar: string; readonly outerId: string; readonly offsetMinutes: number | undefined; readonly isCut: boolean },
  depth = 1,
): Original {
  const author: Author = authorOf(forward)
  const body = cleanText(forward.text, forward.text.length)
  const content = {
    author,
    to: forward.to.map(tidy),
    cc: forward.cc.map(tidy),
    subject: oneLine(forward.subject ?? ''),
    messageId: null,
    date: forward.date,
    text: withCalendar(body, around.calendar),
    html: null,
    attachments: [],
  }
  const likeness = around.isCut ? null : likenessOf(content)
  return {
    ...content,
    how: 'inline',
    source: null,
    otherAddresses: [],
    answered: [],
    newestText: newestOf(body, around.calendar),
    automatic: null,
    defects: [],
    contentFingerprint: inlineFingerprint(likeness, content, around.outerId),
    likeness,
    ownText: forward.ownText,
    inner: innerOf(content.subject, body, around, depth),
  }
}

export function attachedOriginal(
  attached: Omit<AttachedMessage, 'body'> & { readonly body: OpenedBody },
  outer: Pick<Original, 'ownText' | 'source'>,
): Original {
  const { header, body } = attached
  const text = withCalendar(body.text, body.calendar)
  const content = { ...header, text, html: body.html, attachments: body.attachments }
  const cut = isCut(body.defects)
  const around = { calendar: '', outerId: (cut ? outer.source : header.messageId) ?? '', offsetMinutes: undefined, isCut: cut }
  return {
    how: 'attached',
    author: header.author,
    otherAddresses: [...(header.sender === null ? [] : [header.sender]), ...header.replyTo, ...header.resent].flatMap(
      ({ key }) => key ?? [],
    ),
    to: header.to,
    cc: header.cc,
    subject: header.subject,
    messageId: header.messageId,
    answered: [...new Set([...header.inReplyTo, ...header.references])],
    date: header.date,
    text,
    newestText: newestOf(body.text, body.calendar),
    html: body.html,
    attachments: body.attachments,
    automatic: header.automatic,
    defects: [...header.defects, ...body.defects],
    contentFingerprint: contentFingerprint(content, cut ? outer.source : null),
    likeness: cut ? null : likenessOf(content),
    ...outer,
    inner: innerOf(header.subject, body.text, around, 1),
  }
}

/** What was newly written, and the events that came with it, which no quote hides. */
export function newestOf(text: string, calendar: string): string {
  return withCalendar(cleanText(readNewestText(withoutArmor(text)).newestText.trim(), text.length), calendar)
}

export function withCalendar(text: string, calendar: string): string {
  return [text, calendar].filter((part) => part.trim() !== '').join('\n\n')
}

function innerOf(subject: string, text: string, around: Parameters<typeof inlineOriginal>[1], depth: number): Original | null {
  if (depth >= forwardDepthMax) return null
  const { offsetMinutes } = around
  const forward = readForward({ subject, text, recipients: [null], ...(offsetMinutes === undefined ? {} : { offsetMinutes }) })
  return forward.kind === 'none' ? null : inlineOriginal(forward, around, depth + 1)
}

function authorOf({ originalFrom, facts }: Extract<Forward, { kind: 'forward' }>): Author {
  const mailbox = tidy(originalFrom)
  if (mailbox.key !== null) return { kind: 'one', mailbox: { ...mailbox, key: mailbox.key } }
  return { kind: facts.severalAuthors ? 'several' : 'unclear', mailboxes: [mailbox] }
}

/** As in a header: nothing that breaks a line or a store. */
function tidy(mailbox: Mailbox): Mailbox {
  return {
    ...mailbox,
    address: cleanText(mailbox.address, subjectCharactersMax),
    name: mailbox.name === null ? null : oneLine(mailbox.name).slice(0, nameCharactersMax).toWellFormed(),
  }
}

function oneLine(text: string): string {
  return cleanText(text, subjectCharactersMax)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
}

/** Two colleagues forward one mail through different clients, and both times it is the same: layout and recipients' spelling do not count. */
function inlineFingerprint(likeness: string | null, content: Parameters<typeof likenessOf>[0], outerId: string): string {
  const unlike = [authorsOf(content.author).map(({ address }) => address), content.subject, content.text, outerId]
  return createHash('sha256')
    .update(likeness === null ? `inline ${JSON.stringify(unlike)}` : `inline ${likeness}`)
    .digest('hex')
}
