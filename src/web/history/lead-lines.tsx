/** Leads in short: of a company, of a contact person. */
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import css from './lead-lines.module.css'
import about from './about.module.css'
import list from './record-list.module.css'

export function LeadLines({ leads }: { readonly leads: CallAnswer<'readCompany'>['leads'] }): ReactElement {
  const { t } = useTranslation()
  if (leads.length === 0) return <p className={about['none']}>{t('history.lead.noneHere')}</p>
  return (
    <ul className={css['lines']}>
      {leads.map(({ id, number, name, status, lastContactAt }) => (
        <li key={id}>
          <Link to="/leads/$number" params={{ number }} className={css['lead']}>
            <span className={list['number']}>{number}</span> <bdi>{name}</bdi>
          </Link>
          <span className={list['status']} data-status={status}>
            {t(`lead.status.${status}`)}
          </span>
          {lastContactAt !== null && (
            <span className={css['at']}>
              <DateText at={lastContactAt} />
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
