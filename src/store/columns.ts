/**
 * Rows as arrays of columns in Postgres' own binary form: neither side writes or reads JSON, nor escapes a text. (An array that is given as text, Postgres reads
 * one character at a time.)
 */
import { cleanText } from '../mail/clean-text.ts'
import { jsonText } from './json-text.ts'

/** `hex` is a bytea of hex digits; `text` may be given as UTF-8. */
export type ColumnType = 'uuid' | 'text' | 'int' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb' | 'hex'

/** By name, in the order in which they are bound. */
export type Columns = Readonly<Record<string, ColumnType>>

interface Codec {
  readonly sqlType: string
  /** Of the type, in pg_type. */
  readonly oid: number
  /** What is written of a value that is not null; null for what cannot be. */
  cellOf(value: unknown): Cell | null
  bytesOf(cell: Cell): number
  write(buffer: Buffer, at: number, cell: Cell): void
}

/** Bytes are UTF-8. */
type Cell = string | number | Uint8Array

const uuidBytes = 16
const jsonbVersion = 1
/** Where Postgres begins to count, in milliseconds. */
const epochMs = Date.UTC(2000, 0, 1)
const wordRange = 2 ** 32

const codecs: Readonly<Record<ColumnType, Codec>> = {
  uuid: {
    sqlType: 'uuid',
    oid: 2950,
    cellOf: (value) => String(value).replaceAll('-', ''),
    bytesOf: () => uuidBytes,
    write: (buffer, at, cell) => writeHex(buffer, at, String(cell), uuidBytes),
  },
  text: {
    sqlType: 'text',
    oid: 25,
    // Cleaned when it was read; this is for what slipped through, for one such character would stop its mail for ever.
    cellOf: (value) => (value instanceof Uint8Array ? withoutNul(value) : cleanText(String(value), Infinity)),
    bytesOf: (cell) => (cell instanceof Uint8Array ? cell.length : Buffer.byteLength(String(cell))),
    write(buffer, at, cell) {
      if (cell instanceof Uint8Array) buffer.set(cell, at)
      else buffer.write(String(cell), at)
    },
  },
  int: {
    sqlType: 'int',
    oid: 23,
    cellOf: Number,
    bytesOf: () => 4,
    write: (buffer, at, cell) => void buffer.writeInt32BE(Number(cell), at),
  },
  bigint: {
    sqlType: 'bigint',
    oid: 20,
    cellOf: Number,
    bytesOf: () => 8,
    write: (buffer, at, cell) => writeLong(buffer, at, Number(cell)),
  },
  boolean: {
    sqlType: 'boolean',
    oid: 16,
    cellOf: Number,
    bytesOf: () => 1,
    write: (buffer, at, cell) => void buffer.writeUInt8(Number(cell), at),
  },
  timestamptz: {
    sqlType: 'timestamptz',
    oid: 1184,
    cellOf(value) {
      const ms = value instanceof Date ? value.getTime() : Date.parse(String(value))
      return Number.isNaN(ms) ? null : (ms - epochMs) * 1000
    },
    bytesOf: () => 8,
    write: (buffer, at, cell) => writeLong(buffer, at, Number(cell)),
  },
  jsonb: {
    sqlType: 'jsonb',
    oid: 3802,
    cellOf: (value) => jsonText(value),
    bytesOf: (cell) => 1 + Buffer.byteLength(String(cell)),
    write(buffer, at, cell) {
      buffer.writeUInt8(jsonbVersion, at)
      buffer.write(String(cell), at + 1)
    },
  },
  hex: {
    sqlType: 'bytea',
    oid: 17,
    cellOf: String,
    bytesOf: (cell) => Math.floor(String(cell).length / 2),
    write: (buffer, at, cell) => writeHex(buffer, at, String(cell), Math.floor(String(cell).length / 2)),
  },
}

function withoutNul(utf8: Uint8Array): Uint8Array {
  return utf8.includes(0) ? utf8.filter((byte) => byte !== 0) : utf8
}

/** Exact up to 2^53, and quicker than a BigInt. */
function writeLong(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / wordRange)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * wordRange, at + 4)
}

function writeHex(buffer: Buffer, at: number, digits: string, bytes: number): void {
  if (buffer.write(digits, at, 'hex') !== bytes || digits.length !== 2 * bytes)
    throw new TypeError(`${String(bytes)} bytes of hex digits are wanted, "${digits.slice(0, 64)}" is something else`)
}

/** What stands in FROM: the rows as `r`, whose columns are bound from `$first` on. */
export function columnsSql(columns: Columns, first: number): string {
  const arrays = Object.values(columns).map((type, index) => `$${String(first + index)}::${codecs[type].sqlType}[]`)
  const names = Object.keys(columns).map((name) => `"${name}"`)
  return `unnest(${arrays.join(', ')}) AS r(${names.join(', ')})`
}

/** The values to bind; a row that has no such key has null there. */
export function columnValues(columns: Columns, rows: readonly object[]): Buffer[] {
  return Object.entries(columns).map(([name, type]) =>
    arrayOf(
      codecs[type],
      rows.map((row) => (row as Readonly<Record<string, unknown>>)[name] ?? null),
    ),
  )
}

/** Dimensions, whether any is null, type; then length and first index of the one dimension. Each element is its length, -1 for null, and its bytes. */
const emptyBytes = 12
const headBytes = 20

function arrayOf(codec: Codec, values: readonly unknown[]): Buffer {
  const cells = values.map((value) => (value === null ? null : codec.cellOf(value)))
  const lengths = cells.map((cell) => (cell === null ? -1 : codec.bytesOf(cell)))
  const buffer = Buffer.allocUnsafe(
    cells.length === 0 ? emptyBytes : lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), headBytes),
  )
  buffer.writeInt32BE(cells.length === 0 ? 0 : 1, 0)
  buffer.writeInt32BE(lengths.includes(-1) ? 1 : 0, 4)
  buffer.writeUInt32BE(codec.oid, 8)
  if (cells.length === 0) return buffer
  buffer.writeInt32BE(cells.length, 12)
  buffer.writeInt32BE(1, 16)
  let at = headBytes
  for (let index = 0; index < cells.length; index++) {
    const cell = cells[index] ?? null
    const length = lengths[index] ?? -1
    at = buffer.writeInt32BE(length, at)
    if (cell === null) continue
    codec.write(buffer, at, cell)
    at += length
  }
  return buffer
}
