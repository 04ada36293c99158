/** A dialog that finds a lead as one types its number, name or company: the arrows choose, Enter takes it. */
import { Combobox, Modal, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { LeadLabel } from '../parts/lead-label.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import css from './lead-finder.module.css'

type Lead = CallAnswer<'listLeads'>['leads'][number]

const waitMs = 100
const leadsShown = 12

export interface LeadFinderProps {
  readonly title: string
  /** Not offered: where it stands already. */
  readonly except: string
  readonly onChoose: (lead: Lead) => void
  readonly onClose: () => void
}

export function LeadFinder({ title, except, onChoose, onClose }: LeadFinderProps): ReactElement {
  const { t } = useTranslation()
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search.trim(), waitMs)
  const query = asked === '' ? { limit: leadsShown + 1, status: 'open' as const } : { limit: leadsShown + 1, search: asked }
  const found = useCall('listLeads', { query }, { keepPrevious: true })
  const leads = (found.data?.leads ?? []).filter(({ number }) => number !== except).slice(0, leadsShown)
  const combobox = useCombobox({ opened: true })
  const shown = leads.map(({ number }) => number).join()
  const { selectFirstOption } = combobox
  useEffect(() => {
    if (shown !== '') selectFirstOption()
  }, [shown, selectFirstOption])
  const choose = (number: string): void => {
    const lead = leads.find((one) => one.number === number)
    if (lead !== undefined) onChoose(lead)
  }
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Combobox store={combobox} onOptionSubmit={choose}>
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus
            value={search}
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
            leftSection={<IconSearch size={16} aria-hidden />}
            placeholder={t('history.leads.search')}
            aria-label={t('history.leads.search')}
          />
        </Combobox.EventsTarget>
        <Combobox.Options className={css['options']} aria-label={title}>
          {leads.map((lead) => (
            <Combobox.Option key={lead.number} value={lead.number}>
              <LeadLabel number={lead.number} name={lead.name} company={lead.company?.name ?? null} link={false} />
            </Combobox.Option>
          ))}
          {found.isPending && <ListSkeleton rows={4} height={36} />}
          {found.data !== undefined && leads.length === 0 && <Combobox.Empty>{t('history.leads.none')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox>
      {found.error !== null && <ProblemNote problem={found.error} onRetry={() => void found.refetch()} />}
    </Modal>
  )
}
