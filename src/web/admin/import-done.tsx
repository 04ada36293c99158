/** What an import did, and where to go on. */
import { Button } from '@mantine/core'
import { type ReactElement, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import type { ImportResult } from './import-draft.ts'
import type { ImportKind } from './import-page.tsx'
import { LinkButton } from './link-button.tsx'
import { Note } from './note.tsx'
import css from './import.module.css'

export interface ImportDoneProps {
  readonly kind: ImportKind
  readonly result: ImportResult
  readonly onAgain: () => void
}

export function ImportDone({ kind, result, onAgain }: ImportDoneProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [])
  const [created, updated, unchanged] = [result.created, result.updated, result.unchanged].map((count) => formats.number(count))
  return (
    <div ref={place} tabIndex={-1} className={css['done']}>
      <Note tone="good" live>
        <p>
          <strong>{t('admin.import.done')}</strong>
        </p>
        <p>{t('admin.import.doneWords', { created, updated, unchanged })}</p>
      </Note>
      <div className={css['doneLinks']}>
        {kind === 'leads' ? (
          <LinkButton to="/leads">{t('admin.import.toLeads')}</LinkButton>
        ) : (
          <LinkButton to="/people">{t('admin.import.toPeople')}</LinkButton>
        )}
        <Button variant="default" onClick={onAgain}>
          {t('admin.import.again')}
        </Button>
      </div>
    </div>
  )
}
