/** Reads the body of a message through mailparser: text, HTML and attachments within limits. Runs in a parser thread. Never throws for what the mail says. */
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { type AttachmentStream, MailParser } from 'mailparser'
import { cleanText } from '../mail/clean-text.ts'
import type { Defect, ParsedAttachment } from '../mail/message.ts'
import { safeFileName } from './file-name.ts'
import { depthOf, type MimeNode, readTree } from './mime-tree.ts'

/** MIME parts of one message that are read; what comes after them stays in the raw mail. */
export const partsMax = 1_000
/** Parts that are counted at all; a message of more is not read. The nesting cannot be deeper than that either. */
const partsCountedMax = 20_000
/** Deeper nesting is read all the same, and said. */
const nestingDepthMax = 100
const partHeaderBytesMax = 64 * 1024
/** Encoded bytes of all text parts together that are read as text; the raw mail keeps the rest. */
export const textBytesMax = 4 * 1024 * 1024
export const textCharactersMax = 1_000_000
export const htmlCharactersMax = 2_000_000
/** Smaller attachments are handed over in memory, as long as they are few; the others go through temporary files. */
export const attachmentInlineBytesMax = 64 * 1024
export const attachmentsInlineBytesMax = 1024 * 1024
const contentIdCharactersMax = 998

export type BodySource =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly file: string; readonly start: number }

export interface ReadBody {
  readonly text: string
  readonly html: string | null
  readonly attachments: readonly ParsedAttachment[]
  readonly defects: readonly Defect[]
  /** Nothing of the body could be read. */
  readonly unreadable: boolean
}

/**
 * `contentHeader` holds the fields of the message's header that describe its body (see `contentFields`), each line ended, without the empty line.
 * Large attachments are written into `folder`, which is made when needed and which the caller removes. Throws only what the file system throws.
 */
export async function readBody(contentHeader: Uint8Array, source: BodySource, folder: string): Promise<ReadBody> {
  const defects: Defect[] = []
  const limits: Limits = { defects, parts: 0, textBytes: 0, nodes: [] }
  const parser = boundedParser(limits)
  const attachments = new AttachmentWriter(folder)
  const failure = await run(parser, limits, attachments, contentHeader, source)
  if (failure !== null) defects.push(failureDefect(failure))
  const root = (parser as unknown as { tree: MimeNode | false }).tree
  const seen = root === false ? { text: '', html: null, defective: false } : readTree(root)
  if (seen.defective) defects.push({ code: 'mimeBroken', detail: 'HTML could not be read as text' })
  if (root !== false && depthOf(root) > nestingDepthMax)
    defects.push({ code: 'nestedTooDeep', detail: `more than ${nestingDepthMax} levels` })
  if (seen.text.length > textCharactersMax) defects.push({ code: 'textTruncated', detail: `after ${textCharactersMax} characters` })
  if (seen.html !== null && seen.html.length > htmlCharactersMax)
    defects.push({ code: 'htmlTruncated', detail: `after ${htmlCharactersMax} characters` })
  if (seen.text.includes('\u0000') || seen.html?.includes('\u0000') === true) defects.push({ code: 'nulRemoved', detail: 'body' })
  const html = seen.html === null ? null : cleanText(seen.html, htmlCharactersMax)
  const found = attachments.found(html)
  if (failure === null) letGo(parser, limits.nodes)
  return {
    text: cleanText(seen.text, textCharactersMax),
    html,
    attachments: found,
    defects,
    unreadable: failure !== null && seen.text === '' && seen.html === null && found.length === 0,
  }
}

/** Lines of a header block that say how the body is made (RFC 2045 §3): all that mailparser is shown of the message's own header. */
export function contentFields(block: Uint8Array): Uint8Array {
  const kept: string[] = []
  let keeping = false
  let bytes = 0
  for (const row of Buffer.from(block.buffer, block.byteOffset, block.byteLength)
    .toString('latin1')
    .split(/\r\n|\r|\n/)) {
    if (row === '') continue
    const continues = row.startsWith(' ') || row.startsWith('\t')
    if (!continues) keeping = /^(?:content-[a-z-]+|mime-version)[ \t]*:/i.test(row)
    if (!keeping || (continues && row.trim() === '')) continue
    bytes += row.length + 2
    if (bytes > partHeaderBytesMax / 2) break
    kept.push(`${row}\r\n`)
  }
  return Buffer.from(kept.join(''), 'latin1')
}

