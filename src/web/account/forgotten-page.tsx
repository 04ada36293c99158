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
  // Where no mail can be sent, none is promised.
  const options = useChange('readSignInOptions', {
    onDone: ({ resetByMail }) => {
      if (resetByMail) ask.mutate({ body: { email: email.trim() } })
    },
  })
  const error = options.error ?? ask.error
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWrong(!looksLikeAddress(email))
    if (looksLikeAddress(email)) options.mutate({ body: { email: email.trim() } })
  }
  const back = (
    <div className={css['below']}>
      <Link to="/sign-in">{t('forgotten.back')}</Link>
    </div>
  )
  if (options.data?.resetByMail === false)
    return (
      <FrontFrame title={t('forgotten.askAdmin')} words={t('forgotten.askAdminWords')}>
        {back}
      </FrontFrame>
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
        {error !== null && <ProblemNote problem={error} />}
        <Button type="submit" loading={options.isPending || ask.isPending} fullWidth>
          {t('forgotten.submit')}
        </Button>
        {back}
      </form>
    </FrontFrame>
  )
}
