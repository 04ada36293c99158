/** Behind a one-time link: an invitation, a new password, or the first operator. Sets a password, and one is in. */
import { Button, Skeleton, TextInput } from '@mantine/core'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { TFunction } from 'i18next'
import { type FormEvent, type ReactElement, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { useFormats } from '../parts/formats.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useCall, useChange } from '../queries.ts'
import { adoptSession } from '../session.ts'
import { FrontFrame } from './front-frame.tsx'
import { isGoodEnough, NewPasswordField } from './new-password-field.tsx'
import { looksLikeAddress } from './sign-in-page.tsx'
import css from './front-frame.module.css'

type LinkJson = CallAnswer<'readLink'>

export function LinkPage(): ReactElement {
  const { t } = useTranslation()
  const { token } = useParams({ from: '/link/$token' })
  const link = useCall('readLink', { params: { token } }, { staleAfterMs: Number.POSITIVE_INFINITY })
  const { data } = link
  if (data !== undefined)
    return data.kind === 'signIn' ? <SignInByLink token={token} /> : <PasswordOfLink link={data} kind={data.kind} token={token} />
  if (link.error === null) return <LinkSkeleton />
  if (link.error.status !== 404 && link.error.status !== 400)
    return (
      <FrontFrame title={t('problem.title')}>
        <ProblemNote problem={link.error} onRetry={() => void link.refetch()} />
      </FrontFrame>
    )
  return (
    <FrontFrame title={t('link.gone')} words={t('link.goneWords')}>
      <div className={css['below']}>
        <Link to="/forgotten">{t('link.goneAsk')}</Link>
        <Link to="/sign-in">{t('forgotten.back')}</Link>
      </div>
    </FrontFrame>
  )
}

function LinkSkeleton(): ReactElement {
  const { t } = useTranslation()
  return (
    <FrontFrame title="Leadpost">
      <div className={css['form']} role="status" aria-label={t('common.loading')}>
        <Skeleton height={14} />
        <Skeleton height={36} />
        <Skeleton height={36} />
      </div>
    </FrontFrame>
  )
}

/** A link of the demo: whoever opens it is in. */
function SignInByLink({ token }: { readonly token: string }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { mutate, error } = useChange('useLink', {
    onDone: (session) => {
      adoptSession(session)
      void navigate({ to: '/', replace: true })
    },
  })
  const used = useRef(false)
  useEffect(() => {
    if (!used.current) mutate({ params: { token }, body: {} })
    used.current = true
  }, [mutate, token])
  if (error === null) return <LinkSkeleton />
  return (
    <FrontFrame title={t('problem.title')}>
      <ProblemNote problem={error} />
    </FrontFrame>
  )
}

interface PasswordOfLinkProps {
  readonly link: LinkJson
  readonly kind: Exclude<LinkJson['kind'], 'signIn'>
  readonly token: string
}

function PasswordOfLink({ link, kind, token }: PasswordOfLinkProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const navigate = useNavigate()
  const [name, setName] = useState(link.name ?? '')
  const [email, setEmail] = useState(link.email ?? '')
  const [password, setPassword] = useState('')
  const namesHimself = link.email === null
  const use = useChange('useLink', {
    onDone: (session) => {
      adoptSession(session)
      void navigate({ to: '/', replace: true })
    },
  })
  const about = [name, email, link.tenant ?? '']
  const isComplete = isGoodEnough(password, about) && (!namesHimself || (name.trim() !== '' && looksLikeAddress(email)))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete)
      use.mutate({ params: { token }, body: { password, ...(namesHimself ? { name: name.trim(), email: email.trim() } : {}) } })
  }
  const errors = errorsOf(t, use.error)
  return (
    <FrontFrame title={t(`link.${kind}`)} words={wordsOf(t, link)}>
      <form className={css['form']} onSubmit={submit} noValidate>
        {namesHimself ? (
          <>
            <TextInput
              label={t('link.name')}
              autoComplete="name"
              autoFocus
              value={name}
              error={errors['name']}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
            />
            <TextInput
              label={t('link.email')}
              type="email"
              autoComplete="username"
              dir="ltr"
              value={email}
              error={errors['email']}
              onChange={({ currentTarget }) => setEmail(currentTarget.value)}
            />
          </>
        ) : (
          <input type="email" autoComplete="username" value={email} readOnly hidden />
        )}
        <NewPasswordField
          label={t('link.password')}
          value={password}
          onChange={setPassword}
          about={about}
          error={errors['password'] ?? null}
        />
        {use.error !== null && <ProblemNote problem={use.error} />}
        <Button type="submit" loading={use.isPending} disabled={!isComplete} fullWidth>
          {t('link.submit')}
        </Button>
        <small className="lp-quiet">{t('link.until', { date: formats.dateTime(link.expiresAt) })}</small>
      </form>
    </FrontFrame>
  )
}

function wordsOf(t: TFunction, { kind, tenant, email }: LinkJson): string {
  if (kind === 'invitation') return tenant === null ? t('link.invitationWordsNoTenant') : t('link.invitationWords', { tenant })
  return kind === 'passwordReset' ? t('link.passwordResetWords', { email: email ?? '' }) : t('link.firstOperatorWords')
}
