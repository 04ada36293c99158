/** Errors as problem+json (RFC 9457), made of the one dichotomy of failures. */
import type { FastifyReply } from 'fastify'
import { isFailure, type Failure, type PermanentCode } from '../failure.ts'

const statusOf: Partial<Record<PermanentCode, number>> = {
  notFound: 404,
  conflict: 409,
  messageTooLarge: 413,
  notAllowed: 403,
  notSignedIn: 401,
  inputInvalid: 400,
}

export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Our own word for it, closed. */
  readonly code: string
}

/** What a thrown thing is to an HTTP client: 503 for what may be tried again, 4xx for what may not, 500 for what nobody expected (told in the log alone). */
export function problemOf(error: unknown): Problem {
  if (isFailure(error)) return problemOfFailure(error)
  const status = (error as { statusCode?: unknown }).statusCode
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, title: 'The request cannot be answered', detail: (error as Error).message, code: 'requestInvalid' }
  return { status: 500, title: 'Something unexpected happened', detail: 'The log of the program says more.', code: 'unexpected' }
}

function problemOfFailure(failure: Failure): Problem {
  return failure.kind === 'temporary'
    ? { status: 503, title: 'Not possible now, try again later', detail: failure.message, code: failure.code }
    : { status: statusOf[failure.code] ?? 422, title: 'Not possible', detail: failure.message, code: failure.code }
}

export function sendProblem(reply: FastifyReply, problem: Problem, more: Readonly<Record<string, unknown>> = {}): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem, ...more }))
}
