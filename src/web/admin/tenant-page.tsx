/** For operators: one tenant and how it fares, without content, and what is done for it from here. */
import { useParams } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { FailedOffers } from './failed-offers.tsx'
import { LinkButton } from './link-button.tsx'
import { LinkCard, type MadeLink } from './link-card.tsx'
import { MailboxList } from './mailbox-list.tsx'
import { Panel } from './panel.tsx'
import { usePollMs } from './poll.ts'
import { StateCounts } from './state-counts.tsx'
import { TenantAdmin } from './tenant-admin.tsx'
import { TenantHostNames } from './tenant-host-names.tsx'
import { TextLink } from './text-link.tsx'
import facts from './health-page.module.css'
import css from './rows.module.css'

type Health = CallAnswer<'readTenantHealth'>

const roles = ['admin', 'reviewer', 'salesperson'] as const

export function TenantPage(): ReactElement {
  const { t } = useTranslation()
  const { slug } = useParams({ from: '/shell/admin/tenants/$slug' })
  const [made, setMade] = useState<MadeLink | null>(null)
  const { data, error, refetch } = useCall('readTenantHealth', { params: { tenant: slug } }, { refetchEveryMs: usePollMs() })
  return (
    <PageBody>
      <PageHeader
        title={data?.name ?? slug}
        shown={<bdi>{data?.name ?? slug}</bdi>}
        words={
          <>
            <TextLink to="/admin">{t('admin.tenant.back')}</TextLink> · {t('admin.tenant.words')}
          </>
        }
      />
      {made !== null && <LinkCard made={made} onClose={() => setMade(null)} />}
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={6} />}
      {data !== undefined && (
        <>
          {data.firstAdmin !== null && <TenantAdmin tenant={slug} named={data.firstAdmin.named} onInvited={setMade} />}
          <Panel
            title={t('admin.tenant.mail')}
            words={<LastMail at={data.lastMailAt} />}
            actions={
              <LinkButton to="/admin/messages" search={{ tenant: slug }} variant="default" size="compact-sm">
                {t('admin.sections.messages')}
              </LinkButton>
            }
          >
            <StateCounts byState={data.byState} tenant={slug} />
          </Panel>
          <FailedOffers count={data.failedOffers} tenant={slug} />
          <Panel title={t('admin.hostNames.title')} words={t('admin.tenant.hostNamesWords')}>
            <TenantHostNames tenant={slug} />
          </Panel>
          <Panel title={t('admin.mailboxes.title')}>
            <Mailboxes tenant={slug} />
          </Panel>
          <Panel title={t('admin.tenant.people')}>
            <People health={data} />
          </Panel>
          <Panel title={t('admin.tenant.limits')}>
            <Limits limits={data.limits} />
          </Panel>
        </>
      )}
    </PageBody>
  )
}

function LastMail({ at }: { readonly at: string | null }): ReactElement {
  const { t } = useTranslation()
  if (at === null) return <>{t('admin.health.noMail')}</>
  return (
    <>
      {t('admin.health.lastMail')}: <DateText at={at} />
    </>
  )
}

function Mailboxes({ tenant }: { readonly tenant: string }): ReactElement {
  const { t } = useTranslation()
  const { data, error, refetch } = useCall('listMailboxes', { params: { tenant } }, { refetchEveryMs: usePollMs() })
  if (error !== null) return <ProblemNote problem={error} onRetry={() => void refetch()} />
  if (data === undefined) return <ListSkeleton rows={1} />
  if (data.mailboxes.length === 0) return <p className={css['below']}>{t('admin.tenant.mailboxesNone')}</p>
  return <MailboxList mailboxes={data.mailboxes} />
}

function People({ health: { users, disabledUsers } }: { readonly health: Health }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  return (
    <dl className={facts['facts']}>
      {roles.map((role) => (
        <div key={role}>
          <dt>{t(`role.${role}`)}</dt>
          <dd>{formats.number(users[role] ?? 0)}</dd>
        </div>
      ))}
      {disabledUsers > 0 && (
        <div>
          <dt>{t('admin.tenant.disabled')}</dt>
          <dd>{formats.number(disabledUsers)}</dd>
        </div>
      )}
    </dl>
  )
}

function Limits({ limits }: { readonly limits: Health['limits'] }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const words = ({ used, max }: Health['limits']['apiKeys']): string =>
    t('admin.tenant.limit', { used: formats.number(used), max: formats.number(max) })
  return (
    <dl className={facts['facts']}>
      <div data-bad={limits.hostNames.used >= limits.hostNames.max || undefined}>
        <dt>{t('admin.tenant.ownHostNames')}</dt>
        <dd>{words(limits.hostNames)}</dd>
      </div>
      <div data-bad={limits.apiKeys.used >= limits.apiKeys.max || undefined}>
        <dt>{t('admin.sections.keys')}</dt>
        <dd>{words(limits.apiKeys)}</dd>
      </div>
    </dl>
  )
}
