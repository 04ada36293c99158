/** A list of leads, companies or people as far as all three are alike: waiting, failing, empty, and rows without end. */
import type { ReactElement, ReactNode } from 'react'
import { EmptyState } from '../parts/empty-state.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { type MoreRows, VirtualList } from './virtual-list.tsx'
import css from './record-list.module.css'

const rowPixels = 52

export interface RecordListProps<Item> {
  readonly items: readonly Item[] | undefined
  readonly keyOf: (item: Item) => string
  readonly label: string
  readonly query: MoreRows & { readonly refetch: () => Promise<unknown> }
  readonly empty: { readonly icon: ReactNode; readonly title: string; readonly words?: ReactNode; readonly action?: ReactNode }
  readonly children: (item: Item) => ReactNode
}

export function RecordList<Item>({ items, keyOf, label, query, empty, children }: RecordListProps<Item>): ReactElement {
  if (query.error !== null && items === undefined) return <ProblemNote problem={query.error} onRetry={() => void query.refetch()} />
  if (items === undefined) return <ListSkeleton rows={12} height={rowPixels} />
  if (items.length === 0) return <EmptyState {...empty} />
  return (
    <div className={css['list']}>
      <VirtualList items={items} keyOf={keyOf} rowPixels={rowPixels} label={label} more={query}>
        {children}
      </VirtualList>
    </div>
  )
}
