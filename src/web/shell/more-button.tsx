/** What opens the rest of a phone's navigation. */
import { IconDots } from '@tabler/icons-react'
import type { ComponentProps, ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './navigation.module.css'

export function MoreButton(props: ComponentProps<'button'>): ReactElement {
  const { t } = useTranslation()
  return (
    <button {...props} type="button" className={css['thumb']}>
      <IconDots size={22} stroke={1.6} aria-hidden />
      <span className={css['thumbName']}>{t('nav.more')}</span>
    </button>
  )
}
