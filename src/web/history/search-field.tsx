/** The field above a list: what is typed is found at once, ↓ goes into the list, `/` comes back here. */
import { CloseButton, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type ReactElement, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useShortcuts } from '../parts/shortcuts.ts'

export interface SearchFieldProps {
  readonly value: string
  readonly label: string
  readonly onChange: (value: string) => void
  readonly size?: 'sm' | 'md'
  readonly autoFocus?: boolean
}

export function SearchField({ value, label, onChange, size = 'sm', autoFocus = false }: SearchFieldProps): ReactElement {
  const { t } = useTranslation()
  const field = useRef<HTMLInputElement>(null)
  useShortcuts(t('history.list.keys'), [{ keys: ['/'], label, run: () => field.current?.select() }])
  const first = (): HTMLElement | null => document.querySelector<HTMLElement>('main [data-row]')
  return (
    <TextInput
      ref={field}
      size={size}
      value={value}
      autoFocus={autoFocus}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown') {
          event.preventDefault()
          first()?.focus()
        } else if (event.key === 'Enter' && value !== '') first()?.click()
        else if (event.key === 'Escape') field.current?.blur()
      }}
      placeholder={label}
      aria-label={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        value === '' ? undefined : (
          <CloseButton
            size="sm"
            aria-label={t('history.filter.clear')}
            onClick={() => {
              onChange('')
              field.current?.focus()
            }}
          />
        )
      }
    />
  )
}
