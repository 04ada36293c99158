/** One mail: its whole way, step by step. */
import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { callUrl } from '../api-client.ts'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { mayCall, useSession } from '../session.ts'
import { isSettled, mayReplay, MessageStateChip } from './message-state.tsx'
import { Panel } from './panel.tsx'
import { ReplayButton } from './replay-button.tsx'
import { readTrace, type TracedMessage } from './trace.ts'
import { Way } from './way.tsx'
import { TextLink } from './text-link.tsx'
import css from './way.module.css'

const everyMs = 1_000

export function MessagePage(): ReactElement {
  const { t } = useTranslation()
  const { id } = useParams({ from: '/shell/admin/messages/$id' })
  const first = useCall('readMessage', { params: { id } })
  const message = first.data === undefined ? null : readTrace(first.data)
  const isMoving = message !== null && message.deliveries.some(({ state }) => !isSettled(state))
  // Until it is decided it is looked at again and again.
  useCall('readMessage', { params: { id } }, { enabled: isMoving, ...(isMoving ? { refetchEveryMs: everyMs } : {}) })
  return (
    <PageBody>
      {message === null ? (
        <>
          <PageHeader title={t('admin.message.title')} words={<Back />} />
          {first.error === null ? <ListSkeleton rows={8} /> : <ProblemNote problem={first.error} onRetry={() => void first.refetch()} />}
        </>
      ) : (
        <Shown message={message} />
      )}
    </PageBody>
  )
}

function Back(): ReactElement {
  const { t } = useTranslation()
  return <TextLink to="/admin/messages">{t('admin.message.back')}</TextLink>
}

function Shown({ message }: { readonly message: TracedMessage }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const session = useSession()
  const { id, receivedAt, deliveries } = message
  const canReplay = deliveries.some(({ state }) => mayReplay(state))
  return (
    <>
      <PageHeader
        title={t('admin.message.title')}
        words={
          <>
            <Back /> · {formats.dateTime(receivedAt)} · <bdi className={css['quiet']}>{id}</bdi>
          </>
        }
        actionsBelow
        actions={
          <>
            {canReplay && <ReplayButton id={id} receivedAt={receivedAt} />}
            {mayCall(session, 'readRawMessage') && (
              <Button
                component="a"
                href={callUrl('readRawMessage', { params: { id } })}
                download
                variant="default"
                size="compact-sm"
                leftSection={<IconDownload size={14} aria-hidden />}
              >
                {t('admin.message.raw')}
              </Button>
            )}
          </>
        }
      />
      {deliveries.map((delivery) => (
        <Panel key={delivery.id} title={t('admin.message.steps')} actions={<MessageStateChip state={delivery.state} />}>
          <Way message={message} delivery={delivery} />
        </Panel>
      ))}
      <details>
        <summary className={css['summary']}>{t('admin.message.expert')}</summary>
        {/* What scrolls must be reachable by keyboard (WCAG 2.1.1). */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={css['json']} dir="ltr" tabIndex={0}>
          {JSON.stringify(message, null, 2)}
        </pre>
      </details>
    </>
  )
}