/** What one message has used up. */
interface Limits {
  readonly defects: Defect[]
  parts: number
  textBytes: number
  /** mailparser's own, of all parts. */
  readonly nodes: ParserNode[]
}

interface ParserNode {
  readonly isAttachment?: boolean
  readonly decoder?: Writable
  /** Decodes further what the decoder gives. */
  readonly contentStream?: Writable
}

function note(limits: Limits, defect: Defect): void {
  if (!limits.defects.some((known) => known.code === defect.code)) limits.defects.push(defect)
}

/** mailparser with the options that keep it lean, and with text parts cut where they are fed in, so that a huge text never stands in memory. */
function boundedParser(limits: Limits): MailParser {
  const parser = new MailParser({
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipTextLinks: true,
    skipImageLinks: true,
    checksumAlgo: 'sha256',
    maxChildNodes: partsCountedMax,
    maxHeadSize: partHeaderBytesMax,
    // A forwarded message is an attachment: it is never read into the text of the mail around it.
    ignoreEmbedded: true,
  } as ConstructorParameters<typeof MailParser>[0])
  const inner = parser as unknown as { createNode(node: unknown): ParserNode }
  const createNode = inner.createNode.bind(parser)
  const bounded = (node: unknown): ParserNode => {
    const made = createNode(node)
    limits.parts += 1
    limits.nodes.push(made)
    if (limits.parts > partsMax) note(limits, { code: 'tooManyParts', detail: `more than ${partsMax}` })
    if (made.decoder !== undefined) endOnce(made.decoder)
    if (made.decoder !== undefined && made.isAttachment !== true) boundText(made.decoder, limits)
    return made
  }
  inner.createNode = bounded
  return parser
}

/** mailparser ends the last decoder three times, for which Node makes errors with their stacks that nobody sees; they cost as much as reading the header. */
function endOnce(decoder: Writable): void {
  const end = decoder.end.bind(decoder)
  const once = (): Writable => (decoder.writableEnded ? decoder : end())
  decoder.end = once
}

function boundText(decoder: Writable, limits: Limits): void {
  const write = decoder.write.bind(decoder) as (chunk: Uint8Array) => boolean
  const isLeftOut = limits.parts > partsMax
  const bounded = (chunk: unknown): boolean => {
    const part = chunk as Uint8Array
    if (isLeftOut) return true
    const room = textBytesMax - limits.textBytes
    limits.textBytes += part.length
    if (part.length <= room) return write(part)
    note(limits, { code: 'textTruncated', detail: `after ${textBytesMax} bytes` })
    return room > 0 ? write(part.subarray(0, room)) : true
  }
  decoder.write = bounded
}

/** Feeds the message and takes the attachments; null at the end, else what stopped it. File system errors are thrown. */
async function run(
  parser: MailParser,
  limits: Limits,
  attachments: AttachmentWriter,
  contentHeader: Uint8Array,
  source: BodySource,
): Promise<Error | null> {
  let file: Readable | null = null
  try {
    return await new Promise<Error | null>((resolve, reject) => {
      parser.on('data', (part: { type: string }) => {
        if (part.type !== 'attachment') return
        // Unread, the parser drains it.
        if (limits.parts > partsMax) (part as AttachmentStream).release()
        else attachments.take(part as AttachmentStream, reject)
      })
      parser.on('error', (error) => resolve(error instanceof Error ? error : new Error(String(error))))
      parser.on('end', () => resolve(null))
      parser.write(Buffer.concat([contentHeader, Buffer.from('\r\n')]))
      if (source.kind === 'memory') {
        parser.end(Buffer.from(source.bytes.buffer, source.bytes.byteOffset, source.bytes.byteLength))
      } else {
        file = createReadStream(source.file, { start: source.start, highWaterMark: 256 * 1024 })
        file.on('error', reject)
        file.pipe(parser)
      }
    })
  } finally {
    attachments.close()
    ;(file as Readable | null)?.destroy()
    parser.removeAllListeners('data')
    parser.on('error', () => undefined)
  }
}

/**
 * V8 makes a function that is assigned to a property where it is written (`this.onwrite = (error) => …`, as each of Node's writable streams has one) among the
 * old objects at once, and so it holds every stream that is done with until its next full collection, copies all that it leads to, and counts the memory of
 * its buffers towards that collection. So a parser that has come to its end, of which all was read, gives up what it holds, and functions that are assigned
 * here have a name first.
 */
