/** One host name: where it stands, the record to set, what a look into the DNS found, and removing it. */
import { Button } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { tell } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { Chip } from './chip.tsx'
import { HostNameRecord } from './host-name-record.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import css from './host-names-page.module.css'

export type HostName = CallAnswer<'addHostName'>

export function HostNameCard({ host }: { readonly host: HostName }): ReactElement {
  const { t } = useTranslation()
  const [isAsking, setAsking] = useState(false)
  const { name, state, subdomains, heldByOther, record, lapsesAt } = host
  const isOpen = state === 'claimed' || lapsesAt !== null
  const [isShown, setShown] = useState(false)
  return (
    <article className={css['card']} aria-label={name}>
      <div className={css['head']}>
        <h2 className={css['name']}>
          <bdi>{name}</bdi>
        </h2>
        <div className={css['chips']}>
          <Chip tone={state === 'claimed' ? 'warn' : 'good'}>{t(`admin.hostNames.state.${state}`)}</Chip>
          {subdomains && <Chip tone="quiet">{t('admin.hostNames.withSubdomains')}</Chip>}
          {lapsesAt !== null && <Chip tone="warn">{t('admin.hostNames.recordGone')}</Chip>}
          {heldByOther && <Chip tone="bad">{t('admin.hostNames.heldByOther')}</Chip>}
        </div>
        {record !== null && !isOpen && (
          <Button variant="subtle" size="compact-sm" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
            {t(isShown ? 'admin.hostNames.hideRecord' : 'admin.hostNames.showRecord')}
          </Button>
        )}
        <Button variant="default" size="compact-sm" onClick={() => setAsking(true)} aria-label={`${t('common.remove')}: ${name}`}>
          {t('common.remove')}
        </Button>
      </div>
      <p className={css['words']}>
        {t(heldByOther && state === 'claimed' ? 'admin.hostNames.means.heldByOther' : `admin.hostNames.means.${state}`, { name })}
      </p>
      {record !== null && (isOpen || isShown) && <HostNameRecord host={host} record={record} />}
      {isAsking && <RemoveHostName host={host} onClose={() => setAsking(false)} />}
    </article>
  )
}

function RemoveHostName({ host: { name, state }, onClose }: { readonly host: HostName; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const remove = useChange('removeHostName', {
    invalidates: ['listHostNames'],
    onDone: () => {
      onClose()
      tell(t('admin.hostNames.removed', { name }))
    },
  })
  return (
    <RemoveDialog
      title={t('admin.hostNames.removeTitle', { name })}
      action={t('common.remove')}
      isPending={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ params: { name } })}
      onClose={onClose}
    >
      {state === 'claimed' ? (
        <p>{t('admin.hostNames.removeClaimed')}</p>
      ) : (
        <>
          <p>{t('admin.hostNames.removeRefused', { name })}</p>
          <p>{t('admin.hostNames.removeKept')}</p>
          <p>{t('admin.hostNames.removeFree')}</p>
        </>
      )}
    </RemoveDialog>
  )
}
