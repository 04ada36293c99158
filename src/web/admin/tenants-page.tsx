/** For operators: every tenant and how it fares, without content; and making one with its first admin. */
import { Button } from '@mantine/core'
import { IconBuildings, IconPlus } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { Chip } from './chip.tsx'
import { LinkButton } from './link-button.tsx'
import { LinkCard, type MadeLink } from './link-card.tsx'
import { usePollMs } from './poll.ts'
import { TenantForm } from './tenant-form.tsx'
import css from './rows.module.css'

type Tenant = CallAnswer<'listTenants'>['tenants'][number]

export function TenantsPage(): ReactElement {
  const { t } = useTranslation()
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<MadeLink | null>(null)
  const list = useCall('listTenants', {}, { refetchEveryMs: usePollMs(30_000) })
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      {t('admin.tenants.make')}
    </Button>
  )
  const tenants = list.data?.tenants
  const isEmpty = tenants?.length === 0
  return (
    <PageBody>
      <PageHeader
        title={t('admin.tenants.title')}
        words={t('admin.tenants.words')}
        actionsBelow
        actions={isMaking || isEmpty ? undefined : make}
      />
      {made !== null && <LinkCard made={made} onClose={() => setMade(null)} />}
      {isMaking && (
        <TenantForm
          onClose={() => setMaking(false)}
          onMade={(link) => {
            setMade(link)
            setMaking(false)
          }}
        />
      )}
      {list.error !== null && <ProblemNote problem={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <ListSkeleton rows={4} />}
      {isEmpty && !isMaking && (
        <EmptyState
          icon={<IconBuildings size={28} />}
          title={t('admin.tenants.empty')}
          words={t('admin.tenants.emptyWords')}
          action={make}
        />
      )}
      {tenants !== undefined && !isEmpty && (
        <ul className={css['rows']}>
          {tenants.map((tenant) => (
            <TenantRow key={tenant.slug} tenant={tenant} />
          ))}
        </ul>
      )}
    </PageBody>
  )
}

function TenantRow({
  tenant: { slug, name, hostNames, users, inReview, failed, failedOffers, lastMailAt },
}: {
  readonly tenant: Tenant
}): ReactElement {
  const { t } = useTranslation()
  return (
    <li className={css['row']}>
      <div className={css['what']}>
        <div className={css['name']}>
          <Link to="/admin/tenants/$slug" params={{ slug }} className={css['link']}>
            <bdi>{name}</bdi>
          </Link>
        </div>
        <div className={css['below']}>
          <bdi>{slug}</bdi> · {t('admin.tenants.hostNames', { count: hostNames })} · {t('admin.tenants.users', { count: users })} ·{' '}
          {t('admin.tenants.inReview', { count: inReview })}
        </div>
      </div>
      <div className={css['end']}>
        {failed > 0 && <Chip tone="bad">{t('admin.tenants.failed', { count: failed })}</Chip>}
        {failedOffers > 0 && <Chip tone="warn">{t('admin.offers.count', { count: failedOffers })}</Chip>}
        {hostNames === 0 && <Chip tone="warn">{t('admin.tenants.noHostName')}</Chip>}
        <span className={css['below']}>{lastMailAt === null ? t('admin.tenants.noMail') : <DateText at={lastMailAt} />}</span>
        <LinkButton
          to="/admin/tenants/$slug"
          params={{ slug }}
          variant="default"
          size="compact-sm"
          aria-label={`${t('admin.tenant.look')}: ${name}`}
        >
          {t('admin.tenant.look')}
        </LinkButton>
      </div>
    </li>
  )
}
