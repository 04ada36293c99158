/** Who changed what, newest first, in words. */
import { Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconHistory } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { VirtualList } from '../history/virtual-list.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { usePages } from '../queries.ts'
import type { AuditSearch } from './admin-search.ts'
import { AuditRow, actionWords, auditActions } from './audit-row.tsx'
import css from './audit-page.module.css'

const rowPixels = 44
const typingMs = 300

export function AuditPage(): ReactElement {
  const { t } = useTranslation()
  const { actor, action, all = false } = useSearch({ from: '/shell/admin/audit' })
  const query = {
    ...(actor === undefined ? {} : { actor: actor.trim().toLowerCase() }),
    ...(action === undefined ? {} : { action }),
    ...(all || actor !== undefined || action !== undefined ? {} : { people: 'true' }),
  }
  const pages = usePages('listAudit', { query })
  const entries = pages.data?.pages.flatMap((page) => page.entries)
  const isFiltered = actor !== undefined || action !== undefined
  return (
    <PageBody>
      <PageHeader title={t('admin.audit.title')} words={t('admin.audit.words')} />
      <Filters />
      {pages.error !== null && entries === undefined && <ProblemNote problem={pages.error} onRetry={() => void pages.refetch()} />}
      {entries === undefined && pages.error === null && <ListSkeleton rows={10} height={rowPixels} />}
      {entries?.length === 0 && (
        <EmptyState icon={<IconHistory size={28} />} title={t(isFiltered ? 'admin.audit.emptyFilter' : 'admin.audit.empty')} />
      )}
      {entries !== undefined && entries.length > 0 && (
        <VirtualList items={entries} keyOf={({ id }) => id} rowPixels={rowPixels} label={t('admin.audit.title')} more={pages}>
          {(entry) => <AuditRow entry={entry} />}
        </VirtualList>
      )}
    </PageBody>
  )
}

function Filters(): ReactElement {
  const { t, i18n } = useTranslation()
  const navigate = useNavigate()
  const search = useSearch({ from: '/shell/admin/audit' })
  const [actor, setActor] = useState(search.actor ?? '')
  const set = (change: { readonly [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }): void => {
    const next = Object.entries({ ...search, ...change }).filter(([, value]) => value !== undefined && value !== '' && value !== false)
    void navigate({ to: '/admin/audit', search: Object.fromEntries(next), replace: true })
  }
  const setActorSoon = useDebouncedCallback((value: string) => set({ actor: value === '' ? undefined : value }), typingMs)
  const actions = auditActions
    .map((value) => ({ value: value as string, label: actionWords(t, value, '…') }))
    .toSorted((one, other) => one.label.localeCompare(other.label, i18n.language))
  return (
    <div className={css['filters']} role="search">
      <TextInput
        size="xs"
        type="search"
        aria-label={t('admin.audit.actor')}
        placeholder={t('admin.audit.actor')}
        value={actor}
        onChange={({ currentTarget: { value } }) => {
          setActor(value)
          setActorSoon(value)
        }}
      />
      <NativeSelect
        size="xs"
        aria-label={t('admin.audit.action')}
        value={search.action ?? ''}
        onChange={({ currentTarget: { value } }) => set({ action: value === '' ? undefined : value })}
        data={[{ value: '', label: t('admin.audit.anything') }, ...actions]}
      />
      <Checkbox
        size="xs"
        label={t('admin.audit.all')}
        checked={search.all ?? false}
        onChange={({ currentTarget }) => set({ all: currentTarget.checked })}
      />
    </div>
  )
}
