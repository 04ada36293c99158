/**
 * One message from bytes to effect: parse > tenant > authenticate > facts > candidates > match > settle. Mails go through in batches, since a round trip to the
 * database costs as much for thirty as for one; the outcome is as if each had gone alone.
 */
import type { TenantId } from '../crm/ids.ts'
import { TemporaryFailure } from '../failure.ts'
import { match } from '../matching/match.ts'
import type { Decision } from '../matching/decision.ts'
import { explainReason } from '../matching/explain.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { type FactRows, readFacts } from '../store/facts.ts'
import type { Outcome, Settlement } from '../store/settle-rows.ts'
import { findCandidates } from './candidates.ts'
import { type Clues, cluesOf, factKeysOf } from './fact-keys.ts'
import { checkSenders, type LateMail } from './check-senders.ts'
import { addressBookOf, type AddressBook, factsOf, matchPeople, sameContent } from './facts.ts'
import { giveBack } from './give-back.ts'
import { captureOf, newMailOf } from './new-mail.ts'
import { unreadOf } from './open-raw.ts'
import { outcomeOf } from './outcome.ts'
import type { ProcessingContext } from './processing-context.ts'
import { roundsOf } from './rounds.ts'
import { routeMails } from './route.ts'
import { settle, storedAttachments } from './settle.ts'
import type { ReadMail, TenantMail } from './tenant-mail.ts'
import { type StageTimes, traceOf } from './trace.ts'

/** How often an outcome is found anew because another worker wrote a copy of the mail meanwhile. */
const racesMax = 5

/** A batch that has been read; what of it could not be was given back. */
export interface ReadBatch {
  readonly mails: readonly ReadMail[]
  readonly parseMs: number
}

/** The first half: bytes to messages. May run while another batch is being decided. Never throws. */
export async function readBatch(context: ProcessingContext, claims: readonly ClaimedMessage[]): Promise<ReadBatch> {
  const started = performance.now()
  const unread = claims.map((claim) => ({ claim, ...unreadOf(context, claim) }))
  const readings = await context.parser.read(unread)
  const mails: ReadMail[] = []
  for (const [index, { claim, folder }] of unread.entries()) {
    const reading = readings[index]
    if (reading !== undefined && 'message' in reading) {
      mails.push({ claim, message: reading.message, folder })
    } else {
      await removeFolder(context, { claim, folder })
      await giveBack(context, [claim], reading?.failure)
    }
  }
  const parseMs = performance.now() - started
  context.metrics.stage('parse', parseMs / 1000, claims.length)
  return { mails, parseMs }
}

/**
 * The second half: messages to effects. One batch at a time in a process, in the order in which they were taken. Answers those whose senders DNS
 * has not told of yet; they are the caller's, who brings them here again. Never throws.
 */
export async function settleBatchOf(context: ProcessingContext, { mails, parseMs }: ReadBatch): Promise<LateMail[]> {
  const late: LateMail[] = []
  for (const round of roundsOf(mails)) {
    try {
      late.push(...(await settleRound(context, round, { parse: Math.round(parseMs) })))
    } catch (error) {
      await giveBack(
        context,
        round.map((mail) => mail.claim),
        error,
      )
    }
  }
  const waiting = new Set(late.map(({ claim }) => claim))
  for (const mail of mails) if (!waiting.has(mail.claim)) await removeFolder(context, mail)
  return late
}

/** Only a mail too large for its row can have filled its folder. Never throws: what stays is removed at the next start. */
export async function removeFolder(context: ProcessingContext, mail: Pick<ReadMail, 'claim' | 'folder'>): Promise<void> {
  if (mail.claim.content === null) await context.temporary.remove(mail.folder).catch(() => undefined)
}

async function settleRound(context: ProcessingContext, mails: readonly ReadMail[], ms: Partial<StageTimes>): Promise<LateMail[]> {
  const started = performance.now()
  const byTenant = await routeMails(context, mails, ms)
  const tenantMs = performance.now() - started
  context.metrics.stage('tenant', tenantMs / 1000, mails.length)
  const routed = [...byTenant.values()].flat()
  const { ready, late } = await checkSenders(context, routed)
  const checkMs = performance.now() - started - tenantMs
  context.metrics.stage('authenticate', checkMs / 1000, routed.length)
  const times = { ...ms, tenant: Math.round(tenantMs), authenticate: Math.round(checkMs) }
  for (const tenantId of byTenant.keys()) {
    const ofTenant = ready.filter(({ tenant }) => tenant.tenantId === tenantId)
    if (ofTenant.length > 0) await settleTogether(context, tenantId, ofTenant, times)
  }
  return late
}

