/** What the popup shows of one mail: filed by itself (company, lead, people, why), or waiting. */
import { Button } from '@mantine/core'
import { IconCircleCheck, IconInbox } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { lazy, type ReactElement, type ReactNode, Suspense, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { placeEntry, rowOf } from '../history/entries.ts'
import { EvidenceChips } from '../parts/evidence-chip.tsx'
import { reasonWords } from '../parts/evidence-words.ts'
import { KeyHint } from '../parts/key-hint.tsx'
import { LeadLabel } from '../parts/lead-label.tsx'
import { PersonChip } from '../parts/person-chip.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { useCall, useChange } from '../queries.ts'
import type { Notice } from './popup-notices.ts'
import css from './live-popup.module.css'

const LeadPicker = lazy(async () => ({ default: (await import('../parts/lead-picker.tsx')).LeadPicker }))

const peopleShown = 3
const evidenceShown = 3
/** What is shown by what the event told is read after that, for whoever opens it and to follow what becomes of it. */
const readAfterMs = 300

export interface CardProps extends Pick<Notice, 'id' | 'told'> {
  /** The keys are about this one. */
  readonly hasKeys: boolean
  readonly onGone: () => void
}

type Entry = Pick<CallAnswer<'readEntry'>, 'id' | 'subject' | 'lead' | 'participants' | 'evidence'>

/** At once where there is nothing to show yet. */
function useIsReadDue(isTold: boolean): boolean {
  const [isDue, setIsDue] = useState(!isTold)
  useEffect(() => {
    const timer = setTimeout(() => setIsDue(true), readAfterMs)
    return () => clearTimeout(timer)
  }, [])
  return isDue
}

/** Nothing at all where the reader may not see it: that is no failure of his. */
export function FiledCard({
  id,
  told,
  hasKeys,
  onBusy,
  onGone,
}: CardProps & { readonly onBusy: (isBusy: boolean) => void }): ReactElement | null {
  const { data, error } = useCall('readEntry', { params: { id } }, { enabled: useIsReadDue(told.entry !== undefined) })
  useGoneOn(error !== null || data?.hidden === true, onGone)
  const entry = data ?? (told.entry === undefined ? undefined : { ...told.entry, id })
  return entry === undefined || data?.hidden === true ? null : <Filed entry={entry} hasKeys={hasKeys} onBusy={onBusy} onGone={onGone} />
}

function useGoneOn(isGone: boolean, onGone: () => void): void {
  useEffect(() => {
    if (isGone) onGone()
  }, [isGone, onGone])
}

const touched = ['readEntry', 'readLead', 'listLeads'] as const

/** Moves it to another lead, which goes on though the card is gone, and can be taken back. */
function useCorrection({ id, lead }: Entry): (number: string) => void {
  const { t } = useTranslation()
  const back = useChange('moveEntry', { invalidates: touched, onDone: (moved) => void placeEntry(rowOf(moved)), onProblem: tellProblem })
  const move = useChange('moveEntry', {
    invalidates: touched,
    onDone: (moved) => {
      placeEntry(rowOf(moved))
      tellWithUndo(t('history.moved', { lead: moved.lead.number, name: moved.lead.name }), () =>
        back.mutate({ params: { id: moved.id }, body: { lead: lead.number } }),
      )
    },
    onProblem: tellProblem,
  })
  return (number) => move.mutate({ params: { id }, body: { lead: number } })
}

interface FiledProps extends Pick<CardProps, 'hasKeys' | 'onGone'> {
  readonly entry: Entry
  readonly onBusy: (isBusy: boolean) => void
}

function Filed({ entry, hasKeys, onBusy, onGone }: FiledProps): ReactElement {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [picks, setPicks] = useState(false)
  const move = useCorrection(entry)
  const pick = (next: boolean): void => {
    setPicks(next)
    onBusy(next)
  }
  const open = (): void => {
    onGone()
    void navigate({ to: '/filed/$id', params: { id: entry.id } })
  }
  useShortcuts(
    t('popup.title'),
    [
      { keys: ['o'], label: t('popup.otherLead'), enabled: hasKeys, run: () => pick(true) },
      { keys: ['v'], label: t('popup.open'), enabled: hasKeys, run: open },
    ],
    'above',
  )
  const people = entry.participants.filter(({ own }) => !own)
  return (
    <Card icon={<IconCircleCheck size={16} aria-hidden />} title={t('popup.filed')} subject={entry.subject}>
      <LeadLabel number={entry.lead.number} name={entry.lead.name} company={entry.lead.company} />
      <div className={css['people']}>
        {people.slice(0, peopleShown).map((person) => (
          <PersonChip
            key={`${person.as} ${person.address}`}
            address={person.address}
            name={person.name}
            contactPersonId={person.contactPersonId}
            company={person.company?.name ?? null}
          />
        ))}
        {people.length > peopleShown && <span className="lp-quiet">{t('mail.peopleMore', { count: people.length - peopleShown })}</span>}
      </div>
      <EvidenceChips evidence={entry.evidence.slice(0, evidenceShown)} />
      <div className={css['actions']}>
        <Action words={t('popup.otherLead')} keys="o" hasKeys={hasKeys} onClick={() => pick(true)} />
        <Action words={t('popup.open')} keys="v" hasKeys={hasKeys} onClick={open} />
      </div>
      {picks && (
        <Suspense>
          <LeadPicker
            title={t('popup.otherLead')}
            onClose={() => pick(false)}
            onPick={(number) => {
              pick(false)
              onGone()
              if (number !== entry.lead.number) move(number)
            }}
          />
        </Suspense>
      )}
    </Card>
  )
}

export function WaitsCard({ id, told, hasKeys, onGone }: CardProps): ReactElement | null {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { data, error } = useCall('readConfirmation', { params: { id } }, { enabled: useIsReadDue(told.question !== undefined) })
  const question = data ?? told.question
  useGoneOn(error !== null || (question !== undefined && question.settled !== null), onGone)
  const open = (): void => {
    onGone()
    void navigate({ to: '/confirm/$id', params: { id } })
  }
  useShortcuts(t('popup.title'), [{ keys: ['v'], label: t('popup.open'), enabled: hasKeys && question !== undefined, run: open }], 'above')
  if (question === undefined) return null
  const [best] = question.candidates
  return (
    <Card icon={<IconInbox size={16} aria-hidden />} title={t('popup.waits')} subject={question.subject} waits>
      <span className={css['reason']}>{question.reasons.map((reason) => reasonWords(t, reason)).join(' · ')}</span>
      {best !== undefined && <LeadLabel number={best.lead} name={best.leadName} company={best.company} link={false} />}
      <div className={css['actions']}>
        <Action words={t('popup.answer')} keys="v" hasKeys={hasKeys} onClick={open} />
      </div>
    </Card>
  )
}

interface CardFrameProps {
  readonly icon: ReactNode
  readonly title: string
  readonly subject: string | null
  readonly waits?: boolean
  readonly children: ReactNode
}

function Card({ icon, title, subject, waits = false, children }: CardFrameProps): ReactElement {
  const { t } = useTranslation()
  return (
    <article className={css['card']} data-waits={waits || undefined}>
      <p className={css['title']}>
        {icon}
        {title}
      </p>
      <p className={css['subject']}>
        <bdi>{subject === null || subject.trim() === '' ? t('mail.noSubject') : subject}</bdi>
      </p>
      {children}
    </article>
  )
}

interface ActionProps {
  readonly words: string
  readonly keys: string
  readonly hasKeys: boolean
  readonly onClick: () => void
}

function Action({ words, keys, hasKeys, onClick }: ActionProps): ReactElement {
  return (
    <Button size="compact-xs" variant="default" {...(hasKeys ? { rightSection: <KeyHint keys={keys} quiet /> } : {})} onClick={onClick}>
      {words}
    </Button>
  )
}
