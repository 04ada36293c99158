/** A key that was just made, shown this once. */
import { ActionIcon } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { type ReactElement, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../parts/copy-button.tsx'
import css from './link-card.module.css'

export function ShownKey({ value, onClose }: { readonly value: string; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const card = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (value !== '') card.current?.focus()
  }, [value])
  return (
    <div ref={card} tabIndex={-1} role="status" className={css['card']}>
      <div className={css['head']}>
        <p className={css['title']}>{t('admin.keys.made')}</p>
        <ActionIcon onClick={onClose} aria-label={t('common.close')}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
      <div className={css['link']}>
        <code dir="ltr" aria-label={t('admin.keys.value')}>
          {value}
        </code>
        <CopyButton text={value} />
      </div>
    </div>
  )
}
