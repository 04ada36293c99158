/** A tenant's host names for whoever runs the installation: where each stands, and vouching for one. */
import { Button } from '@mantine/core'
import { type FormEvent, type ReactElement, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { useCall, useChange } from '../queries.ts'
import { Chip } from './chip.tsx'
import { DomainField } from './domain-field.tsx'
import type { HostName } from './host-name-card.tsx'
import { typedDomain } from './typed-domain.ts'
import { useKeptFocus } from './kept-focus.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import css from './rows.module.css'

const changes = ['listHostNames', 'listTenants', 'readTenantHealth'] as const

export function TenantHostNames({ tenant }: { readonly tenant: string }): ReactElement {
  const { t } = useTranslation()
  const [withdrawing, setWithdrawing] = useState<HostName | null>(null)
  const list = useKeptFocus<HTMLUListElement>()
  const { data, error, refetch } = useCall('listHostNames', { params: { tenant } })
  const vouch = useChange('vouchForHostName', {
    invalidates: changes,
    onDone: (_, { params: { name } }) => tell(t('admin.tenant.vouched', { name })),
    onProblem: tellProblem,
  })
  const names = data?.hostNames
  return (
    <div className={css['gap']}>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {names === undefined && error === null && <ListSkeleton rows={2} />}
      {names?.length === 0 && <p className={css['below']}>{t('admin.tenant.hostNamesNone')}</p>}
      {names !== undefined && names.length > 0 && (
        <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.hostNames.title')}>
          {names.map((host) => (
            <HostRow
              key={host.name}
              host={host}
              onVouch={() => vouch.mutate({ params: { tenant, name: host.name }, body: {} })}
              onWithdraw={() => setWithdrawing(host)}
            />
          ))}
        </ul>
      )}
      <VouchForm tenant={tenant} />
      {withdrawing !== null && <Withdraw tenant={tenant} host={withdrawing} onClose={() => setWithdrawing(null)} />}
    </div>
  )
}

interface HostRowProps {
  readonly host: HostName
  readonly onVouch: () => void
  readonly onWithdraw: () => void
}

function HostRow({ host, onVouch, onWithdraw }: HostRowProps): ReactElement {
  const { t } = useTranslation()
  const { name, state, vouchedFor, subdomains, heldByOther, lapsesAt, checkedAt } = host
  return (
    <li className={css['row']}>
      <div className={css['what']}>
        <div className={css['name']}>
          <bdi>{name}</bdi>
        </div>
        <div className={css['below']}>
          {checkedAt === null ? (
            t('admin.hostNames.neverChecked')
          ) : (
            <>
              {t('admin.hostNames.lastLook')} <DateText at={checkedAt} />
            </>
          )}
        </div>
      </div>
      <div className={css['end']}>
        <Chip tone={state === 'claimed' ? 'warn' : 'good'}>{t(`admin.hostNames.state.${state}`)}</Chip>
        {vouchedFor && state === 'proven' && <Chip tone="quiet">{t('admin.tenant.alsoVouchedFor')}</Chip>}
        {subdomains && <Chip tone="quiet">{t('admin.hostNames.withSubdomains')}</Chip>}
        {lapsesAt !== null && <Chip tone="warn">{t('admin.hostNames.recordGone')}</Chip>}
        {heldByOther && <Chip tone="bad">{t('admin.hostNames.heldByOther')}</Chip>}
        {vouchedFor && (
          <Button variant="default" size="compact-sm" aria-label={`${t('admin.tenant.withdraw')}: ${name}`} onClick={onWithdraw}>
            {t('admin.tenant.withdraw')}
          </Button>
        )}
        {!vouchedFor && !heldByOther && (
          <Button variant="default" size="compact-sm" aria-label={`${t('admin.tenant.vouch')}: ${name}`} onClick={onVouch}>
            {t('admin.tenant.vouch')}
          </Button>
        )}
      </div>
    </li>
  )
}

function VouchForm({ tenant }: { readonly tenant: string }): ReactElement {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const vouch = useChange('vouchForHostName', {
    invalidates: changes,
    onDone: (_, { params }) => {
      tell(t('admin.tenant.vouched', { name: params.name }))
      setName('')
      field.current?.focus()
    },
  })
  const why = errorsOf(t, vouch.error)['name']
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const domain = typedDomain(name)
    if (domain !== '' && !vouch.isPending) vouch.mutate({ params: { tenant, name: domain }, body: {} })
  }
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <DomainField ref={field} label={t('admin.tenant.vouchField')} value={name} error={why} onChange={setName} />
      <div className={`${css['button']} ${css['besideField']}`}>
        <Button type="submit" variant="default" aria-busy={vouch.isPending} disabled={name.trim() === ''}>
          {t('admin.tenant.vouch')}
        </Button>
      </div>
      {vouch.error !== null && why === undefined && (
        <div className={css['whole']}>
          <ProblemNote problem={vouch.error} />
        </div>
      )}
    </form>
  )
}

interface WithdrawProps {
  readonly tenant: string
  readonly host: HostName
  readonly onClose: () => void
}

function Withdraw({ tenant, host: { name, state }, onClose }: WithdrawProps): ReactElement {
  const { t } = useTranslation()
  const withdraw = useChange('withdrawVouch', {
    invalidates: changes,
    onDone: () => {
      onClose()
      tell(t('admin.tenant.withdrawn', { name }))
    },
  })
  return (
    <RemoveDialog
      title={t('admin.tenant.withdrawTitle', { name })}
      action={t('admin.tenant.withdraw')}
      isPending={withdraw.isPending}
      problem={withdraw.error}
      onConfirm={() => withdraw.mutate({ params: { tenant, name } })}
      onClose={onClose}
    >
      <p>{t(state === 'proven' ? 'admin.tenant.withdrawKept' : 'admin.tenant.withdrawRefused', { name })}</p>
    </RemoveDialog>
  )
}
