/** Lists come oldest first, a page at a time (INTERFACE "JSON on standard output"). */
import { PermanentFailure } from '../failure.ts'

export const pageLimitDefault = 1_000
export const pageLimitMax = 10_000
const idShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface Page {
  readonly limit?: number | undefined
  /** The id that the page before named as `next`. */
  readonly after?: string | undefined
}

/** How many rows to show; one more is read, to see whether more follow. */
export function limitOf(page: Page): number {
  return Math.min(Math.max(page.limit ?? pageLimitDefault, 1), pageLimitMax)
}

/** Cuts the row too many off, and names the last one shown where there was one. */
export function cutPage<T>(rows: readonly T[], limit: number, idOf: (row: T) => string): { shown: readonly T[]; next: { next?: string } } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { shown, next: rows.length > limit && last !== undefined ? { next: idOf(last) } : {} }
}

/** An id that a person or a script gave. Throws PermanentFailure('notFound'): what is no id names nothing. */
export function checkedId<Id extends string>(written: string, what: string): Id {
  if (!idShape.test(written)) throw new PermanentFailure('notFound', `There is no ${what} "${written.slice(0, 100)}"`)
  return written as Id
}
