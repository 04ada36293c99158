/** One part of a page of administering: a title, a line of what it is, its content. */
import type { ReactElement, ReactNode } from 'react'
import css from './panel.module.css'

export interface PanelProps {
  readonly title: string
  /** Where the title names something else as well. */
  readonly titleId?: string
  readonly words?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Panel({ title, titleId, words, actions, children }: PanelProps): ReactElement {
  return (
    <section className={css['panel']}>
      <div className={css['head']}>
        <h2 id={titleId} className={css['title']}>
          {title}
        </h2>
        {actions}
      </div>
      {words !== undefined && <p className={css['words']}>{words}</p>}
      {children}
    </section>
  )
}
