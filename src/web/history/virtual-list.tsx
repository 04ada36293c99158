/**
 * A list of any length: only the rows in sight are there, more is loaded as its end comes near, `j` and `k` walk through it. It scrolls with the
 * `[data-scroll]` around it. Each row has one thing to focus, marked `data-row`.
 */
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type ReactElement, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { keptHeights, useKeptHeights, useListName } from '../parts/row-heights.ts'
import { useShortcuts } from '../parts/shortcuts.ts'
import css from './virtual-list.module.css'

/** So many rows before the end the next page is asked for. */
const aheadRows = 20
const overscanRows = 8

export interface MoreRows {
  readonly error: Error | null
  readonly hasNextPage: boolean
  readonly isFetchingNextPage: boolean
  readonly fetchNextPage: () => Promise<unknown>
}

export interface VirtualListProps<Item> {
  readonly items: readonly Item[]
  readonly keyOf: (item: Item) => string
  /** About how tall a row is, in pixels. */
  readonly rowPixels: number
  readonly label: string
  readonly more: MoreRows
  readonly children: (item: Item, index: number) => ReactNode
  /** Where walking begins, for instance what is open beside the list. */
  readonly current?: string | null
  /** Somebody walked to it by key. */
  readonly onWalk?: (item: Item) => void
}

export function VirtualList<Item>(props: VirtualListProps<Item>): ReactElement {
  const { items, keyOf, rowPixels, label, more, children, current = null } = props
  const list = useRef<HTMLDivElement>(null)
  const scrollMargin = useTop(list)
  const focused = useRef<string | null>(null)
  const indexOf = (key: string | null): number => (key === null ? -1 : items.findIndex((item) => keyOf(item) === key))
  const name = useListName(label)
  // Its functions are handed on to nothing that is remembered.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer<HTMLElement, HTMLElement>({
    ...keptHeights(name),
    count: items.length,
    getScrollElement: () => scrollerOf(list),
    estimateSize: () => rowPixels,
    getItemKey: (index) => {
      const item = items[index]
      return item === undefined ? index : keyOf(item)
    },
    overscan: overscanRows,
    scrollMargin,
    // The row with the focus stays, however far one scrolls.
    rangeExtractor: (range) => {
      const at = indexOf(focused.current)
      const seen = defaultRangeExtractor(range)
      return at === -1 || seen.includes(at) ? seen : [...seen, at].toSorted((one, other) => one - other)
    },
  })
  const onKeyDown = useWalk(props, {
    list,
    indexOf,
    start: () => focused.current,
    moveStart: (key) => (focused.current = key),
    current,
    scrollTo: (index) => virtualizer.scrollToIndex(index),
  })
  useStillView(list, items, keyOf, rowPixels)
  useKeptHeights(name, virtualizer)
  const rows = virtualizer.getVirtualItems()
  const last = rows.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = more
  const isNear = hasNextPage && !isFetchingNextPage && more.error === null && last >= items.length - aheadRows
  useEffect(() => {
    if (isNear) void fetchNextPage()
  }, [isNear, fetchNextPage])
  return (
    <>
      {/* Its rows have the focus; their keys come up to here. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={list}
        role="list"
        aria-label={label}
        className={css['list']}
        style={{ blockSize: virtualizer.getTotalSize() }}
        onKeyDown={onKeyDown}
        onFocus={({ target }) => (focused.current = target.closest('[data-key]')?.getAttribute('data-key') ?? null)}
        onBlur={() => (focused.current = null)}
      >
        {rows.map(({ index, key, start }) => {
          const item = items[index]
          return (
            item !== undefined && (
              <div
                key={key}
                ref={virtualizer.measureElement}
                role="listitem"
                aria-setsize={hasNextPage ? -1 : items.length}
                aria-posinset={index + 1}
                data-index={index}
                data-key={keyOf(item)}
                className={css['item']}
                style={{ transform: `translateY(${start - scrollMargin}px)` }}
              >
                {children(item, index)}
              </div>
            )
          )
        })}
      </div>
      {more.error !== null && items.length > 0 && <ProblemNote problem={more.error} onRetry={() => void fetchNextPage()} />}
      {isFetchingNextPage && <ListSkeleton rows={3} height={rowPixels} />}
    </>
  )
}

function scrollerOf(list: RefObject<HTMLElement | null>): HTMLElement | null {
  return list.current?.closest<HTMLElement>('[data-scroll]') ?? null
}

/** How far below the top of what scrolls the list begins; what stands above it may grow. */
function useTop(list: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const scroller = scrollerOf(list)
    if (list.current === null || scroller === null) return undefined
    const own = list.current
    const measure = (): void => {
      setTop(Math.round(own.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop))
    }
    measure()
    const observer = new ResizeObserver(measure)
    for (const above of [scroller, ...scroller.children]) observer.observe(above)
    return () => observer.disconnect()
  }, [list])
  return top
}

/** What comes in above what one reads does not push it away. */
function useStillView<Item>(
  list: RefObject<HTMLElement | null>,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  rowPixels: number,
): void {
  const first = items[0] === undefined ? null : keyOf(items[0])
  const before = useRef(first)
  useLayoutEffect(() => {
    const scroller = scrollerOf(list)
    const shift = before.current === null || before.current === first ? 0 : items.findIndex((item) => keyOf(item) === before.current)
    before.current = first
    if (scroller !== null && shift > 0 && scroller.scrollTop > rowPixels) scroller.scrollTop += shift * rowPixels
  })
}

interface WalkTools {
  readonly list: RefObject<HTMLElement | null>
  readonly indexOf: (key: string | null) => number
  readonly start: () => string | null
  readonly moveStart: (key: string) => void
  readonly current: string | null
  readonly scrollTo: (index: number) => void
}

function useWalk<Item>(
  { items, keyOf, onWalk }: VirtualListProps<Item>,
  { list, indexOf, start, moveStart, current, scrollTo }: WalkTools,
): (event: KeyboardEvent) => void {
  const { t } = useTranslation()
  const [wanted, setWanted] = useState<string | null>(null)
  /** Answers whether the row is there. */
  const focusRow = (key: string): boolean => {
    const row = list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"] [data-row]`)
    row?.focus({ preventScroll: true })
    return row != null
  }
  useEffect(() => {
    if (wanted === null) return undefined
    // A row that is far away is drawn after the list has scrolled there.
    const frame = requestAnimationFrame(() => {
      focusRow(wanted)
      setWanted(null)
    })
    return () => cancelAnimationFrame(frame)
  })
  const walk = (step: 1 | -1): void => {
    const from = indexOf(start() ?? current)
    const index = Math.min(Math.max(from + step, 0), items.length - 1)
    const item = items[index]
    if (item === undefined) return
    moveStart(keyOf(item))
    scrollTo(index)
    // At once where that can be: the next key is meant for it.
    if (!focusRow(keyOf(item))) setWanted(keyOf(item))
    onWalk?.(item)
  }
  useShortcuts(t('history.list.keys'), [
    { keys: ['j'], label: t('history.list.next'), run: () => walk(1) },
    { keys: ['k'], label: t('history.list.previous'), run: () => walk(-1) },
  ])
  return (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    walk(event.key === 'ArrowDown' ? 1 : -1)
  }
}
