/** What an error of Postgres means to us: try the transaction again, try later, or a mistake. Also cuts values out of it: they may be mail. */
import { PermanentFailure, TemporaryFailure, isFailure, wordsOf } from '../failure.ts'

/** Serialization failure, deadlock: the transaction did nothing and may be run again at once (Postgres manual, appendix A). */
const againCodes = new Set(['40001', '40P01'])
/** A statement that was prepared before a migration changed its table: a fresh connection prepares it anew. */
const stalePlan = 'cached plan must not change result type'
/** Not reachable, shutting down, starting up, no free connection, out of disk or memory, took too long. */
const laterCodes = new Set(['57P01', '57P02', '57P03', '57014', '25P03', '25P04', '55P03'])
/** Connection exceptions, invalid authorization (a password being changed), no such database (being restored), insufficient resources. */
const laterClasses = new Set(['08', '28', '3D', '53', '58'])
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'EACCES',
  'EMFILE',
])
/** The system calls of a socket: ENOENT of an `open` is some file's, not the server's. */
const socketCalls = new Set(['connect', 'read', 'write', 'getaddrinfo'])
/** What pg says without a code when the connection goes or none comes free. */
const connectionWords =
  /connection terminated|terminating connection|timeout exceeded when trying to connect|connection error and is not queryable|client was closed|connection ended/i

interface CodedError extends Error {
  code?: string
  severity?: string
  syscall?: string
  detail?: string
  where?: string
  internalQuery?: string
  errors?: unknown[]
}

/** Every error in the chain of causes: Prisma wraps what pg throws. */
function chainOf(error: unknown): CodedError[] {
  const chain: CodedError[] = []
  for (let at: unknown = error; at instanceof Error && chain.length < 8; at = at.cause) {
    chain.push(at)
    const { errors } = at as CodedError
    if (Array.isArray(errors)) chain.push(...errors.filter((each) => each instanceof Error))
  }
  return chain
}

/** The SQLSTATE or the system's code of an error, '' where it has none. Prisma's adapter keeps Postgres' own in `originalCode`. */
function codeOf(error: CodedError): string {
  const { originalCode } = error as { originalCode?: unknown }
  return typeof originalCode === 'string' ? originalCode : (error.code ?? '')
}

/** May the whole transaction simply be run again? */
export function mayRunAgain(error: unknown): boolean {
  return chainOf(error).some((each) => againCodes.has(codeOf(each)) || each.message.includes(stalePlan))
}

/** Is the connection itself of no more use? */
export function isConnectionLoss(error: unknown): boolean {
  return chainOf(error).some((each) => {
    const code = codeOf(each)
    if (
      connectionWords.test(each.message) ||
      (socketCodes.has(code) && socketCalls.has(each.syscall ?? '')) ||
      code === 'P1001' ||
      code === 'P2024'
    )
      return true
    return code.length === 5 && (laterCodes.has(code) || laterClasses.has(code.slice(0, 2)))
  })
}

/**
 * What to throw for anything caught around a database call: `TemporaryFailure` for trouble that passes, else the error itself without the
 * values that Postgres quotes in it. Failures that are already told go through as they are.
 */
export function databaseFailure(error: unknown): unknown {
  if (isFailure(error)) return error
  if (isConnectionLoss(error))
    return new TemporaryFailure('databaseUnavailable', `The database cannot be reached: ${wordsOf(error)}`, { cause: error })
  if (mayRunAgain(error))
    return new TemporaryFailure('databaseUnavailable', 'The database had too many conflicting transactions', { cause: error })
  for (const each of chainOf(error)) {
    if (each.severity === undefined) continue
    delete each.detail
    delete each.where
    delete each.internalQuery
    if (codeOf(each) === '42501') {
      const words = `The database user may not do this (${each.message}). Grant it, or run \`leadpost migrate\` with the owner's DATABASE_URL.`
      return new PermanentFailure('databaseUnusable', words, { cause: error })
    }
  }
  return error
}
