/** Mails of one lead that contain some words. */
import { useDebouncedValue } from '@mantine/hooks'
import { IconMailOff } from '@tabler/icons-react'
import { type MouseEvent, type ReactElement, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { usePages } from '../queries.ts'
import { HitWords } from './hit-words.tsx'
import { VirtualList } from './virtual-list.tsx'
import css from './word-hits.module.css'

const waitMs = 120
const rowPixels = 62

export interface WordHitsProps {
  readonly lead: string
  readonly words: string
  readonly openId: string | null
  readonly onOpen: (id: string, walked: boolean) => void
}

export function WordHits({ lead, words, openId, onOpen }: WordHitsProps): ReactElement {
  const { t } = useTranslation()
  const [asked] = useDebouncedValue(words.trim(), waitMs)
  const found = usePages('search', { query: { q: asked, kind: 'entry', lead } }, { enabled: asked !== '', keepPrevious: true })
  const hits = useMemo(() => found.data?.pages.flatMap((page) => page.hits) ?? [], [found.data])
  if (found.isPending) return <ListSkeleton rows={6} height={rowPixels} />
  if (found.error !== null && hits.length === 0) return <ProblemNote problem={found.error} onRetry={() => void found.refetch()} />
  if (hits.length === 0)
    return (
      <EmptyState
        icon={<IconMailOff size={28} />}
        title={t('history.search.nothing', { words: asked })}
        words={t('history.search.nothingWords')}
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
      more={found}
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
