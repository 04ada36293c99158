/** Encoded words in header text (RFC 2047), as senders really write them: wrong labels, split letters, lone octets. Never throws. */
import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { cleanText } from './clean-text.ts'

export interface DecodedText {
  readonly text: string
  /** Some octets did not fit the charset that was named, or nobody knows that charset; the text is a best guess. */
  readonly undecodable: boolean
}

interface EncodedWord {
  readonly charset: string
  readonly bytes: Buffer
  readonly end: number
}

/** IANA's longest charset name has 45 characters; a language tag may follow (RFC 2231 §5). */
const charsetCharactersMax = 80

/**
 * `text` with its encoded words decoded. White space between two encoded words goes (RFC 2047 §6.2), and neighbours of one charset are joined
 * before they are decoded, since many senders split a letter over two words. Departs from RFC 2047 §5 where readers do: a word may touch other
 * text, be too long, or hold spaces. Decode only what is already known to be text: never an address list as a whole.
 */
export function decodeEncodedWords(text: string): DecodedText {
  if (!text.includes('=?')) return { text, undecodable: false }
  const parts: string[] = []
  let undecodable = false
  let plainFrom = 0
  let from = text.indexOf('=?')
  const terminators = terminatorsOf(text)
  while (from >= 0) {
    const run = readRun(text, from, terminators)
    if (run.words.length === 0) {
      from = text.indexOf('=?', from + 2)
      continue
    }
    parts.push(text.slice(plainFrom, from))
    for (const group of groupsOf(run.words)) {
      const decoded = decodeBytes(Buffer.concat(group.bytes), group.charset)
      parts.push(decoded.text)
      undecodable ||= decoded.undecodable
    }
    plainFrom = run.end
    from = text.indexOf('=?', run.end)
  }
  parts.push(text.slice(plainFrom))
  return { text: parts.join(''), undecodable }
}

/** Finds the next `?=` at or after a place that only ever grows, so that the whole search is linear even where none follows. */
function terminatorsOf(text: string): (from: number) => number {
  let known = 0
  return (from) => {
    if (known >= 0 && known < from) known = text.indexOf('?=', from)
    return known
  }
}

/** The encoded word at `start` and those that follow it with nothing but white space between. */
function readRun(text: string, start: number, terminators: (from: number) => number): { words: EncodedWord[]; end: number } {
  const words: EncodedWord[] = []
  let end = start
  for (let at = start; ;) {
    const word = readWord(text, at, terminators)
    if (word === null) return { words, end }
    words.push(word)
    end = word.end
    at = end
    while (isWhiteSpace(text.charCodeAt(at))) at++
  }
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d
}

function readWord(text: string, at: number, terminators: (from: number) => number): EncodedWord | null {
  if (!text.startsWith('=?', at)) return null
  const head = /^=\?([^?\s]{1,80})\?([bBqQ])\?/.exec(text.slice(at, at + charsetCharactersMax + 6))
  if (head === null) return null
  const textStart = at + head[0].length
  const textEnd = terminators(textStart)
  if (textEnd < 0) return null
  const encoded = text.slice(textStart, textEnd)
  const language = (head[1] ?? '').indexOf('*')
  const charset = (language < 0 ? (head[1] ?? '') : (head[1] ?? '').slice(0, language)).toLowerCase()
  const bytes = head[2] === 'b' || head[2] === 'B' ? Buffer.from(encoded, 'base64') : quotedOctets(encoded)
  return { charset, bytes, end: textEnd + 2 }
}

/** RFC 2047 §4.2. A `=` that no two hex digits follow is itself; a raw letter, which may not stand here, is its UTF-8. */
function quotedOctets(encoded: string): Buffer {
  const raw = Buffer.from(encoded, 'utf8')
  let length = 0
  for (let index = 0; index < raw.length; index++) {
    const octet = raw[index] ?? 0
    if (octet === 0x3d) {
      const value = hexValue(raw[index + 1]) * 16 + hexValue(raw[index + 2])
      if (value >= 0) {
        raw[length++] = value
        index += 2
        continue
      }
    }
    raw[length++] = octet === 0x5f ? 0x20 : octet
  }
  return raw.subarray(0, length)
}

