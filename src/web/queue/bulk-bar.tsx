/** One answer to all that are chosen in the list; each is answered by itself, and what could not be is told one by one. */
import { Button } from '@mantine/core'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { ApiProblem } from '../api-client.ts'
import { openTextPart } from '../texts/language.ts'
import type { Answer, Answering, BulkResult } from './answering.ts'
import type { Row } from './queue-list.ts'
import type { Selection } from './selection.ts'
import css from './bulk-bar.module.css'

const LeadPicker = lazy(async () => ({ default: (await import('../parts/lead-picker.tsx')).LeadPicker }))
const DismissDialog = lazy(async () => ({ default: (await import('./dismiss-dialog.tsx')).DismissDialog }))
const BulkSummary = lazy(async () => {
  const [{ BulkSummary: component }] = await Promise.all([import('./bulk-summary.tsx'), openTextPart('fault')])
  return { default: component }
})

export interface BulkBarProps {
  readonly selection: Selection
  readonly answering: Answering
}

export function BulkBar({ selection, answering }: BulkBarProps): ReactElement {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<'lead' | 'dismiss' | null>(null)
  const [isSending, setIsSending] = useState(false)
  const [results, setResults] = useState<readonly BulkResult[] | null>(null)
  const { rows } = selection
  const send = async (answer: Answer): Promise<void> => {
    setAsking(null)
    setIsSending(true)
    try {
      const answered = await answering.answerAll(rows, answer)
      const done = answered.filter(({ problem }) => problem === null).map(({ row }) => row.id)
      if (done.length < answered.length) return setResults(answered)
      selection.clear()
      tellWithUndo(toldWords(answer, done.length), () => void answering.undo(done))
    } catch (problem) {
      if (problem instanceof ApiProblem) tellProblem(problem)
    } finally {
      setIsSending(false)
    }
  }
  const toldWords = (answer: Answer, count: number): string =>
    answer.kind === 'append'
      ? t('queue.told.filed', { count, lead: answer.lead })
      : t('queue.told.dismissed', { count, reason: answer.reason })
  useShortcuts(
    t('queue.bulk.title'),
    [
      { keys: ['l'], label: t('queue.bulk.file'), enabled: !isSending, run: () => setAsking('lead') },
      { keys: ['d'], label: t('queue.dismiss'), enabled: !isSending, run: () => setAsking('dismiss') },
    ],
    'above',
  )
  return (
    <section className={css['bar']} aria-label={t('queue.bulk.title')}>
      <p className={css['count']} role="status">
        {t('queue.bulk.count', { count: rows.length })}
      </p>
      <div className={css['actions']}>
        <Button size="compact-sm" loading={isSending} rightSection={<KeyHint keys="l" quiet />} onClick={() => setAsking('lead')}>
          {t('queue.bulk.file')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={isSending}
          rightSection={<KeyHint keys="d" quiet />}
          onClick={() => setAsking('dismiss')}
        >
          {t('queue.dismiss')}
        </Button>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          disabled={isSending}
          rightSection={<KeyHint keys="Escape" quiet />}
          onClick={selection.clear}
        >
          {t('queue.bulk.clear')}
        </Button>
      </div>
      <Suspense>
        {asking === 'lead' && (
          <LeadPicker
            title={t('queue.bulk.fileTitle', { count: rows.length })}
            suggested={sharedCandidates(rows)}
            onPick={(lead) => void send({ kind: 'append', lead })}
            onClose={() => setAsking(null)}
          />
        )}
        {asking === 'dismiss' && (
          <DismissDialog
            count={rows.length}
            onDismiss={(reason) => void send({ kind: 'dismiss', reason })}
            onClose={() => setAsking(null)}
          />
        )}
        {results !== null && (
          <BulkSummary
            results={results}
            onUndo={(ids) => void answering.undo(ids)}
            onClose={() => {
              setResults(null)
              selection.clear()
            }}
          />
        )}
      </Suspense>
    </section>
  )
}

/** Leads that any of them proposes, the most proposed first. */
function sharedCandidates(rows: readonly Row[]): readonly Row['candidates'][number][] {
  const counted = new Map<string, { readonly candidate: Row['candidates'][number]; count: number }>()
  for (const candidate of rows.flatMap(({ candidates }) => candidates)) {
    const known = counted.get(candidate.lead)
    if (known === undefined) counted.set(candidate.lead, { candidate, count: 1 })
    else known.count += 1
  }
  return [...counted.values()].toSorted((one, other) => other.count - one.count).map(({ candidate }) => candidate)
}
