/**
 * The list of the queue as it is kept in the page. It goes on by pages, and follows what happens without asking for all of them again: what is settled goes,
 * who works on what is written in, and new ones come at the end where they belong (or wait at the top until somebody looks).
 */
import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { CallAnswer } from '../../api/contract.ts'
import { type ApiProblem, callApi } from '../api-client.ts'
import { gathered } from '../gathered.ts'
import { type LiveEvent, useLiveEvents, useLiveReload } from '../live.ts'
import { callQuery, queryClient, useCall } from '../queries.ts'
import { narrowedBy, orderOf, queryOf, type QueueSearch } from './queue-search.ts'

/** As the server lists it, or as an event tells it. */
export type Row = Omit<CallAnswer<'listConfirmations'>['items'][number], 'preview'>
type Page = Omit<CallAnswer<'listConfirmations'>, 'items'> & { readonly items: readonly Row[] }
type Pages = InfiniteData<Page, string | null>

export interface QueueList {
  readonly items: readonly Row[]
  readonly isFirstLoad: boolean
  readonly problem: ApiProblem | null
  readonly hasMore: boolean
  /** New ones that are not in the list yet. */
  readonly fresh: number
  readonly loadMore: () => void
  /** Asks for all of it again, and takes the fresh ones in. */
  readonly reload: () => void
}

/** Not the name of a call: this list keeps itself up to date. */
const key = 'queueList'
/** So long a claim lasts at the server; one that is told by an event says no end. */
const claimMs = 120_000
/** New ones are asked for at the first event, and then so often while more follow. */
const gatherMs = 150
/** More pages than these are not asked for again for something that may stand anywhere in them. */
const pagesAskedAgainMax = 4
/** So many that changed are asked for one by one. */
const changedAskedMax = 10
/** A last page that has grown to so many is asked for again instead: it goes on by further pages then. */
const lastPageRowsMax = 200

/** When they were answered or heard to be: a page that was asked for before must not bring them back. */
const goneAt = new Map<string, number>()
const goneForMs = 20_000

function isJustGone(id: string): boolean {
  const at = goneAt.get(id)
  return at !== undefined && Date.now() - at < goneForMs
}

function noteGone(ids: Iterable<string>): void {
  const now = Date.now()
  for (const [id, at] of goneAt) if (now - at >= goneForMs) goneAt.delete(id)
  for (const id of ids) goneAt.set(id, now)
}

function patchRows(patch: (rows: readonly Row[]) => readonly Row[]): void {
  queryClient.setQueriesData<Pages>({ queryKey: [key] }, (data) =>
    data === undefined ? data : { ...data, pages: data.pages.map((page) => ({ ...page, items: patch(page.items) })) },
  )
}

/** Takes them out of what is shown. What it hands back puts them where they were. */
export function removeRows(ids: ReadonlySet<string>): () => void {
  const kept = queryClient.getQueriesData<Pages>({ queryKey: [key] })
  noteGone(ids)
  patchRows((rows) => rows.filter(({ id }) => !ids.has(id)))
  return () => {
    for (const id of ids) goneAt.delete(id)
    for (const [queryKey, before] of kept) {
      const rows = before?.pages.flatMap(({ items }) => items).filter(({ id }) => ids.has(id)) ?? []
      for (const row of rows) insertInto(queryKey, row)
    }
  }
}

export function patchRow(id: string, patch: Partial<Row>): void {
  patchRows((rows) => (rows.some((row) => row.id === id) ? rows.map((row) => (row.id === id ? { ...row, ...patch } : row)) : rows))
}

/** Into every kept list of open ones, where it belongs by its age. */
export function insertRow(row: Row): void {
  goneAt.delete(row.id)
  for (const [queryKey] of queryClient.getQueriesData<Pages>({ queryKey: [key] })) {
    const search = queryKey[1] as QueueSearch
    if (search.state === undefined) insertInto(queryKey, row)
  }
}

