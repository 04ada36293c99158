/** The answer: ranked candidates with their evidence, other ways out, and what is made together with it. */
import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { EvidenceChips } from '../parts/evidence-chip.tsx'
import { KeyHint } from '../parts/key-hint.tsx'
import { LeadLabel } from '../parts/lead-label.tsx'
import { mayCall, useSession } from '../session.ts'
import type { Question } from './claim.ts'
import type { Draft } from './draft.ts'
import { PeopleDraft } from './people-draft.tsx'
import { SiblingsBox } from './siblings-box.tsx'
import { TaskBox } from './task-box.tsx'
import css from './answer-panel.module.css'

/** A dialog that the answer needs. */
export type Asking = 'lead' | 'create' | 'dismiss'

type Candidate = Question['candidates'][number]

export interface AnswerPanelProps {
  readonly question: Question
  readonly draft: Draft
  /** Somebody else works on it. */
  readonly disabled: boolean
  /** The candidates have just changed by themselves. */
  readonly isMoving: boolean
  readonly onFile: (lead: string) => void
  readonly onAsk: (asking: Asking) => void
  readonly onTask: () => void
}

export function AnswerPanel({ question, draft, disabled, isMoving, onFile, onAsk, onTask }: AnswerPanelProps): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const { candidates } = question
  return (
    <section className={css['panel']} aria-label={t('queue.answer')}>
      <p className={css['title']} role="status">
        {t(isMoving ? 'queue.changed' : candidates.length > 0 ? 'queue.candidates' : 'queue.noCandidates')}
      </p>
      {candidates.length > 0 && (
        <ol className={css['candidates']}>
          {candidates.map((candidate, index) => (
            <CandidateItem key={candidate.lead} candidate={candidate} index={index} disabled={disabled || isMoving} onFile={onFile} />
          ))}
        </ol>
      )}
      <div className={css['ways']}>
        <Way words={t('queue.otherLead')} keys="l" disabled={disabled} onClick={() => onAsk('lead')} />
        {mayCall(session, 'createLead') && (
          <Way words={t('queue.createLead')} keys="c" disabled={disabled} onClick={() => onAsk('create')} />
        )}
        <Way words={t('queue.dismiss')} keys="d" disabled={disabled} onClick={() => onAsk('dismiss')} />
      </div>
      {!disabled && (
        <div className={css['extras']}>
          <PeopleDraft question={question} draft={draft} />
          <TaskBox task={draft.task} onTask={draft.setTask} onToggle={onTask} />
          {question.siblings > 0 && mayCall(session, 'answerConfirmations') && <SiblingsBox question={question} draft={draft} />}
        </div>
      )}
    </section>
  )
}

interface CandidateItemProps {
  readonly candidate: Candidate
  readonly index: number
  readonly disabled: boolean
  readonly onFile: (lead: string) => void
}

function CandidateItem({ candidate, index, disabled, onFile }: CandidateItemProps): ReactElement {
  const { t } = useTranslation()
  const { lead, leadName, company, status, evidence } = candidate
  return (
    <li className={css['candidate']} data-first={index === 0 || undefined}>
      <button type="button" className={css['file']} disabled={disabled} onClick={() => onFile(lead)}>
        <span className={css['key']}>
          <KeyHint keys={String(index + 1)} quiet />
        </span>
        <span className={css['lead']}>
          <span className="lp-unseen">{t('queue.fileAt')} </span>
          <LeadLabel number={lead} name={leadName} company={company} link={false} />
          {status !== 'open' && <span className={css['status']}>{t(`lead.status.${status as 'won'}`)}</span>}
        </span>
        {index === 0 && (
          <span className={css['enter']}>
            <KeyHint keys="Enter" quiet />
          </span>
        )}
      </button>
      <EvidenceChips evidence={evidence} />
    </li>
  )
}

interface WayProps {
  readonly words: string
  readonly keys: string
  readonly disabled: boolean
  readonly onClick: () => void
}

function Way({ words, keys, disabled, onClick }: WayProps): ReactElement {
  return (
    <Button variant="default" size="xs" disabled={disabled} rightSection={<KeyHint keys={keys} quiet />} onClick={onClick}>
      {words}
    </Button>
  )
}
