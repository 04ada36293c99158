/**
 * The one dichotomy of failures: temporary (try again: SMTP 4yz, HTTP 503, a job's retry) or permanent (SMTP 5yz, HTTP 4xx, state `failed`).
 * Outcomes that a user expects (a duplicate, a confirmation) are values; only what prevents an outcome is thrown.
 */

/** Why something could not be done now but may be later. */
export type TemporaryCode =
  | 'databaseUnavailable'
  | 'queueUnavailable'
  | 'blobStoreUnavailable'
  | 'spoolFull'
  | 'diskFull'
  | 'stopping'
  | 'tooManyConnections'
  | 'processingTimedOut'
  | 'dnsUnavailable'
  | 'tooManyLookUps'
  | 'serverUnavailable'
  | 'tooManyRequests'

/** Why something can never be done as asked. */
export type PermanentCode =
  | 'configurationInvalid'
  | 'inputInvalid'
  | 'notFound'
  | 'conflict'
  | 'messageTooLarge'
  | 'notACrmAddress'
  | 'senderDomainUnknown'
  | 'senderNotAuthenticated'
  | 'senderOfOtherTenant'
  | 'severalTenants'
  | 'messageMalformed'
  | 'messageErased'
  | 'triedTooOften'
  | 'migrationEdited'
  | 'dataFolderHeld'
  | 'dataFolderUnusable'
  | 'databaseUnusable'
  | 'notAllowed'
  | 'notSignedIn'

/** Try again later; `message` says what happened, to what, and what to do. */
export class TemporaryFailure extends Error {
  readonly kind = 'temporary'
  readonly code: TemporaryCode
  constructor(code: TemporaryCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TemporaryFailure'
    this.code = code
  }
}

/** Trying again cannot help; `message` says what happened, to what, and what to do. */
export class PermanentFailure extends Error {
  readonly kind = 'permanent'
  readonly code: PermanentCode
  constructor(code: PermanentCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PermanentFailure'
    this.code = code
  }
}

/** Somebody was quicker: what was to be changed has changed since it was read. `current` is how it is now, in the shape that its reader knows. */
export class ConflictFailure extends PermanentFailure {
  readonly current: unknown
  constructor(message: string, current: unknown) {
    super('conflict', message)
    this.name = 'ConflictFailure'
    this.current = current
  }
}

/** Asked too often. */
export class TooManyRequests extends TemporaryFailure {
  /** How long to wait, in whole seconds. */
  readonly retryAfterS: number
  constructor(message: string, retryAfterS: number) {
    super('tooManyRequests', message)
    this.name = 'TooManyRequests'
    this.retryAfterS = retryAfterS
  }
}

export type Failure = TemporaryFailure | PermanentFailure

export function isFailure(error: unknown): error is Failure {
  return error instanceof TemporaryFailure || error instanceof PermanentFailure
}

/** The words of anything thrown, for a log line or a person. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
