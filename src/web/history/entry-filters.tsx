/** What of a history is shown: which way, whose, with files, found by words; each thread in one place. Kept in the address, so that it can be shared. */
import { Chip, CloseButton, Menu, TextInput } from '@mantine/core'
import { IconSearch, IconUser } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { HistorySearch } from './history-search.ts'
import css from './entry-filters.module.css'

export interface FilterPerson {
  readonly id: string
  readonly name: string
}

export interface EntryFiltersProps {
  readonly search: HistorySearch
  /** Whose mails can be asked for. */
  readonly people: readonly FilterPerson[]
  /** Searching for words is offered. */
  readonly withWords: boolean
  readonly onChange: (search: HistorySearch) => void
}

const directions = ['outbound', 'inbound'] as const

export function EntryFilters({ search, people, withWords, onChange }: EntryFiltersProps): ReactElement {
  const { t } = useTranslation()
  const { direction, person, files, words, threads } = search
  const someone = people.find(({ id }) => id === person)
  return (
    <div className={css['bar']} role="group" aria-label={t('history.filter.title')}>
      {withWords && (
        <TextInput
          size="xs"
          className={css['words']}
          value={words ?? ''}
          onChange={({ currentTarget }) => onChange({ words: currentTarget.value === '' ? undefined : currentTarget.value })}
          placeholder={t('history.filter.words')}
          aria-label={t('history.filter.words')}
          leftSection={<IconSearch size={14} aria-hidden />}
          rightSection={
            words === undefined ? undefined : (
              <CloseButton size="sm" aria-label={t('history.filter.clear')} onClick={() => onChange({ words: undefined })} />
            )
          }
        />
      )}
      <div className={css['chips']}>
        {directions.map((one) => (
          <Chip
            key={one}
            size="xs"
            variant="light"
            checked={direction === one}
            onChange={(checked) => onChange({ direction: checked ? one : undefined })}
          >
            {t(`mail.${one}`)}
          </Chip>
        ))}
        <Chip size="xs" variant="light" checked={files === true} onChange={(checked) => onChange({ files: checked ? true : undefined })}>
          {t('history.filter.files')}
        </Chip>
        {people.length > 0 && (
          <Menu position="bottom-start">
            <Menu.Target>
              <button type="button" className={css['person']} data-on={someone !== undefined || undefined}>
                <IconUser size={14} aria-hidden />
                <bdi>{someone?.name ?? t('history.filter.person')}</bdi>
              </button>
            </Menu.Target>
            <Menu.Dropdown mah={360} style={{ overflow: 'auto' }}>
              <Menu.Item onClick={() => onChange({ person: undefined })}>{t('history.filter.anyone')}</Menu.Item>
              {people.map(({ id, name }) => (
                <Menu.Item key={id} onClick={() => onChange({ person: id })}>
                  <bdi>{name}</bdi>
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {/* What words find stands by itself. */}
        {words === undefined && (
          <Chip
            size="xs"
            variant="light"
            checked={threads === true}
            onChange={(checked) => onChange({ threads: checked ? true : undefined })}
          >
            {t('history.filter.threads')}
          </Chip>
        )}
      </div>
    </div>
  )
}
