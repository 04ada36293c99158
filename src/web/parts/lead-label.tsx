/** A lead as it is named everywhere: number, name, company. */
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import css from './lead-label.module.css'

export interface LeadLabelProps {
  readonly number: string
  readonly name?: string | null
  readonly company?: string | null
  /** False where the whole row is a link or a button already. */
  readonly link?: boolean
}

export function LeadLabel({ number, name = null, company = null, link = true }: LeadLabelProps): ReactElement {
  const words = (
    <>
      <span className={css['number']}>{number}</span>
      {name !== null && <bdi className={css['name']}>{name}</bdi>}
    </>
  )
  return (
    <span className={css['label']}>
      {link ? (
        <Link to="/leads/$number" params={{ number }} className={css['link']}>
          {words}
        </Link>
      ) : (
        words
      )}
      {company !== null && <bdi className={css['company']}>{company}</bdi>}
    </span>
  )
}
