/** What a file's columns are, what would happen, what has to be corrected; and doing it. */
import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useChange } from '../queries.ts'
import { type ImportResult, useImportDraft } from './import-draft.ts'
import { ImportErrors } from './import-errors.tsx'
import type { ImportKind } from './import-page.tsx'
import { ColumnMapping } from './column-mapping.tsx'
import { Note } from './note.tsx'
import { Panel } from './panel.tsx'
import css from './import.module.css'

export interface ImportReviewProps {
  readonly kind: ImportKind
  readonly csv: string
  readonly onDone: (result: ImportResult) => void
}

export function ImportReview({ kind, csv, onDone }: ImportReviewProps): ReactElement {
  const { t } = useTranslation()
  const draft = useImportDraft(kind, csv)
  const run = useChange('runImport', {
    invalidates: ['listLeads', 'listContactPersons', 'listCompanies', 'listConfirmations'],
    onDone,
    // Somebody changed something meanwhile: the preview says what does not fit any more.
    onProblem: draft.again,
  })
  const { result, isCounting, problem, mapping } = draft
  if (result === null) return problem === null ? <ListSkeleton rows={4} /> : <ProblemNote problem={problem} onRetry={draft.again} />
  const { created, updated, errors } = result
  const isReady = errors.length === 0 && created + updated > 0 && !isCounting
  return (
    <>
      <Panel title={t('admin.import.columns')} words={t('admin.import.columnsWords')}>
        <ColumnMapping result={result} mapping={mapping} onMap={draft.map} />
      </Panel>
      <Panel title={t('admin.import.preview')}>
        <div className={css['preview']} aria-busy={isCounting}>
          {problem !== null && <ProblemNote problem={problem} onRetry={draft.again} />}
          {errors.length > 0 ? <ImportErrors errors={errors} /> : <Counts result={result} isCounting={isCounting} />}
          {run.error !== null && errors.length === 0 && <ProblemNote problem={run.error} />}
          {errors.length === 0 && created + updated > 0 && (
            <div>
              <Button
                aria-busy={run.isPending}
                disabled={!isReady}
                onClick={() => !run.isPending && run.mutate({ body: { kind, csv, mapping } })}
              >
                {t('admin.import.run', { count: created + updated })}
              </Button>
            </div>
          )}
        </div>
      </Panel>
    </>
  )
}

function Counts({ result, isCounting }: { readonly result: ImportResult; readonly isCounting: boolean }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  if (result.created + result.updated === 0 && !isCounting) return <Note tone="quiet">{t('admin.import.nothing')}</Note>
  return (
    <dl className={css['counts']}>
      {(['created', 'updated', 'unchanged'] as const).map((what) => (
        <div key={what} className={css['count']} data-stale={isCounting || undefined}>
          <dd>{formats.number(result[what])}</dd>
          <dt>{t(`admin.import.${what}`)}</dt>
        </div>
      ))}
    </dl>
  )
}
