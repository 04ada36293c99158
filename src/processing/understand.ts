/**
 * What a message means beyond its own words: what it newly says, whether a machine wrote it, what it forwards, what it reports. Runs in a parser thread.
 * Nothing is decided here: who may be believed is not known yet.
 */
import path from 'node:path'
import { readCrmAddress } from '../crm/crm-address.ts'
import type { AddressKey } from '../mail/address.ts'
import { automaticByPhrases } from '../mail/automatic-phrases.ts'
import { readZoneMinutes } from '../mail/date.ts'
import { readDeliveryReport } from '../mail/delivery-report.ts'
import { headerBlockOf, readHeaderLines } from '../mail/header.ts'
import type { AutomaticKind, Defect, DeliveryReport, HeaderLine, MessageHeader, ParsedAttachment } from '../mail/message.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import { isOwnMail } from '../mail/own-mark.ts'
import { subjectPrefix } from '../mail/subject-prefix.ts'
import { addressesInText } from '../mail/written-mailboxes.ts'
import { isCut } from './fingerprint.ts'
import { attachedOriginal, inlineOriginal, newestOf, type Original } from './original.ts'
import { attachedMessagesMax, isAttachedMessage, readAttachedMessage } from './read-attached.ts'
import { readForward } from './read-forward.ts'
import { bytesOf, openWrapped, type OpenedBody } from './wrapped-parts.ts'

export interface Understood {
  readonly newestText: string
  readonly automatic: AutomaticKind | null
  /** Those of the header; of a bounce also the id of the mail that it reports, for it answers that one. */
  readonly references: readonly MessageIdKey[]
  /** What it forwards: one inline, or those attached. Empty for a reply and for what a machine wrote. */
  readonly originals: readonly Original[]
  /** Of a forward of which no author could be read, and of a note to the CRM alone: the addresses in its text, as proposals. */
  readonly writtenAddresses: readonly AddressKey[]
  readonly report: DeliveryReport | null
  /** It bears the mark of mail that this program sends. */
  readonly ownMark: boolean
  readonly defects: readonly Defect[]
}

interface Surroundings {
  readonly reversePath: string | null
  readonly crmAddresses: readonly AddressKey[]
  readonly folder: string
  /** Hex, of the whole mail. */
  readonly sha256: string
}

/** Addresses of a text that are looked up; they only propose. */
export const writtenAddressesMax = 50
/** A larger message stays a file. */
export const attachedMessageBytesMax = 32 * 1024 * 1024

/** Of a message whose body was left alone. */
export function nothingUnderstood(lines: readonly HeaderLine[]): Omit<Understood, 'newestText' | 'automatic' | 'references' | 'defects'> {
  return { originals: [], writtenAddresses: [], report: null, ownMark: isOwnMail(lines) }
}

/** Throws only what the file system throws. */
export async function understand(header: MessageHeader, body: OpenedBody, around: Surroundings): Promise<Understood> {
  const newestText = newestOf(body.text, body.calendar)
  const recipients = recipientsOf(header, around.crmAddresses)
  const defects: Defect[] = []
  const nothing = { newestText, originals: [], writtenAddresses: [], report: null, ownMark: isOwnMail(header.headerLines), defects }
  if (header.automatic !== null) return { ...nothing, ...reported(header, body, header.automatic) }
  const inline = readInline(header, body, recipients, around.sha256)
  const automatic = inline === null ? automaticByWords(header, newestText, around.reversePath) : null
  if (automatic !== null) return { ...nothing, ...reported(header, body, automatic) }
  const prefix = subjectPrefix(header.subject)
  const attached = inline === null && prefix !== 'reply' ? await readAttached(body.attachments, newestText, around.folder, defects) : []
  const originals = inline === null ? attached : [inline]
  const isUnclear = !originals.some(({ author }) => author.kind === 'one')
  const mayPropose = isUnclear && (prefix === 'forward' || originals.length > 0 || recipients.length === 0)
  const writtenAddresses = mayPropose ? addressesInText(body.text, writtenAddressesMax) : []
  return { ...nothing, automatic, references: header.references, originals, writtenAddresses }
}

/** To and Cc without the CRM's own addresses; null stands for what is no plain mailbox. */
function recipientsOf({ to, cc }: MessageHeader, crmAddresses: readonly AddressKey[]): (AddressKey | null)[] {
  return [...to, ...cc].filter((mailbox) => readCrmAddress(mailbox.address, crmAddresses) === null).map(({ key }) => key)
}

function readInline(header: MessageHeader, body: OpenedBody, recipients: readonly (AddressKey | null)[], sha256: string): Original | null {
  const offsetMinutes = readZoneMinutes(header.headerLines)
  const zone = offsetMinutes === undefined ? {} : { offsetMinutes }
  const forward = readForward({ subject: header.subject, text: body.text, recipients, ...zone })
  if (forward.kind === 'none') return null
  const cut = isCut(body.defects)
  return inlineOriginal(forward, { calendar: body.calendar, outerId: cut ? sha256 : (header.messageId ?? ''), offsetMinutes, isCut: cut })
}

function automaticByWords(header: MessageHeader, newestText: string, reversePath: string | null): AutomaticKind | null {
  const { author, subject, inReplyTo, references } = header
  const authorLocalPart = author.kind === 'one' ? author.mailbox.key.slice(0, author.mailbox.key.lastIndexOf('@')) : null
  return automaticByPhrases({ subject, newestText, authorLocalPart, reversePath, references: [...inReplyTo, ...references] })
}

function reported(
  header: MessageHeader,
  body: OpenedBody,
  automatic: AutomaticKind,
): Pick<Understood, 'automatic' | 'references' | 'report'> {
  if (automatic !== 'bounce') return { automatic, references: header.references, report: null }
  const report = readDeliveryReport(body.text, returnedHeader(body.attachments))
  const { messageId } = report
  const isNew = messageId !== null && !header.references.includes(messageId) && messageId !== header.messageId
  return { automatic, references: isNew ? [...header.references, messageId] : header.references, report }
}

/** RFC 3462 §2: the mail that came back, or its header alone. */
function returnedHeader(attachments: readonly ParsedAttachment[]): string | null {
  const returned = attachments.find(({ mediaType }) =>
    /^(?:message\/(?:rfc822|global)|(?:text|message)\/(?:rfc822|global)-headers)$/.test(mediaType),
  )
  const bytes = returned === undefined ? null : bytesOf(returned, attachedMessageBytesMax)
  if (bytes === null) return null
  const { lines } = readHeaderLines(headerBlockOf(bytes).block)
  return lines.map(({ name, value }) => `${name}:${value.replaceAll(/\r?\n/g, ' ')}`).join('\n')
}

async function readAttached(
  attachments: readonly ParsedAttachment[],
  ownText: string,
  folder: string,
  defects: Defect[],
): Promise<Original[]> {
  const originals: Original[] = []
  for (const attachment of attachments) {
    const mayBe = attachment.mediaType.startsWith('message/') || /\.eml$/i.test(attachment.fileName)
    const bytes = mayBe ? bytesOf(attachment, attachedMessageBytesMax) : null
    if (bytes === null || !isAttachedMessage(attachment, bytes)) continue
    if (originals.length >= attachedMessagesMax) {
      defects.push({ code: 'tooManyAttachedMessages', detail: `more than ${attachedMessagesMax}` })
      break
    }
    const place = path.join(folder, `original-${originals.length + 1}`)
    const read = await readAttachedMessage(bytes, place)
    if (read !== null)
      originals.push(attachedOriginal({ ...read, body: openWrapped(read.body, place) }, { ownText, source: attachment.sha256 }))
  }
  return originals
}
