/** What loading writes with: many rows of one table in one statement, and the count of what that changed. */
import type { TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

/** Rows of one statement; a file of any length goes over in pieces. */
const rowsPerStatement = 5_000

export interface Counts {
  created: number
  updated: number
  unchanged: number
}

/** One tenant while it is loaded: the transaction sees its rows alone. */
export interface Loading {
  readonly sql: Sql
  readonly tenantId: TenantId
  /** Path of the tenant in the file: `tenants[0]`. */
  readonly path: string
  /** Every mistake found so far, `path: words`; one is enough for nothing to be kept. */
  readonly errors: string[]
}

/** A table whose rows belong to a tenant; the column `tenant_id` goes without saying. */
export interface Table {
  readonly name: string
  /** Name and type. The first `keyColumns` of them are its key within the tenant. */
  readonly columns: readonly (readonly [name: string, type: string])[]
  readonly keyColumns: number
}

export type Row = Readonly<Record<string, string | boolean | null>>

/** Rows of `table` whose column is one of `values`. */
export async function rowsWith<R>(loading: Loading, table: Table, column: string, values: readonly string[]): Promise<R[]> {
  if (values.length === 0) return []
  const [, type = 'text'] = table.columns.find(([name]) => name === column) ?? []
  const text = `SELECT ${columnNames(table).join(', ')} FROM ${table.name} WHERE tenant_id = $1 AND ${column} = ANY($2::${type}[])`
  return await loading.sql.rows<R>(text, [loading.tenantId, values])
}

/** Writes rows whole: new ones are made, those whose key is there are changed. */
export async function upsert(loading: Loading, table: Table, rows: readonly Row[]): Promise<void> {
  const names = columnNames(table)
  const key = names.slice(0, table.keyColumns)
  const rest = names.slice(table.keyColumns)
  const changes = rest.length === 0 ? 'NOTHING' : `UPDATE SET ${rest.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`
  const text = `
    INSERT INTO ${table.name} (tenant_id, ${names.join(', ')}) SELECT $1::uuid, ${names.map((name) => `r.${name}`).join(', ')}
    FROM jsonb_to_recordset($2::jsonb) AS r(${recordOf(table)}) ON CONFLICT (tenant_id, ${key.join(', ')}) DO ${changes}`
  for (const part of partsOf(rows)) await loading.sql.run(text, [loading.tenantId, JSON.stringify(part)])
}

/** For the owners named, removes the rows that are not among `rows`. */
export async function removeOthers(
  loading: Loading,
  table: Table,
  ownerColumn: string,
  owners: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  if (owners.length === 0) return
  const key = columnNames(table).slice(0, table.keyColumns)
  const [, type = 'text'] = table.columns.find(([name]) => name === ownerColumn) ?? []
  const text = `
    DELETE FROM ${table.name} t WHERE t.tenant_id = $1 AND t.${ownerColumn} = ANY($2::${type}[]) AND NOT EXISTS (
      SELECT FROM jsonb_to_recordset($3::jsonb) AS r(${recordOf(table)}) WHERE ${key.map((name) => `r.${name} = t.${name}`).join(' AND ')})`
  await loading.sql.run(text, [loading.tenantId, owners, JSON.stringify(rows)])
}

/** The rows that are new or other than before, and how many of each. */
export function changedRows<R extends Row>(
  wanted: readonly R[],
  before: ReadonlyMap<string, Row>,
  idColumn: string,
): { rows: R[]; counts: Counts } {
  const counts = { created: 0, updated: 0, unchanged: 0 }
  const rows = wanted.filter((row) => {
    const old = before.get(String(row[idColumn]))
    if (old === undefined) counts.created += 1
    else if (Object.keys(row).every((name) => row[name] === old[name])) counts.unchanged += 1
    else counts.updated += 1
    return old === undefined || Object.keys(row).some((name) => row[name] !== old[name])
  })
  return { rows, counts }
}

/** Which of these owners have other rows than `rows` says, whatever else they have. */
export async function ownersWithOtherRows(
  loading: Loading,
  table: Table,
  ownerColumn: string,
  owners: readonly string[],
  rows: readonly Row[],
): Promise<Set<string>> {
  const names = columnNames(table)
  const textsOf = (of: readonly Row[]): Map<string, string> =>
    new Map(
      Map.groupBy(of, (row) => String(row[ownerColumn]))
        .entries()
        .map(([owner, own]) => [
          owner,
          own
            .map((row) => JSON.stringify(names.map((name) => row[name])))
            .toSorted()
            .join(),
        ]),
    )
  const before = textsOf(await rowsWith<Row>(loading, table, ownerColumn, owners))
  const wanted = textsOf(rows)
  return new Set(owners.filter((owner) => (before.get(owner) ?? '') !== (wanted.get(owner) ?? '')))
}

/** Counts as updated what was the same itself and has other rows that belong to it. */
export function countChangedToo(counts: Counts, rows: readonly Row[], changed: readonly Row[], owners: ReadonlySet<string>): Counts {
  const counted = new Set(changed.map((row) => row['id']))
  const also = rows.filter((row) => owners.has(String(row['id'])) && !counted.has(row['id'])).length
  return { created: counts.created, updated: counts.updated + also, unchanged: counts.unchanged - also }
}

function columnNames(table: Table): string[] {
  return table.columns.map(([name]) => name)
}

function recordOf(table: Table): string {
  return table.columns.map(([name, type]) => `${name} ${type}`).join(', ')
}

function partsOf(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = []
  for (let at = 0; at < rows.length; at += rowsPerStatement) parts.push(rows.slice(at, at + rowsPerStatement))
  return parts
}
