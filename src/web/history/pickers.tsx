/** Fields that find a contact person or a colleague as one types. */
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { withChosen } from '../parts/chosen.ts'
import { useCall } from '../queries.ts'

const waitMs = 120
const choicesMax = 20

export interface PickedPerson {
  readonly id: string
  readonly name: string
}

/** Empty again after each choice: for lists. */
export function PersonPicker({ label, onPick }: { readonly label: string; readonly onPick: (person: PickedPerson) => void }): ReactElement {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), waitMs)
  const found = useCall('listContactPersons', { query: { limit: choicesMax, search: asked } }, { keepPrevious: true })
  const people = found.data?.contactPersons ?? []
  return (
    <Select
      label={label}
      placeholder={t('history.person.find')}
      searchable
      value={null}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(id) => {
        const person = people.find((one) => one.id === id)
        if (person !== undefined) onPick({ id: person.id, name: person.name })
        setSearch('')
      }}
      data={people.map(({ id, name, company }) => ({ value: id, label: `${name} · ${company.name}` }))}
      filter={({ options }) => options}
      nothingFoundMessage={found.isPending ? t('common.loading') : t('find.nothing')}
    />
  )
}

export interface OwnerPickerProps {
  readonly label: string
  /** Somebody's address. */
  readonly value: string | null
  readonly onChange: (email: string | null) => void
  readonly error?: string | undefined
}

export function OwnerPicker({ label, value, onChange, error }: OwnerPickerProps): ReactElement {
  const { t } = useTranslation()
  const users = useCall('listUsers', {})
  const data = (users.data?.users ?? []).filter(({ disabled }) => !disabled).map(({ email, name }) => ({ value: email, label: name }))
  return (
    <Select
      label={label}
      placeholder={t('history.lead.noOwner')}
      searchable
      clearable
      value={value}
      onChange={onChange}
      data={withChosen(data, value, value ?? undefined)}
      nothingFoundMessage={t('find.nothing')}
      clearButtonProps={{ 'aria-label': t('common.remove') }}
      error={error}
    />
  )
}
