/** API keys: those there are, one more (shown once), one less. */
import { Anchor, Button } from '@mantine/core'
import { IconKey, IconPlus } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell } from '../parts/toasts.tsx'
import { useCall, useChange } from '../queries.ts'
import { actorWords } from './actor-words.ts'
import { Chip } from './chip.tsx'
import { KeyForm } from './key-form.tsx'
import { useKeptFocus } from './kept-focus.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { ShownKey } from './shown-key.tsx'
import css from './rows.module.css'

type ApiKey = CallAnswer<'listApiKeys'>['keys'][number]

export function KeysPage(): ReactElement {
  const { t } = useTranslation()
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<string | null>(null)
  const { data, error, refetch } = useCall('listApiKeys', {})
  const isEmpty = data?.keys.length === 0
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      {t('admin.keys.make')}
    </Button>
  )
  return (
    <PageBody>
      <PageHeader
        title={t('admin.keys.title')}
        words={
          <>
            {t('admin.keys.words')}{' '}
            <Anchor href="/api/docs" inherit underline="always">
              {t('admin.keys.docs')}
            </Anchor>
          </>
        }
        actionsBelow
        actions={isMaking || isEmpty ? undefined : make}
      />
      {made !== null && <ShownKey value={made} onClose={() => setMade(null)} />}
      {isMaking && (
        <KeyForm
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMade(key)
            setMaking(false)
          }}
        />
      )}
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={3} />}
      {isEmpty && !isMaking && (
        <EmptyState icon={<IconKey size={28} />} title={t('admin.keys.empty')} words={t('admin.keys.emptyWords')} action={make} />
      )}
      {data !== undefined && !isEmpty && <KeyList keys={data.keys} />}
    </PageBody>
  )
}

/** Those that work first; of each, the newest. */
function KeyList({ keys }: { readonly keys: readonly ApiKey[] }): ReactElement {
  const { t } = useTranslation()
  const list = useKeptFocus<HTMLUListElement>()
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const sorted = keys.toSorted(
    (one, other) => Number(one.revokedAt !== null) - Number(other.revokedAt !== null) || other.createdAt.localeCompare(one.createdAt),
  )
  return (
    <>
      <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.keys.title')}>
        {sorted.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
        ))}
      </ul>
      {revoking !== null && <RevokeKey apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  )
}

const roles = ['admin', 'reviewer', 'salesperson', 'submit'] as const

function KeyRow({ apiKey, onRevoke }: { readonly apiKey: ApiKey; readonly onRevoke: () => void }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { role, createdAt, createdBy, expiresAt, revokedAt } = apiKey
  const name = apiKey.name ?? t('admin.keys.unnamed')
  const known = roles.find((each) => each === role)
  const [now] = useState(() => Date.now())
  const isExpired = expiresAt !== null && Date.parse(expiresAt) < now
  return (
    <li className={css['row']} data-over={revokedAt !== null || isExpired || undefined}>
      <div className={css['what']}>
        <div className={css['name']}>
          <bdi>{name}</bdi>
        </div>
        <div className={css['below']}>
          {known === undefined ? role : t(`role.${known}`)} · {formats.date(createdAt)} · <bdi>{actorWords(t, createdBy)}</bdi> ·{' '}
          {expiresAt === null ? t('admin.keys.noExpiry') : t('admin.keys.expires', { date: formats.date(expiresAt) })}
        </div>
      </div>
      <div className={css['end']}>
        {revokedAt !== null && <Chip tone="quiet">{t('admin.keys.revoked')}</Chip>}
        {revokedAt === null && isExpired && <Chip tone="warn">{t('admin.keys.expired')}</Chip>}
        {revokedAt === null && (
          <Button variant="default" size="compact-sm" aria-label={`${t('admin.keys.revoke')}: ${name}`} onClick={onRevoke}>
            {t('admin.keys.revoke')}
          </Button>
        )}
      </div>
    </li>
  )
}

function RevokeKey({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const revoke = useChange('revokeApiKey', {
    invalidates: ['listApiKeys'],
    onDone: () => {
      onClose()
      tell(t('admin.keys.revokedNow'))
    },
  })
  return (
    <RemoveDialog
      title={t('admin.keys.revokeTitle', { name: apiKey.name ?? t('admin.keys.unnamed') })}
      action={t('admin.keys.revoke')}
      isPending={revoke.isPending}
      problem={revoke.error}
      onConfirm={() => revoke.mutate({ params: { id: apiKey.id } })}
      onClose={onClose}
    >
      <p>{t('admin.keys.revokeWords')}</p>
    </RemoveDialog>
  )
}
