/** The companies that the rows of an import name: by the other system's key, or by name; those that are not there are made, each once. */
import { leadNameKey } from '../crm/lead-name.ts'
import { type Fault, faultOf } from '../failure.ts'
import { newId } from '../id.ts'
import type { CompanyRow } from '../store/load-people.ts'
import type { SheetRow } from './import-sheet.ts'

export type FoundCompany =
  | { readonly kind: 'company'; readonly id: string; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly column: 'company' | 'companyKey'; readonly words: string; readonly fault: Fault }

export interface ImportCompanies {
  of(row: SheetRow): FoundCompany
  /** Made on the way. */
  readonly fresh: readonly CompanyRow[]
}

/** What to look up: names folded, keys as they are. */
export function companyNamesOf(rows: readonly SheetRow[]): { readonly nameKeys: string[]; readonly keys: string[] } {
  const nameKeys = new Set(rows.flatMap((row) => leadNameKey(row.text('company') ?? '') || []))
  const keys = new Set(rows.flatMap((row) => row.text('companyKey') ?? []))
  return { nameKeys: [...nameKeys], keys: [...keys] }
}

/** @param known every company on file under those names or keys. */
export function openImportCompanies(known: readonly CompanyRow[]): ImportCompanies {
  const byKey = new Map(known.flatMap((company) => (company.key === null ? [] : [[company.key, company] as const])))
  const byName = Map.groupBy(known, (company) => company.name_key)
  const fresh: CompanyRow[] = []

  function make(name: string, key: string | null): FoundCompany {
    const company = { id: newId(), key, name, name_key: leadNameKey(name), tax_number: null }
    fresh.push(company)
    if (key !== null) byKey.set(key, company)
    byName.set(company.name_key, [...(byName.get(company.name_key) ?? []), company])
    return found(company)
  }

  function find(name: string | undefined, key: string | undefined): FoundCompany {
    const keyed = key === undefined ? undefined : byKey.get(key)
    if (key !== undefined) return keyed === undefined ? make(name ?? key, key) : found(keyed)
    if (name === undefined) return { kind: 'none' }
    const nameKey = leadNameKey(name)
    if (nameKey === '')
      return {
        kind: 'wrong',
        column: 'company',
        words: `"${name}" has no letter and no digit`,
        fault: faultOf('companyNameEmpty', { name }),
      }
    const [first, ...more] = byName.get(nameKey) ?? []
    if (more.length > 0)
      return {
        kind: 'wrong',
        column: 'company',
        words: `There are ${String(more.length + 1)} companies "${name}"; tell them apart by a column with the company's key`,
        fault: faultOf('companyAmbiguous', { name }),
      }
    return first === undefined ? make(name, null) : found(first)
  }

  return { fresh, of: (row) => find(row.text('company'), row.text('companyKey')) }
}

function found({ id, name }: CompanyRow): FoundCompany {
  return { kind: 'company', id, name }
}
