/**
 * Finds the messages of an mbox file, of whichever dialect (mboxo, mboxrd, mboxcl, mboxcl2), without ever holding more than a window of it, and
 * gives each as the bytes it had before it was put there. RFC 4155 names the format; the dialects are told apart by what stands in the file.
 */
import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { fieldBodies, headerBlockOf, headerBytesMax, readHeaderLines } from '../mail/header.ts'

/** Where a message lies in the file. */
export interface MboxMessage {
  readonly start: number
  readonly end: number
  /** Lines such as `>From ` in it have lost no `>` yet. */
  readonly isQuoted: boolean
}

const windowBytes = 512 * 1024
/** A separator and the beginning of the line behind it are looked at so far. */
const separatorBytesMax = 1_024
const newline = 0x0a
const carriageReturn = 0x0d
const separatorStart = Buffer.from('\nFrom ')

/** Does a file that begins so hold messages behind `From ` lines? */
export function beginsAsMbox(start: Uint8Array): boolean {
  return Buffer.from(start).subarray(0, 5).toString('latin1') === 'From '
}

/** The messages in order. What stands before the first separator is none. */
export async function* findMboxMessages(path: string): AsyncGenerator<MboxMessage> {
  const file = await open(path, 'r')
  try {
    const text = new FileWindow(file, (await file.stat()).size)
    let separator: number | null = beginsAsMbox(await text.read(0, 5)) ? 0 : await nextSeparator(text, 0)
    while (separator !== null) {
      const start = await lineEnd(text, separator)
      const declared = await declaredEnd(text, start)
      if (declared !== null) {
        // mboxcl quotes such lines, mboxcl2 does not: where one stands unquoted, none is quoted.
        const isQuoted = (await nextFromLine(text, start, declared)) === null
        yield { start, end: declared, isQuoted }
        separator = await separatorFrom(text, declared)
      } else {
        const next = await nextSeparator(text, start)
        yield { start, end: await withoutBlankLine(text, start, next ?? text.size), isQuoted: true }
        separator = next
      }
    }
  } finally {
    await file.close()
  }
}

/** Reads a file here and there, mostly onwards, one window of it in memory. */
class FileWindow {
  readonly size: number
  readonly #file: FileHandle
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** At most `length` bytes from `position`; fewer at the file's end. Valid until the next call. */
  async read(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.size - position)
    if (position < this.#start || position + wanted > this.#start + this.#bytes.length) await this.#move(position, wanted)
    return this.#bytes.subarray(position - this.#start, position - this.#start + Math.max(0, wanted))
  }

  /** What is at hand from `position` on: some bytes, or none at the file's end. */
  async readSome(position: number): Promise<Buffer> {
    await this.read(position, separatorBytesMax)
    return this.#bytes.subarray(position - this.#start)
  }

  async #move(position: number, wanted: number): Promise<void> {
    const length = Math.min(Math.max(wanted, windowBytes), this.size - position)
    const bytes = Buffer.allocUnsafe(Math.max(0, length))
    let done = 0
    while (done < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, position + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    this.#start = position
    this.#bytes = bytes.subarray(0, done)
  }
}

/** The message's bytes. */
export function openMboxMessage(path: string, { start, end, isQuoted }: MboxMessage): Readable {
  if (end <= start) return Readable.from([])
  const bytes = createReadStream(path, { start, end: end - 1 })
  if (!isQuoted) return bytes
  const unquoted = bytes.pipe(unquoting())
  bytes.on('error', (error) => unquoted.destroy(error))
  unquoted.on('close', () => bytes.destroy())
  return unquoted
}

/** Takes one `>` from each line of `>`s and `From ` (mboxrd; mboxo quotes the first level alike). */
function unquoting(): Transform {
  let held: Buffer = Buffer.from('\n')
  let isFirst = true
  const push = (into: Transform, bytes: Buffer): void => {
    // The line break that makes the first line begin behind one was ours.
    const own = isFirst && bytes.length > 0 ? bytes.subarray(1) : bytes
    if (bytes.length > 0) isFirst = false
    if (own.length > 0) into.push(own)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const { out, rest } = unquote(Buffer.concat([held, chunk]), false)
      for (const piece of out) push(this, piece)
      held = rest
      done()
    },
    flush(done) {
      for (const piece of unquote(held, true).out) push(this, piece)
      done()
    },
  })
}

const quote = 0x3e
const from = Buffer.from('From ')
const quotesMax = 1_000

