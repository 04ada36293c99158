/** All contact persons, found by name, address or company as one types, and making one. */
import { Button } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconUsers } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { usePages } from '../queries.ts'
import { PersonForm } from './person-form.tsx'
import { RecordList } from './record-list.tsx'
import { SearchField } from './search-field.tsx'
import css from './record-list.module.css'

const waitMs = 100
const pageRows = 60

export function PeoplePage(): ReactElement {
  const { t } = useTranslation()
  const { q = '' } = useSearch({ from: '/shell/people' })
  const navigate = useNavigate()
  const [makes, setMakes] = useState(false)
  const [asked] = useDebouncedValue(q.trim(), waitMs)
  const list = usePages(
    'listContactPersons',
    { query: { limit: pageRows, ...(asked === '' ? {} : { search: asked }) } },
    { keepPrevious: true },
  )
  const people = useMemo(() => list.data?.pages.flatMap((page) => page.contactPersons), [list.data])
  useShortcuts(t('nav.people'), [{ keys: ['n'], label: t('history.person.new'), run: () => setMakes(true) }])
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMakes(true)}>
      {t('history.person.new')}
    </Button>
  )
  return (
    <PageBody>
      <PageHeader title={t('nav.people')} actions={make} />
      <div className={css['tools']}>
        <div className={css['field']}>
          <SearchField
            value={q}
            label={t('history.person.find')}
            onChange={(value) => void navigate({ to: '/people', search: value === '' ? {} : { q: value }, replace: true })}
          />
        </div>
      </div>
      <RecordList
        items={people}
        keyOf={({ id }) => id}
        label={t('nav.people')}
        query={list}
        empty={{
          icon: <IconUsers size={28} />,
          title: t(q === '' ? 'history.person.empty' : 'find.nothing'),
          words: q === '' ? t('history.person.emptyWords') : undefined,
          action: make,
        }}
      >
        {({ id, name, addresses, company }) => (
          <Link to="/people/$id" params={{ id }} className={`${css['row']} ${css['plain']}`} data-row>
            <span className={css['main']}>
              <bdi className={css['name']}>{name}</bdi>
              <bdi className={css['below']}>{company.name}</bdi>
            </span>
            <bdi className={css['cell']}>{addresses.join(', ')}</bdi>
          </Link>
        )}
      </RecordList>
      {makes && (
        <PersonForm
          start={q.includes('@') ? { address: q } : { name: q }}
          onClose={() => setMakes(false)}
          onDone={({ id }) => void navigate({ to: '/people/$id', params: { id } })}
        />
      )}
    </PageBody>
  )
}
