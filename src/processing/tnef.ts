/** Opens winmail.dat: the text and the files that Outlook wraps into one attachment (MS-OXTNEF). Hostile input is bounded; nothing of it throws. */
import { cleanText } from '../mail/clean-text.ts'
import { decodeBytes } from '../mail/encoded-word.ts'
import { charsetOfCodePage, decompressRtf, readRtf } from './compressed-rtf.ts'

export interface TnefFile {
  /** As written, for `safeFileName`; null where none was. */
  readonly fileName: string | null
  /** Lower case, or null where none was written. */
  readonly mediaType: string | null
  readonly contentId: string | null
  /** A view into the bytes given, but for the text of an enclosed message. */
  readonly content: Uint8Array
}

export interface TnefContent {
  readonly subject: string | null
  /** Plain text body, or null. */
  readonly text: string | null
  /** HTML body (also where it was wrapped into RTF), or null. */
  readonly html: string | null
  /** Files, those of enclosed messages included; of each enclosed message also its text as a file. */
  readonly files: readonly TnefFile[]
  /** Bytes were missing or did not add up; what could be read is there. */
  readonly broken: boolean
}

export const tnefFilesMax = 200
const attributesMax = 10_000
const propertiesMax = 20_000
const enclosedDepthMax = 3
const textCharactersMax = 1_000_000
const nameCharactersMax = 1_000

/** Is it winmail.dat? By its first bytes, since its media type and name are often lost. */
export function isTnef(bytes: Uint8Array): boolean {
  return bytes.length >= 6 && bytes[0] === 0x78 && bytes[1] === 0x9f && bytes[2] === 0x3e && bytes[3] === 0x22
}

/** Reads it, best effort; null where it is none. Time linear in its length; memory too, but for RTF (see `rtfBytesMax`). */
export function readTnef(bytes: Uint8Array): TnefContent | null {
  return isTnef(bytes) ? readMessage(bytes, { attributes: attributesMax, properties: propertiesMax, files: tnefFilesMax }, 0) : null
}

/** What is left of the limits, shared with enclosed messages. */
interface Budget {
  attributes: number
  properties: number
  files: number
}

/** MS-OXTNEF §2.1.3.2, the low half of the attribute's id. */
const attributeIds = {
  subject: 0x8004,
  body: 0x800c,
  attachData: 0x800f,
  attachTitle: 0x8010,
  attachRenderData: 0x9002,
  properties: 0x9003,
  attachment: 0x9005,
  codePage: 0x9007,
}

/** MS-OXPROPS, the properties that matter. */
const tags = {
  subject: 0x0037,
  body: 0x1000,
  rtf: 0x1009,
  html: 0x1013,
  displayName: 0x3001,
  data: 0x3701,
  fileName: 0x3704,
  method: 0x3705,
  longFileName: 0x3707,
  mediaType: 0x370e,
  contentId: 0x3712,
  internetCodePage: 0x3fde,
}

interface OpenFile {
  title: string | null
  data: Uint8Array | null
  properties: Map<number, Value>
}

type Value = string | number | Uint8Array

function readMessage(bytes: Uint8Array, budget: Budget, depth: number): TnefContent {
  const reader = new Reader(bytes)
  const open: OpenFile[] = []
  let charset = 'windows-1252'
  let body: string | null = null
  let subject: string | null = null
  let properties = new Map<number, Value>()
  reader.skip(6)
  while (reader.left > 10 && !reader.broken) {
    budget.attributes -= 1
    if (budget.attributes < 0) break
    reader.skip(1)
    const id = reader.u32() & 0xffff
    const data = reader.take(reader.u32())
    // The checksum says nothing that the length does not: programs write wrong ones.
    reader.skip(2)
    const file = open.at(-1)
    if (id === attributeIds.codePage && data.length >= 4) charset = charsetOfCodePage(new Reader(data).u32())
    else if (id === attributeIds.subject) subject = written(data, charset)
    else if (id === attributeIds.body) body = written(data, charset)
    else if (id === attributeIds.properties) properties = new Reader(data).properties(charset, budget)
    else if (id === attributeIds.attachRenderData && open.length < budget.files)
      open.push({ title: null, data: null, properties: new Map() })
    else if (file !== undefined && id === attributeIds.attachTitle) file.title = written(data, charset)
    else if (file !== undefined && id === attributeIds.attachData) file.data = data
    else if (file !== undefined && id === attributeIds.attachment) file.properties = new Reader(data).properties(charset, budget)
  }
  const files = open.flatMap((file) => closedFile(file, budget, depth))
  const texts = bodiesOf(properties, charset)
  return {
    subject: bounded(text(properties.get(tags.subject)) ?? subject, nameCharactersMax),
    text: bounded(texts.text ?? body, textCharactersMax),
    html: bounded(texts.html, textCharactersMax),
    files,
    broken: reader.broken,
  }
}

function bodiesOf(properties: ReadonlyMap<number, Value>, charset: string): { text: string | null; html: string | null } {
  const codePage = properties.get(tags.internetCodePage)
  const html = properties.get(tags.html)
  const plain = text(properties.get(tags.body))
  const compressed = properties.get(tags.rtf)
  const rtf = compressed instanceof Uint8Array ? decompressRtf(compressed) : null
  const rich = rtf === null ? null : readRtf(rtf)
  const richText = rich?.kind === 'text' ? rich.content : null
  const richHtml = rich?.kind === 'html' ? rich.content : null
  const htmlCharset = typeof codePage === 'number' ? charsetOfCodePage(codePage) : charset
  return {
    text: plain ?? richText,
    html: html instanceof Uint8Array ? decodeBytes(html, htmlCharset).text : (text(html) ?? richHtml),
  }
}

