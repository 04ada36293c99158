/** Dismissing says why: a ready-made reason by its number, or one's own words. */
import { Button, Modal, TextInput } from '@mantine/core'
import { type KeyboardEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import css from './dismiss-dialog.module.css'

const ready = ['noLead', 'private', 'advertising', 'internal', 'twice', 'supplier'] as const
const wordsMax = 500

export interface DismissDialogProps {
  readonly count: number
  readonly onDismiss: (reason: string) => void
  readonly onClose: () => void
}

export function DismissDialog({ count, onDismiss, onClose }: DismissDialogProps): ReactElement {
  const { t } = useTranslation()
  const [own, setOwn] = useState('')
  const onKeyDown = (event: KeyboardEvent): void => {
    const reason = ready[Number(event.key) - 1]
    if (reason === undefined || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    onDismiss(t(`queue.dismissReason.${reason}`))
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('queue.dismissTitle', { count })}
      size="md"
      closeButtonProps={{ 'aria-label': t('common.close') }}
      onKeyDown={onKeyDown}
    >
      <ul className={css['reasons']}>
        {ready.map((reason, index) => (
          <li key={reason}>
            <button
              type="button"
              className={css['reason']}
              data-autofocus={index === 0 || undefined}
              onClick={() => onDismiss(t(`queue.dismissReason.${reason}`))}
            >
              <KeyHint keys={String(index + 1)} quiet />
              {t(`queue.dismissReason.${reason}`)}
            </button>
          </li>
        ))}
      </ul>
      <form
        className={css['own']}
        onSubmit={(event) => {
          event.preventDefault()
          if (own.trim() !== '') onDismiss(own.trim())
        }}
      >
        <TextInput
          className={css['field']}
          aria-label={t('queue.dismissOwn')}
          placeholder={t('queue.dismissOwn')}
          maxLength={wordsMax}
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <Button type="submit" disabled={own.trim() === ''}>
          {t('queue.dismissDo')}
        </Button>
      </form>
    </Modal>
  )
}
