/** One's initials, which open the menu of the account. */
import type { ComponentProps, ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { initialsOf } from '../parts/initials.ts'
import { useSession } from '../session.ts'
import css from './top-bar.module.css'

export function AccountButton(props: ComponentProps<'button'>): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  return (
    <button {...props} type="button" className={css['avatar']}>
      <span aria-hidden>{initialsOf(user.name)}</span>
      <span className="lp-unseen">{t('nav.signedInAs', { name: user.name })}</span>
    </button>
  )
}
