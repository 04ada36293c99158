/** Search in everything: leads, companies, people, and mails by what they say; or in the mails of one lead. */
import { SegmentedControl } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { useFoundHits } from './found-hits.ts'
import { type Hit, HitWords } from './hit-words.tsx'
import { LeadFilter } from './lead-filter.tsx'
import { type FoundSearch, hitKinds } from './list-search.ts'
import { RecordList } from './record-list.tsx'
import { SearchField } from './search-field.tsx'
import css from './search-page.module.css'

const groups = { lead: 'nav.leads', company: 'nav.companies', contactPerson: 'nav.people', entry: 'history.search.mails' } as const

export function SearchPage(): ReactElement {
  const { t } = useTranslation()
  const { q = '', kind, lead } = useSearch({ from: '/shell/search' })
  const navigate = useNavigate()
  const found = useFoundHits(q, { kind, lead })
  const { asked, query } = found
  const hits = useMemo(() => withGroups(found.hits), [found.hits])
  const set = (change: FoundSearch): void =>
    void navigate({ to: '/search', search: { q: q === '' ? undefined : q, kind, lead, ...change }, replace: true })
  return (
    <PageBody>
      <PageHeader title={t('nav.search')} />
      <div className={css['tools']}>
        <SearchField
          autoFocus
          size="md"
          value={q}
          label={t('history.search.label')}
          onChange={(value) => set({ q: value === '' ? undefined : value })}
        />
        <div className={css['narrow']}>
          {lead === undefined && (
            <SegmentedControl
              size="xs"
              className={css['kinds']}
              aria-label={t('history.search.kinds')}
              value={kind ?? 'all'}
              onChange={(value) => set({ kind: hitKinds.find((one) => one === value) })}
              data={[{ value: 'all', label: t('common.all') }, ...hitKinds.map((value) => ({ value, label: t(groups[value]) }))]}
            />
          )}
          <LeadFilter lead={lead} onChange={(next) => set({ lead: next, kind: undefined })} />
        </div>
      </div>
      {asked === '' ? (
        <p className={css['hint']}>{t(lead === undefined ? 'history.search.hint' : 'history.search.leadHint')}</p>
      ) : (
        <RecordList
          items={hits}
          keyOf={({ hit }) => `${hit.kind} ${hit.id}`}
          label={t('find.found')}
          query={query}
          empty={{
            icon: <IconSearch size={28} />,
            title: t('history.search.nothing', { words: asked }),
            words: t('history.search.nothingWords'),
          }}
        >
          {({ hit, isFirst }) => (
            <>
              {isFirst && kind === undefined && lead === undefined && <h2 className={css['group']}>{t(groups[hit.kind])}</h2>}
              <HitLink hit={hit} withLead={lead === undefined} />
            </>
          )}
        </RecordList>
      )}
    </PageBody>
  )
}

interface GroupedHit {
  readonly hit: Hit
  /** Of its kind: the heading stands above it. */
  readonly isFirst: boolean
}

function withGroups(hits: readonly Hit[] | undefined): GroupedHit[] | undefined {
  return hits?.map((hit, index) => ({ hit, isFirst: hits[index - 1]?.kind !== hit.kind }))
}

function HitLink({ hit, withLead }: { readonly hit: Hit; readonly withLead: boolean }): ReactElement {
  const words = <HitWords hit={hit} withLead={withLead} />
  const row = { className: css['hit'], 'data-row': true }
  if (hit.kind === 'company')
    return (
      <Link to="/companies/$id" params={{ id: hit.id }} {...row}>
        {words}
      </Link>
    )
  if (hit.kind === 'contactPerson')
    return (
      <Link to="/people/$id" params={{ id: hit.id }} {...row}>
        {words}
      </Link>
    )
  if (hit.kind === 'entry' && hit.lead === null)
    return (
      <Link to="/filed/$id" params={{ id: hit.id }} {...row}>
        {words}
      </Link>
    )
  return (
    <Link to="/leads/$number" params={{ number: hit.lead ?? '' }} search={hit.kind === 'entry' ? { entry: hit.id } : {}} {...row}>
      {words}
    </Link>
  )
}
