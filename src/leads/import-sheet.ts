/** A CSV file by the fields that it fills: every row as field to text, with the column that each came from. */
import { type Fault, faultOf, PermanentFailure } from '../failure.ts'
import { readCsv, type CsvTable } from './csv-table.ts'
import { guessMapping, importFields, type ImportField, type ImportKind } from './import-fields.ts'

export interface RowError {
  readonly line: number
  readonly column: string | null
  readonly words: string
  readonly fault: Fault
}

export interface SheetRow {
  readonly line: number
  /** Trimmed; undefined where the cell is empty or no column fills the field. */
  text(field: string): string | undefined
  /** Of all columns that fill the field. */
  texts(field: string): string[]
}

export interface ImportSheet {
  readonly columns: readonly string[]
  readonly fields: readonly Pick<ImportField, 'name' | 'required'>[]
  /** Column to field. */
  readonly mapping: Readonly<Record<string, string>>
  readonly rows: readonly SheetRow[]
  readonly sample: Record<string, string>[]
  /** What is wrong with the file as a whole. */
  readonly errors: RowError[]
  /** The first column that fills the field. */
  columnOf(field: string): string | null
}

const sampleRows = 5

/** @throws PermanentFailure `inputInvalid` for a mapping to what is no field, or of what is no column. */
export async function readSheet(
  kind: ImportKind,
  csv: string,
  given: Readonly<Record<string, string>> | undefined,
  rowsMax: number,
): Promise<ImportSheet> {
  const table = await readCsv(csv, rowsMax)
  const fields: readonly ImportField[] = importFields[kind]
  const mapping = given === undefined ? guessMapping(kind, table.columns) : checkMapping(table.columns, fields, given)
  const placesOf = (field: string): number[] => table.columns.flatMap((column, at) => (mapping[column] === field ? [at] : []))
  const places = new Map(fields.map(({ name }) => [name, placesOf(name)]))
  const errors: RowError[] = fields
    .filter(({ name, required }) => required && places.get(name)?.length === 0)
    .map(({ name }) => ({
      line: 1,
      column: null,
      words: `No column fills "${name}", which is needed`,
      fault: faultOf('csvFieldUnfilled', { field: name }),
    }))
  if (table.fault !== null) errors.unshift({ ...table.fault, column: null })
  return {
    columns: table.columns,
    fields: fields.map(({ name, required }) => ({ name, required })),
    mapping,
    rows: table.rows.map(({ line, cells }) => {
      const texts = (field: string): string[] => (places.get(field) ?? []).map((at) => cells[at] ?? '').filter((cell) => cell !== '')
      return { line, texts, text: (field) => texts(field)[0] }
    }),
    sample: sampleOf(table),
    errors,
    columnOf: (field) => table.columns[places.get(field)?.[0] ?? -1] ?? null,
  }
}

function checkMapping(
  columns: readonly string[],
  fields: readonly ImportField[],
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [column, field] of Object.entries(given)) {
    if (!columns.includes(column)) throw new PermanentFailure('inputInvalid', `mapping: the file has no column "${column}"`)
    if (!fields.some(({ name }) => name === field))
      throw new PermanentFailure('inputInvalid', `mapping: "${field}" is no field; it may be ${fields.map(({ name }) => name).join(', ')}`)
  }
  return given
}

function sampleOf({ columns, rows }: CsvTable): Record<string, string>[] {
  return rows.slice(0, sampleRows).map(({ cells }) => Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])))
}
