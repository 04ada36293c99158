/** What failed last, with the reason in words and another try. */
import { Link } from '@tanstack/react-router'
import { type ReactElement, useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveReload } from '../live.ts'
import { DateText } from '../parts/date-text.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { useKeptFocus } from './kept-focus.ts'
import { senderWords, stateReason } from './message-state.tsx'
import { usePollMs } from './poll.ts'
import { ReplayButton } from './replay-button.tsx'
import { TextLink } from './text-link.tsx'
import css from './rows.module.css'

const shownMax = 5
const everyMs = 10_000

export function FailedMessages(): ReactElement {
  const { t } = useTranslation()
  const list = useKeptFocus<HTMLUListElement>()
  const { data, error, refetch } = useCall(
    'listMessages',
    { query: { state: 'failed', order: 'newest', limit: shownMax } },
    { refetchEveryMs: usePollMs(everyMs) },
  )
  useLiveReload(useCallback(() => void refetch(), [refetch]))
  if (error !== null) return <ProblemNote problem={error} onRetry={() => void refetch()} />
  if (data === undefined) return <ListSkeleton rows={1} />
  if (data.messages.length === 0) return <p className={css['below']}>{t('admin.health.failedNone')}</p>
  return (
    <div className={css['gap']}>
      <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.health.failed')}>
        {data.messages.map(({ id, receivedAt, reversePath, deliveries }) => (
          <li key={id} className={css['row']}>
            <div className={css['what']}>
              <div className={css['name']}>
                <Link to="/admin/messages/$id" params={{ id }} className={css['link']}>
                  <bdi>{senderWords(t, reversePath)}</bdi>
                </Link>
              </div>
              <div className={css['below']}>
                {stateReason(t, 'failed', deliveries.find(({ state }) => state === 'failed')?.reason ?? '')} · <DateText at={receivedAt} />
              </div>
            </div>
            <ReplayButton id={id} receivedAt={receivedAt} />
          </li>
        ))}
      </ul>
      {data.next !== undefined && (
        <TextLink to="/admin/messages" search={{ state: 'failed' }}>
          {t('admin.health.failedAll')}
        </TextLink>
      )}
    </div>
  )
}
