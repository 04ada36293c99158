/** Which column of a file is which field, beside what stands in it. */
import { NativeSelect } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { ImportResult, Mapping } from './import-draft.ts'
import css from './import.module.css'

const samplesShown = 3

export interface ColumnMappingProps {
  readonly result: ImportResult
  readonly mapping: Mapping
  readonly onMap: (column: string, field: string) => void
}

export function ColumnMapping({ result: { columns, fields, sample }, mapping, onMap }: ColumnMappingProps): ReactElement {
  const { t } = useTranslation()
  const nameOf = (field: string): string => t(`admin.import.fields.${field}` as 'admin.import.fields.name', { defaultValue: field })
  const choices = [
    { value: '', label: t('admin.import.ignored') },
    ...fields.map(({ name, required }) => ({
      value: name,
      label: required ? `${nameOf(name)} (${t('admin.import.required')})` : nameOf(name),
    })),
  ]
  return (
    <table className={css['table']} data-mapping>
      <thead>
        <tr>
          <th scope="col">{t('admin.import.column')}</th>
          <th scope="col">{t('admin.import.sample')}</th>
          <th scope="col">{t('admin.import.field')}</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column} data-ignored={mapping[column] === undefined || undefined}>
            <th scope="row">
              <bdi>{column}</bdi>
            </th>
            <td className={css['sample']}>
              <bdi>
                {sample
                  .map((row) => row[column] ?? '')
                  .filter((cell) => cell !== '')
                  .slice(0, samplesShown)
                  .join(' · ')}
              </bdi>
            </td>
            <td>
              <NativeSelect
                size="xs"
                aria-label={t('admin.import.fieldOf', { column })}
                value={mapping[column] ?? ''}
                onChange={({ currentTarget }) => onMap(column, currentTarget.value)}
                data={choices}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
