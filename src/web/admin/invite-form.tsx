/** Inviting somebody: the answer is a link, which also goes out by mail where the program can send some. */
import { Button, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useChange } from '../queries.ts'
import type { MadeLink } from './link-card.tsx'
import { RoleChoice } from './role-choice.tsx'
import css from './rows.module.css'

const roles = ['salesperson', 'reviewer', 'admin'] as const

export function InviteForm({ onInvited }: { readonly onInvited: (made: MadeLink) => void }): ReactElement {
  const { t } = useTranslation()
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState<(typeof roles)[number]>('salesperson')
  const invite = useChange('inviteUser', {
    invalidates: ['listUsers'],
    onDone: (made) => {
      setEmail('')
      setName('')
      onInvited(made)
    },
  })
  const errors = errorsOf(t, invite.error)
  const isComplete = email.trim() !== '' && name.trim() !== ''
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !invite.isPending) invite.mutate({ body: { email: email.trim(), name: name.trim(), role } })
  }
  const isTaken = invite.error?.status === 409
  return (
    <form className={css['fields']} onSubmit={submit} noValidate>
      <TextInput
        label={t('signIn.email')}
        type="email"
        dir="ltr"
        autoComplete="off"
        value={email}
        error={isTaken ? t('admin.people.taken') : errors['email'] === undefined ? undefined : t('signIn.emailWrong')}
        onChange={({ currentTarget }) => setEmail(currentTarget.value)}
      />
      <TextInput
        label={t('admin.people.name')}
        autoComplete="off"
        value={name}
        error={errors['name']}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <div className={css['whole']}>
        <RoleChoice label={t('admin.people.role')} roles={roles} value={role} onChange={setRole} />
      </div>
      {invite.error !== null && !isTaken && errors['email'] === undefined && (
        <div className={css['whole']}>
          <ProblemNote problem={invite.error} />
        </div>
      )}
      <div className={css['whole']}>
        <Button type="submit" aria-busy={invite.isPending} disabled={!isComplete}>
          {t('admin.people.submit')}
        </Button>
      </div>
    </form>
  )
}
