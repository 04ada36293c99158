/** A lead: what it is, its contact history, and what there is to do. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { PageSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useCall } from '../queries.ts'
import { Fold } from './fold.tsx'
import { HistoryPanes } from './history-panes.tsx'
import type { HistorySearch } from './history-search.ts'
import { LeadAbout } from './lead-about.tsx'
import { LeadForm } from './lead-form.tsx'
import { LeadHead } from './lead-head.tsx'

const from = '/shell/leads/$number'

export function LeadPage(): ReactElement {
  const { t } = useTranslation()
  const { number } = useParams({ from })
  const search = useSearch({ from })
  const navigate = useNavigate()
  const [edits, setEdits] = useState(false)
  const read = useCall('readLead', { params: { number } })
  useShortcuts(t('history.lead.one'), [{ keys: ['e'], label: t('history.lead.edit'), run: () => setEdits(true) }])
  const lead = read.data
  if (read.error !== null && lead === undefined)
    return (
      <PageBody>
        <PageHeader title={number} />
        <ProblemNote problem={read.error} onRetry={() => void read.refetch()} />
      </PageBody>
    )
  if (lead === undefined) return <PageSkeleton />
  const onSearch = (change: HistorySearch, replace: boolean): void =>
    void navigate({ to: '/leads/$number', params: { number }, search: { ...search, ...change }, replace })
  return (
    <>
      <HistoryPanes
        of={{ lead: number }}
        search={search}
        onSearch={onSearch}
        head={<LeadHead lead={lead} onEdit={() => setEdits(true)} />}
        about={
          <Fold title={t('history.lead.about')}>
            <LeadAbout lead={lead} />
          </Fold>
        }
        people={lead.keyPlayers.map(({ contactPerson: { id, name } }) => ({ id, name }))}
        showLead={false}
        emptyWords={t('history.lead.emptyWords', { token: lead.subjectToken, bcc: lead.bcc })}
      />
      {edits && <LeadForm lead={lead} onDone={() => setEdits(false)} onClose={() => setEdits(false)} />}
    </>
  )
}