/** `rest` is what may be the beginning of a quoted line and needs more bytes to be known. */
function unquote(bytes: Buffer, isLast: boolean): { out: Buffer[]; rest: Buffer } {
  const out: Buffer[] = []
  let taken = 0
  for (let at = bytes.indexOf('\n>'); at >= 0; at = bytes.indexOf('\n>', at + 1)) {
    let end = at + 1
    while (bytes[end] === quote && end - at < quotesMax) end++
    if (!isLast && end + from.length > bytes.length) return { out: [...out, bytes.subarray(taken, at)], rest: bytes.subarray(at) }
    if (bytes.subarray(end, end + from.length).equals(from)) {
      out.push(bytes.subarray(taken, at + 1))
      taken = at + 2
    }
  }
  // A line break at the end may be followed by a quote in the next bytes.
  const end = !isLast && bytes.at(-1) === newline ? bytes.length - 1 : bytes.length
  out.push(bytes.subarray(taken, end))
  return { out, rest: bytes.subarray(end) }
}

/** Where the body ends by its Content-Length (mboxcl, mboxcl2), believed only where the file or a separator says the same. */
async function declaredEnd(text: FileWindow, start: number): Promise<number | null> {
  const { block, bodyStart, complete } = headerBlockOf(await text.read(start, headerBytesMax))
  if (!complete) return null
  const fields = fieldBodies(readHeaderLines(block).lines, 'content-length')
  const written = fields[0]?.trim() ?? ''
  if (fields.length !== 1 || !/^\d{1,15}$/.test(written)) return null
  const end = start + bodyStart + Number(written)
  if (end > text.size) return null
  return (await separatorFrom(text, end)) !== null || (await isBlank(text, end)) ? end : null
}

/** A separator that follows `at` with nothing but line breaks between. */
async function separatorFrom(text: FileWindow, at: number): Promise<number | null> {
  const isAtLineStart = at === 0 || (await text.read(at - 1, 1))[0] === newline
  const bytes = await text.read(at, separatorBytesMax)
  let skipped = 0
  while (bytes[skipped] === newline || bytes[skipped] === carriageReturn) skipped++
  return (isAtLineStart || skipped > 0) && isSeparator(bytes.subarray(skipped)) ? at + skipped : null
}

/** Nothing but line breaks is left. */
async function isBlank(text: FileWindow, at: number): Promise<boolean> {
  if (text.size - at > separatorBytesMax) return false
  return (await text.read(at, separatorBytesMax)).every((octet) => octet === newline || octet === carriageReturn)
}

/** The next separator behind an empty line. */
async function nextSeparator(text: FileWindow, from: number): Promise<number | null> {
  for (let at = await nextFromLine(text, from, text.size); at !== null; at = await nextFromLine(text, at, text.size)) {
    const before = (await text.read(Math.max(from, at - 3), Math.min(3, at - from))).toString('latin1')
    const isBehindEmptyLine = before.endsWith('\n\n') || before.endsWith('\n\r\n') || before === '\n' || before === '\r\n'
    if (isBehindEmptyLine && isSeparator(await text.read(at, separatorBytesMax))) return at
  }
  return null
}

/** The next line behind `from` and before `limit` that begins with `From `. */
async function nextFromLine(text: FileWindow, from: number, limit: number): Promise<number | null> {
  for (let at = from; at < limit;) {
    const bytes = await text.readSome(at)
    const found = bytes.indexOf(separatorStart)
    if (found >= 0) return at + found + 1 < limit ? at + found + 1 : null
    if (bytes.length <= separatorStart.length) return null
    at += bytes.length - separatorStart.length
  }
  return null
}

const headerField = /^(?:[!-9;-~]+[ \t]*:|>From )/
const clockTime = /\b\d{1,2}:\d{2}/
const month = /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b/
const year = /\b(?:19|20)\d{2}\b/
const senderAlone = /^From (?:\S+@\S+|MAILER-DAEMON|-)\s*$/

/**
 * A line `From sender date` with a header behind it. Badly quoted files have sentences that begin with "From ", and these have no date in them, or
 * no field behind them; some programs write the sender alone.
 */
function isSeparator(bytes: Buffer): boolean {
  const [line = '', next = ''] = bytes.toString('latin1').split(/\r?\n/, 2)
  if (!line.startsWith('From ')) return false
  const isDated = clockTime.test(line) && month.test(line) && year.test(line)
  return (isDated || senderAlone.test(line)) && (headerField.test(next) || (isDated && next === ''))
}

/** The offset behind the line that begins at `at`. */
async function lineEnd(text: FileWindow, at: number): Promise<number> {
  const end = (await text.readSome(at)).indexOf(newline)
  return end < 0 ? text.size : at + end + 1
}

/** The empty line before a separator belongs to the file, not to the message. */
async function withoutBlankLine(text: FileWindow, start: number, end: number): Promise<number> {
  const from = Math.max(start, end - 4)
  const last = (await text.read(from, end - from)).toString('latin1')
  if (last.endsWith('\n\r\n')) return end - 2
  return last.endsWith('\n\n') ? end - 1 : end
}
