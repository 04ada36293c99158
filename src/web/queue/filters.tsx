/** What narrows the list of the queue; all of it stands in the address. Loaded when it is first opened. */
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { reasonWords } from '../parts/evidence-words.ts'
import { useFormats } from '../parts/formats.ts'
import { useSession } from '../session.ts'
import { narrowedBy, orderOf, type QueueSearch, reasons } from './queue-search.ts'
import css from './filters.module.css'

const typedForMs = 350

export interface FiltersProps {
  readonly search: QueueSearch
  readonly counts: Readonly<Record<string, number>>
  readonly onSearch: (search: QueueSearch) => void
}

export function Filters({ search, counts, onSearch }: FiltersProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { user } = useSession()
  /** Without what is empty. */
  const apply = (change: { readonly [K in keyof QueueSearch]?: QueueSearch[K] | undefined }): void => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined && value !== '')
    onSearch(Object.fromEntries(next))
  }
  const applySoon = useDebouncedCallback(apply, typedForMs)
  const counted = (words: string, count: number | undefined): string =>
    count === undefined || search.state === 'settled' ? words : t('queue.filter.counted', { words, count: formats.number(count) })
  return (
    <div className={css['filters']}>
      <NativeSelect
        size="xs"
        label={t('queue.filter.reason')}
        value={search.reason ?? ''}
        onChange={({ currentTarget: { value } }) => apply({ reason: reasons.find((each) => each === value) })}
        data={[
          { value: '', label: t('common.all') },
          ...reasons
            .filter((reason) => search.state === 'settled' || (counts[reason] ?? 0) > 0 || reason === search.reason)
            .map((reason) => ({ value: reason, label: counted(reasonWords(t, reason), counts[reason] ?? 0) })),
        ]}
      />
      <NativeSelect
        size="xs"
        label={t('queue.filter.order')}
        value={orderOf(search)}
        onChange={({ currentTarget: { value } }) => apply({ order: value === 'newest' ? 'newest' : 'oldest' })}
        data={[
          { value: 'oldest', label: t('queue.filter.oldest') },
          { value: 'newest', label: t('queue.filter.newest') },
        ]}
      />
      <Typed label={t('queue.filter.from')} value={search.from ?? ''} onChange={(from) => applySoon({ from })} />
      <Typed
        label={t('queue.filter.lead')}
        value={search.lead ?? ''}
        numeric
        onChange={(lead) => /^\d{0,20}$/.test(lead) && applySoon({ lead })}
      />
      {user.role !== 'salesperson' && (
        <Checkbox
          size="xs"
          label={t('queue.filter.mine')}
          checked={search.mine === true}
          onChange={({ currentTarget: { checked } }) => apply({ mine: checked ? true : undefined })}
        />
      )}
      {narrowedBy(search) > 0 && (
        <Button
          size="compact-xs"
          variant="subtle"
          className={css['clear']}
          onClick={() => apply({ reason: undefined, from: undefined, lead: undefined, mine: undefined })}
        >
          {t('queue.filter.clear')}
        </Button>
      )}
    </div>
  )
}

interface TypedProps {
  readonly label: string
  readonly value: string
  readonly numeric?: boolean
  readonly onChange: (value: string) => void
}

/** Follows the address where that changes by itself. */
function Typed({ label, value, numeric = false, onChange }: TypedProps): ReactElement {
  const [typed, setTyped] = useState(value)
  const [before, setBefore] = useState(value)
  if (value !== before) {
    setBefore(value)
    setTyped(value)
  }
  return (
    <TextInput
      size="xs"
      label={label}
      value={typed}
      {...(numeric ? { inputMode: 'numeric' as const } : {})}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        onChange(currentTarget.value.trim())
      }}
    />
  )
}
