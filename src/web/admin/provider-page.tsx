/** The company's own OpenID provider: registered there, tested, kept. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell } from '../parts/toasts.tsx'
import { patchCalls, useCall, useChange } from '../queries.ts'
import { Chip } from './chip.tsx'
import { CopyLine, CopyLines } from './copy-line.tsx'
import { Note } from './note.tsx'
import { Panel } from './panel.tsx'
import { RemoveDialog } from './remove-dialog.tsx'
import css from './rows.module.css'

type Provider = NonNullable<CallAnswer<'readOidc'>['provider']>

export function ProviderPage(): ReactElement {
  const { t } = useTranslation()
  const { data, error, refetch } = useCall('readOidc', {})
  const provider = data?.provider ?? null
  return (
    <PageBody>
      <PageHeader
        title={t('admin.provider.title')}
        words={t('admin.provider.words')}
        actions={provider !== null && <Chip tone="good">{t('admin.provider.on')}</Chip>}
      />
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={4} />}
      {data !== undefined && (
        <>
          <Panel title={t('admin.provider.first')} words={t('admin.provider.firstWords')}>
            <CopyLines>
              <CopyLine label={t('admin.provider.redirect')} value={data.redirectUrl} />
            </CopyLines>
          </Panel>
          <Panel title={t('admin.provider.next')} words={t('admin.provider.people')}>
            <ProviderForm key={provider === null ? 'none' : 'kept'} provider={provider} />
          </Panel>
        </>
      )}
    </PageBody>
  )
}

function put(answer: CallAnswer<'readOidc'>): void {
  patchCalls('readOidc', () => answer)
}

function ProviderForm({ provider }: { readonly provider: Provider | null }): ReactElement {
  const { t } = useTranslation()
  const [issuer, setIssuer] = useState(provider?.issuer ?? '')
  const [clientId, setClientId] = useState(provider?.clientId ?? '')
  const [secret, setSecret] = useState('')
  const [isRemoving, setRemoving] = useState(false)
  const update = useChange('updateOidc', {
    onDone: (answer) => {
      put(answer)
      setSecret('')
    },
  })
  const isComplete = issuer.trim() !== '' && clientId.trim() !== ''
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isComplete || update.isPending) return
    const wanted = { issuer: issuer.trim(), clientId: clientId.trim(), ...(secret === '' ? {} : { clientSecret: secret }) }
    update.mutate({ body: { provider: wanted } })
  }
  return (
    <form className={css['fields']} onSubmit={submit} noValidate>
      <TextInput
        className={css['whole']}
        label={t('admin.provider.issuer')}
        description={t('admin.provider.issuerWords')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        type="url"
        dir="ltr"
        value={issuer}
        onChange={({ currentTarget }) => setIssuer(currentTarget.value)}
      />
      <TextInput
        label={t('admin.provider.clientId')}
        dir="ltr"
        autoComplete="off"
        value={clientId}
        onChange={({ currentTarget }) => setClientId(currentTarget.value)}
      />
      <PasswordInput
        label={t('admin.provider.secret')}
        description={t(provider?.hasSecret === true ? 'admin.provider.secretKept' : 'admin.provider.secretWords')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autoComplete="off"
        dir="ltr"
        value={secret}
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        onChange={({ currentTarget }) => setSecret(currentTarget.value)}
      />
      <div className={`${css['whole']} ${css['gap']}`}>
        {update.error !== null && <ProblemNote problem={update.error} words={t('admin.provider.unsaved')} />}
        {update.isSuccess && update.data.provider !== null && (
          <Note tone="good" live>
            {t('admin.provider.saved')}
          </Note>
        )}
        <p className={css['below']}>{t('admin.provider.saveWords')}</p>
        <div className={css['end']}>
          <Button type="submit" aria-busy={update.isPending} disabled={!isComplete}>
            {t('admin.provider.save')}
          </Button>
          {provider !== null && (
            <Button variant="default" onClick={() => setRemoving(true)}>
              {t('admin.provider.remove')}
            </Button>
          )}
        </div>
      </div>
      {isRemoving && <RemoveProvider onClose={() => setRemoving(false)} />}
    </form>
  )
}

function RemoveProvider({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const remove = useChange('updateOidc', {
    onDone: (answer) => {
      onClose()
      put(answer)
      tell(t('admin.provider.removed'))
    },
  })
  return (
    <RemoveDialog
      title={t('admin.provider.removeTitle')}
      action={t('admin.provider.remove')}
      isPending={remove.isPending}
      problem={remove.error}
      onConfirm={() => remove.mutate({ body: { provider: null } })}
      onClose={onClose}
    >
      <p>{t('admin.provider.removeWords')}</p>
    </RemoveDialog>
  )
}
