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

/**
 * What exactly is wrong, in closed codes, each with the values that a sentence about it names: `message` says it in English, the page says it in its
 * reader's language. `said` is what another server answered, in its own words.
 */
export const faultCodes = {
  // ---- any form ----
  valueMissing: [],
  valueTooShort: ['min'],
  valueTooLong: ['max'],
  valueWrong: [],
  controlCharacters: [],
  changedMeanwhile: [],
  // ---- what is not on file, or is already ----
  leadUnknown: ['number'],
  leadNumberTaken: ['number', 'name'],
  companyUnknown: [],
  companyTaken: ['name'],
  companyNeeded: ['address', 'number'],
  contactPersonUnknown: [],
  personElsewhere: ['address', 'name'],
  addressOfCrm: ['address'],
  // ---- answering ----
  questionUnknown: [],
  questionAnswered: [],
  questionHeld: ['name'],
  questionAskedAgain: [],
  answerUnknown: [],
  answerTooOld: ['days'],
  // ---- what stands in a history ----
  entryUnknown: [],
  entryMoved: ['number'],
  entryTakenOut: [],
  entryTooOld: ['days'],
  entryPrivate: [],
  privacyOfOthers: [],
  // ---- passwords and links ----
  passwordWrong: [],
  passwordOfKnown: [],
  passwordCommon: [],
  passwordSimple: [],
  addressTaken: ['address'],
  linkGone: [],
  // ---- a CSV file ----
  csvEmpty: [],
  csvRowsTooMany: ['max'],
  csvQuoteOpen: [],
  csvQuoteInside: [],
  csvRowUnreadable: [],
  csvFieldUnfilled: ['field'],
  companyMissing: [],
  companyNameEmpty: ['name'],
  companyAmbiguous: ['name'],
  nameMissing: [],
  nameTooLong: ['max'],
  keyTooLong: ['max'],
  personTwice: ['name', 'line'],
  addressMissing: [],
  addressWrong: ['address'],
  addressOwn: ['address'],
  addressOfOther: ['address'],
  leadNumberMissing: [],
  leadNumberWrong: ['number', 'max'],
  leadNumberTwice: ['number', 'line'],
  leadNameMissing: ['number'],
  leadStatusWrong: ['status'],
  ownerUnknown: ['address'],
  // ---- host names, the never-log list ----
  hostNameWrong: ['name'],
  hostNamePublic: ['name'],
  hostNameOfProvider: ['name'],
  hostNameTooLong: [],
  hostNamesTooMany: ['max'],
  hostNameHeldByOther: ['name'],
  patternWrong: [],
  patternOwnHost: ['name'],
  // ---- tenants, people, keys ----
  timeZoneWrong: [],
  currencyWrong: [],
  slugWrong: [],
  slugTaken: ['slug'],
  accountTaken: ['address'],
  accountDisabled: ['address'],
  lastAdmin: ['address'],
  adminThere: [],
  adminAlreadyNamed: ['address'],
  expiryPassed: [],
  // ---- mailboxes ----
  mailServerNameWrong: [],
  passwordOfLines: [],
  afterwardsWrong: [],
  authservIdWrong: [],
  sentIsLeftAlone: [],
  mailboxTaken: ['folder', 'user', 'server'],
  mailServerBusy: ['server', 'said'],
  mailSignInRefused: ['server', 'user', 'said'],
  mailCertificateWrong: ['server', 'said'],
  mailTlsMissing: ['server', 'said'],
  mailServerNotListening: ['server'],
  mailServerNameUnknown: ['server'],
  mailServerUnreachable: ['server'],
  mailServerSilent: ['server'],
  mailConnectionClosed: ['server'],
  mailAnswerTooLarge: ['server'],
  mailServerRefused: ['server', 'said'],
  mailServerTrouble: ['server', 'said'],
  mailFolderUnopened: ['server', 'folder', 'said'],
  mailFolderWithoutUids: ['server', 'folder'],
  mailFolderRemade: [],
  mailSetAside: ['messages'],
  mailUnmarked: ['messages', 'said'],
  tokenServerSilent: ['server', 'said'],
  tokenServerTrouble: ['server', 'said'],
  tokenRefused: ['server', 'said'],
  secretUnreadable: [],
  spoolNearlyFull: [],
  // ---- signing in at a company's provider, the test mail ----
  issuerWrong: ['issuer'],
  issuerSilent: ['issuer', 'said'],
  listenerMissing: [],
  personNeeded: [],
} as const satisfies Record<string, readonly string[]>

export type FaultCode = keyof typeof faultCodes

export interface Fault {
  readonly code: FaultCode
  readonly values: Readonly<Record<string, string | number>>
}

export function faultOf<Code extends FaultCode>(
  code: Code,
  ...[values]: (typeof faultCodes)[Code]['length'] extends 0
    ? []
    : [Readonly<Record<(typeof faultCodes)[Code][number] & string, string | number>>]
): Fault {
  return { code, values: values ?? {} }
}

interface FailureOptions extends ErrorOptions {
  readonly fault?: Fault | undefined
}

/** Try again later; `message` says what happened, to what, and what to do. */
export class TemporaryFailure extends Error {
  readonly kind = 'temporary'
  readonly code: TemporaryCode
  readonly fault: Fault | null
  constructor(code: TemporaryCode, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.name = 'TemporaryFailure'
    this.code = code
    this.fault = options.fault ?? null
  }
}

/** Trying again cannot help; `message` says what happened, to what, and what to do. */
export class PermanentFailure extends Error {
  readonly kind = 'permanent'
  readonly code: PermanentCode
  readonly fault: Fault | null
  constructor(code: PermanentCode, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.name = 'PermanentFailure'
    this.code = code
    this.fault = options.fault ?? null
  }
}

/** Somebody was quicker: what was to be changed has changed since it was read. `current` is how it is now, in the shape that its reader knows. */
export class ConflictFailure extends PermanentFailure {
  readonly current: unknown
  constructor(message: string, current: unknown, options: FailureOptions = {}) {
    super('conflict', message, options)
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
