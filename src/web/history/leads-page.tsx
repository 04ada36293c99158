/** All leads: found by number, name or company as one types, by status, or one's own. */
import { Button, Chip, SegmentedControl } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconTargetArrow } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { DateText } from '../parts/date-text.tsx'
import { KeyHint } from '../parts/key-hint.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { usePages } from '../queries.ts'
import { LeadForm } from './lead-form.tsx'
import { leadStatuses as statuses, type LeadsSearch } from './list-search.ts'
import { RecordList } from './record-list.tsx'
import { SearchField } from './search-field.tsx'
import css from './record-list.module.css'

type Lead = CallAnswer<'listLeads'>['leads'][number]

const waitMs = 100
const pageRows = 60

export function LeadsPage(): ReactElement {
  const { t } = useTranslation()
  const { q = '', status, mine } = useSearch({ from: '/shell/leads' })
  const navigate = useNavigate()
  const [makes, setMakes] = useState(false)
  const [asked] = useDebouncedValue(q.trim(), waitMs)
  const query = {
    limit: pageRows,
    status,
    ...(asked === '' ? {} : { search: asked }),
    ...(mine === true ? { mine: 'true' } : {}),
  }
  const list = usePages('listLeads', { query }, { keepPrevious: true })
  const leads = useMemo(() => list.data?.pages.flatMap((page) => page.leads), [list.data])
  const set = (change: LeadsSearch): void =>
    void navigate({ to: '/leads', search: { q: q === '' ? undefined : q, status, mine, ...change }, replace: true })
  useShortcuts(t('nav.leads'), [{ keys: ['n'], label: t('history.lead.new'), run: () => setMakes(true) }])
  const newLead = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMakes(true)}>
      {t('history.lead.new')}
      <span style={{ marginInlineStart: '0.4rem' }}>
        <KeyHint keys="n" quiet />
      </span>
    </Button>
  )
  const isNarrowed = q !== '' || status !== undefined || mine === true
  return (
    <PageBody wide>
      <PageHeader title={t('nav.leads')} actions={newLead} />
      <div className={css['tools']}>
        <div className={css['field']}>
          <SearchField value={q} label={t('history.leads.search')} onChange={(value) => set({ q: value === '' ? undefined : value })} />
        </div>
        <SegmentedControl
          size="xs"
          aria-label={t('history.lead.status')}
          value={status ?? 'all'}
          onChange={(value) => set({ status: statuses.find((one) => one === value) })}
          data={[{ value: 'all', label: t('common.all') }, ...statuses.map((value) => ({ value, label: t(`lead.status.${value}`) }))]}
        />
        <Chip size="xs" variant="light" checked={mine === true} onChange={(checked) => set({ mine: checked ? true : undefined })}>
          {t('history.leads.mine')}
        </Chip>
      </div>
      <RecordList
        items={leads}
        keyOf={({ id }) => id}
        label={t('nav.leads')}
        query={list}
        empty={{
          icon: <IconTargetArrow size={28} />,
          title: t(isNarrowed ? 'history.leads.none' : 'history.leads.empty'),
          words: t(isNarrowed ? 'history.leads.noneWords' : 'history.leads.emptyWords'),
          action: newLead,
        }}
      >
        {(lead) => <LeadRow lead={lead} />}
      </RecordList>
      {makes && (
        <LeadForm onClose={() => setMakes(false)} onDone={({ number }) => void navigate({ to: '/leads/$number', params: { number } })} />
      )}
    </PageBody>
  )
}

function LeadRow({ lead }: { readonly lead: Lead }): ReactElement {
  const { t } = useTranslation()
  const { number, name, company, owner, status, lastContactAt } = lead
  return (
    <Link to="/leads/$number" params={{ number }} className={css['row']} data-row>
      <span className={css['main']}>
        <span className={css['name']}>
          <span className={css['number']}>{number}</span> <bdi>{name}</bdi>
        </span>
        <bdi className={css['below']}>{company?.name ?? t('lead.noCompany')}</bdi>
      </span>
      <bdi className={`${css['cell']} ${css['owner']}`}>{owner?.name}</bdi>
      <span className={css['status']} data-status={status}>
        {t(`lead.status.${status}`)}
      </span>
      <span className={css['last']}>{lastContactAt === null ? t('history.leads.never') : <DateText at={lastContactAt} />}</span>
    </Link>
  )
}
