/** One line of a contact history: which way, who wrote to whom, when, what about, how it begins, and what is special about it. */
import {
  IconArrowDownLeft,
  IconArrowsLeftRight,
  IconArrowUpRight,
  IconLock,
  IconMailOff,
  IconNote,
  IconPaperclip,
  IconRobot,
} from '@tabler/icons-react'
import { memo, type MouseEvent, type ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import type { Entry } from './entry-pages.ts'
import css from './entry-row.module.css'

/** Named one by one; the others are counted. */
const recipientsNamed = 2
const arrows = { outbound: IconArrowUpRight, inbound: IconArrowDownLeft, internal: IconArrowsLeftRight } as const

export interface EntryRowProps {
  readonly entry: Entry
  readonly isOpen: boolean
  readonly isFresh: boolean
  /** Where entries of several leads stand together. */
  readonly showLead: boolean
  /** When it happened, or when it was filed: by what the list is ordered. */
  readonly at: string
  readonly onOpen: (id: string) => void
}

/** Drawn anew only where something of it changed: scrolling draws the list at each step. */
export const EntryRow = memo(function EntryRow({ entry, isOpen, isFresh, showLead, at, onOpen }: EntryRowProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const open = (event: MouseEvent): void => {
    // In a new tab as the browser does it.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    onOpen(entry.id)
  }
  const subject = entry.hidden ? t('history.row.hidden') : (entry.subject ?? '')
  return (
    <div className={css['row']} data-open={isOpen || undefined} data-fresh={isFresh || undefined}>
      <Direction entry={entry} />
      <div className={css['words']}>
        <div className={css['line']}>
          <People entry={entry} />
          {isFresh && <span className={css['new']}>{t('history.row.new')}</span>}
          <Marks entry={entry} />
          <time dateTime={at} className={css['time']} title={formats.exact(at)}>
            {formats.time(at)}
          </time>
        </div>
        <a
          href={`?entry=${entry.id}`}
          className={css['subject']}
          dir="auto"
          data-row
          data-hidden={entry.hidden || undefined}
          aria-current={isOpen || undefined}
          onClick={open}
        >
          {subject === '' ? t('mail.noSubject') : subject}
        </a>
        {(showLead || (entry.preview ?? '') !== '') && (
          <div className={css['below']}>
            {showLead && <LeadWords entry={entry} />}
            <span className={css['preview']} dir="auto">
              {entry.preview}
            </span>
          </div>
        )}
      </div>
    </div>
  )
})

function LeadWords({ entry: { lead } }: Pick<EntryRowProps, 'entry'>): ReactElement {
  return (
    <span className={css['lead']}>
      <span className={css['number']}>{lead.number}</span> <bdi>{lead.name}</bdi>
    </span>
  )
}

function Direction({ entry: { direction, kind } }: Pick<EntryRowProps, 'entry'>): ReactElement {
  const { t } = useTranslation()
  if (direction === null) return <IconNote size={16} className={css['direction']} role="img" aria-label={t(`history.kind.${kind}`)} />
  const Arrow = arrows[direction]
  return <Arrow size={16} className={css['direction']} data-direction={direction} role="img" aria-label={t(`mail.${direction}`)} />
}

function People({ entry: { from, participants } }: Pick<EntryRowProps, 'entry'>): ReactElement {
  const { t } = useTranslation()
  const of = (...roles: readonly string[]): Entry['participants'] => participants.filter(({ as }) => roles.includes(as))
  // Of a forward the original's people are the mail's.
  const author = of('forwardedFrom')[0] ?? of('from')[0] ?? from
  const forwarded = of('forwardedTo', 'forwardedCc')
  const to = forwarded.length > 0 ? forwarded : of('to', 'cc', 'bcc')
  const more = to.length - recipientsNamed
  return (
    <span className={css['people']}>
      {author !== null && author !== undefined && <Name person={author} />}
      {to.length > 0 && (
        <span className={css['to']}>
          <span aria-hidden className={css['arrow']} />
          <span className="lp-unseen">{t('history.row.to')} </span>
          {to.slice(0, recipientsNamed).map((person, index) => (
            <span key={person.address}>
              {index > 0 && ', '}
              <Name person={person} />
            </span>
          ))}
          {more > 0 && <span className={css['more']}> +{more}</span>}
        </span>
      )}
    </span>
  )
}

function Name({
  person,
}: {
  readonly person: { readonly address: string; readonly name: string | null; readonly own?: boolean }
}): ReactElement {
  const { address, name } = person
  return (
    <bdi title={address} className={css['name']} data-own={person.own || undefined}>
      {name === null || name === '' ? address : name}
    </bdi>
  )
}

function Marks({ entry }: Pick<EntryRowProps, 'entry'>): ReactElement | null {
  const { t } = useTranslation()
  const { files, automatic, participants, private: isPrivate } = entry
  const undelivered = participants.some((person) => person.undelivered)
  if (files === 0 && automatic === null && !undelivered && !isPrivate) return null
  return (
    <span className={css['marks']}>
      {isPrivate && (
        <span title={t('history.row.private')}>
          <IconLock size={14} role="img" aria-label={t('history.row.private')} />
        </span>
      )}
      {automatic !== null && (
        <span title={t('history.row.automatic')}>
          <IconRobot size={14} role="img" aria-label={t('history.row.automatic')} />
        </span>
      )}
      {undelivered && (
        <span title={t('mail.undelivered')}>
          <IconMailOff size={14} className={css['bad']} role="img" aria-label={t('mail.undelivered')} />
        </span>
      )}
      {files > 0 && (
        <span className={css['files']} title={t('mail.files', { count: files })}>
          <IconPaperclip size={14} role="img" aria-label={t('mail.files', { count: files })} />
          {files > 1 && <span aria-hidden>{files}</span>}
        </span>
      )}
    </span>
  )
}
