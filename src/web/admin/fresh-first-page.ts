/** Keeps a long list up to date while one is at its beginning; whoever has gone on reading is left in peace. */
import { useEffect, useEffectEvent } from 'react'
import { onLiveReload } from '../live.ts'
import { usePollMs } from './poll.ts'

interface Pages {
  readonly data: { readonly pages: readonly unknown[] } | undefined
  readonly isFetching: boolean
  readonly refetch: () => Promise<unknown>
}

export function useFreshFirstPage({ data, isFetching, refetch }: Pages): void {
  const everyMs = usePollMs()
  const look = useEffectEvent(() => {
    if (document.visibilityState === 'visible' && data?.pages.length === 1 && !isFetching) void refetch()
  })
  useEffect(() => {
    const timer = setInterval(() => look(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  useEffect(() => onLiveReload(() => look()), [])
}
