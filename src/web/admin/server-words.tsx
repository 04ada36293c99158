/** What the program itself wrote down about a mail, in English: as it is where the page speaks English, else for whoever wants to know more. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './way.module.css'

export function ServerWords({ lines }: { readonly lines: readonly string[] }): ReactElement | null {
  const { t, i18n } = useTranslation()
  if (lines.length === 0) return null
  const shown = lines.map((line) => (
    <p key={line} className={css['quiet']} lang="en" dir="ltr">
      {line}
    </p>
  ))
  if (i18n.language === 'en') return <>{shown}</>
  return (
    <details>
      <summary className={css['summary']}>{t('problem.details')}</summary>
      {shown}
    </details>
  )
}