function insertInto(queryKey: readonly unknown[], row: Row): void {
  const isOldestFirst = orderOf(queryKey[1] as QueueSearch) === 'oldest'
  const isBefore = (other: Row): boolean => (isOldestFirst ? row.id < other.id : row.id > other.id)
  queryClient.setQueryData<Pages>(queryKey, (data) => {
    if (data === undefined || data.pages.some(({ items }) => items.some(({ id }) => id === row.id))) return data
    const last = data.pages.length - 1
    const at = data.pages.findIndex((page, index) => page.items.some(isBefore) || (index === last && page.next === undefined))
    if (at === -1) return data
    const pages = data.pages.map((page, index) => {
      if (index !== at) return page
      const place = page.items.findIndex(isBefore)
      return { ...page, items: place === -1 ? [...page.items, row] : page.items.toSpliced(place, 0, row) }
    })
    return { ...data, pages }
  })
}

/** They ask something else now. Those that are not in the list are nobody's concern here. */
async function takeChanged(ids: readonly string[]): Promise<void> {
  const shown = new Set(
    queryClient
      .getQueriesData<Pages>({ queryKey: [key] })
      .flatMap(([, data]) => data?.pages.flatMap(({ items }) => items.map(({ id }) => id)) ?? []),
  )
  const due = [...new Set(ids)].filter((id) => shown.has(id))
  if (due.length > changedAskedMax) {
    await queryClient.invalidateQueries({ queryKey: [key] })
    return
  }
  for (const id of due) {
    const { mail: _mail, unknownPeople: _people, ...row } = await queryClient.fetchQuery(callQuery('readConfirmation', { params: { id } }))
    patchRow(id, row)
  }
}

/** One that has just come and that the event told whole. False where it must be asked for. */
function takeTold(search: QueueSearch, queryKey: readonly unknown[], { kind, question }: LiveEvent): boolean {
  const isPlain = search.state === undefined && search.q === undefined && narrowedBy(search) === 0 && orderOf(search) === 'oldest'
  if (kind !== 'confirmation.opened' || question === undefined || !isPlain) return false
  const last = queryClient.getQueryData<Pages>(queryKey)?.pages.at(-1)
  // What is being asked for now may have been read before it came.
  if (last === undefined || last.items.length >= lastPageRowsMax || queryClient.isFetching({ queryKey }) > 0) return false
  if (!isJustGone(question.id)) insertInto(queryKey, question)
  return true
}

async function fetchPage(search: QueueSearch, after: string | null, signal?: AbortSignal): Promise<Page> {
  const page = await callApi('listConfirmations', { query: { ...queryOf(search), ...(after === null ? {} : { after }) } }, signal)
  return search.state === undefined ? { ...page, items: page.items.filter(({ id }) => !isJustGone(id)) } : page
}

/** @param openId what is looked at now: it stays in the list though it is settled meanwhile, until one goes on. */
export function useQueueList(search: QueueSearch, openId: string | null): QueueList {
  const queryKey = useMemo(() => [key, search] as const, [search])
  const query = useInfiniteQuery<Page, ApiProblem, Pages, readonly unknown[], string | null>({
    queryKey,
    initialPageParam: null,
    queryFn: ({ pageParam, signal }) => fetchPage(search, pageParam, signal),
    getNextPageParam: (page) => page.next ?? null,
    // Follows events; what was kept while nobody listened is asked for again.
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query
  const [seen, setSeen] = useState({ of: queryKey, fresh: 0 })
  const onFresh = useCallback((fresh: number) => setSeen({ of: queryKey, fresh }), [queryKey])
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data])
  const reload = useCallback(() => {
    onFresh(0)
    void refetch()
  }, [refetch, onFresh])
  useFollowedEvents(search, queryKey, openId, { reload, onFresh })
  return {
    items,
    isFirstLoad: query.isPending,
    problem: query.isError && data === undefined ? query.error : null,
    hasMore: hasNextPage,
    fresh: seen.of === queryKey ? seen.fresh : 0,
    loadMore: () => void (hasNextPage && !isFetchingNextPage && fetchNextPage()),
    reload,
  }
}

interface Following {
  readonly reload: () => void
  readonly onFresh: (count: number) => void
}

