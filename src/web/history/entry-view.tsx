/** One entry opened: what was written, why it is here, and what can be done with it. */
import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconArrowBackUp, IconCornerUpRight, IconLock, IconLockOpen, IconX } from '@tabler/icons-react'
import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { MailHead } from '../mail/mail-head.tsx'
import { MailView } from '../mail/mail-view.tsx'
import { DateText } from '../parts/date-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { KeyHint } from '../parts/key-hint.tsx'
import { LeadLabel } from '../parts/lead-label.tsx'
import { LeadPicker } from '../parts/lead-picker.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useCall } from '../queries.ts'
import { moveEntry, setEntryPrivate, takeOutEntry } from './entry-changes.ts'
import { NewPersonButton } from './person-form.tsx'
import { WhyHere } from './why-here.tsx'
import css from './entry-view.module.css'

type EntryWhole = CallAnswer<'readEntry'>
type Participant = EntryWhole['participants'][number]

export interface EntryViewProps {
  readonly id: string
  readonly showLead: boolean
  /** Null where it stands alone. */
  readonly onClose: (() => void) | null
  /** It was moved or taken out. */
  readonly onGone: (movedTo: EntryWhole | null) => void
  /** Of the page where it stands alone. */
  readonly heading?: 'h1' | 'h2'
}

export function EntryView({ id, showLead, onClose, onGone, heading: Heading = 'h2' }: EntryViewProps): ReactElement {
  const { t } = useTranslation()
  const read = useCall('readEntry', { params: { id } }, { keepPrevious: true })
  const entry = read.data
  const title = useRef<HTMLHeadingElement>(null)
  const isThere = entry?.id === id
  const shownId = entry?.id
  // Another mail is read from its beginning.
  useEffect(() => {
    if (shownId !== undefined) title.current?.closest('[data-scroll]')?.scrollTo({ top: 0 })
  }, [shownId])
  if (read.error !== null && !isThere)
    return (
      <div className={css['view']}>
        <Bar onClose={onClose} />
        <ProblemNote problem={read.error} onRetry={() => void read.refetch()} />
      </div>
    )
  if (entry === undefined)
    return (
      <div className={css['view']}>
        <Bar onClose={onClose} />
        <ListSkeleton rows={6} />
      </div>
    )
  const words = entry.hidden ? t('history.row.hidden') : (entry.subject ?? '')
  return (
    <article className={css['view']} aria-busy={!isThere} data-stale={!isThere || undefined}>
      <Bar onClose={onClose}>{isThere && entry.mailId !== null && <Actions entry={entry} onGone={onGone} />}</Bar>
      <header>
        <Heading ref={title} className={css['subject']}>
          <bdi>{words === '' ? t('mail.noSubject') : words}</bdi>
        </Heading>
        {showLead && (
          <div className={css['lead']}>
            <LeadLabel number={entry.lead.number} name={entry.lead.name} company={entry.lead.company} />
          </div>
        )}
      </header>
      <Content entry={entry} />
      <WhyHere entry={entry} heading={Heading === 'h1' ? 'h2' : 'h3'} />
    </article>
  )
}

const newPersonButton = ({ address, name }: Pick<Participant, 'address' | 'name'>): ReactElement => (
  <NewPersonButton address={address} name={name} />
)

function Content({ entry }: { readonly entry: EntryWhole }): ReactElement {
  const { t } = useTranslation()
  if (entry.mail !== null) return <MailView mail={entry.mail} unknownAction={newPersonButton} />
  if (entry.hidden)
    return (
      <>
        {entry.direction !== null && <MailHead mail={{ ...entry, direction: entry.direction }} />}
        <EmptyState icon={<IconLock size={28} />} title={t('history.hidden.title')} words={t('history.hidden.words')} />
      </>
    )
  return (
    <>
      <p className={css['note']} dir="auto">
        {entry.preview}
      </p>
      <DateText at={entry.occurredAt} as="full" />
    </>
  )
}

function Bar({ onClose, children }: Pick<EntryViewProps, 'onClose'> & { readonly children?: ReactNode }): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={css['bar']}>
      <div className={css['actions']}>{children}</div>
      {onClose !== null && (
        <Tooltip label={t('common.close')}>
          <ActionIcon size="lg" onClick={onClose} aria-label={t('common.close')}>
            <IconX size={18} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  )
}

function Actions({ entry, onGone }: { readonly entry: EntryWhole; readonly onGone: EntryViewProps['onGone'] }): ReactElement {
  const { t } = useTranslation()
  const [moves, setMoves] = useState(false)
  const canUndo = entry.undoableUntil !== null
  const { private: isPrivate, hidden } = entry
  const takeOut = (): void => {
    void takeOutEntry(entry)
    onGone(null)
  }
  const togglePrivate = (): void => void setEntryPrivate(entry, !isPrivate)
  useShortcuts(t('history.entry.keys'), [
    { keys: ['m'], label: t('history.entry.move'), run: () => setMoves(true), enabled: !hidden },
    { keys: ['u'], label: t('history.entry.takeOut'), run: takeOut, enabled: canUndo && !hidden },
    {
      keys: ['p'],
      label: t(isPrivate ? 'history.entry.makePublic' : 'history.entry.makePrivate'),
      run: togglePrivate,
      enabled: !hidden,
    },
  ])
  if (hidden) return <></>
  return (
    <>
      <Button variant="default" size="compact-sm" leftSection={<IconCornerUpRight size={16} aria-hidden />} onClick={() => setMoves(true)}>
        {t('history.entry.move')}
        <Hint keys="m" />
      </Button>
      {canUndo && (
        <Tooltip label={t('history.entry.takeOutWords')} multiline maw={320}>
          <Button variant="default" size="compact-sm" leftSection={<IconArrowBackUp size={16} aria-hidden />} onClick={takeOut}>
            {t('history.entry.takeOut')}
            <Hint keys="u" />
          </Button>
        </Tooltip>
      )}
      <Tooltip label={t('history.entry.privateWords')} multiline maw={320}>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={isPrivate ? <IconLockOpen size={16} aria-hidden /> : <IconLock size={16} aria-hidden />}
          onClick={togglePrivate}
        >
          {t(isPrivate ? 'history.entry.makePublic' : 'history.entry.makePrivate')}
          <Hint keys="p" />
        </Button>
      </Tooltip>
      {moves && (
        <LeadPicker
          title={t('history.entry.moveTitle')}
          onClose={() => setMoves(false)}
          onPick={(number, { leadName, company }) => {
            setMoves(false)
            if (number === entry.lead.number) return
            const lead = { number, name: leadName, company }
            void moveEntry(entry, lead)
            onGone({ ...entry, lead })
          }}
        />
      )}
    </>
  )
}

function Hint({ keys }: { readonly keys: string }): ReactElement {
  return (
    <span className={css['hint']}>
      <KeyHint keys={keys} quiet />
    </span>
  )
}
