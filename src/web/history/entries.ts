/**
 * The contact history of a lead, a company, a contact person, or what was filed last: loaded as one scrolls, and kept right by live events one entry at a
 * time, so that ten thousand loaded entries are not asked for again because of one more.
 */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { CallAnswer } from '../../api/contract.ts'
import { callApi } from '../api-client.ts'
import { gathered } from '../gathered.ts'
import { type LiveEvent, useLiveEvents, useLiveReload } from '../live.ts'
import { callQuery, queryClient, type Rollback } from '../queries.ts'
import {
  type Entry,
  type EntryOrder,
  type EntryPage,
  type KeptPages,
  withChanged,
  withEntry,
  withFirstPage,
  withoutEntries,
} from './entry-pages.ts'

export type HistoryOf =
  | { readonly lead: string }
  | { readonly company: string }
  | { readonly person: string }
  /** What was filed last: by the rules, by people, or either; `mine`: that I captured. */
  | { readonly recent: 'rule' | 'person' | 'all'; readonly mine: boolean }

export interface EntryFilter {
  readonly direction?: 'outbound' | 'inbound' | 'internal' | undefined
  /** A contact person's id. */
  readonly person?: string | undefined
  readonly files?: boolean | undefined
}

const entriesKey = 'entries'
const pageEntries = 100
/** What stays loaded of a history that one leaves, for whoever comes back: all of it is asked for again then. */
const pagesKept = 10
/** Many may be filed at once: the first is followed at once, the others so often. */
const gatherMs = 400

type Key = readonly [typeof entriesKey, HistoryOf, EntryFilter]

function orderOf(of: HistoryOf): EntryOrder {
  return 'recent' in of ? 'recorded' : 'occurred'
}

async function readPage(
  of: HistoryOf,
  { direction, person, files }: EntryFilter,
  after: string | null,
  signal?: AbortSignal,
): Promise<EntryPage> {
  const page = { limit: pageEntries, after: after ?? undefined }
  if ('recent' in of) {
    const query = { ...page, decidedBy: of.recent === 'all' ? undefined : of.recent, ...(of.mine ? { mine: 'true' } : {}) }
    return await callApi('listRecentEntries', { query }, signal)
  }
  const query = { ...page, order: 'newest' as const, direction, person, ...(files === true ? { files: 'true' } : {}) }
  if ('lead' in of) return await callApi('readHistory', { params: { number: of.lead }, query: { ...query, brief: 'true' } }, signal)
  if ('company' in of) return await callApi('readCompanyHistory', { params: { id: of.company }, query }, signal)
  return await callApi('readContactPersonHistory', { params: { id: of.person }, query }, signal)
}

/** Changes every kept history; answers how to put them back. */
function changeKept(change: (kept: KeptPages, key: Key) => KeptPages): Rollback {
  const all = queryClient.getQueriesData<KeptPages>({ queryKey: [entriesKey] })
  for (const [key, kept] of all) if (kept !== undefined) queryClient.setQueryData(key, change(kept, key as unknown as Key))
  return () => {
    for (const [key, kept] of all) queryClient.setQueryData(key, kept)
  }
}

/** It was taken out. */
export function dropEntry(id: string): Rollback {
  return changeKept((kept) => withoutEntries(kept, (entry) => entry.id === id))
}

/** It stands (or will stand) at the lead that it names. */
export function placeEntry(entry: Entry): Rollback {
  const isIt = ({ id, mailId }: Entry): boolean => id === entry.id || (mailId !== null && mailId === entry.mailId)
  return changeKept((kept, [, of, filter]) => {
    if (!('lead' in of)) return withChanged(kept, isIt, () => entry)
    if (of.lead !== entry.lead.number) return withoutEntries(kept, isIt)
    const stands = kept.pages.some(({ entries }) => entries.some(isIt))
    // Whether it passes a filter is the server's to say.
    return stands ? withChanged(kept, isIt, () => entry) : isPlain(filter) ? withEntry(kept, entry, orderOf(of)) : kept
  })
}

function isPlain({ direction, person, files }: EntryFilter): boolean {
  return direction === undefined && person === undefined && files !== true
}

/** What a list shows of it. */
export function rowOf(entry: CallAnswer<'readEntry'>): Entry {
  const { mail: _mail, evidence: _evidence, past: _past, undoableUntil: _until, ...row } = entry
  return row
}

export interface Entries {
  readonly entries: readonly Entry[]
  /** Came while one looks, and was not opened yet. */
  readonly fresh: ReadonlySet<string>
  readonly query: {
    readonly error: Error | null
    readonly isPending: boolean
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    readonly fetchNextPage: () => Promise<unknown>
    readonly refetch: () => Promise<unknown>
  }
}

/** @param openId what is looked at, and so is new no more. */
export function useEntries(of: HistoryOf, filter: EntryFilter, openId: string | null): Entries {
  const name = JSON.stringify([of, filter])
  const key = useMemo((): Key => [entriesKey, ...(JSON.parse(name) as [HistoryOf, EntryFilter])], [name])
  const query = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => await readPage(key[1], key[2], pageParam, signal),
    getNextPageParam: ({ next }) => next ?? null,
    // Live events keep it right; all of its pages anew are for when it is opened.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    staleTime: 0,
  })
  const fresh = useLiveEntries(key, openId)
  useEffect(() => () => trim(key), [key])
  const { data } = query
  const entries = useMemo(() => data?.pages.flatMap((page) => page.entries) ?? [], [data])
  return { entries, fresh, query }
}

function trim(key: Key): void {
  queryClient.setQueryData<KeptPages>(key, (kept) =>
    kept === undefined ? undefined : { pages: kept.pages.slice(0, pagesKept), pageParams: kept.pageParams.slice(0, pagesKept) },
  )
}

/** Takes what happens into the kept pages; answers what is new. */
function useLiveEntries(key: Key, openId: string | null): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  if (openId !== null && fresh.has(openId)) setFresh(new Set([...fresh].filter((id) => id !== openId)))
  const lookAgain = useMemo(() => gathered(gatherMs, () => void refreshFirst(key)), [key])
  useEffect(() => () => lookAgain.stop(), [lookAgain])
  useLiveEvents(
    useCallback(
      (event) => {
        if (!event.kind.startsWith('history.')) return
        if (event.kind === 'history.appended') setFresh((before) => new Set([...before, event.id]))
        if (event.kind === 'history.undone') dropEntry(event.id)
        else if ('lead' in key[1] && isPlain(key[2])) void takeIn(key[1].lead, event)
        else lookAgain.add(event.id)
      },
      [key, lookAgain],
    ),
  )
  useLiveReload(useCallback(() => void queryClient.invalidateQueries({ queryKey: key }), [key]))
  return fresh
}

async function takeIn(lead: string, event: LiveEvent): Promise<void> {
  if (event.lead !== lead && event.kind !== 'history.moved') return
  const entry = await queryClient.fetchQuery({ ...callQuery('readEntry', { params: { id: event.id } }), staleTime: 0 }).catch(() => null)
  if (entry !== null) placeEntry(rowOf(entry))
}

async function refreshFirst(key: Key): Promise<void> {
  const first = await readPage(key[1], key[2], null).catch(() => null)
  if (first !== null)
    queryClient.setQueryData<KeptPages>(key, (kept) => (kept === undefined ? undefined : withFirstPage(kept, first, orderOf(key[1]))))
}