/** A file, or an enclosed message taken apart. */
function closedFile(file: OpenFile, budget: Budget, depth: number): TnefFile[] {
  if (budget.files <= 0) return []
  budget.files--
  const { properties } = file
  const value = properties.get(tags.data)
  const object = value instanceof Uint8Array ? value : null
  const name =
    text(properties.get(tags.longFileName)) ?? file.title ?? text(properties.get(tags.fileName)) ?? text(properties.get(tags.displayName))
  // An object is preceded by the id of its interface (MS-OXTNEF §2.1.3.3.16); an enclosed message is again TNEF.
  const enclosed = object !== null && isTnef(object.subarray(16)) ? object.subarray(16) : null
  if (enclosed !== null && depth < enclosedDepthMax) {
    const message = readMessage(enclosed, budget, depth + 1)
    const title = message.subject ?? name ?? 'message'
    const content = Buffer.from(message.text ?? message.html ?? '')
    const mediaType = message.text === null && message.html !== null ? 'text/html' : 'text/plain'
    return [{ fileName: `${title}.${mediaType === 'text/html' ? 'html' : 'txt'}`, mediaType, contentId: null, content }, ...message.files]
  }
  const content = file.data ?? object
  if (content === null) return []
  return [
    {
      fileName: bounded(name, nameCharactersMax),
      mediaType: bounded(text(properties.get(tags.mediaType)), nameCharactersMax)?.toLowerCase() ?? null,
      contentId: bounded(text(properties.get(tags.contentId)), nameCharactersMax),
      content,
    },
  ]
}

function text(value: Value | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

function bounded(value: string | null, charactersMax: number): string | null {
  const clean = value === null ? '' : cleanText(value, charactersMax)
  return clean.trim() === '' ? null : clean
}

/** A string that ends at the first NUL. */
function written(bytes: Uint8Array, charset: string): string {
  const end = bytes.indexOf(0)
  return decodeBytes(end < 0 ? bytes : bytes.subarray(0, end), charset).text
}

const propertyTypes = {
  short: 0x02,
  boolean: 0x0b,
  object: 0x0d,
  long: 0x03,
  float: 0x04,
  error: 0x0a,
  string8: 0x1e,
  unicode: 0x1f,
  guid: 0x48,
  binary: 0x102,
}
const severalFlag = 0x1000

/** Reads little-endian values within its bytes; beyond them it gives zeros and is `broken`. */
class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0
  broken = false
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  skip(count: number): void {
    this.take(count)
  }

  take(count: number): Uint8Array {
    if (count > this.left) this.broken = true
    const start = this.#at
    this.#at = Math.min(this.#bytes.length, start + count)
    return this.#bytes.subarray(start, this.#at)
  }

  u16(): number {
    const at = this.#at
    return this.take(2).length === 2 ? this.#view.getUint16(at, true) : 0
  }

  u32(): number {
    const at = this.#at
    return this.take(4).length === 4 ? this.#view.getUint32(at, true) : 0
  }

  /** MS-OXTNEF §2.1.3.4: the first value of each property that is a string, bytes or a number. */
  properties(charset: string, budget: Budget): Map<number, Value> {
    const found = new Map<number, Value>()
    for (let count = this.u32(); count > 0 && !this.broken; count--) {
      budget.properties -= 1
      if (budget.properties < 0) break
      const type = this.u16()
      const id = this.u16()
      if (id >= 0x8000) this.#skipName()
      const value = this.#value(type, charset)
      if (value !== null && id < 0x8000) found.set(id, value)
    }
    return found
  }

  #skipName(): void {
    this.skip(16)
    if (this.u32() === 0) this.skip(4)
    else this.#padded(this.u32())
  }

  #padded(length: number): Uint8Array {
    const bytes = this.take(length)
    this.skip(Math.min(this.left, (4 - (length % 4)) % 4))
    return bytes
  }

  #value(written: number, charset: string): Value | null {
    const type = written & ~severalFlag
    const variable =
      type === propertyTypes.string8 || type === propertyTypes.unicode || type === propertyTypes.binary || type === propertyTypes.object
    const several = (written & severalFlag) !== 0
    const count = several || variable ? this.u32() : 1
    let first: Value | null = null
    for (let index = 0; index < count && !this.broken; index++) {
      const value = variable ? variableValue(type, this.#padded(this.u32()), charset) : this.#fixed(type)
      if (index === 0) first = value
      if (this.left === 0) break
    }
    return first
  }

  #fixed(type: number): number {
    if (type === propertyTypes.short || type === propertyTypes.boolean) {
      const value = this.u16()
      this.skip(2)
      return value
    }
    if (type === propertyTypes.long || type === propertyTypes.float || type === propertyTypes.error) return this.u32()
    const value = this.u32()
    this.skip(type === propertyTypes.guid ? 12 : 4)
    return value
  }
}

function variableValue(type: number, bytes: Uint8Array, charset: string): Value {
  if (type === propertyTypes.unicode) {
    const decoded = decodeBytes(bytes, 'utf-16le').text
    const end = decoded.indexOf('\u0000')
    return end < 0 ? decoded : decoded.slice(0, end)
  }
  return type === propertyTypes.string8 ? written(bytes, charset) : bytes
}
