/** Waiting mail that could not be looked at again when something was added: what happened, to which, and another try. Nothing where there is none. */
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { useCall, useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { AgainButton } from './again-button.tsx'
import { useKeptFocus } from './kept-focus.ts'
import { LinkButton } from './link-button.tsx'
import { senderWords } from './message-state.tsx'
import { Note } from './note.tsx'
import { Panel } from './panel.tsx'
import { ReplayButton } from './replay-button.tsx'
import { ServerWords } from './server-words.tsx'
import css from './rows.module.css'

const shownMax = 5
const reasons = ['notFound', 'blobStoreUnavailable', 'processingTimedOut', 'triedTooOften'] as const

export interface FailedOffersProps {
  readonly count: number
  /** For operators: whose. */
  readonly tenant?: string
}

export function FailedOffers({ count, tenant }: FailedOffersProps): ReactElement {
  // Stays, so that the focus has where to go when the last one goes.
  const place = useKeptFocus<HTMLDivElement>()
  return (
    <div ref={place} tabIndex={-1}>
      {count > 0 && <Some count={count} tenant={tenant} />}
    </div>
  )
}

function Some({ count, tenant }: OfTenant & Pick<FailedOffersProps, 'count'>): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  // An operator sees of all together how many, and of whom on the page of each.
  const isWhole = session.tenant === null && tenant === undefined
  const todo = isWhole ? 'admin.offers.whose' : session.tenant === null ? 'admin.offers.todoOperator' : 'admin.offers.todo'
  return (
    <Panel
      title={t('admin.offers.title')}
      actions={
        isWhole ? (
          <LinkButton to="/admin" variant="default" size="compact-sm">
            {t('admin.sections.tenants')}
          </LinkButton>
        ) : (
          <RetryAll tenant={tenant} />
        )
      }
    >
      <div className={css['gap']}>
        <Note tone="warn">
          {t('admin.offers.words', { count })} {t(todo)}
        </Note>
        {!isWhole && <Rows tenant={tenant} />}
      </div>
    </Panel>
  )
}

interface OfTenant {
  readonly tenant: string | undefined
}

const inputOf = ({ tenant }: OfTenant) => (tenant === undefined ? {} : { params: { tenant } })

function RetryAll(of: OfTenant): ReactElement {
  const { t } = useTranslation()
  const retry = useChange('retryFailedOffers', {
    invalidates: ['listFailedOffers', 'readHealth', 'readTenantHealth', 'listTenants'],
    onDone: ({ retried }) => tell(t('admin.offers.retried', { count: retried })),
    onProblem: tellProblem,
  })
  return <AgainButton words={t('admin.offers.retryAll')} isBusy={retry.isPending} onClick={() => retry.mutate(inputOf(of))} />
}

function Rows(of: OfTenant): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const list = useKeptFocus<HTMLUListElement>()
  const { data, error, refetch } = useCall('listFailedOffers', { ...inputOf(of), query: { limit: shownMax } })
  if (error !== null) return <ProblemNote problem={error} onRetry={() => void refetch()} />
  if (data === undefined) return <ListSkeleton rows={1} />
  return (
    <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.offers.title')}>
      {data.items.map(({ id, messageId, receivedAt, reversePath, reason, words }) => {
        const known = reasons.find((each) => each === reason)
        const sender = <bdi>{senderWords(t, reversePath)}</bdi>
        return (
          <li key={id} className={css['row']}>
            <div className={css['what']}>
              <div className={css['name']}>
                {messageId === null ? (
                  sender
                ) : (
                  <Link to="/admin/messages/$id" params={{ id: messageId }} className={css['link']}>
                    {sender}
                  </Link>
                )}
              </div>
              <div className={css['below']}>
                {t(`admin.offers.reason.${known ?? 'other'}`)} · <DateText at={receivedAt} />
              </div>
              {known === undefined && <ServerWords lines={[words].filter((line) => line !== '')} />}
            </div>
            <div className={css['end']}>
              {session.tenant !== null && (
                <LinkButton to="/confirm/$id" params={{ id }} variant="default" size="compact-sm">
                  {t('admin.offers.answer')}
                </LinkButton>
              )}
              {messageId !== null && <ReplayButton id={messageId} receivedAt={receivedAt} />}
            </div>
          </li>
        )
      })}
    </ul>
  )
}
