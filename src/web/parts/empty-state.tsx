/** Where nothing is: what this place is for, and what to do next. */
import type { ReactElement, ReactNode } from 'react'
import css from './empty-state.module.css'

export interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly title: string
  readonly words?: ReactNode
  /** What to do next: a button or a link. */
  readonly action?: ReactNode
}

export function EmptyState({ icon, title, words, action }: EmptyStateProps): ReactElement {
  return (
    <div className={css['state']}>
      {icon !== undefined && (
        <div className={css['icon']} aria-hidden>
          {icon}
        </div>
      )}
      <p className={css['title']}>{title}</p>
      {words !== undefined && <div className={css['words']}>{words}</div>}
      {action !== undefined && <div className={css['action']}>{action}</div>}
    </div>
  )
}
