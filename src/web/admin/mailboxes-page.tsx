/** Mailboxes that are watched: how each fares, one more, one less. */
import { Button } from '@mantine/core'
import { IconInbox, IconPlus } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell } from '../parts/toasts.tsx'
import { useCall, useChange } from '../queries.ts'
import { MailboxForm } from './mailbox-form.tsx'
import { type Mailbox, MailboxList } from './mailbox-list.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

const everyMs = 5_000

export function MailboxesPage(): ReactElement {
  const { t } = useTranslation()
  const [isAdding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Mailbox | null>(null)
  const { data, error, refetch } = useCall('listMailboxes', {}, { refetchEveryMs: everyMs })
  const isEmpty = data?.mailboxes.length === 0
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t('admin.mailboxes.add')}
    </Button>
  )
  const removeButton = (mailbox: Mailbox): ReactElement => (
    <Button variant="default" size="compact-sm" aria-label={`${t('common.remove')}: ${mailbox.user}`} onClick={() => setRemoving(mailbox)}>
      {t('common.remove')}
    </Button>
  )
  return (
    <PageBody>
      <PageHeader
        title={t('admin.mailboxes.title')}
        words={t('admin.mailboxes.words')}
        actionsBelow
        actions={isAdding || isEmpty ? undefined : add}
      />
      {isAdding && <MailboxForm onClose={() => setAdding(false)} />}
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={3} height={64} />}
      {isEmpty && !isAdding && (
        <EmptyState
          icon={<IconInbox size={28} />}
          title={t('admin.mailboxes.empty')}
          words={t('admin.mailboxes.emptyWords')}
          action={add}
        />
      )}
      {data !== undefined && !isEmpty && <MailboxList mailboxes={data.mailboxes} actions={removeButton} />}
      {removing !== null && <RemoveMailbox mailbox={removing} onClose={() => setRemoving(null)} />}
    </PageBody>
  )
}

function RemoveMailbox({ mailbox: { id, user }, onClose }: { readonly mailbox: Mailbox; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const remove = useChange('removeMailbox', {
    invalidates: ['listMailboxes'],
    onDone: () => {
      onClose()
      tell(t('admin.mailboxes.removed'))
    },
  })
  return (
    <RemoveDialog
      title={t('admin.mailboxes.removeTitle', { name: user })}
      action={t('common.remove')}
      isPending={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ params: { id } })}
      onClose={onClose}
    >
      <p>{t('admin.mailboxes.removeWords')}</p>
    </RemoveDialog>
  )
}
