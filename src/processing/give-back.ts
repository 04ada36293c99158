/** What happens to a mail that could not be processed now: it is tried again, later each time, and in the end it fails with its reason. It is never dropped. */
import { isFailure, PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { PermanentCode, TemporaryCode } from '../failure.ts'
import type { ClaimedMessage, Release } from '../store/claim.ts'
import { releaseClaims } from '../store/claim.ts'
import type { ProcessingContext } from './processing-context.ts'

const firstWaitMs = 5_000
const longestWaitMs = 15 * 60_000
/** A database or a disk that is away is no fault of the mail: such tries do not count. */
const surroundings: ReadonlySet<TemporaryCode> = new Set([
  'databaseUnavailable',
  'queueUnavailable',
  'blobStoreUnavailable',
  'diskFull',
  'spoolFull',
  'stopping',
  'tooManyConnections',
  'tooManyLookUps',
])
const surroundingsWaitMs = 10_000
/** Most often DNS answers at once when it is asked again, and else it takes minutes. */
const dnsFirstWaitMs = 2_000
/** Other permanent failures may be mended by an operator (a missing grant, a blob folder that is not mounted): they are tried like the rest. */
const hopeless: ReadonlySet<PermanentCode> = new Set(['messageErased', 'triedTooOften'])

/** Never throws: where not even this can be written, the claim lapses and the mail is taken again. */
export async function giveBack(context: ProcessingContext, claims: readonly ClaimedMessage[], error: unknown): Promise<void> {
  const releases = claims.map((claim) => releaseOf(claim, error, context.attemptsMax))
  for (const release of releases) logRelease(context, release, error)
  try {
    await releaseClaims(context.database, releases)
    for (const release of releases) if (release.kind === 'failed') context.metrics.settled('failed', release.reason)
    if (releases.some(({ kind }) => kind === 'failed')) context.nudge(null)
  } catch (failure) {
    context.log.warn({ trouble: wordsOf(failure), claims: claims.length }, 'claims could not be given back; they lapse')
  }
}

/** A mail whose worker died again and again. */
export function diedTooOften(attemptsMax: number): PermanentFailure {
  return new PermanentFailure(
    'triedTooOften',
    `Processing was begun ${attemptsMax} times and never came to an end: the program stopped each time, perhaps because of this mail.`,
  )
}

function releaseOf(claim: ClaimedMessage, error: unknown, attemptsMax: number): Release {
  const { deliveryId, attempts } = claim
  if (error instanceof PermanentFailure && hopeless.has(error.code))
    return { deliveryId, attempts, kind: 'failed', reason: error.code, detail: error.message, trace: null }
  if (error instanceof TemporaryFailure && surroundings.has(error.code)) {
    return {
      deliveryId,
      attempts,
      kind: 'again',
      dueInMs: error.code === 'stopping' ? 0 : surroundingsWaitMs,
      counts: false,
      detail: error.message,
    }
  }
  const words = isFailure(error)
    ? error.message
    : `An unexpected error stopped it (${kindOf(error)}); the log has more under delivery ${deliveryId}.`
  if (attempts < attemptsMax) {
    return {
      deliveryId,
      attempts,
      kind: 'again',
      dueInMs: Math.min(longestWaitMs, isOfDns(error) ? dnsFirstWaitMs * 3 ** (attempts - 1) : firstWaitMs * 2 ** (attempts - 1)),
      counts: true,
      detail: words,
    }
  }
  return {
    deliveryId,
    attempts,
    kind: 'failed',
    reason: 'triedTooOften',
    detail: `Tried ${attempts} times. The last time: ${words}`,
    trace: null,
  }
}

function isOfDns(error: unknown): boolean {
  return error instanceof TemporaryFailure && error.code === 'dnsUnavailable'
}

/** An error's message may quote the mail; its kind, its code and where it came from do not. */
function logRelease(context: ProcessingContext, release: Release, error: unknown): void {
  const about = { deliveryId: release.deliveryId, attempts: release.attempts, becomes: release.kind }
  // Nothing of ours has failed, and its words name the sender's domain.
  if (isOfDns(error)) context.log.info({ ...about, code: 'dnsUnavailable' }, 'DNS did not say who sent a mail; it is asked again')
  else if (isFailure(error)) context.log.warn({ ...about, code: error.code, trouble: error.message }, 'a mail could not be processed')
  else context.log.error({ ...about, kind: kindOf(error), at: framesOf(error) }, 'a mail could not be processed: unexpected error')
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `${error.name} ${code}` : error.name
}

function framesOf(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : []
  return lines
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
}
