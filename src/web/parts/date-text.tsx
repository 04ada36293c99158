/** A moment: how long ago, kept right as time goes by, with the exact one on hover. */
import { type ReactElement, useSyncExternalStore } from 'react'
import { Tip } from './tip.tsx'
import { useFormats } from './formats.ts'

const everyMs = 30_000
const watchers = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | null = null

/** One clock for all dates on the page. */
function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of watchers) each()
  }, everyMs)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }
}

/** `as`: `relative` (as it comes) for lists, `full` for one thing looked at closely. */
export function DateText({ at, as = 'relative' }: { readonly at: string; readonly as?: 'relative' | 'full' }): ReactElement {
  const formats = useFormats()
  const current = useSyncExternalStore(watch, () => now)
  // A thing may be newer than the clock's last tick.
  const since = new Date(Math.max(current, Math.min(Date.parse(at), current + everyMs)))
  return (
    <Tip label={formats.exact(at)}>
      <time dateTime={at}>{as === 'full' ? formats.dateTime(at) : formats.relative(at, since)}</time>
    </Tip>
  )
}
