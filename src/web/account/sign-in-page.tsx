/** Signing in: the address first, since it tells how (a password, the company's own provider, or both). */
import { Button, TextInput } from '@mantine/core'
import { IconBuildingBank } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useChange } from '../queries.ts'
import { adoptSession } from '../session.ts'
import { FrontFrame } from './front-frame.tsx'
import { PasswordField } from './password-field.tsx'
import css from './front-frame.module.css'

type Options = CallAnswer<'readSignInOptions'>

/** As much as can be said without asking: something, an @, something. */
export const looksLikeAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text.trim())

export function SignInPage(): ReactElement {
  const { t } = useTranslation()
  const { why, problem } = useSearch({ from: '/sign-in' })
  const [email, setEmail] = useState('')
  const [options, setOptions] = useState<Options | null>(null)
  const words = why === undefined ? t('signIn.lead') : t(`signIn.${why}`)
  return (
    <FrontFrame title={t('signIn.title')} words={words}>
      {problem !== undefined && options === null && (
        <p className={css['problem']} role="alert">
          {t(`signIn.problem.${problem}`)}
        </p>
      )}
      {options === null ? (
        <AddressForm email={email} onEmail={setEmail} onOptions={setOptions} />
      ) : (
        <WaysIn email={email} options={options} onOther={() => setOptions(null)} />
      )}
    </FrontFrame>
  )
}

interface AddressFormProps {
  readonly email: string
  readonly onEmail: (email: string) => void
  readonly onOptions: (options: Options) => void
}

function AddressForm({ email, onEmail, onOptions }: AddressFormProps): ReactElement {
  const { t } = useTranslation()
  const [wrong, setWrong] = useState(false)
  const ask = useChange('readSignInOptions', { onDone: onOptions })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setWrong(!looksLikeAddress(email))
    if (looksLikeAddress(email)) ask.mutate({ body: { email: email.trim() } })
  }
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <TextInput
        label={t('signIn.email')}
        type="email"
        name="email"
        autoComplete="username"
        dir="ltr"
        autoFocus
        value={email}
        error={wrong ? t('signIn.emailWrong') : undefined}
        onChange={({ currentTarget }) => onEmail(currentTarget.value)}
      />
      {ask.error !== null && <ProblemNote problem={ask.error} />}
      <Button type="submit" loading={ask.isPending} fullWidth>
        {t('signIn.next')}
      </Button>
    </form>
  )
}

function WaysIn({
  email,
  options,
  onOther,
}: {
  readonly email: string
  readonly options: Options
  readonly onOther: () => void
}): ReactElement {
  const { t } = useTranslation()
  const { oidcUrl, password, resetByMail } = options
  const { next } = useSearch({ from: '/sign-in' })
  return (
    <div className={css['form']}>
      <p className={css['address']}>
        <bdi>{email.trim()}</bdi>
      </p>
      {oidcUrl !== null && (
        <Button
          component="a"
          href={next === undefined ? oidcUrl : `${oidcUrl}?to=${encodeURIComponent(next)}`}
          variant={password ? 'default' : 'filled'}
          fullWidth
          leftSection={<IconBuildingBank size={17} aria-hidden />}
        >
          {t('signIn.oidc')}
        </Button>
      )}
      {oidcUrl !== null && password && <div className={css['or']}>{t('signIn.or')}</div>}
      {password && <PasswordForm email={email.trim()} />}
      <div className={css['below']}>
        <button type="button" onClick={onOther}>
          {t('signIn.otherAddress')}
        </button>
        {password && resetByMail && <Link to="/forgotten">{t('signIn.forgotten')}</Link>}
      </div>
      {password && !resetByMail && <p className={css['hint']}>{t('signIn.forgottenAsk')}</p>}
    </div>
  )
}

function PasswordForm({ email }: { readonly email: string }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  const [password, setPassword] = useState('')
  const signIn = useChange('signIn', {
    onDone: (session) => {
      adoptSession(session)
      void navigate({ href: next ?? '/', replace: true })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (password !== '') signIn.mutate({ body: { email, password } })
  }
  const isWrong = signIn.error?.status === 401
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      {/* For password managers, which want both in one form. */}
      <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={t('signIn.password')}
        name="password"
        autoComplete="current-password"
        autoFocus
        value={password}
        error={isWrong ? t('signIn.wrong') : undefined}
        onChange={({ currentTarget }) => setPassword(currentTarget.value)}
      />
      {signIn.error !== null && !isWrong && <ProblemNote problem={signIn.error} />}
      <Button type="submit" loading={signIn.isPending} fullWidth>
        {t('signIn.submit')}
      </Button>
    </form>
  )
}
