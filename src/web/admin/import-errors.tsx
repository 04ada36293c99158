/** What has to be corrected in a file, line by line. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { faultWords } from '../parts/fault-words.ts'
import { Note } from './note.tsx'
import type { ImportResult } from './import-draft.ts'
import css from './import.module.css'

/** The server tells so many at most (leads/run-import.ts). */
const errorsToldMax = 200

export function ImportErrors({ errors }: { readonly errors: ImportResult['errors'] }): ReactElement {
  const { t } = useTranslation()
  return (
    <>
      <Note tone="bad" live>
        <p>
          <strong>{t('admin.import.errors', { count: errors.length })}</strong>
        </p>
        <p>{t('admin.import.errorsWords')}</p>
        {errors.length >= errorsToldMax && <p>{t('admin.import.errorsMax')}</p>}
      </Note>
      {/* What scrolls must be reachable by keyboard (WCAG 2.1.1). */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={css['errors']} tabIndex={0} role="region" aria-label={t('admin.import.errors', { count: errors.length })}>
        <table className={css['table']}>
          <thead>
            <tr>
              <th scope="col">{t('admin.import.line')}</th>
              <th scope="col">{t('admin.import.column')}</th>
              <th scope="col">{t('admin.import.what')}</th>
            </tr>
          </thead>
          <tbody>
            {errors.map(({ line, column, words, fault }, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- one line may have the same fault twice
              <tr key={at}>
                <td className={css['number']}>{line}</td>
                <td>
                  <bdi>{column ?? ''}</bdi>
                </td>
                <td>{faultWords(t, fault) ?? words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}
