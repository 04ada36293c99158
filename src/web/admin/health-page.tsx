/** How the program and the mail in it fare, now. */
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { FailedMessages } from './failed-messages.tsx'
import { FailedOffers } from './failed-offers.tsx'
import { MailboxList } from './mailbox-list.tsx'
import { Panel } from './panel.tsx'
import { usePollMs } from './poll.ts'
import { StateCounts } from './state-counts.tsx'
import css from './health-page.module.css'

export type Health = CallAnswer<'readHealth'>

const icons = { good: IconCircleCheck, degraded: IconAlertTriangle, bad: IconCircleX } as const

export function HealthPage(): ReactElement {
  const { t } = useTranslation()
  const { data, error, refetch } = useCall('readHealth', {}, { refetchEveryMs: usePollMs() })
  return (
    <PageBody>
      <PageHeader title={t('admin.health.title')} words={t('admin.health.asOf')} />
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={6} />}
      {data !== undefined && (
        <>
          <Status health={data} />
          <Panel title={t('admin.health.states')}>
            <StateCounts byState={data.byState} />
          </Panel>
          <Panel title={t('admin.health.failed')}>
            <FailedMessages />
          </Panel>
          <FailedOffers count={data.failedOffers} />
          {data.mailboxes.length > 0 && (
            <Panel title={t('admin.health.mailboxes')}>
              <MailboxList mailboxes={data.mailboxes} />
            </Panel>
          )}
          <Panel title={t('admin.health.parts')}>
            <Parts health={data} />
          </Panel>
        </>
      )}
    </PageBody>
  )
}

function Status({ health: { status, lastMailAt } }: { readonly health: Health }): ReactElement {
  const { t } = useTranslation()
  const Icon = icons[status]
  return (
    <div className={css['status']} data-status={status} role="status">
      <Icon size={26} aria-hidden className={css['icon']} />
      <div>
        <div className={css['statusWords']}>{t(`admin.health.status.${status}`)}</div>
        <div className={css['quiet']}>
          {lastMailAt === null ? (
            t('admin.health.noMail')
          ) : (
            <>
              {t('admin.health.lastMail')}: <DateText at={lastMailAt} />
            </>
          )}
        </div>
      </div>
    </div>
  )
}

const partNames = ['database', 'queue', 'spool', 'mailboxes'] as const

/** What it means and what to do; the program's own words only of a part that this page does not know. */
function PartTrouble({ name, words }: { readonly name: string; readonly words: string }): ReactElement {
  const { t } = useTranslation()
  const known = partNames.find((each) => each === name)
  if (known !== undefined) return <span className={css['quiet']}>{t(`admin.health.partTrouble.${known}`)}</span>
  return (
    <span lang="en" dir="ltr" className={css['quiet']}>
      {words}
    </span>
  )
}

function Parts({ health }: { readonly health: Health }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { parts, spool, queueDepth, listeners, startedAt, version } = health
  const nameOf = (name: string): string => {
    const known = partNames.find((each) => each === name)
    return known === undefined ? name : t(`admin.health.part.${known}`)
  }
  return (
    <dl className={css['facts']}>
      {parts.map(({ name, ok, words }) => (
        <div key={name} data-bad={!ok || undefined}>
          <dt>{nameOf(name)}</dt>
          <dd>
            <span className={css['dot']} aria-hidden />
            {t(ok ? 'admin.health.ok' : 'admin.health.notOk')}
            {!ok && <PartTrouble name={name} words={words} />}
          </dd>
        </div>
      ))}
      <div>
        <dt>{t('admin.health.waits')}</dt>
        <dd>
          {spool.messages === 0
            ? t('admin.health.spoolEmpty')
            : t('admin.health.spoolWords', { count: spool.messages, size: formats.bytes(spool.bytes) })}
          <span className={css['quiet']}>{t('admin.health.queueWords', { count: queueDepth })}</span>
        </dd>
      </div>
      <div>
        <dt>{t('admin.health.listeners')}</dt>
        <dd>
          {listeners.map(({ kind, address }) => (
            <span key={`${kind} ${address}`} dir="ltr">
              {kind.toUpperCase()} {address}
            </span>
          ))}
        </dd>
      </div>
      <div>
        <dt>{t('admin.health.program')}</dt>
        <dd>{t('admin.health.since', { date: formats.dateTime(startedAt), version })}</dd>
      </div>
    </dl>
  )
}