function useFollowedEvents(search: QueueSearch, queryKey: readonly unknown[], openId: string | null, { reload, onFresh }: Following): void {
  const { data: people } = useCall('listUsers', {})
  const isOpenOnes = search.state === undefined
  const coming = useMemo(
    () =>
      gathered<LiveEvent['kind']>(gatherMs, (kinds) => {
        void takeNew(search, queryKey, kinds.includes('confirmation.reopened'), onFresh).catch(() => undefined)
      }),
    [search, queryKey, onFresh],
  )
  const changed = useMemo(() => gathered<string>(gatherMs, (ids) => void takeChanged(ids).catch(() => undefined)), [])
  useEffect(
    () => () => {
      coming.stop()
      changed.stop()
    },
    [coming, changed],
  )
  const follow = useCallback(
    (event: LiveEvent): void => {
      const { kind, id, actor, at, question } = event
      const name = people?.users.find(({ email }) => email === actor)?.name ?? actor
      if (kind === 'confirmation.claimed')
        patchRow(id, { claimedBy: { email: actor, name, until: new Date(Date.parse(at) + claimMs).toISOString() } })
      if (kind === 'confirmation.released') patchRow(id, { claimedBy: null })
      if (kind === 'confirmation.changed' && question !== undefined) patchRow(id, question)
      if (kind === 'confirmation.changed' && question === undefined) changed.add(id)
      if (kind === 'confirmation.reopened') {
        goneAt.delete(id)
        if (isOpenOnes) patchRow(id, { settled: null })
        else patchRows((rows) => rows.filter((row) => row.id !== id))
      }
      if (kind === 'confirmation.settled' && isOpenOnes && id !== openId) removeRows(new Set([id]))
      if (kind === 'confirmation.settled' && isOpenOnes && id === openId) patchRow(id, { settled: settledBy(event) })
      const comes = isOpenOnes ? kind === 'confirmation.opened' || kind === 'confirmation.reopened' : kind === 'confirmation.settled'
      if (comes && !takeTold(search, queryKey, event)) coming.add(kind)
    },
    [people, isOpenOnes, openId, coming, changed, search, queryKey],
  )
  useLiveEvents(follow)
  useLiveReload(reload)
  // Whoever goes on has seen who settled what he was looking at.
  useEffect(() => {
    if (isOpenOnes) patchRows((rows) => rows.filter(({ id, settled }) => settled === null || id === openId))
  }, [openId, isOpenOnes])
}

function settledBy({ at, actor, lead }: LiveEvent): Row['settled'] {
  return { at, by: actor, kind: lead === null ? 'dismiss' : 'append', lead, reason: null, entryId: null, undoableUntil: null }
}

/** Asks for the page that new ones stand on: the first where the newest is on top, else the last, if one is that far already. */
async function takeNew(
  search: QueueSearch,
  queryKey: readonly unknown[],
  isAnywhere: boolean,
  onFresh: (count: number) => void,
): Promise<void> {
  const data = queryClient.getQueryData<Pages>(queryKey)
  if (data === undefined) return
  const isNewestFirst = orderOf(search) === 'newest'
  const known = new Set(data.pages.flatMap(({ items }) => items.map(({ id }) => id)))
  if (isNewestFirst) {
    const { items } = await fetchPage(search, null)
    onFresh(items.filter(({ id }) => !known.has(id)).length)
    return
  }
  const lastParam = data.pageParams.at(-1) ?? null
  if (data.pages.at(-1)?.next === undefined && !isAnywhere) {
    const page = await fetchPage(search, lastParam)
    queryClient.setQueryData<Pages>(queryKey, (now) => {
      if (now === undefined || now.pages.length !== data.pages.length) return now
      for (const { id } of page.items) known.add(id)
      // Told by events meanwhile.
      const told = page.next === undefined ? (now.pages.at(-1)?.items ?? []).filter(({ id }) => !known.has(id)) : []
      return { ...now, pages: [...now.pages.slice(0, -1), { ...page, items: [...page.items, ...told] }] }
    })
  } else if (data.pages.length <= pagesAskedAgainMax) await queryClient.invalidateQueries({ queryKey })
}
