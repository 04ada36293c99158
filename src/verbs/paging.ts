/** `--limit` and `--after`, which every list has. */
import { pageLimitDefault, pageLimitMax, type Page } from '../store/page.ts'
import type { VerbOption, VerbOptions } from './verb.ts'

export const pagingOptions: Readonly<Record<'limit' | 'after', VerbOption>> = {
  limit: { type: 'string', value: 'N', help: `at most so many, oldest first (default ${pageLimitDefault}, at most ${pageLimitMax})` },
  after: { type: 'string', value: 'ID', help: 'go on behind this one: the "next" of the page before' },
}

export function readPage(options: VerbOptions): Page {
  return { limit: options.number('limit', pageLimitDefault, 1, pageLimitMax), after: options.text('after') ?? undefined }
}

/** The line under a table that was cut, or none. */
export function moreFollow(next: string | undefined): string[] {
  return next === undefined ? [] : [`More follow: --after ${next}`]
}
