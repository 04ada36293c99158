/** Who wrote to whom, when, and who captured it. */
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { PersonChip } from '../parts/person-chip.tsx'
import css from './mail-head.module.css'

type Mail = NonNullable<CallAnswer<'readEntry'>['mail']>
type Participant = Mail['participants'][number]

/** Shown at first of a mail to hundreds. */
const peopleShown = 40

/** Lines in this order; of a forward the original's people are the mail's. */
const lines: readonly (readonly [label: 'from' | 'to' | 'cc' | 'bcc', roles: readonly Participant['as'][]])[] = [
  ['from', ['from', 'forwardedFrom']],
  ['to', ['to', 'forwardedTo']],
  ['cc', ['cc', 'forwardedCc']],
  ['bcc', ['bcc']],
]

export interface MailHeadProps {
  readonly mail: Pick<Mail, 'participants' | 'occurredAt' | 'direction'>
  /** Behind somebody who is no contact person yet, for instance a button that makes one of him. */
  readonly unknownAction?: (person: Participant) => ReactNode
}

export function MailHead({ mail, unknownAction }: MailHeadProps): ReactElement {
  const { t } = useTranslation()
  return (
    <dl className={css['head']}>
      {lines.map(([label, roles]) => {
        const people = mail.participants.filter((person) => roles.includes(person.as))
        if (people.length === 0) return null
        const left = people.length - peopleShown
        return (
          <div key={label} className={css['line']}>
            <dt>{t(`mail.${label}`)}</dt>
            <dd>
              {people.slice(0, peopleShown).map((person) => (
                <PersonChip
                  key={`${person.as} ${person.address}`}
                  address={person.address}
                  name={person.name}
                  contactPersonId={person.contactPersonId}
                  company={person.company?.name ?? null}
                  own={person.own}
                  undelivered={person.undelivered}
                  action={person.contactPersonId === null && !person.own ? unknownAction?.(person) : undefined}
                />
              ))}
              {left > 0 && <span className="lp-quiet">{t('mail.peopleMore', { count: left })}</span>}
            </dd>
          </div>
        )
      })}
      <div className={css['line']}>
        <dt>{t('mail.date')}</dt>
        <dd>
          <DateText at={mail.occurredAt} as="full" />
          <span className="lp-quiet">{t(`mail.${mail.direction}`)}</span>
        </dd>
      </div>
    </dl>
  )
}
