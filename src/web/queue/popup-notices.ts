/** What the popup tells: mail that was just filed by itself, or that waits for a person. Kept short, and quiet where somebody wants it quiet. */
import { useRouterState } from '@tanstack/react-router'
import { useCallback, useState, useSyncExternalStore } from 'react'
import { type LiveEvent, useAllLiveEvents } from '../live.ts'

export interface Notice {
  /** Of the history entry, or of the confirmation. */
  readonly id: string
  readonly kind: 'filed' | 'waits'
  /** What the event told of it; without it the card asks. */
  readonly told: Pick<LiveEvent, 'question' | 'entry'>
}

export interface Notices {
  /** The newest last. */
  readonly shown: readonly Notice[]
  /** Came in too fast to be shown. */
  readonly more: number
  readonly drop: (id: string) => void
  readonly dropAll: () => void
}

const shownMax = 3
const remembered = 'leadpost-popup'
const watchers = new Set<() => void>()

function readMuted(): boolean {
  try {
    return localStorage.getItem(remembered) === 'muted'
  } catch {
    return false
  }
}
let muted = readMuted()

/** Remembered for this browser. */
export function setMuted(next: boolean): void {
  muted = next
  try {
    localStorage.setItem(remembered, next ? 'muted' : 'on')
  } catch {
    // It holds until the page is loaded again.
  }
  for (const watcher of watchers) watcher()
}

export function useMuted(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => muted,
  )
}

function noticeOf(told: LiveEvent): Notice | null {
  const { kind, id, actor } = told
  if (kind === 'history.appended' && actor === 'rule') return { id, kind: 'filed', told }
  return kind === 'confirmation.opened' ? { id, kind: 'waits', told } : null
}

export function useNotices(): Notices {
  const path = useRouterState({ select: (state) => state.location.pathname })
  // Whoever looks at the list itself sees it come in there.
  const seen = path.startsWith('/confirm') ? 'waits' : path.startsWith('/filed') ? 'filed' : null
  const isMuted = useMuted()
  const [kept, setKept] = useState<{ readonly shown: readonly Notice[]; readonly more: number }>({ shown: [], more: 0 })
  const hear = useCallback(
    (event: LiveEvent): void => {
      const notice = noticeOf(event)
      if (isMuted || document.hidden) return
      if (notice !== null && notice.kind !== seen)
        setKept(({ shown, more }) => {
          const all = [...shown.filter(({ id }) => id !== notice.id), notice]
          return { shown: all.slice(-shownMax), more: more + Math.max(0, all.length - shownMax) }
        })
      // Somebody has it in hand already.
      const isOver = event.kind === 'confirmation.settled' || event.kind === 'history.moved' || event.kind === 'history.undone'
      if (isOver) setKept(({ shown, more }) => ({ shown: shown.filter(({ id }) => id !== event.id), more }))
    },
    [isMuted, seen],
  )
  useAllLiveEvents(hear)
  const drop = useCallback(
    (id: string) =>
      setKept(({ shown, more }) => {
        const left = shown.filter((notice) => notice.id !== id)
        return { shown: left, more: left.length === 0 ? 0 : more }
      }),
    [],
  )
  const dropAll = useCallback(() => setKept({ shown: [], more: 0 }), [])
  return { shown: isMuted ? [] : kept.shown, more: kept.more, drop, dropAll }
}
