/** One question whole: the mail, the candidates with what speaks for and against them, and every answer by key or click. */
import { Button } from '@mantine/core'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MailHeadProps } from '../mail/mail-head.tsx'
import { MailView } from '../mail/mail-view.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { mayCall, useSession } from '../session.ts'
import type { Answer } from './answering.ts'
import { AnswerPanel, type Asking } from './answer-panel.tsx'
import { type Question, useClaim } from './claim.ts'
import { ClaimNote, SettledNote } from './standing-notes.tsx'
import { useDraft } from './draft.ts'
import { MakePerson } from './people-draft.tsx'
import type { QuestionPaneProps } from './question-pane.tsx'
import { useSteady } from './steady.ts'
import css from './question-view.module.css'

const LeadPicker = lazy(async () => ({ default: (await import('../parts/lead-picker.tsx')).LeadPicker }))
const DismissDialog = lazy(async () => ({ default: (await import('./dismiss-dialog.tsx')).DismissDialog }))
const CreateLeadDialog = lazy(async () => ({ default: (await import('./create-lead-dialog.tsx')).CreateLeadDialog }))

/** Candidates that a key of their own files at. */
const digits = ['1', '2', '3', '4', '5', '6', '7', '8', '9']

export function QuestionView({
  question,
  isSelecting,
  near,
  answering,
  onGo,
}: QuestionPaneProps & { readonly question: Question }): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const claim = useClaim(question)
  const draft = useDraft(question)
  const [asking, setAsking] = useState<Asking | null>(null)
  const isOpen = question.settled === null
  const isAnswerable = isOpen && claim.heldBy === null && !isSelecting
  const isSteady = useSteady(question.candidates.map(({ lead }) => lead).join())
  const mayFile = isAnswerable && isSteady
  const [best] = question.candidates
  const makeable = new Set(question.unknownPeople.map(({ address }) => address))
  const unknownAction: MailHeadProps['unknownAction'] = (person) =>
    makeable.has(person.address) && <MakePerson person={person} isOn={draft.people.has(person.address)} onToggle={draft.togglePerson} />
  const give = (answer: Answer): void => {
    setAsking(null)
    answering.answer(question, answer, draft.siblings)
  }
  const file = (lead: string): void => give(draft.append(lead))
  const hasTask = draft.task !== null
  const toggleTask = (): void => draft.setTask(hasTask ? null : { title: '', dueOn: '', assignee: '' })

  useShortcuts(t('queue.keys.answer'), [
    {
      keys: ['Enter'],
      label: isOpen ? t('queue.keys.confirm') : t('queue.keys.next'),
      enabled: isOpen ? mayFile && best !== undefined : near.next !== null,
      run: () => (isOpen ? best !== undefined && file(best.lead) : onGo(near.next)),
    },
    ...digits.map((digit, index) => ({
      keys: [digit],
      label: t('queue.keys.candidate', { digit }),
      enabled: mayFile && question.candidates.length > index,
      // One line in the help tells of all nine.
      hidden: index > 0,
      run: () => {
        const candidate = question.candidates[index]
        if (candidate !== undefined) file(candidate.lead)
      },
    })),
    { keys: ['l'], label: t('queue.keys.otherLead'), enabled: isAnswerable, run: () => setAsking('lead') },
    {
      keys: ['c'],
      label: t('queue.keys.createLead'),
      enabled: isAnswerable && mayCall(session, 'createLead'),
      run: () => setAsking('create'),
    },
    { keys: ['d'], label: t('queue.keys.dismiss'), enabled: isAnswerable, run: () => setAsking('dismiss') },
    {
      keys: ['p'],
      label: t('queue.keys.people'),
      enabled: isAnswerable && question.unknownPeople.length > 0,
      run: () => draft.toggleEverybody(),
    },
    { keys: ['t'], label: t('queue.keys.task'), enabled: isAnswerable, run: toggleTask },
    { keys: ['o'], label: t('queue.keys.takeOver'), enabled: isOpen && claim.heldBy !== null, run: claim.takeOver },
  ])

  return (
    <div className={css['view']}>
      {question.settled !== null && <SettledNote settled={question.settled} onUndo={() => void answering.undo([question.id])} />}
      {isOpen && claim.heldBy !== null && <ClaimNote heldBy={claim.heldBy} onTake={claim.takeOver} />}
      <div className={css['columns']}>
        <div className={css['mail']}>
          <MailView mail={question.mail} {...(isAnswerable ? { unknownAction } : {})} />
        </div>
        {isOpen && (
          <AnswerPanel
            question={question}
            draft={draft}
            disabled={claim.heldBy !== null}
            isMoving={!isSteady}
            onFile={file}
            onAsk={setAsking}
            onTask={toggleTask}
          />
        )}
      </div>
      {isAnswerable && <QuickAnswers best={isSteady ? best : undefined} onFile={file} onAsk={setAsking} />}
      <Suspense>
        {asking === 'lead' && (
          <LeadPicker title={t('queue.otherLead')} suggested={question.candidates} onPick={file} onClose={() => setAsking(null)} />
        )}
        {asking === 'dismiss' && (
          <DismissDialog count={1} onDismiss={(reason) => give({ kind: 'dismiss', reason })} onClose={() => setAsking(null)} />
        )}
        {asking === 'create' && <CreateLeadDialog question={question} draft={draft} onCreated={file} onClose={() => setAsking(null)} />}
      </Suspense>
    </div>
  )
}

interface QuickAnswersProps {
  readonly best: Question['candidates'][number] | undefined
  readonly onFile: (lead: string) => void
  readonly onAsk: (asking: Asking) => void
}

/** Where mail and answer stand one below the other. */
function QuickAnswers({ best, onFile, onAsk }: QuickAnswersProps): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={css['quick']} role="group" aria-label={t('queue.answer')}>
      {best !== undefined && (
        <Button size="sm" onClick={() => onFile(best.lead)}>
          <span className="lp-truncate">
            {best.lead} <bdi>{best.leadName}</bdi>
          </span>
        </Button>
      )}
      <Button size="sm" variant="default" onClick={() => onAsk('lead')}>
        {t('queue.otherLead')}
      </Button>
      <Button size="sm" variant="default" onClick={() => onAsk('dismiss')}>
        {t('queue.dismiss')}
      </Button>
    </div>
  )
}
