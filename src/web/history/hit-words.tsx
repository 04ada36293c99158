/** One thing that a search found: what it is called, where it stands, and the words that were found. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { Excerpt } from '../parts/excerpt.tsx'
import css from './hit-words.module.css'

export type Hit = CallAnswer<'search'>['hits'][number]

export function HitWords({ hit, withLead }: { readonly hit: Hit; readonly withLead: boolean }): ReactElement {
  const { t } = useTranslation()
  const { kind, title, excerpt, lead, company, at } = hit
  return (
    <span className={css['hit']}>
      <span className={css['line']}>
        {kind === 'lead' && lead !== null && <span className={css['number']}>{lead}</span>}
        <bdi className={css['title']}>{title === '' ? t('mail.noSubject') : title}</bdi>
        {company !== null && kind !== 'entry' && kind !== 'company' && <bdi className="lp-quiet">{company}</bdi>}
        {at !== null && (
          <span className={css['at']}>
            <DateText at={at} />
          </span>
        )}
      </span>
      {(excerpt !== null || (kind === 'entry' && withLead)) && (
        <span className={css['excerpt']}>
          {kind === 'entry' && withLead && lead !== null && (
            <span className={css['lead']}>
              <span className={css['number']}>{lead}</span>
              {company !== null && <bdi>{company}</bdi>}
            </span>
          )}
          {excerpt !== null && <Excerpt text={excerpt} />}
        </span>
      )}
    </span>
  )
}
