/** The one that is looked at: its head is there at once (the list knows it), the mail and the answer as soon as they are. */
import { ActionIcon, Skeleton } from '@mantine/core'
import { IconArrowLeft, IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { memo, type ReactElement, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { EvidenceChips } from '../parts/evidence-chip.tsx'
import { reasonWords } from '../parts/evidence-words.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import type { Answering } from './answering.ts'
import type { Question } from './claim.ts'
import { QuestionView } from './question-view.tsx'
import type { Row } from './queue-list.ts'
import type { Neighbours } from './queue-page.tsx'
import type { QueueSearch } from './queue-search.ts'
import { Tip } from '../parts/tip.tsx'
import css from './question-pane.module.css'

export interface QuestionPaneProps {
  readonly id: string
  /** As the list knows it, where it is in the list. */
  readonly row: Row | null
  /** The list is not beside it. */
  readonly isAlone: boolean
  /** Keys are about what is chosen in the list. */
  readonly isSelecting: boolean
  readonly near: Neighbours
  readonly answering: Answering
  readonly onGo: (id: string | null) => void
  readonly onSearch: (search: QueueSearch) => void
}

/** Not drawn anew because the list changed beside it. */
export const QuestionPane = memo(function QuestionPane(props: QuestionPaneProps): ReactElement {
  const { t } = useTranslation()
  const { id, row } = props
  const question = useCall('readConfirmation', { params: { id } })
  const known = question.data ?? row
  return (
    <article className={css['pane']}>
      <PaneHead {...props} known={known} />
      {question.data !== undefined ? (
        <QuestionView key={id} {...props} question={question.data} />
      ) : question.error !== null ? (
        <ProblemNote
          problem={question.error}
          {...(question.error.status === 404 ? { words: t('queue.gone') } : {})}
          onRetry={() => void question.refetch()}
        />
      ) : (
        <div role="status" aria-label={known?.subject ?? ''} className={css['loading']}>
          <Skeleton height={12} width="45%" />
          <Skeleton height={12} width="60%" />
          <Skeleton height={130} mt="sm" />
        </div>
      )}
    </article>
  )
})

/** Another one was opened: its subject is where one is now, unless somebody types. */
function Subject({ words, isAlone }: { readonly words: string; readonly isAlone: boolean }): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null)
  const Heading = isAlone ? 'h1' : 'h2'
  useEffect(() => {
    const typing = document.activeElement instanceof HTMLInputElement && document.activeElement.type !== 'checkbox'
    if (!typing) heading.current?.focus({ preventScroll: true })
    heading.current?.closest('[data-scroll]')?.scrollTo({ top: 0 })
  }, [])
  return (
    <Heading ref={heading} tabIndex={-1} className={css['subject']} data-question-heading>
      <bdi>{words}</bdi>
    </Heading>
  )
}

type HeadProps = QuestionPaneProps & { readonly known: Row | Question | null }

function PaneHead({ id, known, isAlone, near, onGo }: HeadProps): ReactElement {
  const { t } = useTranslation()
  const subject = known === null ? ' ' : known.subject.trim() === '' ? t('mail.noSubject') : known.subject
  return (
    <header className={css['head']}>
      <div className={css['top']}>
        {isAlone && (
          <ActionIcon aria-label={t('queue.back')} onClick={() => onGo(null)} className={css['back']}>
            <IconArrowLeft size={20} aria-hidden />
          </ActionIcon>
        )}
        <Subject key={id} words={subject} isAlone={isAlone} />
        <div className={css['steps']}>
          <Step label={t('queue.keys.previous')} icon={IconChevronUp} to={near.previous} onGo={onGo} />
          <Step label={t('queue.keys.next')} icon={IconChevronDown} to={near.next} onGo={onGo} />
        </div>
      </div>
      {known !== null && (
        <div className={css['why']}>
          <ul className={css['reasons']} aria-label={t('queue.why')}>
            {known.reasons.map((reason) => (
              <li key={reason} className={css['reason']}>
                {reasonWords(t, reason)}
              </li>
            ))}
          </ul>
          <EvidenceChips evidence={known.evidence} />
          {known.settled === null && (
            <span className={css['since']}>
              {t('queue.waitsSince')} <DateText at={known.openedAt} />
            </span>
          )}
        </div>
      )}
    </header>
  )
}

interface StepProps {
  readonly label: string
  readonly icon: typeof IconChevronUp
  readonly to: string | null
  readonly onGo: (id: string | null) => void
}

function Step({ label, icon: Icon, to, onGo }: StepProps): ReactElement {
  return (
    <Tip label={label}>
      <ActionIcon aria-label={label} disabled={to === null} onClick={() => onGo(to)}>
        <Icon size={18} aria-hidden />
      </ActionIcon>
    </Tip>
  )
}
