/** A file on its way in: what its columns are, and what the server says would happen. */
import { useEffect, useState } from 'react'
import type { CallAnswer } from '../../api/contract.ts'
import { useChange } from '../queries.ts'
import type { ImportKind } from './import-page.tsx'

export type ImportResult = CallAnswer<'runImport'>
export type Mapping = Readonly<Record<string, string>>

export interface ImportDraft {
  /** Of the newest mapping that was answered. */
  readonly result: ImportResult | null
  readonly isCounting: boolean
  readonly problem: Error | null
  readonly mapping: Mapping
  /** `''`: left out. */
  readonly map: (column: string, field: string) => void
  readonly again: () => void
}

/** Several columns may be addresses; every other field comes from one. */
const manyColumns = 'email'

/** Asks at once, with the columns as the server guesses them by their headings. */
export function useImportDraft(kind: ImportKind, csv: string): ImportDraft {
  const [own, setOwn] = useState<Mapping | null>(null)
  const { mutate, data, isPending, error } = useChange('previewImport')
  useEffect(() => mutate({ body: { kind, csv, ...(own === null ? {} : { mapping: own }) } }), [mutate, kind, csv, own])
  const [known, setKnown] = useState<ImportResult | null>(null)
  if (data !== undefined && data !== known) setKnown(data)
  const mapping = own ?? known?.mapping ?? {}
  return {
    result: known,
    isCounting: isPending,
    problem: error,
    mapping,
    map(column, field) {
      const others = Object.entries(mapping).filter(([each, of]) => each !== column && (of !== field || field === manyColumns))
      setOwn(Object.fromEntries(field === '' ? others : [...others, [column, field]]))
    },
    again: () => mutate({ body: { kind, csv, mapping } }),
  }
}
