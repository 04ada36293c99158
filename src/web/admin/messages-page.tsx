/** Every mail that was taken in and what became of it, newest first. */
import { NativeSelect } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { VirtualList } from '../history/virtual-list.tsx'
import { DateText } from '../parts/date-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall, usePages } from '../queries.ts'
import { useSession } from '../session.ts'
import { messageStates } from './admin-search.ts'
import { useFreshFirstPage } from './fresh-first-page.ts'
import { LinkButton } from './link-button.tsx'
import { MessageStateChip, senderWords, stateReason } from './message-state.tsx'
import css from './messages-page.module.css'

type Message = CallAnswer<'listMessages'>['messages'][number]

const rowPixels = 58

export function MessagesPage(): ReactElement {
  const { t } = useTranslation()
  const { tenant: own } = useSession()
  const { state, tenant } = useSearch({ from: '/shell/admin/messages' })
  const query = { order: 'newest' as const, ...(state === undefined ? {} : { state }), ...(tenant === undefined ? {} : { tenant }) }
  const pages = usePages('listMessages', { query })
  useFreshFirstPage(pages)
  const messages = pages.data?.pages.flatMap((page) => page.messages)
  return (
    <PageBody>
      <PageHeader
        title={t('admin.messages.title')}
        words={t(own === null ? 'admin.messages.wordsOperator' : 'admin.messages.words')}
        actionsBelow
        actions={own !== null && <LinkButton to="/admin/test">{t('admin.messages.test')}</LinkButton>}
      />
      <Filters />
      {pages.error !== null && messages === undefined && <ProblemNote problem={pages.error} onRetry={() => void pages.refetch()} />}
      {messages === undefined && pages.error === null && <ListSkeleton rows={8} height={rowPixels} />}
      {messages?.length === 0 && (
        <EmptyState
          icon={<IconListDetails size={28} />}
          title={t(state === undefined ? 'admin.messages.empty' : 'admin.messages.emptyFilter')}
          {...(state === undefined && own !== null ? { words: t('admin.messages.emptyWords') } : {})}
        />
      )}
      {messages !== undefined && messages.length > 0 && (
        <VirtualList items={messages} keyOf={({ id }) => id} rowPixels={rowPixels} label={t('admin.messages.title')} more={pages}>
          {(message) => <MessageRow message={message} />}
        </VirtualList>
      )}
    </PageBody>
  )
}

function Filters(): ReactElement {
  const { t } = useTranslation()
  const { tenant: own } = useSession()
  const search = useSearch({ from: '/shell/admin/messages' })
  const states = messageStates.filter((state) => state !== 'unroutable' || own === null)
  return (
    <div className={css['filters']}>
      <nav aria-label={t('admin.messages.filter')} className={css['states']}>
        {[undefined, ...states].map((state) => (
          <Link
            key={state ?? ''}
            to="/admin/messages"
            search={{ ...(search.tenant === undefined ? {} : { tenant: search.tenant }), ...(state === undefined ? {} : { state }) }}
            className={css['stateLink']}
            aria-current={search.state === state ? 'page' : undefined}
            replace
          >
            {state === undefined ? t('admin.messages.all') : t(`admin.state.${state}`)}
          </Link>
        ))}
      </nav>
      {own === null && <TenantFilter />}
    </div>
  )
}

function TenantFilter(): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { state, tenant } = useSearch({ from: '/shell/admin/messages' })
  const { data } = useCall('listTenants', {})
  return (
    <NativeSelect
      size="xs"
      aria-label={t('admin.messages.tenant')}
      value={tenant ?? ''}
      onChange={({ currentTarget: { value } }) =>
        void navigate({
          to: '/admin/messages',
          search: { ...(state === undefined ? {} : { state }), ...(value === '' ? {} : { tenant: value }) },
          replace: true,
        })
      }
      data={[{ value: '', label: t('common.all') }, ...(data?.tenants ?? []).map(({ slug, name }) => ({ value: slug, label: name }))]}
    />
  )
}

function MessageRow({ message }: { readonly message: Message }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { tenant: own } = useSession()
  const { id, receivedAt, bytes, reversePath, forwardPaths, deliveries } = message
  return (
    <Link to="/admin/messages/$id" params={{ id }} className={css['row']} data-row>
      <span className={css['who']}>
        <span className={css['from']}>
          <bdi>{senderWords(t, reversePath)}</bdi>
        </span>
        <span className={css['below']}>
          <bdi>{forwardPaths.join(', ')}</bdi> · {formats.bytes(bytes)}
        </span>
      </span>
      <span className={css['became']}>
        {deliveries.map(({ tenant, state, lead, reason }) => (
          <span key={tenant ?? ''} className={css['delivery']}>
            <span className={css['chips']}>
              {own === null && tenant !== null && <bdi className={css['below']}>{tenant}</bdi>}
              <MessageStateChip state={state} />
              {lead !== null && <bdi className={css['lead']}>{lead}</bdi>}
            </span>
            {reason !== null && <span className={css['reason']}>{stateReason(t, state, reason)}</span>}
          </span>
        ))}
      </span>
      <span className={css['when']}>
        <DateText at={receivedAt} />
      </span>
    </Link>
  )
}
