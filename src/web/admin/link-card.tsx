/** A one-time link that was just made: who gets it, whether it is on its way by mail, and the link itself to hand over. */
import { ActionIcon } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { type ReactElement, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { useFormats } from '../parts/formats.ts'
import css from './link-card.module.css'

export type MadeLink = CallAnswer<'inviteUser'>

/** It takes the focus: its link is what is needed now. */
export function LinkCard({ made, onClose }: { readonly made: MadeLink; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const card = useRef<HTMLDivElement>(null)
  const { user, link, expiresAt, mailed } = made
  useEffect(() => {
    if (link !== '') card.current?.focus()
  }, [link])
  return (
    <div ref={card} tabIndex={-1} role="status" className={css['card']}>
      <div className={css['head']}>
        <p className={css['title']}>{t(user.hasPassword ? 'admin.link.reset' : 'admin.link.invitation', { name: user.name })}</p>
        <ActionIcon onClick={onClose} aria-label={t('common.close')}>
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </div>
      <p>{t(mailed ? 'admin.link.mailed' : 'admin.link.notMailed', { email: user.email })}</p>
      <div className={css['link']}>
        <code dir="ltr">{link}</code>
        <CopyButton text={link} label={t('admin.link.copy')} />
      </div>
      <p className={css['until']}>{t('admin.link.until', { date: formats.dateTime(expiresAt) })}</p>
    </div>
  )
}