/** 0 to 15, or a value that makes every sum with it negative. */
function hexValue(octet: number | undefined): number {
  if (octet === undefined) return -1_000
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const lower = octet | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1_000
}

function groupsOf(words: readonly EncodedWord[]): { charset: string; bytes: Buffer[] }[] {
  const groups: { charset: string; bytes: Buffer[] }[] = []
  for (const word of words) {
    const last = groups.at(-1)
    if (last !== undefined && last.charset === word.charset) last.bytes.push(word.bytes)
    else groups.push({ charset: word.charset, bytes: [word.bytes] })
  }
  return groups
}

/**
 * Octets as text. A label that is wrong or invented does not keep the text from being read: what is UTF-8 is read as that (nothing else looks like
 * it by chance), the rest as windows-1252, and the answer says that it is a guess.
 */
export function decodeBytes(bytes: Uint8Array, charset: string): DecodedText {
  if (isAscii(bytes) && !statefulCharset.test(charset)) return { text: Buffer.from(bytes).toString('latin1'), undecodable: false }
  const label = canonicalCharset(charset)
  if (label === 'utf-7') return decodeUtf7(bytes)
  const decoder = label === 'utf-8' || label === 'us-ascii' ? null : decoderOf(label)
  if (decoder !== null) {
    const text = decoder.decode(bytes)
    return { text, undecodable: text.includes('\ufffd') }
  }
  if (isUtf8(bytes)) return { text: Buffer.from(bytes).toString('utf8'), undecodable: label !== 'utf-8' }
  return { text: decoderOf('windows-1252')?.decode(bytes) ?? '', undecodable: true }
}

/** Charsets in which ASCII octets are not, or not always, ASCII characters. */
const statefulCharset = /^(?:iso-?2022|csiso2022|hz-|utf-?(?:7|16|32)|unicode|ucs|csutf|csunicode|x-unicode|x-user)/

function canonicalCharset(charset: string): string {
  const label = charset.trim().replaceAll(/["']/g, '')
  const known = aliases.get(label)
  if (known !== undefined) return known
  const windows = /^(?:x-)?(?:cp|win|windows|ms)[-_]?(874|125\d)$/.exec(label)
  if (windows !== null) return `windows-${windows[1]}`
  const iso = /^iso[-_]?8859[-_](\d{1,2})(?:[-_][ei])?$/.exec(label)
  return iso === null ? label : `iso-8859-${iso[1]}`
}

/** What senders write and the WHATWG's list of labels lacks. */
const aliases = new Map([
  ['utf8', 'utf-8'],
  ['utf-8', 'utf-8'],
  ['utf8mb4', 'utf-8'],
  ['unicode-1-1-utf-8', 'utf-8'],
  ['ascii', 'us-ascii'],
  ['us-ascii', 'us-ascii'],
  ['ansi_x3.4-1968', 'us-ascii'],
  ['utf7', 'utf-7'],
  ['utf-7', 'utf-7'],
  ['unicode-1-1-utf-7', 'utf-7'],
  ['csunicode11utf7', 'utf-7'],
  ['cp932', 'shift_jis'],
  ['cp936', 'gbk'],
  ['cp949', 'euc-kr'],
  ['cp950', 'big5'],
  ['latin-1', 'iso-8859-1'],
  ['latin-2', 'iso-8859-2'],
])

const decoders = new Map<string, TextDecoder>()

/** Only decoders that exist are kept, so what senders invent cannot fill the memory. */
function decoderOf(label: string): TextDecoder | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  try {
    const decoder = new TextDecoder(label)
    decoders.set(label, decoder)
    return decoder
  } catch {
    return null
  }
}

/** RFC 2152; no platform decoder reads it any more. */
function decodeUtf7(bytes: Uint8Array): DecodedText {
  let undecodable = false
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/\+([A-Za-z0-9+/]*)-?/g, (_match: string, base64: string) => {
      if (base64 === '') return '+'
      const octets = Buffer.from(base64, 'base64')
      const even = octets.subarray(0, octets.length - (octets.length % 2))
      return Buffer.from(even).swap16().toString('utf16le')
    })
  const clean = cleanText(text, text.length)
  if (clean.length !== text.length) undecodable = true
  return { text: clean, undecodable }
}
