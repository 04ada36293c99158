/** Somebody in a mail: a contact person (linked), a colleague, or unknown yet (marked, with room for "make a contact person"). */
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Tip } from './tip.tsx'
import css from './person-chip.module.css'

export interface PersonChipProps {
  readonly address: string
  readonly name: string | null
  readonly contactPersonId?: string | null
  readonly company?: string | null
  readonly own?: boolean
  readonly undelivered?: boolean
  /** Behind the name, for instance a button that makes a contact person. */
  readonly action?: ReactNode
}

export function PersonChip({
  address,
  name,
  contactPersonId = null,
  company = null,
  own = false,
  undelivered = false,
  action,
}: PersonChipProps): ReactElement {
  const { t } = useTranslation()
  const known = contactPersonId !== null
  const shown = name === null || name === '' ? address : name
  const remark = known || own ? (own ? t('mail.ownPerson') : company) : t('mail.unknownPerson')
  return (
    <span className={css['chip']} data-kind={own ? 'own' : known ? 'known' : 'unknown'}>
      <Tip label={`${address}${remark === null ? '' : ` · ${remark}`}`}>
        {known ? (
          <Link to="/people/$id" params={{ id: contactPersonId }} className={css['name']}>
            <bdi>{shown}</bdi>
          </Link>
        ) : (
          <bdi className={css['name']}>{shown}</bdi>
        )}
      </Tip>
      {remark !== null && <span className="lp-unseen">({remark})</span>}
      {company !== null && !own && <bdi className={css['company']}>{company}</bdi>}
      {undelivered && <span className={css['undelivered']}>{t('mail.undelivered')}</span>}
      {action}
    </span>
  )
}
