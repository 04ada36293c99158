/** Rich text as Outlook puts it into winmail.dat: decompressed (MS-OXRTFCP), and read back as the HTML or the text it was made of (MS-OXRTFEX). */
import { decodeBytes } from '../mail/encoded-word.ts'

/** Decompressed bytes that are read; a body of words is smaller. */
export const rtfBytesMax = 4 * 1024 * 1024
const groupsDeepMax = 200

const headerBytes = 16
const magicCompressed = 0x75465a4c
const magicPlain = 0x414c454d
const dictionaryBytes = 4096
/** MS-OXRTFCP §2.1.2.1: what the dictionary holds before the first byte. */
const dictionaryStart =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx'

/** The RTF inside a PidTagRtfCompressed value, at most `rtfBytesMax` of it; null where it is none. Never throws. */
export function decompressRtf(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < headerBytes) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = view.getUint32(8, true)
  if (magic === magicPlain) return bytes.subarray(headerBytes, headerBytes + rtfBytesMax)
  if (magic !== magicCompressed) return null
  const output = new DictionaryOutput(Math.min(view.getUint32(4, true), rtfBytesMax))
  for (let position = headerBytes; position < bytes.length && !output.isFull();) {
    const control = bytes[position++] ?? 0
    for (let bit = 0; bit < 8 && position < bytes.length; bit++) {
      if ((control & (1 << bit)) === 0) output.put(bytes[position++] ?? 0)
      else {
        const reference = ((bytes[position] ?? 0) << 8) | (bytes[position + 1] ?? 0)
        position += 2
        if (!output.copy(reference >> 4, (reference & 15) + 2)) return output.bytes()
      }
    }
  }
  return output.bytes()
}

/** What has been written, of which the last `dictionaryBytes` can be referred to. */
class DictionaryOutput {
  readonly #output: Uint8Array
  readonly #dictionary = new Uint8Array(dictionaryBytes).fill(0x20)
  #at = dictionaryStart.length
  #written = 0
  constructor(size: number) {
    this.#output = new Uint8Array(size)
    this.#dictionary.set(Buffer.from(dictionaryStart, 'latin1'))
  }

  isFull(): boolean {
    return this.#written >= this.#output.length
  }

  put(byte: number): void {
    this.#dictionary[this.#at] = byte
    this.#at = (this.#at + 1) % dictionaryBytes
    if (!this.isFull()) this.#output[this.#written++] = byte
  }

  /** False at the end mark: a reference to where the next byte would stand. */
  copy(from: number, count: number): boolean {
    if (from === this.#at) return false
    for (let step = 0; step < count; step++) this.put(this.#dictionary[(from + step) % dictionaryBytes] ?? 0)
    return true
  }

  bytes(): Uint8Array {
    return this.#output.subarray(0, this.#written)
  }
}

export interface RtfContent {
  readonly kind: 'html' | 'text'
  readonly content: string
}

/** Groups that hold no words of the letter. */
const silentGroups = new Set(
  'fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable listoverridetable generator xmlnstbl themedata datastore latentstyles pgdsctbl mhtmltag'.split(
    ' ',
  ),
)
const wordsOfText: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  row: '\n',
  sect: '\n',
  page: '\n',
  tab: '\t',
  cell: '\t',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  endash: '–',
  emdash: '—',
  nbsp: '\u00a0',
}

/** What a group of RTF has set; a closing brace goes back to the one outside it. */
interface Group {
  /** Words in it are not the letter's. */
  silent: boolean
  /** Inside an HTML tag of the encapsulation (MS-OXRTFEX §2.1.3.1). */
  tag: boolean
  /** Formatting that stands for HTML which is there as well (MS-OXRTFEX §2.1.3.1.4). */
  htmlrtf: boolean
  /** Bytes to pass over after a \u. */
  fallback: number
}

const token = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|[^\\{}\r\n]+|\\/g

/** The HTML (`\fromhtml`) or the text that the RTF was made of. Linear; never throws. */
export function readRtf(bytes: Uint8Array): RtfContent {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const head = source.slice(0, 4_000)
  const isHtml = /\\fromhtml1?\b/.test(head)
  const reader = new RtfReader(isHtml, charsetOfCodePage(Number(/\\ansicpg(\d{1,5})/.exec(head)?.[1] ?? 1252)))
  for (const [whole, word, number, hex, symbol, brace] of source.matchAll(token)) {
    if (brace !== undefined) reader.brace(brace)
    else if (word !== undefined) reader.word(word, number)
    else if (hex !== undefined) reader.octet(Number.parseInt(hex, 16))
    else if (symbol !== undefined) reader.symbol(symbol)
    else if (!/^[\r\n\\]/.test(whole)) for (let index = 0; index < whole.length; index++) reader.octet(whole.charCodeAt(index))
  }
  return { kind: isHtml ? 'html' : 'text', content: reader.content() }
}

class RtfReader {
  readonly #isHtml: boolean
  readonly #charset: string
  readonly #parts: string[] = []
  #octets: number[] = []
  /** Octets still to be passed over: what stands for a `\u` in programs that do not know it. */
  #pass = 0
  #group: Group = { silent: false, tag: false, htmlrtf: false, fallback: 1 }
  readonly #outer: Group[] = []
  #tooDeep = 0
  constructor(isHtml: boolean, charset: string) {
    this.#isHtml = isHtml
    this.#charset = charset
  }

