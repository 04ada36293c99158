/** Fields that find a company, a contact person or a colleague as one types. */
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCall } from '../queries.ts'

const waitMs = 120
const choicesMax = 20
const newPrefix = 'new:'

/** One that exists, or a name for a new one. */
export type CompanyChoice = { readonly id: string; readonly name: string } | { readonly name: string }

export interface CompanyPickerProps {
  readonly value: CompanyChoice | null
  readonly onChange: (company: CompanyChoice | null) => void
  readonly label: string
  /** A name that nobody has yet is offered as a new company. */
  readonly allowNew?: boolean
  readonly required?: boolean
  readonly error?: string | undefined
}

export function CompanyPicker({ value, onChange, label, allowNew = true, required = false, error }: CompanyPickerProps): ReactElement {
  const { t } = useTranslation()
  const [search, setSearch] = useState(value?.name ?? '')
  const asked = useAsked(search, value?.name)
  const found = useCall('listCompanies', { query: { limit: choicesMax, search: asked } }, { keepPrevious: true })
  const companies = found.data?.companies ?? []
  const typed = search.trim()
  const isKnown = companies.some(({ name }) => name.toLowerCase() === typed.toLowerCase())
  const fresh =
    allowNew && typed !== '' && !isKnown ? [{ value: newPrefix + typed, label: t('history.company.makeNew', { name: typed }) }] : []
  const chosen = value === null ? null : 'id' in value ? value.id : newPrefix + value.name
  return (
    <Select
      label={label}
      placeholder={t('history.company.find')}
      searchable
      autoSelectOnBlur
      clearable={!required}
      withAsterisk={required}
      value={chosen}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(next) => onChange(next === null ? null : companyOf(next, companies))}
      data={withChosen([...companies.map(({ id, name }) => ({ value: id, label: name })), ...fresh], chosen, value?.name)}
      filter={({ options }) => options}
      nothingFoundMessage={found.isPending ? t('common.loading') : t('find.nothing')}
      clearButtonProps={{ 'aria-label': t('common.remove') }}
      error={error}
    />
  )
}

function companyOf(value: string, companies: readonly { readonly id: string; readonly name: string }[]): CompanyChoice {
  if (value.startsWith(newPrefix)) return { name: value.slice(newPrefix.length) }
  return { id: value, name: companies.find(({ id }) => id === value)?.name ?? '' }
}

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

/** What is chosen is no search. */
function useAsked(search: string, chosen: string | undefined): string {
  const [asked] = useDebouncedValue(search.trim(), waitMs)
  return asked === chosen ? '' : asked
}

function withChosen(
  data: readonly { readonly value: string; readonly label: string }[],
  value: string | null,
  label: string | undefined,
): { value: string; label: string }[] {
  const choices = [...data]
  if (value !== null && !choices.some((one) => one.value === value)) choices.unshift({ value, label: label ?? value })
  return choices
}
