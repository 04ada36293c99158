/**
 * Opens what is wrapped once more: winmail.dat (its files become attachments, its text the text where there is none), calendar parts (as lines that a person
 * reads), and names what is sealed (S/MIME, OpenPGP). Runs in a parser thread. Throws only what the file system throws.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { calendarText } from '../mail/calendar-text.ts'
import { cleanText } from '../mail/clean-text.ts'
import { decodeBytes } from '../mail/encoded-word.ts'
import type { Defect, ParsedAttachment } from '../mail/message.ts'
import { safeFileName } from './file-name.ts'
import { readTree } from './mime-tree.ts'
import { attachmentInlineBytesMax, htmlCharactersMax, type ReadBody, textCharactersMax } from './read-body.ts'
import { isTnef, readTnef } from './tnef.ts'

/** A larger winmail.dat stays closed. */
export const tnefBytesMax = 64 * 1024 * 1024
/** Of one mail so many are opened, and so many calendars read. */
const tnefsMax = 5
const calendarsMax = 5
const calendarBytesMax = 1024 * 1024
const calendarCharactersMax = 20_000

/** A body with all that was wrapped in it. */
export interface OpenedBody extends ReadBody {
  /** Events as lines, '' where there are none. They belong to what is newly written, whatever the text quotes. */
  readonly calendar: string
}

export function openWrapped(body: ReadBody, folder: string): OpenedBody {
  const opened = openTnef(body, folder)
  const calendar = calendarOf(opened.attachments)
  return { ...opened, calendar, defects: [...opened.defects, ...sealsOf(opened)] }
}

/** The attachment's bytes, from memory or from its file; null where there are more than `bytesMax`. */
export function bytesOf(attachment: ParsedAttachment, bytesMax: number): Uint8Array | null {
  if (attachment.bytes > bytesMax) return null
  return attachment.content ?? (attachment.file === null ? null : readFileSync(attachment.file))
}

function mayBeTnef(attachment: ParsedAttachment): boolean {
  return (
    attachment.mediaType.endsWith('tnef') ||
    /^winmail.*\.dat$/i.test(attachment.fileName) ||
    attachment.mediaType === 'application/octet-stream'
  )
}

function openTnef(body: ReadBody, folder: string): ReadBody {
  let left = tnefsMax
  let { text, html } = body
  const defects: Defect[] = [...body.defects]
  const attachments: ParsedAttachment[] = []
  for (const attachment of body.attachments) {
    // Of a large file that is something else, only its content in memory would be cheap to look at; its name says enough.
    const isLikely = mayBeTnef(attachment) && (attachment.content !== null || !attachment.mediaType.endsWith('octet-stream'))
    const bytes = left > 0 && isLikely ? bytesOf(attachment, tnefBytesMax) : null
    const tnef = bytes !== null && isTnef(bytes) ? readTnef(bytes) : null
    if (tnef === null) {
      attachments.push(attachment)
      continue
    }
    left -= 1
    const hasContent = tnef.files.length > 0 || tnef.text !== null || tnef.html !== null
    if (tnef.broken || !hasContent) {
      attachments.push(attachment)
      if (tnef.broken) defects.push({ code: 'tnefBroken', detail: attachment.fileName })
    }
    for (const file of tnef.files) attachments.push(unwrapped(file, attachments.length + 1, folder))
    if (html === null && tnef.html !== null) html = cleanText(tnef.html, htmlCharactersMax)
    if (text.trim() === '') text = cleanText(tnef.text ?? textOfHtml(tnef.html), textCharactersMax)
  }
  const found = left < tnefsMax
  return found ? { ...body, text, html, attachments, defects, unreadable: false } : body
}

function textOfHtml(html: string | null): string {
  return html === null ? '' : readTree({ contentType: 'text/html', textContent: html, children: [] }).text
}

function unwrapped(
  file: {
    readonly fileName: string | null
    readonly mediaType: string | null
    readonly contentId: string | null
    readonly content: Uint8Array
  },
  position: number,
  folder: string,
): ParsedAttachment {
  const { content } = file
  const mediaType = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}$/.test(file.mediaType ?? '')
    ? (file.mediaType ?? '')
    : 'application/octet-stream'
  const isSmall = content.length <= attachmentInlineBytesMax
  const place = path.join(folder, `unwrapped-${position}`)
  if (!isSmall) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(place, content, { mode: 0o600 })
  }
  return {
    fileName: safeFileName(file.fileName, mediaType, position),
    mediaType,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    inline: false,
    contentId: file.contentId === null ? null : cleanText(file.contentId, 998),
    // A copy: it must not keep the whole of what it was wrapped in.
    content: isSmall ? new Uint8Array(content) : null,
    file: isSmall ? null : place,
  }
}

function calendarOf(attachments: readonly ParsedAttachment[]): string {
  const seen = new Set<string>()
  for (const attachment of attachments) {
    if (seen.size >= calendarsMax) break
    const isCalendar =
      attachment.mediaType === 'text/calendar' || attachment.mediaType === 'application/ics' || /\.ics$/i.test(attachment.fileName)
    const bytes = isCalendar ? bytesOf(attachment, calendarBytesMax) : null
    // The same invitation often comes twice, as an alternative and as a file.
    const text = bytes === null ? null : calendarText(decodeBytes(bytes, 'utf-8').text)
    if (text !== null) seen.add(cleanText(text, calendarCharactersMax))
  }
  return [...seen].join('\n\n')
}

const armoredMessage = /^-----BEGIN PGP MESSAGE-----\s*$/m
const armoredSigned = /^-----BEGIN PGP SIGNED MESSAGE-----\s*$/m

/** RFC 8551 §3 and RFC 3156; also OpenPGP that stands in the text itself. */
function sealsOf(body: ReadBody): Defect[] {
  const types = new Set(body.attachments.map(({ mediaType }) => mediaType.replace('/x-', '/')))
  const seals: Defect[] = []
  // An opaque signature hides the text as encryption does; what is inside it cannot be read either way.
  if (types.has('application/pkcs7-mime')) seals.push({ code: 'encrypted', detail: 'S/MIME' })
  if (types.has('application/pgp-encrypted') || armoredMessage.test(body.text)) seals.push({ code: 'encrypted', detail: 'OpenPGP' })
  if (types.has('application/pkcs7-signature')) seals.push({ code: 'signed', detail: 'S/MIME' })
  if (types.has('application/pgp-signature') || armoredSigned.test(body.text)) seals.push({ code: 'signed', detail: 'OpenPGP' })
  return seals
}

/** The words of a text that is signed in itself (RFC 9580 §7), without the armor around them; any other text as it is. */
export function withoutArmor(text: string): string {
  const begin = armoredSigned.exec(text)
  if (begin === null) return text
  const rest = text.slice(begin.index + begin[0].length).replace(/^(?:\s*(?:Hash|Charset|NotDashEscaped):[^\n]*\n)+/i, '')
  const end = rest.indexOf('-----BEGIN PGP SIGNATURE-----')
  const after = end < 0 ? -1 : rest.indexOf('-----END PGP SIGNATURE-----', end)
  const signed = (end < 0 ? rest : rest.slice(0, end)).replace(/^- /gm, '')
  const below = after < 0 ? '' : rest.slice(after + '-----END PGP SIGNATURE-----'.length)
  return `${text.slice(0, begin.index)}${signed.trim()}\n${below.trim()}`.trim()
}
