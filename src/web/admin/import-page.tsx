/** Leads or contact persons from a CSV file: taken in, columns mapped, shown what would happen, then done whole or not at all. */
import { SegmentedControl } from '@mantine/core'
import { type ReactElement, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import type { ImportResult } from './import-draft.ts'
import { ImportDone } from './import-done.tsx'
import { ImportReview } from './import-review.tsx'
import { ImportSource, type TakenFile } from './import-source.tsx'
import { Panel } from './panel.tsx'

export const importKinds = ['leads', 'contactPersons'] as const
export type ImportKind = (typeof importKinds)[number]

export function ImportPage(): ReactElement {
  const { t } = useTranslation()
  const [kind, setKind] = useState<ImportKind>('leads')
  const [file, setFile] = useState<TakenFile | null>(null)
  const [done, setDone] = useState<ImportResult | null>(null)
  const label = useId()
  const startAnew = (): void => {
    setFile(null)
    setDone(null)
  }
  return (
    <PageBody>
      <PageHeader title={t('admin.import.title')} words={t('admin.import.words')} />
      {done === null ? (
        <>
          <Panel title={t('admin.import.kind')} titleId={label} words={t(`admin.import.kindWords.${kind}`)}>
            <SegmentedControl
              aria-labelledby={label}
              value={kind}
              onChange={(value) => setKind(importKinds.find((each) => each === value) ?? 'leads')}
              data={importKinds.map((value) => ({ value, label: t(`admin.import.kinds.${value}`) }))}
            />
          </Panel>
          <Panel title={t('admin.import.file')}>
            <ImportSource file={file} onFile={setFile} />
          </Panel>
          {file !== null && <ImportReview key={`${kind} ${file.id} ${file.encoding ?? ''}`} kind={kind} csv={file.text} onDone={setDone} />}
        </>
      ) : (
        <ImportDone kind={kind} result={done} onAgain={startAnew} />
      )}
    </PageBody>
  )
}