/** All of them at once; where that fails, each alone, so that one bad mail does not hold up the others. */
async function settleTogether(
  context: ProcessingContext,
  tenantId: TenantId,
  mails: readonly TenantMail[],
  ms: Partial<StageTimes>,
): Promise<void> {
  try {
    await decideAndSettle(context, tenantId, mails, ms)
  } catch (error) {
    // What is away for all of them is away for each.
    if (mails.length === 1 || error instanceof TemporaryFailure) {
      await giveBack(
        context,
        mails.map((mail) => mail.claim),
        error,
      )
      return
    }
    for (const mail of mails) await settleTogether(context, tenantId, [mail], ms)
  }
}

async function decideAndSettle(
  context: ProcessingContext,
  tenantId: TenantId,
  mails: readonly TenantMail[],
  ms: Partial<StageTimes>,
): Promise<void> {
  let due = mails
  for (let race = 0; race <= racesMax && due.length > 0; race++) {
    const settlements = await decide(context, tenantId, due, ms)
    const results = await settle(context, tenantId, settlements)
    due = due.filter((_, index) => results[index] === 'raced')
  }
  if (due.length > 0) {
    const busy = new TemporaryFailure('processingTimedOut', 'Other workers kept writing copies of the same mail.')
    await giveBack(
      context,
      due.map((mail) => mail.claim),
      busy,
    )
  }
}

/** Facts, candidates and decision of each mail of one tenant, and what is to be written of it. */
async function decide(
  context: ProcessingContext,
  tenantId: TenantId,
  mails: readonly TenantMail[],
  before: Partial<StageTimes>,
): Promise<(Settlement & { claim: ClaimedMessage })[]> {
  const started = performance.now()
  const withClues = mails.map((mail) => ({ mail, clues: cluesOf(mail, context.crmAddresses) }))
  const rows = await readFacts(context.database, tenantId, factKeysOf(withClues))
  const factsMs = performance.now() - started
  const book = addressBookOf(rows)
  const ms = { waited: 0, parse: 0, tenant: 0, authenticate: 0, ...before, facts: Math.round(factsMs), match: 0 }
  const settlements: (Settlement & { claim: ClaimedMessage })[] = []
  for (const { mail, clues } of withClues) settlements.push(await settlementOf(context, mail, clues, rows, book, ms))
  context.metrics.stage('facts', factsMs / 1000, mails.length)
  context.metrics.stage('match', (performance.now() - started - factsMs) / 1000, mails.length)
  return settlements
}

async function settlementOf(
  context: ProcessingContext,
  mail: TenantMail,
  clues: Clues,
  rows: FactRows,
  book: AddressBook,
  ms: StageTimes,
): Promise<Settlement & { claim: ClaimedMessage }> {
  const { claim, tenant } = mail
  const started = performance.now()
  const people = matchPeople(clues, book)
  const found = findCandidates(clues, people, rows)
  const facts = factsOf(mail, clues, { ...found, people, crmAddresses: context.crmAddresses }, rows)
  const decision: Decision = match(facts, found.candidates, tenant.policy)
  const copy = sameContent(mail, rows)
  const outcome = outcomeOf(decision, copy, found.candidates)
  const times = { ...ms, waited: Math.max(0, Date.now() - claim.receivedAt.getTime()), match: Math.round(performance.now() - started) }
  const isNew = outcome.kind !== 'erase' && copy === null
  return {
    claim,
    deliveryId: claim.deliveryId,
    attempts: claim.attempts,
    messageId: claim.messageId,
    outcome,
    mail: isNew
      ? { kind: 'new', mail: newMailOf(mail, clues, people, book, await storedAttachments(context, tenant.tenantId, mail.message)) }
      : copy === null || outcome.kind === 'erase'
        ? null
        : { kind: 'known', copy },
    capture: captureOf(mail, clues, book),
    detail: wordsOfOutcome(outcome),
    trace: traceOf(mail, clues, { facts, rows, outcome, sameMailAs: copy?.mailId ?? null }, times),
  }
}

function wordsOfOutcome(outcome: Outcome): string | null {
  if (outcome.kind === 'append') return null
  if (outcome.kind === 'confirm') return outcome.reasons.map(explainReason).join(' ')
  return explainReason(outcome.kind === 'erase' ? 'neverLog' : outcome.reason)
}
