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
 * they are that and as windows-1252 elsewhere. A lone carriage return ends a line too, white space before the colon is allowed (RFC 5322
 * §4.5) and a line that is no field is passed over: whichever reader sees a further From field, we see it as well. U+0000 becomes U+FFFD, so
 * that no name comes about by leaving it out.
 */
export function readHeaderLines(block: Uint8Array): { lines: HeaderLine[]; defects: Defect[] } {
  const defects: Defect[] = []
  const lines: HeaderLine[] = []
  const { rows, cut } = rowsOf(block, defects)
  let name: string | null = null
  let value = ''
  const finish = (): void => {
    if (name !== null) lines.push({ name, value })
    name = null
  }
  for (const row of rows) {
    if (row === '') continue
    const first = row.charCodeAt(0)
    if (first === 0x20 || first === 0x09) {
      if (name !== null) value += `\r\n${row}`
      continue
    }
    finish()
    if (lines.length >= headerLinesMax) {
      defects.push({ code: 'tooManyHeaderLines', detail: `more than ${headerLinesMax}` })
      return { lines, defects }
    }
    const colon = row.indexOf(':')
    const written = colon > 0 ? row.slice(0, colon).trimEnd() : ''
    if (!fieldName.test(written)) continue
    name = written.toLowerCase()
    value = row.slice(colon + 1)
  }
  // The last line of a cut block may be half a line, and half an address is somebody else's.
  if (!cut) finish()
  return { lines, defects }
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

function rowsOf(block: Uint8Array, defects: Defect[]): { rows: string[]; cut: boolean } {
  const cut = block.length >= headerBytesMax
  if (cut) defects.push({ code: 'headerTooLong', detail: `more than ${headerBytesMax} bytes` })
  const bytes = Buffer.from(block.buffer, block.byteOffset, Math.min(block.length, headerBytesMax))
  let text: string
  if (isAscii(bytes)) text = bytes.toString('latin1')
  else if (isUtf8(bytes)) text = bytes.toString('utf8')
  else text = mixedText(bytes)
  if (text.startsWith(byteOrderMark)) text = text.slice(1)
  if (text.includes('\u0000')) {
    text = text.replaceAll('\u0000', '\ufffd')
    defects.push({ code: 'nulRemoved', detail: 'header' })
  }
  return { rows: text.split(/\r\n|\r|\n/), cut }
}

const windows1252 = new TextDecoder('windows-1252')

/** Line by line, so that one field in an old charset spoils no other. */
function mixedText(bytes: Buffer): string {
  const parts: string[] = []
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(lineFeed, start)
    const end = at < 0 ? bytes.length : at + 1
    const line = bytes.subarray(start, end)
    parts.push(isUtf8(line) ? line.toString('utf8') : windows1252.decode(line))
    start = end
  }
  return parts.join('')
}
