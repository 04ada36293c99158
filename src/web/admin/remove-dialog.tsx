/** Asks before something goes that cannot be brought back, and says what follows from it. */
import { Button, Modal } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import css from './remove-dialog.module.css'

export interface RemoveDialogProps {
  readonly title: string
  readonly children: ReactNode
  /** What the button does. */
  readonly action: string
  readonly isPending: boolean
  readonly problem: Error | null
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function RemoveDialog({ title, children, action, isPending, problem, onConfirm, onClose }: RemoveDialogProps): ReactElement {
  const { t } = useTranslation()
  return (
    <Modal opened onClose={onClose} title={<bdi>{title}</bdi>} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <div className={css['words']}>{children}</div>
      {problem !== null && <ProblemNote problem={problem} />}
      <div className={css['buttons']}>
        <Button variant="default" data-autofocus onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button color="red.9" aria-busy={isPending} onClick={() => !isPending && onConfirm()}>
          {action}
        </Button>
      </div>
    </Modal>
  )
}
