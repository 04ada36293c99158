/** What the address says of a contact history: which entry is open, and what of the history is shown. */
import type { EntryFilter } from './entries.ts'

export interface HistorySearch {
  readonly entry?: string | undefined
  readonly direction?: 'outbound' | 'inbound' | 'internal' | undefined
  readonly person?: string | undefined
  readonly files?: true | undefined
  readonly words?: string | undefined
  readonly threads?: true | undefined
}

const directions = ['outbound', 'inbound', 'internal'] as const

/** The router reads digits as a number. */
export function wordsOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  return String(value) === '' ? undefined : String(value)
}

export function leadOf(value: unknown): string | undefined {
  const words = wordsOf(value)
  return words !== undefined && /^\d{1,20}$/.test(words) ? words : undefined
}

export function readHistorySearch(search: Readonly<Record<string, unknown>>): HistorySearch {
  const direction = directions.find((one) => one === search['direction'])
  const [entry, person, words] = [wordsOf(search['entry']), wordsOf(search['person']), wordsOf(search['words'])]
  return {
    ...(entry === undefined ? {} : { entry }),
    ...(direction === undefined ? {} : { direction }),
    ...(person === undefined ? {} : { person }),
    ...(words === undefined ? {} : { words }),
    ...(search['files'] === true ? { files: true as const } : {}),
    ...(search['threads'] === true ? { threads: true as const } : {}),
  }
}

export function filterOf({ direction, person, files }: HistorySearch): EntryFilter {
  return {
    ...(direction === undefined ? {} : { direction }),
    ...(person === undefined ? {} : { person }),
    ...(files === true ? { files: true } : {}),
  }
}

export function isFiltered({ direction, person, files }: HistorySearch): boolean {
  return direction !== undefined || person !== undefined || files === true
}
