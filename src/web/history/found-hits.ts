/** What a search finds, page by page, as one types. */
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useMemo } from 'react'
import type { SentQuery } from '../../api/contract.ts'
import { usePages } from '../queries.ts'
import type { Hit } from './hit-words.tsx'

const waitMs = 120

export interface FoundHits {
  /** What is looked for by now; empty: nothing. */
  readonly asked: string
  /** Undefined until something is known. */
  readonly hits: readonly Hit[] | undefined
  readonly query: ReturnType<typeof usePages<'search'>>
}

/** @param where what is looked through. */
export function useFoundHits(words: string, where: Omit<SentQuery<'search'>, 'q' | 'after' | 'limit'>): FoundHits {
  const [asked] = useDebouncedValue(words.trim(), waitMs)
  const query = usePages('search', { query: { ...where, q: asked } }, { enabled: asked !== '', keepPrevious: true })
  const hits = useMemo(() => query.data?.pages.flatMap((page) => page.hits), [query.data])
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = query
  // Of what was looked through so far nothing fits, or all of it is private to others.
  const goesOn = hits?.length === 0 && hasNextPage && error === null
  useEffect(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage()
  }, [goesOn, isFetchingNextPage, fetchNextPage])
  return { asked, hits: goesOn ? undefined : hits, query }
}
