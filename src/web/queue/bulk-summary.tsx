/** What became of each of several that were answered at once, where not all could be. */
import { Button, Modal } from '@mantine/core'
import { IconAlertCircle, IconCheck } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { faultWords } from '../parts/fault-words.ts'
import type { BulkResult } from './answering.ts'
import css from './bulk-summary.module.css'

export interface BulkSummaryProps {
  readonly results: readonly BulkResult[]
  readonly onUndo: (ids: readonly string[]) => void
  readonly onClose: () => void
}

export function BulkSummary({ results, onUndo, onClose }: BulkSummaryProps): ReactElement {
  const { t } = useTranslation()
  const done = results.filter(({ problem }) => problem === null)
  const missed = results.filter(({ problem }) => problem !== null)
  return (
    <Modal opened onClose={onClose} title={t('queue.bulk.summary')} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <p className={css['counts']}>
        {t('queue.bulk.done', { count: done.length })} {t('queue.bulk.missed', { count: missed.length })}
      </p>
      <ul className={css['list']}>
        {[...missed, ...done].map(({ row, problem, fault }) => (
          <li key={row.id} className={css['result']}>
            {problem === null ? (
              <IconCheck size={16} aria-label={t('queue.bulk.answered')} role="img" className={css['good']} />
            ) : (
              <IconAlertCircle size={16} aria-label={t('queue.bulk.notAnswered')} role="img" className={css['bad']} />
            )}
            <span>
              <bdi>{row.subject.trim() === '' ? t('mail.noSubject') : row.subject}</bdi>
              {problem !== null && <Problem words={faultWords(t, fault)} serverWords={problem} />}
            </span>
          </li>
        ))}
      </ul>
      <div className={css['actions']}>
        {done.length > 0 && (
          <Button
            variant="default"
            onClick={() => {
              onUndo(done.map(({ row }) => row.id))
              onClose()
            }}
          >
            {t('queue.bulk.undo', { count: done.length })}
          </Button>
        )}
        <Button data-autofocus onClick={onClose}>
          {t('common.close')}
        </Button>
      </div>
    </Modal>
  )
}

interface ProblemProps {
  readonly words: string | null
  /** In English, for what there are no words for. */
  readonly serverWords: string
}

function Problem({ words, serverWords }: ProblemProps): ReactElement {
  if (words !== null) return <span className={css['problem']}>{words}</span>
  return (
    <span className={css['problem']} lang="en" dir="ltr">
      {serverWords}
    </span>
  )
}
