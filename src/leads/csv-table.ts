/** A CSV file as spreadsheets write it (RFC 4180 and its relatives), read into rows that know their line. */
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { type Fault, faultOf } from '../failure.ts'

export interface CsvRow {
  /** Of the file, where the row begins; the headings stand in line 1. */
  readonly line: number
  /** In the order of the columns; '' where the row is too short. */
  readonly cells: readonly string[]
}

export interface CsvFault {
  readonly line: number
  readonly words: string
  readonly fault: Fault
}

export interface CsvTable {
  /** As written, each once: a second `Email` is `Email (2)`. */
  readonly columns: readonly string[]
  readonly rows: readonly CsvRow[]
  /** What kept the file from being read to its end; null where nothing did. */
  readonly fault: CsvFault | null
}

export const csvColumnsMax = 200
const cellCharactersMax = 10_000
const recordCharactersMax = 200_000
/** Handed over in pieces, so that a large file does not hold everything else up. */
const pieceCharacters = 64 * 1024

const delimiters = [',', ';', '\t', '|'] as const

/** Reads `text` (already characters; a leading byte-order mark is taken off) up to `rowsMax` rows. Never throws for what stands in it. */
export async function readCsv(text: string, rowsMax: number): Promise<CsvTable> {
  const plain = text.replace(/^\ufeff/, '')
  const table = new TableReader(rowsMax)
  const parser = Readable.from(piecesOf(plain)).pipe(
    parse({
      delimiter: delimiterOf(plain),
      relax_column_count: true,
      trim: true,
      max_record_size: recordCharactersMax,
      // Taken here, since what the stream has not handed on is lost once a later row cannot be read.
      on_record: (record: string[], { lines }) => table.take(record, lines),
    }),
  )
  try {
    for await (const _ of parser) throw new Error('a record came that was taken before')
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const [words, fault] = whatIsWrong(error)
    table.fail(words, fault)
  } finally {
    parser.destroy()
  }
  return table.finish()
}

class TableReader {
  readonly #rowsMax: number
  #columns: readonly string[] | null = null
  readonly #rows: CsvRow[] = []
  #fault: CsvTable['fault'] = null
  /** In which the next record begins. */
  #line = 1
  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax
  }

  /** @param lines the line in which the record ends, line breaks within quotation marks counted. */
  take(record: readonly string[], lines: number): null {
    const line = this.#line
    this.#line = lines + 1
    if (record.every((cell) => cell === '')) return null
    if (this.#columns === null) this.#columns = distinctColumns(record.slice(0, csvColumnsMax))
    else if (this.#rows.length < this.#rowsMax) this.#rows.push({ line, cells: this.#columns.map((_, at) => cleanCell(record[at] ?? '')) })
    else
      this.#fail(line, `The file has more than ${String(this.#rowsMax)} rows; split it`, faultOf('csvRowsTooMany', { max: this.#rowsMax }))
    return null
  }

  fail(words: string, fault: Fault): void {
    this.#fail(this.#line, words, fault)
  }

  finish(): CsvTable {
    if (this.#columns === null) this.fail('The file is empty: its first line must hold the headings', faultOf('csvEmpty'))
    return { columns: this.#columns ?? [], rows: this.#rows, fault: this.#fault }
  }

  /** The first counts. */
  #fail(line: number, words: string, fault: Fault): void {
    this.#fault ??= { line, words, fault }
  }
}

function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += pieceCharacters) yield text.slice(at, at + pieceCharacters)
}

/** What stands most often in the first line outside quotation marks; a comma where nothing does. */
function delimiterOf(text: string): string {
  const [line = ''] = text.split(/\r\n|\r|\n/, 1)
  const bare = line.replace(/"(?:[^"]|"")*"/g, '')
  const counts = delimiters.map((delimiter) => bare.split(delimiter).length)
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ','
}

function distinctColumns(written: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return written.map((heading, at) => {
    const name = cleanCell(heading) || `Column ${String(at + 1)}`
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${String(times)})`
  })
}

/** Control characters are nobody's name; Postgres refuses the first of them. */
function cleanCell(cell: string): string {
  return cell
    .replace(/\p{Cc}+/gu, ' ')
    .toWellFormed()
    .trim()
    .slice(0, cellCharactersMax)
}

function whatIsWrong(error: CsvError): [words: string, fault: Fault] {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return ['A quotation mark is opened here and never closed', faultOf('csvQuoteOpen')]
  if (error.code === 'CSV_INVALID_CLOSING_QUOTE' || error.code === 'INVALID_OPENING_QUOTE')
    return ['A quotation mark stands within a cell; write it twice, and put the cell in quotation marks', faultOf('csvQuoteInside')]
  return [`This row cannot be read: ${error.message}`, faultOf('csvRowUnreadable')]
}
