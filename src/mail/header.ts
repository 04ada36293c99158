/** The header block of a message as its lines: where it ends, what stands in it, in characters (RFC 5322 §2.2, 6532). Bounded; never throws. */
import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { Defect, HeaderLine } from './message.ts'

/** No more than this is read as a header; what goes on longer is cut, and then nobody's author is certain (see `readMessageHeader`). */
export const headerBytesMax = 256 * 1024
export const headerLinesMax = 5_000

const lineFeed = 0x0a
const carriageReturn = 0x0d

export interface HeaderBlock {
  /** The header's bytes without the empty line, at most `headerBytesMax`. */
  readonly block: Uint8Array
  /** Where the body begins in `bytes`. */
  readonly bodyStart: number
  /** The empty line was seen. If not: more bytes are awaited, or the message ends within its header, or the header is longer than `headerBytesMax`. */
  readonly complete: boolean
}

/**
 * The header at the start of `bytes`. On a growing buffer, hand in as `searchFrom` the length at the last call, so that no octet is
 * searched again and again. Once `bytes` holds `headerBytesMax` octets the answer does not change any more.
 */
export function headerBlockOf(bytes: Uint8Array, searchFrom = 0): HeaderBlock {
  const end = Math.min(bytes.length, headerBytesMax)
  if (startsBody(bytes, 0)) return { block: bytes.subarray(0, 0), bodyStart: afterEmptyLine(bytes, 0), complete: true }
  // The empty line may have begun before the last call's end; its carriage returns are few.
  const head = bytes.subarray(0, end)
  let at = head.indexOf(lineFeed, Math.max(0, searchFrom - 8))
  while (at >= 0) {
    if (startsBody(bytes, at + 1)) return { block: bytes.subarray(0, at + 1), bodyStart: afterEmptyLine(bytes, at + 1), complete: true }
    at = head.indexOf(lineFeed, at + 1)
  }
  return { block: head, bodyStart: end, complete: false }
}

/** An empty line, also one that a broken relay has ended with several carriage returns. */
function startsBody(bytes: Uint8Array, at: number): boolean {
  return bytes[afterReturns(bytes, at)] === lineFeed
}

function afterEmptyLine(bytes: Uint8Array, at: number): number {
  return afterReturns(bytes, at) + 1
}

function afterReturns(bytes: Uint8Array, at: number): number {
  let next = at
  while (next < at + 4 && bytes[next] === carriageReturn) next++
  return next
}

/**
 * The fields of a header block, in order. Names are in lower case; values are everything after the colon with their folds, read as UTF-8 where
 * they are that and as windows-1252 elsewhere. Whichever reader sees a further From field, we see it as well: a lone carriage return ends a line
 * (and stays at the value's end, for whoever must know that others read on), white space and a fold may stand before the colon (RFC 5322 §4.5), and a line that is
 * no field goes on with the value above it, as a fold would. U+0000 becomes U+FFFD, so that no name comes about by leaving it out, and so does a guessed letter
 * in an address.
 */
export function readHeaderLines(block: Uint8Array): { lines: HeaderLine[]; defects: Defect[] } {
  const defects: Defect[] = []
  const { rows, guessed, cut } = rowsOf(block, defects)
  const lines: HeaderLine[] = []
  let open: { readonly name: string; value: string } | null = null
  let isGuess = false
  const finish = (): void => {
    if (open !== null) lines.push(isGuess && addressFields.has(open.name) ? { name: open.name, value: withoutGuesses(open.value) } : open)
    isGuess = false
  }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? ''
    if (row === '') continue
    // White space before the first field of all is no fold: there is nothing that it could go on with.
    const field = fieldAt(open === null ? row.trimStart() : row, rows[index + 1] ?? '')
    if (field === null) {
      isGuess ||= guessed.has(index)
      if (open !== null) open.value += isFold(row) || row === '\r' ? `\r\n${row}` : `\r\n ${row}`
      continue
    }
    finish()
    if (lines.length >= headerLinesMax) {
      defects.push({ code: 'tooManyHeaderLines', detail: `more than ${headerLinesMax}` })
      return { lines, defects }
    }
    open = { name: field.name, value: field.value }
    if (field.isOnNextRow) index++
    isGuess = guessed.has(index)
  }
  // The last line of a cut block may be half a line, and half an address is somebody else's.
  if (!cut) finish()
  return { lines, defects }
}

