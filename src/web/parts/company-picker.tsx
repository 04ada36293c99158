/** Finds a company as one types. It says words of `history`, which whoever shows it has loaded (texts/language.ts). */
import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCall } from '../queries.ts'
import { withChosen } from './chosen.ts'

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
  /** In a line of something else, whose label is heard alone; it goes away again without a choice. */
  readonly onLeave?: () => void
}

export function CompanyPicker({
  value,
  onChange,
  label,
  allowNew = true,
  required = false,
  error,
  onLeave,
}: CompanyPickerProps): ReactElement {
  const { t } = useTranslation()
  const [search, setSearch] = useState(value?.name ?? '')
  const asked = useAsked(search, value?.name)
  const found = useCall('listCompanies', { query: { limit: choicesMax, search: asked } }, { keepPrevious: true })
  const typed = search.trim()
  // What is in front was found for the words that are typed now, or it would be chosen by mistake.
  const isSettled = asked === (typed === value?.name ? '' : typed) && !found.isPlaceholderData
  const companies = (found.data?.companies ?? []).filter(({ name }) => isSettled || name.toLowerCase().includes(typed.toLowerCase()))
  const isKnown = companies.some(({ name }) => name.toLowerCase() === typed.toLowerCase())
  const fresh =
    allowNew && isSettled && typed !== '' && !isKnown
      ? [{ value: newPrefix + typed, label: t('history.company.makeNew', { name: typed }) }]
      : []
  const chosen = value === null ? null : 'id' in value ? value.id : newPrefix + value.name
  return (
    <Select
      {...(onLeave === undefined
        ? { label }
        : { 'aria-label': label, size: 'xs', autoFocus: true, onBlur: onLeave, comboboxProps: { withinPortal: false } })}
      placeholder={t('history.company.find')}
      searchable
      autoSelectOnBlur={onLeave === undefined}
      clearable={!required}
      withAsterisk={required}
      value={chosen}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(next) => onChange(next === null ? null : companyOf(next, companies))}
      data={withChosen([...companies.map(({ id, name }) => ({ value: id, label: name })), ...fresh], chosen, value?.name)}
      filter={({ options }) => options}
      nothingFoundMessage={isSettled && !found.isPending ? t('find.nothing') : t('common.loading')}
      clearButtonProps={{ 'aria-label': t('common.remove') }}
      error={error}
    />
  )
}

function companyOf(value: string, companies: readonly { readonly id: string; readonly name: string }[]): CompanyChoice {
  if (value.startsWith(newPrefix)) return { name: value.slice(newPrefix.length) }
  return { id: value, name: companies.find(({ id }) => id === value)?.name ?? '' }
}

/** What is chosen is no search. */
function useAsked(search: string, chosen: string | undefined): string {
  const [asked] = useDebouncedValue(search.trim(), waitMs)
  return asked === chosen ? '' : asked
}
