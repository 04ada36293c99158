/** Head of a page: its one `h1` (also the title of the tab), a line of what it is, and its actions. */
import type { ReactElement, ReactNode } from 'react'
import css from './page-header.module.css'

export interface PageHeaderProps {
  readonly title: string
  /** Shown instead of the title, which then only names the tab. */
  readonly shown?: ReactNode
  readonly words?: ReactNode
  readonly actions?: ReactNode
  /** They are wide: on a phone they stand below. */
  readonly actionsBelow?: boolean
}

export function PageHeader({ title, shown, words, actions, actionsBelow = false }: PageHeaderProps): ReactElement {
  return (
    <header className={css['header']} data-below={actionsBelow || undefined}>
      <title>{`${title} · Leadpost`}</title>
      <div className={css['titles']}>
        <h1 className={css['title']}>{shown ?? title}</h1>
        {words !== undefined && <div className={css['words']}>{words}</div>}
      </div>
      {actions !== undefined && <div className={css['actions']}>{actions}</div>}
    </header>
  )
}

/** A page's content: scrolls by itself, with a measure that can be read. `wide` for tables and lists. */
export function PageBody({ children, wide = false }: { readonly children: ReactNode; readonly wide?: boolean }): ReactElement {
  return (
    <div className={css['scroll']} data-scroll>
      <div className={css['body']} data-wide={wide || undefined}>
        {children}
      </div>
    </div>
  )
}
