/** A failure in the reader's language, by its code; the server's own words, in English, are the details of what has no words here. */
import type { TFunction } from 'i18next'
import { ApiProblem } from '../api-client.ts'
import { faultWords } from './fault-words.ts'

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

/** What exactly is wrong, in the reader's language, where there are words for it. */
export function exactWords(t: TFunction, error: Error): string | null {
  return error instanceof ApiProblem ? faultWords(t, error.fault) : null
}

/** One sentence that says what happened and what to do. */
export function problemWords(t: TFunction, error: Error): string {
  if (!(error instanceof ApiProblem)) return t('problem.unexpected')
  const exactly = exactWords(t, error)
  if (exactly !== null) return exactly
  if (error.status === 429) {
    return error.retryAfterSeconds === null
      ? t('problem.tooManyRequests')
      : t('problem.tooManyRequestsWait', { count: error.retryAfterSeconds })
  }
  return t(`problem.${byStatus[error.status] ?? 'unexpected'}`)
}

/** What the server said itself, in English, where that tells more than the code. */
export function problemDetails(t: TFunction, error: Error): string | null {
  if (!(error instanceof ApiProblem) || error.status === 0 || error.status === 401) return null
  // Each field says it itself.
  if (error.errors.length > 0 && error.errors.every(({ fault }) => faultWords(t, fault) !== null)) return null
  return error.detail === '' ? null : error.detail
}

/** What the server found wrong in a field, for a form: `errorsOf(t, problem)['email']`. */
export function errorsOf(t: TFunction, error: Error | null): Readonly<Record<string, string>> {
  if (!(error instanceof ApiProblem)) return {}
  return Object.fromEntries(error.errors.map(({ path, message, fault }) => [path, faultWords(t, fault) ?? message]))
}
