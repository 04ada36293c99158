/** Why one cannot answer now: somebody else works on it, or it is settled. */
import { Button } from '@mantine/core'
import { IconCircleCheck, IconUserEdit } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { KeyHint } from '../parts/key-hint.tsx'
import { useNameOf } from './person-names.ts'
import type { Row } from './queue-list.ts'
import css from './standing-notes.module.css'

export function ClaimNote({
  heldBy,
  onTake,
}: {
  readonly heldBy: NonNullable<Row['claimedBy']>
  readonly onTake: () => void
}): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={css['note']} data-kind="claim" role="status">
      <IconUserEdit size={18} aria-hidden className={css['icon']} />
      <span className={css['words']}>{t('queue.claimedBy', { name: heldBy.name })}</span>
      <Button size="compact-sm" variant="default" rightSection={<KeyHint keys="o" quiet />} onClick={onTake}>
        {t('queue.takeOver')}
      </Button>
    </div>
  )
}

export function SettledNote({
  settled,
  onUndo,
}: {
  readonly settled: NonNullable<Row['settled']>
  readonly onUndo: () => void
}): ReactElement {
  const { t } = useTranslation()
  const who = useNameOf()(settled.by)
  return (
    <div className={css['note']} role="status">
      <IconCircleCheck size={18} aria-hidden className={css['icon']} />
      <span className={css['words']}>
        {settled.kind === 'append' ? t('queue.settledFiled', { who, lead: settled.lead ?? '' }) : t('queue.settledDismissed', { who })}{' '}
        <span className="lp-quiet">
          <DateText at={settled.at} />
        </span>
        {settled.reason !== null && settled.reason !== '' && (
          <>
            {' · '}
            <bdi className="lp-quiet">{settled.reason}</bdi>
          </>
        )}
      </span>
      {settled.entryId !== null && (
        <Button size="compact-sm" variant="subtle" component={Link} to={`/filed/${settled.entryId}`}>
          {t('queue.openEntry')}
        </Button>
      )}
      {settled.undoableUntil !== null && (
        <Button size="compact-sm" variant="default" onClick={onUndo}>
          {t('common.undo')}
        </Button>
      )}
    </div>
  )
}
