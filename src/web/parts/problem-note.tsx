/** A failure where its thing would stand: words, details, and a way on. */
import { Button } from '@mantine/core'
import { IconAlertCircle, IconRefresh } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './problem-note.module.css'
import { exactWords, problemDetails, problemWords } from './problem-words.ts'

export interface ProblemNoteProps {
  readonly problem: Error
  readonly onRetry?: () => void
  /** Instead of the words that belong to its code. */
  readonly words?: string
}

export function ProblemNote({ problem, onRetry, words }: ProblemNoteProps): ReactElement {
  const { t } = useTranslation()
  const exactly = exactWords(t, problem)
  const details = exactly === null ? problemDetails(t, problem) : null
  return (
    <div className={css['note']} role="alert">
      <IconAlertCircle size={18} aria-hidden className={css['icon']} />
      <div className={css['words']}>
        <p>{words ?? problemWords(t, problem)}</p>
        {words !== undefined && exactly !== null && <p className={css['details']}>{exactly}</p>}
        {details !== null && (
          <p className={css['details']} lang="en" dir="ltr">
            {details}
          </p>
        )}
      </div>
      {onRetry !== undefined && (
        <Button variant="default" size="compact-sm" leftSection={<IconRefresh size={14} aria-hidden />} onClick={onRetry}>
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}
