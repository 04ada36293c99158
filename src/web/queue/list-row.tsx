/** One line of the queue: who to whom, about what, why it waits, and what looks best. */
import { Checkbox } from '@mantine/core'
import { IconPaperclip } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { memo, type ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { reasonWords } from '../parts/evidence-words.ts'
import { initialsOf } from '../parts/initials.ts'
import { useSession } from '../session.ts'
import type { Row } from './queue-list.ts'
import { useNameOf } from './person-names.ts'
import type { Selection } from './selection.ts'
import { Tip } from '../parts/tip.tsx'
import css from './list-row.module.css'

export interface ListRowProps {
  readonly row: Row
  readonly isOpen: boolean
  readonly isChosen: boolean
  /** Null where nothing can be chosen. */
  readonly onChoose: Selection['toggle'] | null
}

function nameOf({ address, name }: { readonly address: string; readonly name: string | null }): string {
  return name === null || name === '' ? address : name
}

/** Drawn anew only where something of it changed. */
export const ListRow = memo(function ListRow({ row, isOpen, isChosen, onChoose }: ListRowProps): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const subject = row.subject.trim() === '' ? t('mail.noSubject') : row.subject
  return (
    <div className={css['row']} data-open={isOpen || undefined} data-chosen={isChosen || undefined} data-settled={row.settled !== null}>
      {onChoose !== null && (
        <Checkbox
          size="xs"
          className={css['choose']}
          tabIndex={isOpen ? 0 : -1}
          aria-label={t('queue.choose', { subject })}
          checked={isChosen}
          onChange={() => undefined}
          onClick={(event) => onChoose(row.id, event.shiftKey)}
        />
      )}
      <Link
        to="/confirm/$id"
        params={{ id: row.id }}
        search={true}
        preload={false}
        tabIndex={isOpen ? 0 : -1}
        className={css['link']}
        aria-current={isOpen ? 'true' : undefined}
        onClick={(event) => {
          if (!event.shiftKey || onChoose === null) return
          event.preventDefault()
          onChoose(row.id, true)
        }}
      >
        <span className={css['first']}>
          <People row={row} />
          {row.files > 0 && (
            <span className={css['files']}>
              <IconPaperclip size={13} aria-hidden />
              <span aria-hidden>{row.files}</span>
              <span className="lp-unseen">{t('mail.files', { count: row.files })}</span>
            </span>
          )}
          <span className={css['age']}>
            <DateText at={row.settled?.at ?? row.openedAt} />
          </span>
        </span>
        <span className={css['subject']}>
          <bdi>{subject}</bdi>
        </span>
        <span className={css['last']}>{row.settled === null ? <Standing row={row} /> : <Settled settled={row.settled} />}</span>
      </Link>
      {row.claimedBy !== null && row.claimedBy.email !== user.email && row.settled === null && <Claimant name={row.claimedBy.name} />}
    </div>
  )
})

function People({ row }: { readonly row: Row }): ReactElement {
  const { t } = useTranslation()
  const [to] = row.to
  return (
    <span className={css['people']}>
      <bdi className={css['from']}>{row.from === null ? t('queue.nobody') : nameOf(row.from)}</bdi>
      {to !== undefined && (
        <>
          <span className={css['arrow']} aria-label={t('queue.toWhom')} role="img" />
          <bdi className={css['to']}>{nameOf(to)}</bdi>
          {row.to.length > 1 && <span className={css['to']}>+{row.to.length - 1}</span>}
        </>
      )}
    </span>
  )
}

function Standing({ row }: { readonly row: Row }): ReactElement {
  const { t } = useTranslation()
  const [best] = row.candidates
  return (
    <>
      <span className={css['reason']}>{reasonWords(t, row.reasons[0] ?? 'unmatched')}</span>
      {row.reasons.length > 1 && <span className={css['more']}>+{row.reasons.length - 1}</span>}
      {best !== undefined && (
        <span className={css['best']}>
          <span className={css['number']}>{best.lead}</span> <bdi>{best.leadName}</bdi>
        </span>
      )}
    </>
  )
}

function Settled({ settled }: { readonly settled: NonNullable<Row['settled']> }): ReactElement {
  const { t } = useTranslation()
  const who = useNameOf()(settled.by)
  return (
    <span className={css['done']}>
      {settled.kind === 'append' ? t('queue.settledFiled', { who, lead: settled.lead ?? '' }) : t('queue.settledDismissed', { who })}
    </span>
  )
}

function Claimant({ name }: { readonly name: string }): ReactElement {
  const { t } = useTranslation()
  return (
    <Tip label={t('queue.claimedBy', { name })}>
      <span className={css['claimant']}>
        <span aria-hidden>{initialsOf(name)}</span>
        <span className="lp-unseen">{t('queue.claimedBy', { name })}</span>
      </span>
    </Tip>
  )
}
