/** A button for what cannot be undone: the first click asks, the second within a few seconds does it. */
import { Button, type ButtonProps } from '@mantine/core'
import { type ReactElement, type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

const asksForMs = 4_000

export interface ConfirmButtonProps extends Omit<ButtonProps, 'onClick'> {
  readonly children: ReactNode
  readonly onConfirm: () => void
  readonly 'aria-label'?: string
}

export function ConfirmButton({ children, onConfirm, ...props }: ConfirmButtonProps): ReactElement {
  const { t } = useTranslation()
  const [asks, setAsks] = useState(false)
  useEffect(() => {
    if (!asks) return undefined
    const timer = setTimeout(() => setAsks(false), asksForMs)
    return () => clearTimeout(timer)
  }, [asks])
  const onClick = (): void => {
    setAsks(!asks)
    if (asks) onConfirm()
  }
  const { 'aria-label': label, ...rest } = props
  return (
    <Button
      variant="default"
      {...rest}
      {...(asks ? { color: 'red.9', variant: 'filled' } : label === undefined ? {} : { 'aria-label': label })}
      onClick={onClick}
      aria-live="polite"
    >
      {asks ? t('common.sure') : children}
    </Button>
  )
}
