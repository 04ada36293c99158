/** A key as it is printed on keyboards: `mod+k` is ⌘K or Ctrl K, `g l` two keys. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './key-hint.module.css'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)
const printed: Readonly<Record<string, string>> = {
  mod: isApple ? '⌘' : 'Ctrl',
  shift: isApple ? '⇧' : 'Shift',
  alt: isApple ? '⌥' : 'Alt',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: '↵',
  Escape: 'Esc',
  Delete: 'Del',
  ' ': 'Space',
}

/** `quiet`: beside a button that says the same, for eyes alone. */
export function KeyHint({ keys, quiet = false }: { readonly keys: string; readonly quiet?: boolean }): ReactElement {
  const { t } = useTranslation()
  const steps = keys === ' ' ? [' '] : keys.split(' ')
  return (
    <span className={css['hint']} dir="ltr" aria-hidden={quiet || undefined}>
      {steps.map((step, index) => (
        <span key={step + String(index)}>
          {index > 0 && <span className={css['then']}>{t('keys.andThen')}</span>}
          {step.split('+').map((key) => (
            <kbd key={key} className={css['key']}>
              {printed[key] ?? (key.length === 1 ? key.toUpperCase() : key)}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  )
}
