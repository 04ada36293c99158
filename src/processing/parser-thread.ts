/** What runs inside a parser thread: one message from bytes to `ParsedMessage`. Everything slow or dangerous about a mail happens here. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { AddressKey } from '../mail/address.ts'
import { headerBlockOf, headerBytesMax } from '../mail/header.ts'
import type { DefectCode, ParsedMessage } from '../mail/message.ts'
import { readMessageHeader } from '../mail/read-header.ts'
import { contentFingerprint, isCut, likenessOf } from './fingerprint.ts'
import { withCalendar } from './original.ts'
import { type BodySource, contentFields, readBody } from './read-body.ts'
import { nothingUnderstood, understand, type Understood } from './understand.ts'
import { openWrapped } from './wrapped-parts.ts'
import { readSignedParts, type SignedParts } from './signed-parts.ts'

export interface ParserTask {
  /** `header` leaves the body alone: for a mail whose body could not be read within the limits. */
  readonly what: 'whole' | 'header'
  /** The message, where it is small enough to be handed over. */
  readonly bytes: Uint8Array | null
  /** Else a file with its bytes. */
  readonly file: string | null
  /** Hex sha256 of the bytes; stands for the content where the body is not read. */
  readonly sha256: string
  readonly reversePath: string | null
  /** Where large attachments are put; made when needed. */
  readonly folder: string
  /** Its sender is to be checked, which needs the signed parts. */
  readonly checksSender: boolean
  /** They are nobody's address: a mail to them alone goes to no person. */
  readonly crmAddresses: readonly AddressKey[]
}

/** A message as it is read. The raw header lines stay inside: nobody needs them, and copying them costs. */
export interface MessageInWords extends Omit<ParsedMessage, 'headerLines'>, Omit<Understood, 'newestText' | 'automatic' | 'references'> {
  /** Not read in full: text and attachments are missing, or a part of the subject or of the recipients. */
  readonly unreadable: boolean
  /** See `likenessOf`. */
  readonly likeness: string | null
  /** Null where nobody asked for them. */
  readonly signedParts: SignedParts | null
}

type LongText = 'text' | 'newestText' | 'html'

/**
 * A message as it comes out of the thread. Its long texts are UTF-8, as the database takes them: nobody outside reads them, and as strings each would be
 * copied into the heap of the thread that takes mail in, collected there, and encoded.
 */
export interface ReadMessage extends Omit<MessageInWords, LongText> {
  readonly text: Uint8Array
  readonly newestText: Uint8Array
  readonly html: Uint8Array | null
}

/** mailparser lets go of the thread after each piece: so many mails take turns, and share what the event loop costs. */
const readAtOnce = 4

/** As `readMessages`; the long texts move out of the thread in one piece of memory. */
export async function readInThread(tasks: readonly ParserTask[]): Promise<ReadMessage[]> {
  const { messages, bytes } = packed(await readMessages(tasks))
  // What `move` is given as the value is what arrives.
  return move({ [transferableSymbol]: bytes, [valueSymbol]: messages }) as unknown as ReadMessage[]
}

/** `bytes` holds the long texts of all of them. */
export function packed(messages: readonly MessageInWords[]): { readonly messages: ReadMessage[]; readonly bytes: ArrayBuffer } {
  const texts = messages.flatMap(({ text, newestText, html }) => [text, newestText, html ?? ''])
  const bytes = new ArrayBuffer(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
  const buffer = Buffer.from(bytes)
  let end = 0
  const encoded = (text: string): Uint8Array => {
    const start = end
    end += buffer.write(text, start)
    return new Uint8Array(bytes, start, end - start)
  }
  const inBytes = ({ text, newestText, html, ...rest }: MessageInWords): ReadMessage => ({
    ...rest,
    text: encoded(text),
    newestText: encoded(newestText),
    html: html === null ? null : encoded(html),
  })
  return { messages: messages.map(inBytes), bytes }
}

/** Several at once, since each crossing into a thread costs as much as reading a small mail. Throws only what the file system throws. */
export async function readMessages(tasks: readonly ParserTask[]): Promise<MessageInWords[]> {
  const messages = Array.from<MessageInWords>({ length: tasks.length })
  const left = tasks.entries()
  const readOn = async (): Promise<void> => {
    for (const [index, task] of left) messages[index] = await readOne(task)
  }
  // All are waited for, whatever fails: nothing may go on writing files when the caller tries again.
  const ended = await Promise.allSettled(Array.from({ length: readAtOnce }, readOn))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return messages
}

async function readOne(task: ParserTask): Promise<MessageInWords> {
  return { ...(await read(task)), signedParts: task.checksSender ? readSignedParts(headOf(task), task.file) : null }
}

function headOf(task: ParserTask): Uint8Array {
  return task.bytes ?? firstBytes(task.file ?? '')
}

async function read(task: ParserTask): Promise<Omit<MessageInWords, 'signedParts'>> {
  const head = headOf(task)
  const { block, bodyStart } = headerBlockOf(head)
  const { headerLines, ...header } = readMessageHeader(block, task.reversePath)
  if (task.what === 'header') {
    const empty = { ...header, text: '', html: null, attachments: [] }
    const fingerprint = contentFingerprint(empty, task.sha256)
    return {
      ...empty,
      ...nothingUnderstood(headerLines),
      newestText: '',
      contentFingerprint: fingerprint,
      unreadable: true,
      likeness: null,
    }
  }
  const source: BodySource =
    task.bytes === null
      ? { kind: 'file', file: task.file ?? '', start: bodyStart }
      : { kind: 'memory', bytes: task.bytes.subarray(bodyStart) }
  const body = openWrapped(await readBody(contentFields(block), source, task.folder), task.folder)
  const understood = await understand({ ...header, headerLines }, body, task)
  const { unreadable, html, attachments, calendar } = body
  const content = { ...header, html, attachments, text: withCalendar(body.text, calendar) }
  return {
    ...content,
    ...understood,
    defects: [...header.defects, ...body.defects, ...understood.defects],
    contentFingerprint: contentFingerprint(content, unreadable ? task.sha256 : isCut(body.defects) ? sha256Of(source) : null),
    unreadable: unreadable || [...header.defects, ...understood.defects].some(({ code }) => hiding.has(code)),
    likeness: isCut(body.defects) ? null : likenessOf(content),
  }
}

/** Hex, over the raw body; a file's in pieces. */
function sha256Of(source: BodySource): string {
  const hash = createHash('sha256')
  if (source.kind === 'memory') return hash.update(source.bytes).digest('hex')
  const piece = Buffer.allocUnsafe(256 * 1024)
  const descriptor = openSync(source.file, 'r')
  try {
    let at = source.start
    for (;;) {
      const got = readSync(descriptor, piece, 0, piece.length, at)
      if (got === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, got))
      at += got
    }
  } finally {
    closeSync(descriptor)
  }
}

/** What was left out may name another lead, another company, or somebody on the never-log list. */
const hiding: ReadonlySet<DefectCode> = new Set(['subjectTooLong', 'tooManyRecipients', 'tooManyAttachedMessages'])

function firstBytes(file: string): Uint8Array {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(headerBytesMax + 8)
    let read = 0
    for (;;) {
      const got = readSync(descriptor, bytes, read, bytes.length - read, read)
      if (got === 0) return bytes.subarray(0, read)
      read += got
    }
  } finally {
    closeSync(descriptor)
  }
}
