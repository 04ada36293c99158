/**
 * A contact history with what it belongs to: the list, and beside it (over it, where there is no room) the entry that is open; until one is, what there
 * is to know about the lead, company or person.
 */
import { useMediaQuery } from '@mantine/hooks'
import { IconHistory, IconMailSearch } from '@tabler/icons-react'
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { callQuery, queryClient } from '../queries.ts'
import { EntryFilters, type FilterPerson } from './entry-filters.tsx'
import { EntryList } from './entry-list.tsx'
import { EntryView } from './entry-view.tsx'
import { type HistoryOf, useEntries } from './entries.ts'
import { besideQuery } from './fold.tsx'
import { filterOf, type HistorySearch, isFiltered } from './history-search.ts'
import { WordHits } from './word-hits.tsx'
import css from './history-panes.module.css'

export interface HistoryPanesProps {
  readonly of: HistoryOf
  readonly search: HistorySearch
  /** Says it in the address; `replace` where going back should not come here again. */
  readonly onSearch: (change: HistorySearch, replace: boolean) => void
  readonly head: ReactNode
  /** What there is to know about it; null where there is nothing. */
  readonly about: ReactNode | null
  readonly people?: readonly FilterPerson[]
  /** Instead of the filters. */
  readonly filters?: ReactNode
  readonly showLead: boolean
  /** Where nothing was filed yet. */
  readonly emptyWords: ReactNode
}

export function HistoryPanes(props: HistoryPanesProps): ReactElement {
  const { search, onSearch, head, about, showLead } = props
  const { t } = useTranslation()
  const beside = useMediaQuery(besideQuery, false, { getInitialValueInEffect: false })
  const openId = search.entry ?? null
  const panes = useRef<HTMLDivElement>(null)
  const side = useRef<HTMLDivElement>(null)
  // Over the list it is what one reads and walks through; beside it, the list keeps the focus.
  useEffect(() => {
    if (openId !== null && !beside) side.current?.focus({ preventScroll: true })
  }, [openId, beside])
  /** The row that gets the focus once what was open then is open no more. */
  const goingTo = useRef<{ readonly row: string; readonly from: string | null } | null>(null)
  useEffect(() => {
    const to = goingTo.current
    if (to === null || to.from === openId) return
    goingTo.current = null
    const row = panes.current?.querySelector<HTMLElement>(`[data-key="${to.row}"] [data-row]`) ?? panes.current
    row?.focus({ preventScroll: true })
  }, [openId])
  const close = (): void => {
    goingTo.current = { row: openId ?? '', from: openId }
    onSearch({ entry: undefined }, true)
  }
  /** The open entry goes away: its neighbour is next. */
  const goOn = (): void => {
    const row = panes.current?.querySelector(`[data-key="${openId ?? ''}"]`)
    const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.getAttribute('data-key') ?? undefined
    goingTo.current = { row: next ?? '', from: openId }
    onSearch({ entry: beside ? next : undefined }, true)
  }
  useShortcuts(t('history.list.keys'), [{ keys: ['Escape'], label: t('history.entry.close'), run: close, enabled: openId !== null }])
  return (
    <div className={css['page']}>
      {head}
      <div ref={panes} tabIndex={-1} className={css['panes']} data-open={openId !== null || undefined}>
        <div className={css['list']} data-scroll {...(openId !== null && !beside ? { inert: true } : {})}>
          {!beside && about !== null && <div className={css['above']}>{about}</div>}
          <ListPart {...props} />
        </div>
        {(beside || openId !== null) && (
          <div ref={side} className={css['side']} tabIndex={-1} data-scroll>
            {openId === null ? (
              (about ?? <EmptyState icon={<IconMailSearch size={28} />} title={t('history.choose')} />)
            ) : (
              <EntryView
                id={openId}
                showLead={showLead}
                onClose={close}
                onGone={(movedTo) => {
                  if (movedTo === null || !showLead) goOn()
                }}
              />
            )}
          </div>
        )}
      </div>
    </div>
  )
}

function ListPart({ of, search, onSearch, people = [], filters, showLead, emptyWords }: HistoryPanesProps): ReactElement {
  const { t } = useTranslation()
  const list = useEntries(of, filterOf(search), search.entry ?? null)
  const { entries, query } = list
  const openId = search.entry ?? null
  useNextRead(
    entries.map(({ id }) => id),
    openId,
  )
  const open = (id: string, walked: boolean): void => onSearch({ entry: id }, walked || openId !== null)
  return (
    <section aria-label={t('history.list.label')}>
      {filters}
      {filters === undefined && (entries.length > 0 || isFiltered(search) || search.words !== undefined) && (
        <EntryFilters search={search} people={people} withWords={'lead' in of} onChange={(change) => onSearch(change, true)} />
      )}
      {'lead' in of && search.words !== undefined ? (
        <WordHits lead={of.lead} words={search.words} filter={filterOf(search)} openId={openId} onOpen={open} />
      ) : query.isPending ? (
        <ListSkeleton rows={10} height={64} />
      ) : query.error !== null && entries.length === 0 ? (
        <ProblemNote problem={query.error} onRetry={() => void query.refetch()} />
      ) : entries.length === 0 ? (
        <EmptyState
          icon={<IconHistory size={28} />}
          title={t(isFiltered(search) ? 'history.list.filteredOut' : 'history.list.empty')}
          words={isFiltered(search) ? undefined : emptyWords}
        />
      ) : (
        <EntryList
          list={list}
          openId={openId}
          showLead={showLead}
          byThread={search.threads === true}
          byFiling={'recent' in of}
          onOpen={open}
        />
      )}
    </section>
  )
}

/** The entry below the open one is read ahead, so that walking down does not wait. */
function useNextRead(ids: readonly string[], openId: string | null): void {
  const next = openId === null ? undefined : ids[ids.indexOf(openId) + 1]
  useEffect(() => {
    if (next !== undefined) void queryClient.prefetchQuery(callQuery('readEntry', { params: { id: next } }))
  }, [next])
}
