/** One line of the audit trail in words, with all that is kept of it on demand. */
import type { TFunction } from 'i18next'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { admin } from '../texts/admin-en.ts'
import { actorWords } from './actor-words.ts'
import css from './audit-page.module.css'

type Entry = CallAnswer<'listAudit'>['entries'][number]
type Action = keyof (typeof admin)['audit']['actions']

/** Those that there are words for; English has all. */
export const auditActions = Object.keys(admin.audit.actions) as Action[]

/** An action of a newer server is named by its code. */
export function actionWords(t: TFunction, action: string, subject: string): string {
  return t(`admin.audit.actions.${action as Action}`, { subject, defaultValue: action })
}

export function AuditRow({ entry: { at, actor, action, subject, detail } }: { readonly entry: Entry }): ReactElement {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  const who = actorWords(t, actor)
  const details = Object.entries(typeof detail === 'object' && detail !== null ? detail : {}).filter(([, value]) => value !== null)
  return (
    <div className={css['row']}>
      <button type="button" className={css['line']} data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span className={css['who']}>
          <bdi>{who}</bdi>
        </span>
        <span className={css['words']}>{actionWords(t, action, subject)}</span>
        <span className={css['when']}>
          <DateText at={at} />
        </span>
      </button>
      {isOpen && (
        <dl className={css['details']}>
          {[['actor', actor], ['subject', subject], ...details].map(([name, value]) => (
            <div key={name}>
              <dt dir="ltr">{name}</dt>
              <dd>
                <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}
