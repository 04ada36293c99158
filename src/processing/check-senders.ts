/** Checks the senders of a batch. DNS may be slow, and a sender can make it slow: who is not found out soon goes on by himself and holds nobody up. */
import { setTimeout as wait } from 'node:timers/promises'
import { TemporaryFailure } from '../failure.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { checkSender } from './authenticate.ts'
import { giveBack } from './give-back.ts'
import type { ProcessingContext } from './processing-context.ts'
import type { ReadMail, TenantMail } from './tenant-mail.ts'
import type { VerifiedSender } from './verify-sender.ts'

/** So long a batch waits for DNS; what is remembered takes no time at all. */
const patienceMs = 250

/** A mail that its batch did not wait for. */
export interface LateMail {
  readonly claim: ClaimedMessage
  readonly folder: string
  /** With what was found out, to go through settling again; null where it could not be asked and the mail was given back. */
  readonly checked: Promise<ReadMail | null>
}

type Outcome = { readonly verified: VerifiedSender | null } | { readonly failure: unknown }

/**
 * Answers the mails that can be decided now, and the late ones. What DNS did not say is asked again later, as often as any mail is tried; after
 * that the mail is decided all the same, its sender being `undetermined`. Given back are also mails whose check had a defect. Never throws.
 */
export async function checkSenders(
  context: ProcessingContext,
  mails: readonly TenantMail[],
): Promise<{ readonly ready: TenantMail[]; readonly late: LateMail[] }> {
  const outcomes = new Map<TenantMail, Outcome>()
  const checks = new Map<TenantMail, Promise<Outcome>>()
  for (const mail of mails) {
    if (mail.verified !== undefined) outcomes.set(mail, { verified: mail.verified })
    else if (mail.message.signedParts === null) outcomes.set(mail, { verified: null })
    else checks.set(mail, outcomeOf(context, mail))
  }
  if (checks.size > 0) await settledSoon(checks, outcomes)
  const ready: TenantMail[] = []
  const late: LateMail[] = []
  for (const mail of mails) {
    const outcome = outcomes.get(mail)
    const check = checks.get(mail)
    if (outcome !== undefined) {
      const checked = await readyMail(context, mail, outcome)
      if (checked !== null) ready.push(checked)
    } else if (check !== undefined) {
      late.push({ claim: mail.claim, folder: mail.folder, checked: lateMail(context, mail, check) })
    }
  }
  return { ready, late }
}

async function outcomeOf({ senderCheck }: ProcessingContext, { claim, message }: TenantMail): Promise<Outcome> {
  try {
    return { verified: await checkSender(claim.envelope, message, message.signedParts, claim.receivedAt, senderCheck) }
  } catch (failure) {
    return { failure }
  }
}

/** Until all are found out, or patience ends. */
async function settledSoon(checks: ReadonlyMap<TenantMail, Promise<Outcome>>, outcomes: Map<TenantMail, Outcome>): Promise<void> {
  const all = Promise.all([...checks].map(async ([mail, check]) => outcomes.set(mail, await check)))
  const ending = new AbortController()
  const patience = wait(patienceMs, undefined, { signal: ending.signal }).catch(() => undefined)
  await Promise.race([all, patience])
  ending.abort()
}

async function readyMail(context: ProcessingContext, mail: TenantMail, outcome: Outcome): Promise<TenantMail | null> {
  if ('failure' in outcome) {
    await giveBack(context, [mail.claim], outcome.failure)
    return null
  }
  const { verified } = outcome
  if (verified?.temporary === true && mail.claim.attempts < context.attemptsMax) {
    const unanswered = new TemporaryFailure('dnsUnavailable', `DNS did not say who may send for the author: ${verified.reasons.join(' ')}`)
    await giveBack(context, [mail.claim], unanswered)
    return null
  }
  return { ...mail, verified }
}

async function lateMail(
  context: ProcessingContext,
  { claim, message, folder }: TenantMail,
  check: Promise<Outcome>,
): Promise<ReadMail | null> {
  const outcome = await check
  if ('verified' in outcome) return { claim, message, folder, verified: outcome.verified }
  await giveBack(context, [claim], outcome.failure)
  return null
}
