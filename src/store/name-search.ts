/**
 * Leads, companies and contact persons by what somebody types: beginnings of the words of their names, and of a lead's number. Looked up in
 * `name_word`, a table of single words that triggers keep, since it serves a tenant's rows alone and by comparisons alone (row-level security lets
 * no text index be used).
 */
import { leadNameKey } from '../crm/lead-name.ts'

export const nameKinds = ['lead', 'company', 'contactPerson'] as const
export type NameKind = (typeof nameKinds)[number]

/** Words of a search that are looked at. */
export const searchWordsMax = 6
/** Names that begin with the longest word of a search and are looked at; with more, some are not found until another letter is typed. */
export const namesPerWordMax = 2_000

/** What a search asks for. Words are ranges `from` ≤ word < `to`, the longest first. */
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
