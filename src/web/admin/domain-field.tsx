/** Where the name of a domain is typed. */
import { TextInput } from '@mantine/core'
import type { ReactElement, ReactNode, Ref } from 'react'

export interface DomainFieldProps {
  readonly ref: Ref<HTMLInputElement>
  readonly label: string
  readonly value: string
  readonly error: ReactNode
  readonly onChange: (value: string) => void
}

export function DomainField({ ref, label, value, error, onChange }: DomainFieldProps): ReactElement {
  return (
    <TextInput
      ref={ref}
      label={label}
      placeholder="example.com"
      dir="ltr"
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      value={value}
      error={error}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}
