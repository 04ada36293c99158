/** What in a mail points to a lead: numbers, people, the thread. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { LeadLabel } from '../parts/lead-label.tsx'
import type { Trace, TracedPerson, TracedToken } from './trace.ts'
import { WayStep } from './way-step.tsx'
import css from './way.module.css'

export function TokensStep({ tokens }: { readonly tokens: readonly TracedToken[] }): ReactElement {
  const { t } = useTranslation()
  return (
    <WayStep title={t('admin.message.step.tokens')} state="done">
      {tokens.length === 0 ? (
        <p className={css['quiet']}>{t('admin.message.tokensNone')}</p>
      ) : (
        <ul className={css['items']}>
          {tokens.map(({ token, where, why, lead }) => (
            <li key={`${token} ${where} ${why}`} className={css['item']}>
              <bdi className={css['code']}>{token}</bdi>
              <span className={css['quiet']}>{t(`admin.message.where.${where}`, { defaultValue: where })}</span>
              <span>{t(`admin.message.token.${why}`, { defaultValue: why })}</span>
              {lead !== null && lead !== token && <LeadLabel number={lead} />}
            </li>
          ))}
        </ul>
      )}
    </WayStep>
  )
}

function knownAs({ own, contactPersons }: TracedPerson): 'own' | 'known' | 'several' | 'unknown' {
  return own ? 'own' : contactPersons.length === 0 ? 'unknown' : contactPersons.length === 1 ? 'known' : 'several'
}

export function PeopleStep({ people }: { readonly people: readonly TracedPerson[] }): ReactElement {
  const { t } = useTranslation()
  return (
    <WayStep title={t('admin.message.step.people')} state="done">
      {people.length === 0 ? (
        <p className={css['quiet']}>{t('admin.message.peopleNone')}</p>
      ) : (
        <ul className={css['items']}>
          {people.map((person, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- somebody may stand in it twice
            <li key={at} className={css['item']}>
              <bdi>{person.address}</bdi>
              <span className={css['quiet']}>
                {t(`admin.message.role.${person.as}`, { defaultValue: person.as })} · {t(`admin.message.person.${knownAs(person)}`)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </WayStep>
  )
}

const automaticKinds = ['automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport'] as const

export function ThreadStep({ trace: { thread = [], missingEarlier = 0, forward, automatic } }: { readonly trace: Trace }): ReactElement {
  const { t } = useTranslation()
  const kind = automaticKinds.find((each) => each === automatic)
  return (
    <WayStep title={t('admin.message.step.thread')} state="done">
      <p className={thread.length === 0 ? css['quiet'] : undefined}>
        {thread.length === 0 ? t('admin.message.threadNone') : t('admin.message.threadWords', { count: thread.length })}
        {missingEarlier > 0 && ` ${t('admin.message.missing', { count: missingEarlier })}`}
      </p>
      {forward !== undefined && <p>{t('admin.message.forward')}</p>}
      {kind !== undefined && <p>{t(`mail.automatic.${kind}`)}</p>}
    </WayStep>
  )
}
