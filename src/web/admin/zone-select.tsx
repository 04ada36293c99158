/** A time zone, as the browser's own list of a few hundred: typing finds it. */
import { NativeSelect } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'

const zones = Intl.supportedValuesOf('timeZone')

export interface ZoneSelectProps {
  readonly value: string
  readonly onChange: (zone: string) => void
  readonly error?: string | undefined
}

export function ZoneSelect({ value, onChange, error }: ZoneSelectProps): ReactElement {
  const { t } = useTranslation()
  return (
    <NativeSelect
      label={t('account.timeZone')}
      value={value}
      error={error}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      data={zones.includes(value) ? zones : [value, ...zones]}
    />
  )
}
