/** Another lead, found as one types its number, its name or its company's name; all by keyboard. Loaded when it is first opened. */
import { Modal, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactElement, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCall } from '../queries.ts'
import { KeyHint } from './key-hint.tsx'
import { LeadLabel } from './lead-label.tsx'
import css from './lead-picker.module.css'
import { ListSkeleton } from './page-skeleton.tsx'
import { ProblemNote } from './problem-note.tsx'

const waitMs = 90
const leadsMax = 20

/** A lead that is worth looking at first. */
export interface SuggestedLead {
  readonly lead: string
  readonly leadName: string
  readonly company: string | null
  readonly status: string
}

export interface LeadPickerProps {
  readonly title: string
  /** Shown until something is typed. */
  readonly suggested?: readonly SuggestedLead[]
  readonly onPick: (number: string, lead: SuggestedLead) => void
  readonly onClose: () => void
}

export function LeadPicker({ title, suggested = [], onPick, onClose }: LeadPickerProps): ReactElement {
  const { t } = useTranslation()
  const list = useId()
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed.trim(), waitMs)
  const found = useCall(
    'listLeads',
    { query: { limit: leadsMax, ...(asked === '' ? { status: 'open' as const } : { search: asked }) } },
    { keepPrevious: true },
  )
  const leads = offered(asked, suggested, found.data?.leads ?? [])
  // What is in front is there for the words that are typed now, or is not picked by mistake.
  const isSettled = asked === typed.trim() && !found.isPlaceholderData
  const [active, setActive] = useState(0)
  const at = Math.min(active, Math.max(0, leads.length - 1))
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive(Math.min(at + 1, leads.length - 1))
    else if (event.key === 'ArrowUp') setActive(Math.max(at - 1, 0))
    else if (event.key === 'Enter' && isSettled && leads[at] !== undefined) onPick(leads[at].lead, leads[at])
    else return
    event.preventDefault()
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
      yOffset="12vh"
      centered={false}
    >
      <TextInput
        data-autofocus
        size="md"
        role="combobox"
        aria-expanded={leads.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={leads.length > 0 ? `${list}-${String(at)}` : undefined}
        aria-label={t('leadPicker.placeholder')}
        placeholder={t('leadPicker.placeholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value)
          setActive(0)
        }}
        onKeyDown={onKeyDown}
      />
      {found.error !== null && <ProblemNote problem={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && suggested.length === 0 && <ListSkeleton rows={4} height={36} />}
      {leads.length === 0 && !found.isPending && <p className={css['nothing']}>{t('leadPicker.nothing')}</p>}
      <div id={list} role="listbox" aria-label={title} className={css['list']}>
        {leads.map((lead, index) => (
          <Option
            key={lead.lead}
            id={`${list}-${String(index)}`}
            lead={lead}
            isActive={index === at}
            onPick={() => onPick(lead.lead, lead)}
            onHover={() => setActive(index)}
          />
        ))}
      </div>
    </Modal>
  )
}

type Found = readonly {
  readonly number: string
  readonly name: string
  readonly company: { readonly name: string } | null
  readonly status: string
}[]

function offered(asked: string, suggested: readonly SuggestedLead[], found: Found): readonly SuggestedLead[] {
  const others = found.map(({ number, name, company, status }) => ({
    lead: number,
    leadName: name,
    company: company?.name ?? null,
    status,
  }))
  if (asked !== '') return others
  const first = new Set(suggested.map(({ lead }) => lead))
  return [...suggested, ...others.filter(({ lead }) => !first.has(lead))]
}

interface OptionProps {
  readonly id: string
  readonly lead: SuggestedLead
  readonly isActive: boolean
  readonly onPick: () => void
  readonly onHover: () => void
}

function Option({ id, lead, isActive, onPick, onHover }: OptionProps): ReactElement {
  const { t } = useTranslation()
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isActive) ref.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    // The field above has the focus and the keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div ref={ref} id={id} role="option" aria-selected={isActive} className={css['option']} onClick={onPick} onMouseMove={onHover}>
      <LeadLabel number={lead.lead} name={lead.leadName} company={lead.company} link={false} />
      {lead.status !== 'open' && <span className={css['status']}>{t(`lead.status.${lead.status as 'won'}`)}</span>}
      {isActive && <KeyHint keys="Enter" quiet />}
    </div>
  )
}