/** The field that begins at `row`; its colon may have been folded to the next one. */
function fieldAt(row: string, next: string): { name: string; value: string; isOnNextRow: boolean } | null {
  if (isFold(row)) return null
  const colon = row.indexOf(':')
  const name = withoutBlanksAtEnd(colon < 0 ? row : row.slice(0, colon))
  if (!fieldName.test(name)) return null
  if (colon >= 0) return { name: name.toLowerCase(), value: row.slice(colon + 1), isOnNextRow: false }
  const folded = /^[ \t]*:/.exec(next)
  return folded === null ? null : { name: name.toLowerCase(), value: next.slice(folded[0].length), isOnNextRow: true }
}

/** `trimEnd` would take other characters too, which no field name may hold. */
function withoutBlanksAtEnd(text: string): string {
  let end = text.length
  while (end > 0 && isFold(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

function isFold(row: string): boolean {
  return row.startsWith(' ') || row.startsWith('\t')
}

/** RFC 5322 §2.2: printable US-ASCII but the colon. */
const fieldName = /^[\u0021-\u0039\u003b-\u007e]+$/
const byteOrderMark = '\ufeff'

/** The values of every field called `name` (lower case), in order. */
export function fieldBodies(lines: readonly HeaderLine[], name: string): string[] {
  const bodies: string[] = []
  for (const line of lines) if (line.name === name) bodies.push(line.value)
  return bodies
}

/** A value without its folds: the line breaks go, the white space stays (RFC 5322 §2.2.3). */
export function unfolded(value: string): string {
  return value.includes('\n') || value.includes('\r') ? value.replaceAll(/[\r\n]+/g, '') : value
}

/** Fields that hold addresses (RFC 5322 §3.6.2, §3.6.3, §3.6.6). */
const addressFields = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'resent-from', 'resent-sender', 'resent-to', 'resent-cc'])

/** A name may be guessed, an address may not: another charset would make another domain of it. */
function withoutGuesses(value: string): string {
  return value.replaceAll(/[^\s"(),:;<>]+/g, (word) => (word.includes('@') ? word.replaceAll(/[^\u0000-\u007f]/g, '\ufffd') : word))
}

/** Up to four carriage returns before the line feed, as broken relays write them, are one line end; a lone one stays at the end of its row. */
const lineEnd = /\r{0,4}\n|(?<=\r)(?!\r{0,3}\n)/

function rowsOf(block: Uint8Array, defects: Defect[]): { rows: string[]; guessed: ReadonlySet<number>; cut: boolean } {
  const cut = block.length >= headerBytesMax
  if (cut) defects.push({ code: 'headerTooLong', detail: `more than ${headerBytesMax} bytes` })
  const bytes = Buffer.from(block.buffer, block.byteOffset, Math.min(block.length, headerBytesMax))
  const guessed = new Set<number>()
  const rows = isAscii(bytes)
    ? splitLines(bytes.toString('latin1'))
    : isUtf8(bytes)
      ? splitLines(bytes.toString('utf8'))
      : mixedRows(bytes, guessed)
  if (rows[0]?.startsWith(byteOrderMark) === true) rows[0] = rows[0].slice(1)
  if (bytes.includes(0)) {
    for (const [index, row] of rows.entries()) rows[index] = row.replaceAll('\u0000', '\ufffd')
    defects.push({ code: 'nulRemoved', detail: 'header' })
  }
  return { rows, guessed, cut }
}

/** By `lineEnd`; most headers have CR LF everywhere, and are split so in a fraction of the time. */
function splitLines(text: string): string[] {
  const rows = text.split('\r\n')
  for (const row of rows) if (row.includes('\r') || row.includes('\n')) return text.split(lineEnd)
  return rows
}

const windows1252 = new TextDecoder('windows-1252')

/** Line by line, so that one field in an old charset spoils no other; `guessed` gets the rows that were read as windows-1252. */
function mixedRows(bytes: Buffer, guessed: Set<number>): string[] {
  const rows: string[] = []
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(lineFeed, start)
    const end = at < 0 ? bytes.length : at + 1
    const line = bytes.subarray(start, end)
    const isGuess = !isUtf8(line)
    for (const row of (isGuess ? windows1252.decode(line) : line.toString('utf8')).split(lineEnd)) {
      if (isGuess) guessed.add(rows.length)
      rows.push(row)
    }
    start = end
  }
  return rows
}
