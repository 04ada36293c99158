/** How many mails stand in which state; each leads to their list. */
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { useSession } from '../session.ts'
import { type MessageState, messageStates } from './admin-search.ts'
import css from './health-page.module.css'

export interface StateCountsProps {
  readonly byState: Readonly<Record<string, number>>
  /** For operators: one tenant's. */
  readonly tenant?: string
}

export function StateCounts({ byState, tenant }: StateCountsProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const session = useSession()
  // A tenant has none of nobody's.
  const isWhole = session.tenant === null && tenant === undefined
  const shown = messageStates.filter((state) => state !== 'unroutable' || isWhole)
  const isBad = (state: MessageState, count: number): boolean => state === 'failed' && count > 0
  return (
    <ul className={css['states']}>
      {shown.map((state) => {
        const count = byState[state] ?? 0
        const search = { state, ...(tenant === undefined ? {} : { tenant }) }
        return (
          <li key={state}>
            <Link to="/admin/messages" search={search} className={css['state']} data-bad={isBad(state, count) || undefined}>
              <strong>{formats.number(count)}</strong>
              <span>{t(`admin.state.${state}`)}</span>
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
