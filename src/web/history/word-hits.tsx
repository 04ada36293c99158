/** Mails of one lead that contain some words, as far as they pass the filters. */
import { IconMailOff } from '@tabler/icons-react'
import type { MouseEvent, ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import type { EntryFilter } from './entries.ts'
import { useFoundHits } from './found-hits.ts'
import { HitWords } from './hit-words.tsx'
import { VirtualList } from './virtual-list.tsx'
import css from './word-hits.module.css'

const rowPixels = 62

export interface WordHitsProps {
  readonly lead: string
  readonly words: string
  readonly filter: EntryFilter
  readonly openId: string | null
  readonly onOpen: (id: string, walked: boolean) => void
}

export function WordHits({ lead, words, filter, openId, onOpen }: WordHitsProps): ReactElement {
  const { t } = useTranslation()
  const { direction, person, files } = filter
  const found = useFoundHits(words, { kind: 'entry', lead, direction, person, ...(files === true ? { files: 'true' } : {}) })
  const { asked, hits, query } = found
  if (query.error !== null && (hits?.length ?? 0) === 0) return <ProblemNote problem={query.error} onRetry={() => void query.refetch()} />
  if (hits === undefined) return <ListSkeleton rows={6} height={rowPixels} />
  if (hits.length === 0)
    return (
      <EmptyState
        icon={<IconMailOff size={28} />}
        title={t('history.search.nothing', { words: asked })}
        words={t(Object.keys(filter).length === 0 ? 'history.search.nothingWords' : 'history.search.nothingFiltered')}
      />
    )
  const open =
    (id: string) =>
    (event: MouseEvent): void => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      onOpen(id, false)
    }
  return (
    <VirtualList
      items={hits}
      keyOf={({ id }) => id}
      rowPixels={rowPixels}
      label={t('history.search.mails')}
      more={query}
      current={openId}
      onWalk={({ id }) => (openId === null ? undefined : onOpen(id, true))}
    >
      {(hit) => (
        <a
          href={`?entry=${hit.id}`}
          data-row
          className={css['hit']}
          data-open={hit.id === openId || undefined}
          aria-current={hit.id === openId || undefined}
          onClick={open(hit.id)}
        >
          <HitWords hit={hit} withLead={false} />
        </a>
      )}
    </VirtualList>
  )
}
