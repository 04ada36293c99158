/** Errors as problem+json (RFC 9457), made of the one dichotomy of failures. */
import type { FastifyReply } from 'fastify'
import { ConflictFailure, isFailure, TooManyRequests, type Failure, type Fault, type PermanentCode } from '../failure.ts'
import { InputProblem } from './input-problem.ts'

const statusOf: Partial<Record<PermanentCode, number>> = {
  notFound: 404,
  conflict: 409,
  messageTooLarge: 413,
  notAllowed: 403,
  notSignedIn: 401,
  inputInvalid: 400,
}

const titleOf: Partial<Record<PermanentCode, string>> = {
  notFound: 'Not found',
  conflict: 'It is otherwise now',
  notAllowed: 'Not allowed',
  notSignedIn: 'Not signed in',
  inputInvalid: 'The input does not fit',
}

export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** Our own word for it, closed. */
  readonly code: string
  /** What exactly, closed as well; its values are what `detail` names. */
  readonly fault?: Fault
  /** What was wrong with which field. */
  readonly errors?: InputProblem['errors']
  /** How it is now, with a conflict. */
  readonly current?: unknown
  /** Sent as Retry-After. */
  readonly retryAfterS?: number
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
  const { message: detail, code } = failure
  const exactly = failure.fault === null ? {} : { fault: failure.fault }
  if (failure instanceof TooManyRequests)
    return { status: 429, title: 'Too many requests', detail, code, retryAfterS: Math.max(1, Math.ceil(failure.retryAfterS)) }
  if (failure.kind === 'temporary') return { status: 503, title: 'Not possible now, try again later', detail, code, ...exactly }
  return {
    status: statusOf[failure.code] ?? 422,
    title: titleOf[failure.code] ?? 'Not possible',
    detail,
    code,
    ...exactly,
    ...(failure instanceof InputProblem ? { errors: failure.errors } : {}),
    ...(failure instanceof ConflictFailure ? { current: failure.current } : {}),
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem, more: Readonly<Record<string, unknown>> = {}): FastifyReply {
  const { retryAfterS, ...body } = problem
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS))
  // The challenge that RFC 9110 §11.6.1 asks for; a browser asks nobody for a password because of it.
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...body, ...more }))
}
