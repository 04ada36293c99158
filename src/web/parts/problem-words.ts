/** A failure in the reader's language, by its code; the server's own words, in English, are the details. */
import type { TFunction } from 'i18next'
import { ApiProblem } from '../api-client.ts'

const byStatus: Readonly<
  Record<number, 'notFound' | 'notAllowed' | 'notSignedIn' | 'conflict' | 'inputInvalid' | 'unavailable' | 'unreachable'>
> = {
  0: 'unreachable',
  400: 'inputInvalid',
  401: 'notSignedIn',
  403: 'notAllowed',
  404: 'notFound',
  409: 'conflict',
  503: 'unavailable',
}

/** One sentence that says what happened and what to do. */
export function problemWords(t: TFunction, error: Error): string {
  if (!(error instanceof ApiProblem)) return t('problem.unexpected')
  if (error.status === 429) {
    return error.retryAfterSeconds === null
      ? t('problem.tooManyRequests')
      : t('problem.tooManyRequestsWait', { count: error.retryAfterSeconds })
  }
  return t(`problem.${byStatus[error.status] ?? 'unexpected'}`)
}

/** What the server said itself, where that tells more than the code. */
export function problemDetails(error: Error): string | null {
  if (!(error instanceof ApiProblem) || error.status === 0 || error.status === 401) return null
  return error.detail === '' ? null : error.detail
}

/** What the server found wrong in a field, for a form: `errorsOf(problem)['email']`. */
export function errorsOf(error: Error | null | undefined): Readonly<Record<string, string>> {
  if (!(error instanceof ApiProblem)) return {}
  return Object.fromEntries(error.errors.map(({ path, message }) => [path, message]))
}