  content(): string {
    this.#flush()
    return this.#parts.join('').toWellFormed()
  }

  brace(brace: string): void {
    this.#pass = 0
    if (brace === '{') {
      if (this.#outer.length >= groupsDeepMax) this.#tooDeep++
      else {
        this.#outer.push(this.#group)
        this.#group = { ...this.#group }
      }
    } else if (this.#tooDeep > 0) this.#tooDeep--
    else this.#group = this.#outer.pop() ?? this.#group
  }

  word(word: string, number: string | undefined): void {
    const group = this.#group
    if (word === 'u' && number !== undefined) {
      this.#say(String.fromCharCode(((Number(number) % 65_536) + 65_536) % 65_536))
      this.#pass = group.fallback
    } else if (word === 'htmltag') {
      // Its `\*` had made the group silent.
      group.silent = !this.#isHtml
      group.tag = true
    } else if (word === 'htmlrtf') group.htmlrtf = this.#isHtml && number !== '0'
    else if (silentGroups.has(word)) group.silent = true
    else if (word === 'uc') group.fallback = Math.min(8, Math.max(0, Number(number ?? 1)))
    else this.#say(wordsOfText[word] ?? '')
  }

  symbol(symbol: string): void {
    if (symbol === '*') this.#group.silent ||= !this.#group.tag
    else if (symbol === '~') this.#say('\u00a0')
    else if (symbol === '_') this.#say('-')
    else if (/[\\{}]/.test(symbol)) this.#say(symbol)
    else if (/[\r\n]/.test(symbol)) this.#say('\n')
  }

  octet(octet: number): void {
    if (this.#pass > 0) this.#pass--
    else if (!this.#group.silent && !this.#group.htmlrtf) this.#octets.push(octet)
  }

  #say(characters: string): void {
    if (characters === '' || this.#group.silent || this.#group.htmlrtf) return
    this.#flush()
    this.#parts.push(characters)
  }

  /** Octets are decoded in runs: one character may be two of them, the second written as a letter. */
  #flush(): void {
    if (this.#octets.length > 0) this.#parts.push(decodeBytes(Uint8Array.from(this.#octets), this.#charset).text)
    this.#octets = []
  }
}

/** The WHATWG label of a Windows code page; windows-1252 for what is not known. */
export function charsetOfCodePage(codePage: number): string {
  const named: Readonly<Record<number, string>> = {
    874: 'windows-874',
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
    20866: 'koi8-r',
    21866: 'koi8-u',
    54936: 'gb18030',
    65001: 'utf-8',
  }
  if (codePage >= 1250 && codePage <= 1258) return `windows-${codePage}`
  if (codePage > 28590 && codePage <= 28606) return `iso-8859-${codePage - 28590}`
  return named[codePage] ?? 'windows-1252'
}
