/** Confirming: the list of what waits, and beside it the one that is looked at with its answer. On a phone one after the other. */
import { useMediaQuery } from '@mantine/hooks'
import { IconCircleCheck, IconInbox } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { useLatest } from '../parts/latest.ts'
import { useShortcuts } from '../parts/shortcuts.ts'
import { callQuery, queryClient } from '../queries.ts'
import { mayCall, useSession } from '../session.ts'
import { useAnswering } from './answering.ts'
import { BulkBar } from './bulk-bar.tsx'
import { ListPane } from './list-pane.tsx'
import { QuestionPane } from './question-pane.tsx'
import { type Row, useQueueList } from './queue-list.ts'
import { narrowedBy, type QueueSearch } from './queue-search.ts'
import { useSelection } from './selection.ts'
import css from './queue-page.module.css'

/** Both panes have room beside each other. */
const twoPanes = '(min-width: 62em)'
/** The list goes on before one comes to its end. */
const leftMin = 10

export function QueuePage(): ReactElement {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/confirm' })
  const openId = useParams({ strict: false }).id ?? null
  const isWide = useMediaQuery(twoPanes, undefined, { getInitialValueInEffect: false }) ?? true
  const { goTo, change } = useQueueNavigation(openId)
  const list = useQueueList(search, openId)
  const { items, hasMore, loadMore } = list
  const selection = useSelection(items)
  const answering = useAnswering(useLatest(items), openId, goTo)
  const searchField = useRef<HTMLInputElement>(null)
  const mayBulk = mayCall(useSession(), 'answerConfirmations') && search.state === undefined
  const near = useNeighbours(items, openId)

  useEffect(() => {
    if (items.length < leftMin && hasMore) loadMore()
  }, [items.length, hasMore, loadMore])
  // There is always one open where there is room for it.
  const [first] = items
  useEffect(() => {
    if (isWide && openId === null && first !== undefined) goTo(first.id)
  }, [isWide, openId, first, goTo])

  useShortcuts(t('queue.title'), [
    { keys: ['j', 'ArrowDown'], label: t('queue.keys.next'), run: () => goTo(near.next ?? openId ?? first?.id ?? null) },
    { keys: ['k', 'ArrowUp'], label: t('queue.keys.previous'), run: () => goTo(near.previous ?? openId) },
    { keys: ['u'], label: t('queue.keys.undo'), run: () => answering.undoLast() },
    { keys: ['/'], label: t('queue.keys.search'), run: () => searchField.current?.focus() },
    {
      keys: ['x'],
      label: t('queue.keys.select'),
      enabled: mayBulk && openId !== null,
      run: () => openId !== null && selection.toggle(openId),
    },
    { keys: ['shift+x'], label: t('queue.keys.selectAll'), enabled: mayBulk, run: () => selection.choose(items.map(({ id }) => id)) },
    {
      keys: ['Escape'],
      label: selection.rows.length > 0 ? t('queue.keys.unselect') : t('queue.keys.list'),
      enabled: selection.rows.length > 0 || !isWide,
      run: () => (selection.rows.length > 0 ? selection.clear() : goTo(null)),
    },
  ])

  const empty = items.length === 0 && !list.isFirstLoad && list.problem === null && !hasMore
  return (
    <div className={css['panes']} data-open={openId !== null || undefined}>
      <ListPane
        list={list}
        search={search}
        openId={openId}
        selection={mayBulk ? selection : null}
        isHeading={isWide || openId === null}
        searchField={searchField}
        onSearch={change}
      >
        {selection.rows.length > 0 && <BulkBar selection={selection} answering={answering} />}
      </ListPane>
      <section className={css['detail']} aria-label={t('queue.open')} data-scroll>
        {openId === null ? (
          empty && <NothingWaits search={search} />
        ) : (
          <QuestionPane
            id={openId}
            row={items.find(({ id }) => id === openId) ?? null}
            isAlone={!isWide}
            isSelecting={selection.rows.length > 0}
            near={near}
            answering={answering}
            onGo={goTo}
            onSearch={change}
          />
        )}
      </section>
    </div>
  )
}

interface QueueNavigation {
  readonly goTo: (id: string | null) => void
  /** Another filter: the list begins anew. */
  readonly change: (search: QueueSearch) => void
}

/** From one to the next is no step back to: "back" leads to the list, or to where one came from. */
function useQueueNavigation(openId: string | null): QueueNavigation {
  const navigate = useNavigate()
  const isOpen = openId !== null
  const goTo = useCallback(
    (id: string | null): void => {
      if (id === null) void navigate({ to: '/confirm', search: true, replace: isOpen })
      else void navigate({ to: '/confirm/$id', params: { id }, search: true, replace: isOpen })
    },
    [navigate, isOpen],
  )
  const change = useCallback((search: QueueSearch): void => void navigate({ to: '/confirm', search, replace: true }), [navigate])
  return useMemo(() => ({ goTo, change }), [goTo, change])
}

export interface Neighbours {
  readonly next: string | null
  readonly previous: string | null
}

/** The one below is asked for beforehand, so that it is there at once. */
function useNeighbours(items: readonly Row[], openId: string | null): Neighbours {
  const at = items.findIndex(({ id }) => id === openId)
  const next = items[at + 1]?.id ?? null
  const previous = at > 0 ? (items[at - 1]?.id ?? null) : null
  const [asked, setAsked] = useState<string | null>(null)
  useEffect(() => {
    if (openId === null || next === null || next === asked) return undefined
    const timer = setTimeout(() => {
      setAsked(next)
      void queryClient.prefetchQuery(callQuery('readConfirmation', { params: { id: next } }))
    }, 150)
    return () => clearTimeout(timer)
  }, [openId, next, asked])
  const first = items[0]?.id ?? null
  return useMemo(() => ({ next: openId === null ? first : next, previous }), [openId, first, next, previous])
}

function NothingWaits({ search }: { readonly search: QueueSearch }): ReactElement {
  const { t } = useTranslation()
  if (search.state === 'settled')
    return <EmptyState icon={<IconInbox size={26} />} title={t('queue.empty.settled')} words={t('queue.empty.settledWords')} />
  if (narrowedBy(search) > 0 || search.q !== undefined)
    return <EmptyState icon={<IconInbox size={26} />} title={t('queue.empty.filtered')} words={t('queue.empty.filteredWords')} />
  return <EmptyState icon={<IconCircleCheck size={26} />} title={t('queue.empty.title')} words={t('queue.empty.words')} />
}
