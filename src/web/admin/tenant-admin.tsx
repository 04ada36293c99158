/** A tenant that nobody can administer yet: its first administrator is invited; where one is named already, only that one. */
import { Button, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useChange } from '../queries.ts'
import { Chip } from './chip.tsx'
import type { MadeLink } from './link-card.tsx'
import { Panel } from './panel.tsx'
import css from './rows.module.css'

interface Named {
  readonly email: string
  readonly name: string
  readonly invited: boolean
}

export interface TenantAdminProps {
  readonly tenant: string
  readonly named: readonly Named[]
  readonly onInvited: (made: MadeLink) => void
}

export function TenantAdmin({ tenant, named, onInvited }: TenantAdminProps): ReactElement {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const invite = useChange('inviteFirstAdmin', { invalidates: ['readTenantHealth', 'listTenants'], onDone: onInvited })
  const errors = errorsOf(t, invite.error)
  const isComplete = name.trim() !== '' && email.trim() !== ''
  const send = (admin: Pick<Named, 'name' | 'email'>): void => {
    if (!invite.isPending) invite.mutate({ params: { tenant }, body: { name: admin.name.trim(), email: admin.email.trim() } })
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete) send({ name, email })
  }
  return (
    <Panel title={t('admin.tenant.invite')} words={t('admin.tenant.inviteWords')}>
      {named.length > 0 ? (
        <ul className={css['rows']}>
          {named.map((admin) => (
            <li key={admin.email} className={css['row']}>
              <div className={css['what']}>
                <div className={css['name']}>
                  <bdi>{admin.name}</bdi>
                </div>
                <div className={css['below']}>
                  <bdi>{admin.email}</bdi> · {t('admin.tenant.neverSignedIn')}
                </div>
              </div>
              <div className={css['end']}>
                {admin.invited && <Chip tone="warn">{t('admin.people.invited')}</Chip>}
                <Button
                  size="compact-sm"
                  aria-busy={invite.isPending}
                  aria-label={`${t('admin.tenant.inviteAgain')}: ${admin.name}`}
                  onClick={() => send(admin)}
                >
                  {t('admin.tenant.inviteAgain')}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <form className={css['fields']} onSubmit={submit} noValidate>
          <TextInput
            label={t('admin.tenants.adminName')}
            autoComplete="off"
            value={name}
            error={errors['name']}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <TextInput
            label={t('admin.tenants.adminEmail')}
            type="email"
            dir="ltr"
            autoComplete="off"
            value={email}
            error={errors['email']}
            onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          />
          <div className={css['whole']}>
            <Button type="submit" aria-busy={invite.isPending} disabled={!isComplete}>
              {t('admin.people.submit')}
            </Button>
          </div>
        </form>
      )}
      {invite.error !== null && Object.keys(errors).length === 0 && <ProblemNote problem={invite.error} />}
    </Panel>
  )
}
