/** A company: its people, its leads, and its contact history across all of them. */
import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { Fold } from './fold.tsx'
import { HistoryPanes } from './history-panes.tsx'
import type { HistorySearch } from './history-search.ts'
import { LeadForm } from './lead-form.tsx'
import { LeadLines } from './lead-lines.tsx'
import { PersonForm } from './person-form.tsx'
import about from './about.module.css'
import css from './record-head.module.css'

type Company = CallAnswer<'readCompany'>
type Making = 'lead' | 'person' | null

const from = '/shell/companies/$id'

export function CompanyPage(): ReactElement {
  const { t } = useTranslation()
  const { id } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate()
  const [makes, setMakes] = useState<Making>(null)
  const read = useCall('readCompany', { params: { id } })
  const company = read.data
  if (read.error !== null && company === undefined)
    return (
      <PageBody>
        <PageHeader title={t('history.company.one')} />
        <ProblemNote problem={read.error} onRetry={() => void read.refetch()} />
      </PageBody>
    )
  if (company === undefined) return <PageSkeleton />
  const onSearch = (change: HistorySearch, replace: boolean): void =>
    void navigate({ to: '/companies/$id', params: { id }, search: { ...search, ...change }, replace })
  return (
    <>
      <HistoryPanes
        of={{ company: id }}
        search={search}
        onSearch={onSearch}
        head={<CompanyHead company={company} onMake={setMakes} />}
        about={
          <Fold title={t('history.company.about')}>
            <CompanyAbout company={company} />
          </Fold>
        }
        people={company.people}
        showLead
        emptyWords={t('history.company.historyEmpty')}
      />
      {makes === 'lead' && (
        <LeadForm
          company={{ id, name: company.name }}
          onClose={() => setMakes(null)}
          onDone={({ number }) => void navigate({ to: '/leads/$number', params: { number } })}
        />
      )}
      {makes === 'person' && (
        <PersonForm start={{ company: { id, name: company.name } }} onClose={() => setMakes(null)} onDone={() => setMakes(null)} />
      )}
    </>
  )
}

function CompanyHead({ company, onMake }: { readonly company: Company; readonly onMake: (what: Making) => void }): ReactElement {
  const { t } = useTranslation()
  const { name, taxNumber } = company
  return (
    <header className={css['head']}>
      <title>{`${name} · Leadpost`}</title>
      <div className={css['words']}>
        <h1 className={css['title']}>
          <bdi>{name}</bdi>
        </h1>
        <div className={css['line']}>
          {taxNumber !== null && (
            <span>
              {t('history.company.taxNumber')} <bdi>{taxNumber}</bdi>
            </span>
          )}
        </div>
      </div>
      <div className={css['actions']} data-actions>
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => onMake('person')}>
          {t('history.person.new')}
        </Button>
        <Button variant="default" size="compact-sm" leftSection={<IconPlus size={15} aria-hidden />} onClick={() => onMake('lead')}>
          {t('history.lead.new')}
        </Button>
      </div>
    </header>
  )
}

function CompanyAbout({ company: { leads, people } }: { readonly company: Company }): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={about['about']}>
      <section>
        <h2 className={about['title']}>{t('nav.leads')}</h2>
        <LeadLines leads={leads} />
      </section>
      <section>
        <h2 className={about['title']}>{t('nav.people')}</h2>
        {people.length === 0 ? (
          <p className={about['none']}>{t('history.company.noPeople')}</p>
        ) : (
          <ul className={about['people']}>
            {people.map(({ id, name, addresses }) => (
              <li key={id}>
                <Link to="/people/$id" params={{ id }} className={about['name']}>
                  <bdi>{name}</bdi>
                </Link>
                {addresses[0] !== undefined && (
                  <a href={`mailto:${addresses[0]}`} className={about['address']}>
                    <bdi>{addresses[0]}</bdi>
                  </a>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  )
}
