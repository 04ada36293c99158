/** Pages of a contact history as they are kept in the page: where an entry belongs in them, and what a newer first page changes. */
import type { InfiniteData } from '@tanstack/react-query'
import type { CallAnswer } from '../../api/contract.ts'

export type Entry = CallAnswer<'listRecentEntries'>['entries'][number]
export interface EntryPage {
  readonly entries: readonly Entry[]
  readonly next?: string | undefined
}
export type KeptPages = InfiniteData<EntryPage, string | null>
/** By when it happened, or by when it was filed; the newest stands first. */
export type EntryOrder = 'occurred' | 'recorded'

function standsAbove(one: Entry, other: Entry, order: EntryOrder): boolean {
  if (order === 'occurred' && one.occurredAt !== other.occurredAt) return one.occurredAt > other.occurredAt
  return one.id > other.id
}

function mapEntries(kept: KeptPages, map: (entries: readonly Entry[]) => readonly Entry[]): KeptPages {
  return { ...kept, pages: kept.pages.map((page) => ({ ...page, entries: map(page.entries) })) }
}

export function withoutEntries(kept: KeptPages, isGone: (entry: Entry) => boolean): KeptPages {
  return mapEntries(kept, (entries) => (entries.some(isGone) ? entries.filter((entry) => !isGone(entry)) : entries))
}

/** A mail stands in one history at a time, so that its entry takes the place of the one before. What is older than all that is loaded comes with its page. */
export function withEntry(kept: KeptPages, entry: Entry, order: EntryOrder): KeptPages {
  const others = withoutEntries(kept, ({ id, mailId }) => id === entry.id || (mailId !== null && mailId === entry.mailId))
  const last = others.pages.length - 1
  const page = others.pages.findIndex(
    ({ entries, next }, index) => entries.some((other) => standsAbove(entry, other, order)) || (index === last && next === undefined),
  )
  if (page === -1) return others
  const pages = others.pages.map((one, index) => {
    if (index !== page) return one
    const at = one.entries.findIndex((other) => standsAbove(entry, other, order))
    return { ...one, entries: at === -1 ? [...one.entries, entry] : one.entries.toSpliced(at, 0, entry) }
  })
  return { ...others, pages }
}

/** Changes it where it stands. */
export function withChanged(kept: KeptPages, isIt: (entry: Entry) => boolean, change: (entry: Entry) => Entry): KeptPages {
  return mapEntries(kept, (entries) => (entries.some(isIt) ? entries.map((entry) => (isIt(entry) ? change(entry) : entry)) : entries))
}

/** Lays a newer first page over what is kept: within its reach it alone counts. */
export function withFirstPage(kept: KeptPages, first: EntryPage, order: EntryOrder): KeptPages {
  const end = first.entries.at(-1)
  if (end === undefined || first.next === undefined) return { pages: [first], pageParams: [null] }
  const below = kept.pages
    .map((page) => ({ ...page, entries: page.entries.filter((entry) => standsAbove(end, entry, order)) }))
    .filter(({ entries }) => entries.length > 0)
  const lastKept = kept.pages.at(-1)
  const isWhole = lastKept?.next === undefined
  // Nothing of the older ones is left: the first page goes on where it says.
  if (below.length === 0) return { pages: [first], pageParams: [null] }
  const pages = [first, ...below]
  if (isWhole) pages[pages.length - 1] = { entries: below.at(-1)?.entries ?? [] }
  return { pages, pageParams: [null, ...below.map((_, index) => pages[index]?.entries.at(-1)?.id ?? null)] }
}
