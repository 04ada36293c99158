/** A name and a value that is to be entered elsewhere, letter by letter: shown left to right, to be copied. */
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../parts/copy-button.tsx'
import css from './copy-line.module.css'

export function CopyLine({
  label,
  value,
  copy = true,
}: {
  readonly label: string
  readonly value: string
  readonly copy?: boolean
}): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={css['line']}>
      <dt className={css['label']}>{label}</dt>
      <dd className={css['value']}>
        <code dir="ltr" className={css['code']}>
          {value}
        </code>
        {copy && (
          <span role="group" aria-label={t('admin.copyOf', { label })}>
            <CopyButton text={value} />
          </span>
        )}
      </dd>
    </div>
  )
}

export function CopyLines({ children }: { readonly children: ReactNode }): ReactElement {
  return <dl className={css['lines']}>{children}</dl>
}
