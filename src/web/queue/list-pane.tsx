/** The list of the queue: as long as it may be, only what is seen of it is drawn. */
import { Button, CloseButton, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconArrowUp, IconSearch } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { lazy, memo, type ReactElement, type ReactNode, type RefObject, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { KeyHint } from '../parts/key-hint.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { keptHeights, useKeptHeights } from '../parts/row-heights.ts'
import { useCall } from '../queries.ts'
import { FiltersButton } from './filters-button.tsx'
import { ListRow } from './list-row.tsx'
import { PopupSwitch } from './popup-switch.tsx'
import type { QueueList } from './queue-list.ts'
import { narrowedBy, type QueueSearch } from './queue-search.ts'
import type { Selection } from './selection.ts'
import css from './list-pane.module.css'

const Filters = lazy(async () => ({ default: (await import('./filters.tsx')).Filters }))

const listName = 'queue'
const rowHeight = 78
const typedForMs = 250
/** Nearer to the top than this is at the top. */
const topPixels = 8
/** More is asked for when so many are left below. */
const rowsAhead = 20

export interface ListPaneProps {
  readonly list: QueueList
  readonly search: QueueSearch
  readonly openId: string | null
  /** Null where nothing can be chosen. */
  readonly selection: Selection | null
  readonly isHeading: boolean
  readonly searchField: RefObject<HTMLInputElement | null>
  readonly onSearch: (search: QueueSearch) => void
  /** Below the list. */
  readonly children: ReactNode
}

export function ListPane({ list, search, openId, selection, isHeading, searchField, onSearch, children }: ListPaneProps): ReactElement {
  const { t } = useTranslation()
  return (
    <section className={css['pane']} aria-label={t('queue.list')}>
      <Head search={search} isHeading={isHeading} searchField={searchField} onSearch={onSearch} />
      <Rows list={list} openId={openId} selection={selection} isSettled={search.state === 'settled'} />
      {children}
    </section>
  )
}

type HeadProps = Pick<ListPaneProps, 'search' | 'isHeading' | 'searchField' | 'onSearch'>

const Head = memo(function Head({ search, isHeading, searchField, onSearch }: HeadProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const [filtersOpened, setFiltersOpened] = useState(narrowedBy(search) > 0)
  const { data: counts } = useCall('countConfirmations', {})
  const Heading = isHeading ? 'h1' : 'h2'
  const { state: _, order: _order, ...others } = search
  return (
    <header className={css['head']}>
      {isHeading && <title>{`${t('queue.title')} · Leadpost`}</title>}
      <div className={css['titles']}>
        <Heading className={css['title']}>
          {t('queue.title')}
          {counts !== undefined && <span className={css['count']}>{formats.number(counts.open)}</span>}
        </Heading>
        <div className={css['switches']}>
          <PopupSwitch />
          <SegmentedControl
            size="xs"
            aria-label={t('queue.state')}
            value={search.state ?? 'open'}
            onChange={(value) => onSearch(value === 'settled' ? { ...others, state: 'settled' } : others)}
            data={[
              { value: 'open', label: t('queue.stateOpen') },
              { value: 'settled', label: t('queue.stateSettled') },
            ]}
          />
        </div>
      </div>
      <div className={css['finding']}>
        <SearchField search={search} field={searchField} onSearch={onSearch} />
        <FiltersButton count={narrowedBy(search)} opened={filtersOpened} onToggle={() => setFiltersOpened(!filtersOpened)} />
      </div>
      <Suspense>{filtersOpened && <Filters search={search} counts={counts?.byReason ?? {}} onSearch={onSearch} />}</Suspense>
    </header>
  )
})

function SearchField({
  search,
  field,
  onSearch,
}: Pick<ListPaneProps, 'search' | 'onSearch'> & { readonly field: RefObject<HTMLInputElement | null> }): ReactElement {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(search.q ?? '')
  const apply = useDebouncedCallback((words: string) => {
    const { q: _, ...others } = search
    onSearch(words.trim() === '' ? others : { ...others, q: words.trim() })
  }, typedForMs)
  const change = (words: string): void => {
    setTyped(words)
    apply(words)
  }
  return (
    <TextInput
      ref={field}
      type="search"
      size="xs"
      className={css['search']}
      placeholder={t('queue.search')}
      aria-label={t('queue.search')}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        // Back to the one that is open.
        if (event.key === 'Escape' || event.key === 'Enter') document.querySelector<HTMLElement>('[data-question-heading]')?.focus()
      }}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        typed === '' ? (
          <KeyHint keys="/" quiet />
        ) : (
          <CloseButton size="xs" aria-label={t('queue.searchClear')} onClick={() => (change(''), field.current?.focus())} />
        )
      }
    />
  )
}

type RowsProps = Pick<ListPaneProps, 'list' | 'openId' | 'selection'> & { readonly isSettled: boolean }

function Rows({ list, openId, selection, isSettled }: RowsProps): ReactElement {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const { items, fresh, reload, hasMore, loadMore } = list
  const virtual = useVirtualizer<HTMLElement, HTMLElement>({
    ...keptHeights(listName),
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 8,
  })
  useKeptHeights(listName, virtual)
  const shown = virtual.getVirtualItems()
  const lastShown = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && lastShown > items.length - rowsAhead) loadMore()
  }, [hasMore, lastShown, items.length, loadMore])
  const openIndex = items.findIndex(({ id }) => id === openId)
  useEffect(() => {
    const place = virtual.measurementsCache[openIndex]
    const box = scroller.current
    if (place === undefined || box === null) return
    if (place.start < box.scrollTop) box.scrollTop = place.start
    else if (place.end > box.scrollTop + box.clientHeight) box.scrollTop = place.end - box.clientHeight
    // Only when one goes on, not when the list changes below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [openId])
  // Whoever stands at the top sees what comes; below, nothing jumps.
  useEffect(() => {
    if (fresh > 0 && (scroller.current?.scrollTop ?? 0) < topPixels) reload()
  }, [fresh, reload])
  if (list.problem !== null) return <ProblemNote problem={list.problem} onRetry={reload} />
  if (list.isFirstLoad) {
    return (
      <div className={css['loading']}>
        <ListSkeleton rows={9} height={rowHeight} />
      </div>
    )
  }
  return (
    <div className={css['scroller']} ref={scroller}>
      {fresh > 0 && (
        <Button
          size="compact-xs"
          radius="xl"
          className={css['fresh']}
          leftSection={<IconArrowUp size={13} aria-hidden />}
          onClick={() => {
            reload()
            scroller.current?.scrollTo({ top: 0 })
          }}
        >
          {t('queue.fresh', { count: fresh })}
        </Button>
      )}
      {items.length === 0 && <p className={css['nothing']}>{t(isSettled ? 'queue.empty.settled' : 'queue.empty.list')}</p>}
      <ul className={css['rows']} style={{ blockSize: virtual.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const row = items[index]
          return (
            row !== undefined && (
              <li
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                aria-posinset={index + 1}
                aria-setsize={hasMore ? -1 : items.length}
                className={css['place']}
                style={{ transform: `translateY(${String(start)}px)` }}
              >
                <ListRow
                  row={row}
                  isOpen={row.id === openId}
                  isChosen={selection?.has(row.id) === true}
                  onChoose={selection?.toggle ?? null}
                />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}
