/** Where one is signed in, and ending one of them. */
import { Badge } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { DateText } from '../parts/date-text.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { patchCalls, useCall, useChange } from '../queries.ts'
import { readUserAgent } from './user-agent.ts'
import css from './account-page.module.css'

export function SessionList(): ReactElement {
  const { t } = useTranslation()
  const list = useCall('listSessions', {})
  const end = useChange('endSession', {
    optimistic: ({ params: { id } }) =>
      patchCalls('listSessions', ({ sessions }) => ({ sessions: sessions.filter((session) => session.id !== id) })),
    invalidates: ['listSessions'],
    onDone: () => tell(t('account.sessionEnded')),
    onProblem: tellProblem,
  })
  if (list.error !== null) return <ProblemNote problem={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined) return <ListSkeleton rows={2} />
  return (
    <ul className={css['sessions']}>
      {list.data.sessions.map(({ id, current, lastSeenAt, userAgent, clientAddress }) => {
        const agent = readUserAgent(userAgent)
        const device = agent === null ? t('account.unknownDevice') : t('account.device', { ...agent })
        return (
          <li key={id} className={css['session']}>
            <div>
              <bdi className={css['device']}>{device}</bdi>
              <div className={css['seen']}>
                {clientAddress !== null && (
                  <>
                    <bdi>{clientAddress}</bdi>
                    {' · '}
                  </>
                )}
                <DateText at={lastSeenAt} />
              </div>
            </div>
            {current ? (
              <Badge>{t('account.thisOne')}</Badge>
            ) : (
              <ConfirmButton
                size="compact-sm"
                onConfirm={() => end.mutate({ params: { id } })}
                aria-label={`${t('account.sessionEnd')}: ${device}`}
              >
                {t('account.sessionEnd')}
              </ConfirmButton>
            )}
          </li>
        )
      })}
    </ul>
  )
}