function letGo(parser: MailParser, nodes: readonly ParserNode[]): void {
  const { splitter, chunkedPassthrough } = parser as unknown as { splitter: Writable; chunkedPassthrough: Writable }
  for (const { decoder, contentStream } of nodes) for (const stream of [decoder, contentStream]) if (stream !== undefined) spend(stream)
  for (const stream of [splitter, chunkedPassthrough, parser]) spend(stream)
  for (const node of nodes) for (const name of Object.keys(node)) Reflect.deleteProperty(node, name)
}

/** What comes later finds a stream that was destroyed. Its properties stay: to delete them makes every later stream slower. */
function spend(stream: Writable): void {
  stream.removeAllListeners().on('error', ignore)
  const own = stream as unknown as Record<string, unknown>
  for (const name of Object.keys(own)) if (typeof own[name] === 'object' && name !== '_events') own[name] = null
  Object.assign(own, spentStates)
}

const ignore = (): void => undefined
const { _readableState, _writableState } = new PassThrough().destroy() as unknown as Record<string, unknown>
const spentStates = { _readableState, _writableState }

function failureDefect(failure: Error): Defect {
  const code = (failure as NodeJS.ErrnoException).code
  if (code === 'EMAXLEN')
    return failure.message.includes('child')
      ? { code: 'tooManyParts', detail: `more than ${partsCountedMax}` }
      : { code: 'mimeBroken', detail: 'a part has a header that is too long' }
  return { code: 'bodyUnreadable', detail: cleanText(failure.message, 200) }
}

/** Takes attachments one after another: keeps small ones, writes large ones to files. */
class AttachmentWriter {
  readonly #folder: string
  readonly #taken: (ParsedAttachment & { readonly disposition: string | null })[] = []
  #openFile: number | null = null
  #inlineBytes = 0
  constructor(folder: string) {
    this.#folder = folder
  }

  /** `release` lets the parser go on; it never holds two attachments at once. */
  take(part: AttachmentStream, onFailure: (error: unknown) => void): void {
    const position = this.#taken.length + 1
    const file = path.join(this.#folder, `attachment-${position}`)
    let chunks: Uint8Array[] = []
    let bytes = 0
    let written = false
    const stream = part.content as Readable
    stream.on('data', (chunk: Uint8Array) => {
      try {
        bytes += chunk.length
        if (!written && bytes <= attachmentInlineBytesMax && this.#inlineBytes + bytes <= attachmentsInlineBytesMax) {
          chunks.push(chunk)
          return
        }
        this.#openFile ??= this.#create(file)
        written = true
        for (const kept of chunks) writeWhole(this.#openFile, kept)
        chunks = []
        writeWhole(this.#openFile, chunk)
      } catch (error) {
        onFailure(error)
      }
    })
    stream.on('end', () => {
      this.close()
      if (!written) this.#inlineBytes += bytes
      this.#taken.push({
        ...described(part, position),
        bytes,
        sha256: part.checksum,
        content: written ? null : new Uint8Array(Buffer.concat(chunks)),
        file: written ? file : null,
      })
      part.release()
    })
    stream.on('error', onFailure)
  }

  #create(file: string): number {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    return openSync(file, 'w', 0o600)
  }

  close(): void {
    if (this.#openFile !== null) closeSync(this.#openFile)
    this.#openFile = null
  }

  /** What was taken; inline is what the HTML refers to, or what calls itself so and has an id to refer to. */
  found(html: string | null): ParsedAttachment[] {
    return this.#taken.map(({ disposition, ...attachment }) => ({
      ...attachment,
      inline: attachment.contentId !== null && (disposition === 'inline' || html?.includes(`cid:${attachment.contentId}`) === true),
    }))
  }
}

function described(
  part: AttachmentStream,
  position: number,
): Pick<ParsedAttachment, 'fileName' | 'mediaType' | 'contentId' | 'inline'> & { disposition: string | null } {
  // mailparser says `false` where the field cannot be read.
  const contentType = part.contentType as string | false
  const written = contentType === false ? '' : contentType.toLowerCase()
  const mediaType = /^[a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+-]{1,127}$/.test(written) ? written : 'application/octet-stream'
  const contentId = typeof part.cid === 'string' ? cleanText(part.cid, contentIdCharactersMax).trim() : ''
  return {
    fileName: safeFileName(part.filename ?? null, mediaType, position),
    mediaType,
    contentId: contentId === '' ? null : contentId,
    inline: false,
    disposition: part.contentDisposition ?? null,
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from)
}
