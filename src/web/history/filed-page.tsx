/** What was filed last, by the rules or by people: to look over in passing, and to correct. */
import { Chip, SegmentedControl } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { HistoryPanes } from './history-panes.tsx'
import type { FiledSearch } from './list-search.ts'
import css from './record-head.module.css'
import bar from './entry-filters.module.css'

export function FiledPage(): ReactElement {
  const { t } = useTranslation()
  const { entry, by, mine } = useSearch({ from: '/shell/filed' })
  const navigate = useNavigate()
  const set = (change: FiledSearch, replace: boolean): void =>
    void navigate({ to: '/filed', search: { entry, by, mine, ...change }, replace })
  return (
    <HistoryPanes
      of={{ recent: by ?? 'all', mine: mine === true }}
      search={entry === undefined ? {} : { entry }}
      onSearch={({ entry: next }, replace) => set({ entry: next }, replace)}
      head={
        <header className={css['head']}>
          <title>{`${t('nav.filed')} · Leadpost`}</title>
          <div className={css['words']}>
            <h1 className={css['title']}>{t('nav.filed')}</h1>
            <div className={css['line']}>{t('history.filed.words')}</div>
          </div>
        </header>
      }
      about={null}
      filters={
        <div className={bar['bar']} role="group" aria-label={t('history.filter.title')}>
          <SegmentedControl
            size="xs"
            aria-label={t('history.filed.by')}
            value={by ?? 'all'}
            onChange={(value) => set({ by: value === 'rule' || value === 'person' ? value : undefined }, true)}
            data={[
              { value: 'all', label: t('common.all') },
              { value: 'rule', label: t('history.filed.byRule') },
              { value: 'person', label: t('history.filed.byPerson') },
            ]}
          />
          <Chip size="xs" variant="light" checked={mine === true} onChange={(checked) => set({ mine: checked ? true : undefined }, true)}>
            {t('history.filed.mine')}
          </Chip>
        </div>
      }
      showLead
      emptyWords={t('history.filed.empty')}
    />
  )
}
