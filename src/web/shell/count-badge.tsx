/** How many mails wait: of all for reviewers, of one's own for salespeople. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { useCall } from '../queries.ts'
import { useSession } from '../session.ts'
import css from './navigation.module.css'

/** More is only "many" to the eye. */
const shownMax = 999

export function CountBadge(): ReactElement | null {
  const { t } = useTranslation()
  const formats = useFormats()
  const session = useSession()
  const { data } = useCall('countConfirmations', {}, { enabled: session.tenant !== null })
  const count = session.user.role === 'salesperson' ? data?.mine : data?.open
  if (count === undefined || count === 0) return null
  return (
    <span className={css['count']}>
      <span aria-hidden>{count > shownMax ? `${formats.number(shownMax)}+` : formats.number(count)}</span>
      <span className="lp-unseen">{t('nav.waiting', { count })}</span>
    </span>
  )
}
