/** Which of the list are chosen, for one answer to all of them. */
import { useCallback, useMemo, useRef, useState } from 'react'
import { useLatest } from '../parts/latest.ts'
import type { Row } from './queue-list.ts'

export interface Selection {
  readonly rows: readonly Row[]
  readonly has: (id: string) => boolean
  /** `range`: all from the last one that was chosen up to this one. The same function for good. */
  readonly toggle: (id: string, range?: boolean) => void
  readonly choose: (ids: readonly string[]) => void
  readonly clear: () => void
}

/** How many the API answers at once. */
const chosenMax = 200

export function useSelection(items: readonly Row[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const last = useRef<string | null>(null)
  // What left the list meanwhile is not chosen any more.
  const rows = useMemo(() => items.filter(({ id, settled }) => ids.has(id) && settled === null), [items, ids])
  const choose = useCallback((chosen: readonly string[]) => setIds(new Set(chosen.slice(0, chosenMax))), [])
  const clear = useCallback(() => setIds(new Set()), [])
  const latest = useLatest({ items, ids })
  const toggle = useCallback(
    (id: string, range = false): void => {
      const { items: all, ids: chosen } = latest.current
      const from = range ? all.findIndex((row) => row.id === last.current) : -1
      const to = all.findIndex((row) => row.id === id)
      const between = from === -1 ? [] : all.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id)
      const next = new Set(chosen)
      if (between.length > 0) for (const each of between) next.add(each)
      else if (!next.delete(id)) next.add(id)
      last.current = id
      choose([...next])
    },
    [latest, choose],
  )
  return useMemo(() => ({ rows, has: (id) => ids.has(id), choose, clear, toggle }), [rows, ids, choose, clear, toggle])
}
