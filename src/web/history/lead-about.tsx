/** What there is to know about a lead beside its history: its people and their roles, its quotes, what is to be done, what waits. */
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { LeadTasks } from './lead-tasks.tsx'
import css from './about.module.css'

type Lead = CallAnswer<'readLead'>

export function LeadAbout({ lead }: { readonly lead: Lead }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { number, keyPlayers, quotes, openConfirmations, entries, createdAt, company } = lead
  return (
    <div className={css['about']}>
      {openConfirmations > 0 && (
        <p className={css['waits']}>
          <Link to="/confirm" search={{ lead: number }}>
            {t('history.lead.waits', { count: openConfirmations })}
          </Link>
        </p>
      )}
      <section>
        <h2 className={css['title']}>{t('history.lead.players')}</h2>
        {keyPlayers.length === 0 ? (
          <p className={css['none']}>{t('history.lead.noPlayers')}</p>
        ) : (
          <ul className={css['people']}>
            {keyPlayers.map(({ contactPerson: { id, name, addresses }, role, company: theirs }) => (
              <li key={id}>
                <Link to="/people/$id" params={{ id }} className={css['name']}>
                  <bdi>{name}</bdi>
                </Link>
                {role !== '' && <bdi className={css['role']}>{role}</bdi>}
                {theirs !== null && theirs.id !== company?.id && <bdi className={css['role']}>{theirs.name}</bdi>}
                {addresses[0] !== undefined && (
                  <a href={`mailto:${addresses[0]}`} className={css['address']}>
                    <bdi>{addresses[0]}</bdi>
                  </a>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section>
        <h2 className={css['title']}>{t('history.task.title')}</h2>
        <LeadTasks lead={number} />
      </section>
      {quotes.length > 0 && (
        <section>
          <h2 className={css['title']}>{t('history.lead.quotes')}</h2>
          <p className={css['quotes']}>
            {quotes.map((quote) => (
              <bdi key={quote}>{quote}</bdi>
            ))}
          </p>
        </section>
      )}
      <p className={css['foot']}>
        <span>{t('history.lead.entries', { count: entries, n: formats.number(entries) })}</span>
        <span>
          {t('history.lead.since')} <DateText at={createdAt} as="full" />
        </span>
      </p>
    </div>
  )
}
