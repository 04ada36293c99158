/** A new password, with words on how good it is while it is typed. */
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PasswordField } from './password-field.tsx'
import { passwordCharactersMin, type Strength, strengthOf } from './password-strength.ts'
import css from './new-password-field.module.css'

export interface NewPasswordFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  /** What others know of its owner. */
  readonly about: readonly string[]
  /** What the server said to it. */
  readonly error?: string | null
}

const bars: Readonly<Record<Strength, number>> = { empty: 0, short: 1, common: 1, personal: 1, simple: 1, fair: 2, strong: 3 }

export function NewPasswordField({ label, value, onChange, about, error = null }: NewPasswordFieldProps): ReactElement {
  const { t } = useTranslation()
  /** It was said to what stood there before. */
  const [outdated, setOutdated] = useState(false)
  if (error === null && outdated) setOutdated(false)
  const refusal = outdated ? null : error
  const strength = strengthOf(value, about)
  const words =
    strength === 'short'
      ? t('password.short', { count: passwordCharactersMin - Array.from(value).length })
      : t(`password.${strength}`, { min: passwordCharactersMin })
  return (
    <div>
      <PasswordField
        label={label}
        value={value}
        onChange={({ currentTarget }) => {
          setOutdated(error !== null)
          onChange(currentTarget.value)
        }}
        autoComplete="new-password"
        error={refusal ?? undefined}
        required
        withAsterisk={false}
      />
      <div className={css['strength']} data-bars={bars[strength]} hidden={refusal !== null}>
        <span className={css['bars']} aria-hidden>
          <span />
          <span />
          <span />
        </span>
        <span aria-live="polite" className={css['words']}>
          {words}
        </span>
      </div>
    </div>
  )
}

export function isGoodEnough(password: string, about: readonly string[]): boolean {
  return bars[strengthOf(password, about)] >= 2
}
