/** Asking for a link to set a new password. Says the same whoever asks: who has an account is nobody's business. */
import { Button, TextInput } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useChange } from '../queries.ts'
import { FrontFrame } from './front-frame.tsx'
import { looksLikeAddress } from './sign-in-page.tsx'
import css from './front-frame.module.css'

export function ForgottenPage(): ReactElement {
  const { t } = useTranslation()
  const [email, setEmail] = useState('')
  const [wrong, setWrong] = useState(false)
  const ask = useChange('requestPasswordReset')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWrong(!looksLikeAddress(email))
    if (looksLikeAddress(email)) ask.mutate({ body: { email: email.trim() } })
  }
  const back = (
    <div className={css['below']}>
      <Link to="/sign-in">{t('forgotten.back')}</Link>
    </div>
  )
  if (ask.isSuccess)
    return (
      <FrontFrame title={t('forgotten.sent')} words={t('forgotten.sentWords', { email: email.trim() })}>
        {back}
      </FrontFrame>
    )
  return (
    <FrontFrame title={t('forgotten.title')} words={t('forgotten.words')}>
      <form className={css['form']} onSubmit={submit} noValidate>
        <TextInput
          label={t('signIn.email')}
          type="email"
          autoComplete="username"
          dir="ltr"
          autoFocus
          value={email}
          error={wrong ? t('signIn.emailWrong') : undefined}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
        />
        {ask.error !== null && <ProblemNote problem={ask.error} />}
        <Button type="submit" loading={ask.isPending} fullWidth>
          {t('forgotten.submit')}
        </Button>
        {back}
      </form>
    </FrontFrame>
  )
}
