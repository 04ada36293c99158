/** All companies, found as one types, and making one. */
import { Button, Modal, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBuilding, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, type ReactElement, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useChange, usePages } from '../queries.ts'
import { RecordList } from './record-list.tsx'
import { SearchField } from './search-field.tsx'
import forms from './forms.module.css'
import css from './record-list.module.css'

type Company = CallAnswer<'listCompanies'>['companies'][number]

const waitMs = 100
const pageRows = 60

export function CompaniesPage(): ReactElement {
  const { t } = useTranslation()
  const { q = '' } = useSearch({ from: '/shell/companies' })
  const navigate = useNavigate()
  const [makes, setMakes] = useState(false)
  const [asked] = useDebouncedValue(q.trim(), waitMs)
  const list = usePages('listCompanies', { query: { limit: pageRows, ...(asked === '' ? {} : { search: asked }) } }, { keepPrevious: true })
  const companies = useMemo(() => list.data?.pages.flatMap((page) => page.companies), [list.data])
  useShortcuts(t('nav.companies'), [{ keys: ['n'], label: t('history.company.new'), run: () => setMakes(true) }])
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMakes(true)}>
      {t('history.company.new')}
    </Button>
  )
  return (
    <PageBody>
      <PageHeader title={t('nav.companies')} actions={make} />
      <div className={css['tools']}>
        <div className={css['field']}>
          <SearchField
            value={q}
            label={t('history.company.find')}
            onChange={(value) => void navigate({ to: '/companies', search: value === '' ? {} : { q: value }, replace: true })}
          />
        </div>
      </div>
      <RecordList
        items={companies}
        keyOf={({ id }) => id}
        label={t('nav.companies')}
        query={list}
        empty={{
          icon: <IconBuilding size={28} />,
          title: t(q === '' ? 'history.company.empty' : 'find.nothing'),
          words: q === '' ? t('history.company.emptyWords') : undefined,
          action: make,
        }}
      >
        {(company) => <CompanyRow company={company} />}
      </RecordList>
      {makes && <CompanyForm name={q} onClose={() => setMakes(false)} />}
    </PageBody>
  )
}

function CompanyRow({ company }: { readonly company: Company }): ReactElement {
  const { t } = useTranslation()
  const { id, name, taxNumber, openLeads, contactPersons } = company
  return (
    <Link to="/companies/$id" params={{ id }} className={`${css['row']} ${css['plain']}`} data-row>
      <span className={css['main']}>
        <bdi className={css['name']}>{name}</bdi>
        {taxNumber !== null && <bdi className={css['below']}>{taxNumber}</bdi>}
      </span>
      <span className={css['cell']}>
        {t('history.company.openLeads', { count: openLeads })} · {t('history.company.people', { count: contactPersons })}
      </span>
    </Link>
  )
}

function CompanyForm({ name: start, onClose }: { readonly name: string; readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [name, setName] = useState(start)
  const [taxNumber, setTaxNumber] = useState('')
  const create = useChange('createCompany', {
    invalidates: ['listCompanies'],
    onDone: ({ id }) => void navigate({ to: '/companies/$id', params: { id } }),
  })
  const errors = errorsOf(t, create.error)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() === '' || create.isPending) return
    create.mutate({ body: { name: name.trim(), ...(taxNumber.trim() === '' ? {} : { taxNumber: taxNumber.trim() }) } })
  }
  return (
    <Modal opened onClose={onClose} title={t('history.company.new')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form onSubmit={submit} className={forms['form']} noValidate>
        <TextInput
          data-autofocus
          label={t('history.company.name')}
          value={name}
          maxLength={200}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          withAsterisk
          error={errors['name']}
        />
        <TextInput
          label={t('history.company.taxNumber')}
          value={taxNumber}
          maxLength={40}
          onChange={({ currentTarget }) => setTaxNumber(currentTarget.value)}
          error={errors['taxNumber']}
        />
        {create.error !== null && <ProblemNote problem={create.error} />}
        <div className={forms['buttons']}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
