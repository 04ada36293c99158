/** Mail that no person wrote for this occasion, told by its header (RFC 3834, 3464, 8098, 5965, 2919, 2369). In doubt it is ordinary mail: a person sees it. */
import { readAuthor, authorsOf } from './author.ts'
import { unfolded } from './header.ts'
import type { AutomaticKind, HeaderLine } from './message.ts'
import { readSubjects } from './subject.ts'

const valueCharactersMax = 2_000

/** The fields looked at, each with its first value: unfolded, in lower case, bounded. */
type Fields = ReadonlyMap<string, string>

/**
 * What kind of machine sent it, or null for ordinary mail. `reversePath` is the envelope's ('' is the null reverse path), or null where there was no envelope; then the
 * Return-Path that final delivery left behind serves. Reports come first, since an auto-reply's marks are often found on them as well; a list comes last.
 *
 * Not taken as a sign by itself: X-Auto-Response-Suppress (Exchange and many tools set it on ordinary mail), List-Unsubscribe (so do tools for
 * single sales mails), a null reverse path (some rules forward with one), a subject, or an author's name. Of the last three it takes two.
 */
export function automaticKind(lines: readonly HeaderLine[], reversePath: string | null): AutomaticKind | null {
  const fields = fieldsOf(lines)
  const report = reportKind(fields)
  if (report !== null) return report
  const isNullPath = reversePath === null ? /^\s*<\s*>/.test(fields.get('return-path') ?? '') : reversePath.trim() === ''
  if (isBounce(lines, fields, isNullPath)) return 'bounce'
  if (isAutomaticReply(fields, isNullPath)) return 'automaticReply'
  return isFromList(fields) ? 'mailingList' : null
}

function fieldsOf(lines: readonly HeaderLine[]): Fields {
  const fields = new Map<string, string>()
  for (const { name, value } of lines) {
    if (!fields.has(name)) fields.set(name, unfolded(value.slice(0, valueCharactersMax)).trim().toLowerCase())
  }
  return fields
}

/** RFC 6522 multipart/report by its report-type, and the same reports where they stand alone. */
function reportKind(fields: Fields): AutomaticKind | null {
  const contentType = fields.get('content-type') ?? ''
  const mediaType = /^[^\s;(]*/.exec(contentType)?.[0] ?? ''
  if (mediaType === 'message/delivery-status' || mediaType === 'message/global-delivery-status') return 'bounce'
  if (mediaType === 'message/disposition-notification' || mediaType === 'message/global-disposition-notification') return 'readReceipt'
  if (mediaType === 'message/feedback-report') return 'feedbackReport'
  if (mediaType !== 'multipart/report') return contentClassKind(fields)
  const reportType = /;\s*report-type(?:\*0)?\*?\s*=\s*"?(?:[\w-]*'[\w-]*')?([\w-]+)/.exec(contentType)?.[1] ?? ''
  if (reportType.endsWith('disposition-notification')) return 'readReceipt'
  if (reportType === 'feedback-report' || reportType === 'tlsrpt') return 'feedbackReport'
  return 'bounce'
}

function contentClassKind(fields: Fields): AutomaticKind | null {
  const contentClass = fields.get('content-class') ?? ''
  if (contentClass === 'urn:content-classes:dsn') return 'bounce'
  return contentClass === 'urn:content-classes:mdn' ? 'readReceipt' : null
}

/** Nobody but a mail server writes under these names; a postmaster may be a person. */
const daemonLocalPart = /^(?:mail(?:er)?[-_.]?da?emon|mdaemon|mail-?delivery(?:-?sub)?-?system)$/
const machineLocalPart = /^(?:post_?master|mail-?admin|no-?reply|do-?not-?reply|bounces?|mmdf|uucp|root)$/
const machineName =
  /\b(?:mail(?:er)?[- ]daemon|mail delivery (?:sub)?system|mail (?:delivery )?administrator|internet mail delivery|postmaster)\b/

/** How servers of all ages begin the subject of a bounce; counts only together with a machine's name. */
const bounceSubject =
  /^(?:\W*(?:undeliver(?:able|ed)|undelivered mail|delivery (?:status|(?:status )?(?:notification|report|failure|failed|error))|returned mail|return(?:ed)? to sender|failure notice|failed mail|mail (?:delivery|system) (?:failed|failure|error)|non[- ]?deliver|unzustellbar|delivery\b.*\bfail|message (?:you sent )?(?:could not|undeliver)|mail could not|warning: (?:could not|message)|error sending|rejected mail))/i

function isBounce(lines: readonly HeaderLine[], fields: Fields, isNullPath: boolean): boolean {
  if (fields.has('x-failed-recipients') || fields.has('x-ms-exchange-message-is-ndr')) return true
  const authors = authorsOf(readAuthor(lines))
  const localParts = authors.map((mailbox) => localPartOf(mailbox.address))
  // A list's owner may send its own notices under the daemon's name.
  if (localParts.some((local) => daemonLocalPart.test(local)) && !fields.has('list-id')) return true
  if (isNullPath && authors.every((mailbox) => mailbox.key === null)) return true
  const isMachine =
    localParts.some((local) => local === '' || machineLocalPart.test(local)) ||
    authors.some((mailbox) => machineName.test((mailbox.name ?? mailbox.address).toLowerCase()))
  const signs = Number(isMachine) + Number(isNullPath)
  return signs === 2 || (signs === 1 && bounceSubject.test(readSubjects(lines).subject))
}

/** Also of an address without a domain, as daemons like to write it. */
function localPartOf(address: string): string {
  const at = address.lastIndexOf('@')
  return (at < 0 ? address : address.slice(0, at)).toLowerCase()
}

/** Fields of programs older than RFC 3834, or deaf to it; each is set by answering machines alone. */
const answeringFields = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-autoreply-from',
  'x-auto-reply-from',
  'x-mail-autoreply',
  'x-autogenerated',
  'x-auto-generated',
  'x-vacation',
  'x-fc-machinegenerated',
]

function isAutomaticReply(fields: Fields, isNullPath: boolean): boolean {
  // RFC 3834 §5: whatever is not `no` was sent by a machine; parameters and comments may follow.
  const submitted = /^[^\s;(]*/.exec(fields.get('auto-submitted') ?? '')?.[0] ?? ''
  if (submitted !== '' && submitted !== 'no') return true
  if (answeringFields.some((name) => isSet(fields.get(name)))) return true
  const precedence = fields.get('precedence') ?? fields.get('x-precedence') ?? ''
  if (/^auto[-_]?reply/.test(precedence) || /^auto[-_]?reply/.test(fields.get('preference') ?? '')) return true
  if (/\bautoresponder\b/.test(fields.get('x-post-messageclass') ?? '') || fields.get('delivered-to') === 'autoresponder') return true
  return isNullPath && (fields.has('x-auto-response-suppress') || /^(?:bulk|junk)/.test(precedence))
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'no' && value !== 'false' && value !== '0'
}

/** RFC 2919 List-Id and RFC 2369 List-Post; before them Mailing-List and Precedence, which newsletters still carry. */
function isFromList(fields: Fields): boolean {
  if ((fields.get('list-id') ?? '') !== '' || fields.has('mailing-list') || fields.has('x-mailing-list')) return true
  if (fields.has('list-post') && fields.get('list-post') !== 'no') return true
  return /^(?:list|bulk|junk)\b/.test(fields.get('precedence') ?? '')
}
