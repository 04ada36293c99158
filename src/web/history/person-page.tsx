/** A contact person: addresses, company, leads, and all mails in which he takes part. */
import { Button } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useCall } from '../queries.ts'
import { Fold } from './fold.tsx'
import { HistoryPanes } from './history-panes.tsx'
import type { HistorySearch } from './history-search.ts'
import { LeadLines } from './lead-lines.tsx'
import { PersonForm } from './person-form.tsx'
import about from './about.module.css'
import css from './record-head.module.css'

type Person = CallAnswer<'readContactPerson'>

const from = '/shell/people/$id'

export function PersonPage(): ReactElement {
  const { t } = useTranslation()
  const { id } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate()
  const [edits, setEdits] = useState(false)
  const read = useCall('readContactPerson', { params: { id } })
  useShortcuts(t('history.person.one'), [{ keys: ['e'], label: t('history.person.edit'), run: () => setEdits(true) }])
  const person = read.data
  if (read.error !== null && person === undefined)
    return (
      <PageBody>
        <PageHeader title={t('history.person.one')} />
        <ProblemNote problem={read.error} onRetry={() => void read.refetch()} />
      </PageBody>
    )
  if (person === undefined) return <PageSkeleton />
  const onSearch = (change: HistorySearch, replace: boolean): void =>
    void navigate({ to: '/people/$id', params: { id }, search: { ...search, ...change }, replace })
  return (
    <>
      <HistoryPanes
        of={{ person: id }}
        search={search}
        onSearch={onSearch}
        head={<PersonHead person={person} onEdit={() => setEdits(true)} />}
        about={
          <Fold title={t('history.person.about')}>
            <PersonAbout person={person} />
          </Fold>
        }
        showLead
        emptyWords={t('history.person.historyEmpty')}
      />
      {edits && <PersonForm person={person} onDone={() => setEdits(false)} onClose={() => setEdits(false)} />}
    </>
  )
}

function PersonHead({ person, onEdit }: { readonly person: Person; readonly onEdit: () => void }): ReactElement {
  const { t } = useTranslation()
  const { name, company, addresses } = person
  return (
    <header className={css['head']}>
      <title>{`${name} · Leadpost`}</title>
      <div className={css['words']}>
        <h1 className={css['title']}>
          <bdi>{name}</bdi>
        </h1>
        <div className={css['line']}>
          <Link to="/companies/$id" params={{ id: company.id }} className={css['link']}>
            <bdi>{company.name}</bdi>
          </Link>
          {addresses[0] !== undefined && (
            <a href={`mailto:${addresses[0]}`} className={css['link']}>
              <bdi>{addresses[0]}</bdi>
            </a>
          )}
        </div>
      </div>
      <div className={css['actions']} data-actions>
        <Button variant="default" size="compact-sm" leftSection={<IconPencil size={15} aria-hidden />} onClick={onEdit}>
          {t('history.edit')}
        </Button>
      </div>
    </header>
  )
}

function PersonAbout({ person: { addresses, leads } }: { readonly person: Person }): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={about['about']}>
      <section>
        <h2 className={about['title']}>{t('history.person.addresses')}</h2>
        <ul className={about['people']}>
          {addresses.map((address) => (
            <li key={address}>
              <a href={`mailto:${address}`} className={about['name']}>
                <bdi>{address}</bdi>
              </a>
              <span style={{ marginInlineStart: 'auto' }}>
                <CopyButton text={address} />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2 className={about['title']}>{t('nav.leads')}</h2>
        <LeadLines leads={leads} />
      </section>
    </div>
  )
}
