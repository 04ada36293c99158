/** Changing one's own password, which ends the other sessions. */
import { Button } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { isGoodEnough, NewPasswordField } from './new-password-field.tsx'
import { PasswordField } from './password-field.tsx'
import css from './account-page.module.css'

export function PasswordChange(): ReactElement {
  const { t } = useTranslation()
  const { user, tenant } = useSession()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const change = useChange('changePassword', {
    invalidates: ['listSessions'],
    onDone: () => {
      setCurrent('')
      setNext('')
      tell(t('account.passwordChanged'))
    },
  })
  const about = [user.name, user.email, tenant?.name ?? '']
  const isComplete = current !== '' && isGoodEnough(next, about)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete) change.mutate({ body: { current, next } })
  }
  const errors = errorsOf(t, change.error)
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <input type="email" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField
        label={t('account.passwordCurrent')}
        autoComplete="current-password"
        value={current}
        error={errors['current']}
        onChange={({ currentTarget }) => setCurrent(currentTarget.value)}
      />
      <NewPasswordField label={t('account.passwordNext')} value={next} onChange={setNext} about={about} error={errors['next'] ?? null} />
      {change.error !== null && errors['current'] === undefined && <ProblemNote problem={change.error} />}
      <Button type="submit" variant="default" loading={change.isPending} disabled={!isComplete}>
        {t('account.passwordChange')}
      </Button>
    </form>
  )
}
