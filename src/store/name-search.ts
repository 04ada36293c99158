/**
 * Leads, companies and contact persons by what somebody types: beginnings of the words of their names, and of a lead's number. Looked up in
 * `name_word`, a table of single words that triggers keep, since it serves a tenant's rows alone and by comparisons alone (row-level security lets
 * no text index be used).
 */
import type { TenantId } from '../crm/ids.ts'
import { leadNameKey } from '../crm/lead-name.ts'
import type { Sql } from './database.ts'

export const nameKinds = ['lead', 'company', 'contactPerson'] as const
export type NameKind = (typeof nameKinds)[number]

/** Words of a search that are looked at. */
export const searchWordsMax = 6
/** Names that are looked at for what fits best; where more are found, another letter brings the others up. */
export const namesFoundMax = 250

/** What a search asks for. Words are ranges `from` ≤ word < `to`; names are found by the first and kept by the others. */
export interface NameSearch {
  /** Folded whole, for what fits best. */
  readonly key: string
  readonly words: readonly { readonly from: string; readonly to: string }[]
}

/** Null where nothing was written; without a letter or digit, a search that finds nothing. */
export function readNameSearch(written: string | undefined): NameSearch | null {
  if (written === undefined || written.trim() === '') return null
  const key = leadNameKey(written)
  const words = [...new Set(key.split(' '))].filter((word) => word !== '').toSorted((one, other) => other.length - one.length)
  // Nothing is written behind the last code point, and the column compares code points.
  return { key, words: words.slice(0, searchWordsMax).map((word) => ({ from: word, to: `${word}\u{10ffff}` })) }
}

/** A condition on `name_word`: the word at `place` of a search, bound from parameter number `first` on. */
export function inRange(place: number, first: number): string {
  return `word >= $${String(first + place * 2)} AND word < $${String(first + place * 2 + 1)}`
}

/** The bounds of all words, in the order that `inRange` counts. */
export function boundsOf(search: NameSearch): string[] {
  return search.words.flatMap(({ from, to }) => [from, to])
}

/** That every word but the first is among those of `ids`, an SQL list. OFFSET 0: asked of one row at a time, never joined over all names. */
export function othersAmong(search: NameSearch, ids: string, first: number): string {
  return search.words
    .slice(1)
    .map(
      (_, at) => ` AND EXISTS (SELECT FROM name_word o WHERE o.tenant_id = $1 AND o.id IN (${ids}) AND ${inRange(at + 1, first)} OFFSET 0)`,
    )
    .join('')
}

/**
 * The search with its rarest word first: `website 4711` is found by the number. A lead's words are also those of its company.
 * Two words are compared by as many names as are looked at.
 */
export async function rarestFirst(sql: Sql, tenantId: TenantId, kind: NameKind, search: NameSearch): Promise<NameSearch> {
  if (search.words.length < 2) return search
  const counted = (from: string): string => `(SELECT count(*) FROM (SELECT FROM ${from} LIMIT ${String(namesFoundMax + 1)}) n)`
  const counts = search.words.map((_, at) => {
    const range = (of: NameKind): string => `name_word n WHERE n.tenant_id = $1 AND n.kind = '${of}' AND ${inRange(at, 2)}`
    if (kind !== 'lead') return counted(range(kind))
    const throughCompany = `name_word n JOIN lead l ON l.tenant_id = $1 AND l.company_id = n.id WHERE n.tenant_id = $1 AND n.kind = 'company' AND ${inRange(at, 2)}`
    return `${counted(range('lead'))} + ${counted(throughCompany)}`
  })
  const [row] = await sql.rows<{ counts: string[] }>(`SELECT ARRAY[${counts.join(', ')}]::text[] AS counts`, [
    tenantId,
    ...boundsOf(search),
  ])
  const words = search.words
    .map((word, at) => ({ word, names: Number(row?.counts[at] ?? 0) }))
    .toSorted((one, other) => one.names - other.names)
    .map(({ word }) => word)
  return { ...search, words }
}
