/**
 * One message from bytes to effect: parse > tenant > authenticate > facts > candidates > match > settle. Mails go through in batches, since a round trip to the
 * database costs as much for thirty as for one; the outcome is as if each had gone alone.
 */
import type { TenantId } from '../crm/ids.ts'
import { TemporaryFailure } from '../failure.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { decide } from './decide.ts'
import { checkSenders, type LateMail } from './check-senders.ts'
import { giveBack } from './give-back.ts'
import { unreadOf } from './open-raw.ts'
import type { ProcessingContext } from './processing-context.ts'
import { roundsOf } from './rounds.ts'
import { routeMails } from './route.ts'
import { settle } from './settle.ts'
import type { ReadMail, TenantMail } from './tenant-mail.ts'
import type { StageTimes } from './trace.ts'

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
export async function removeFolder(
  context: ProcessingContext,
  mail: Pick<ReadMail, 'claim' | 'folder'> & Partial<Pick<ReadMail, 'message'>>,
): Promise<void> {
  if (mail.claim.content === null || wroteFiles(mail)) await context.temporary.remove(mail.folder).catch(() => undefined)
}

/** What was wrapped may be larger than the mail. */
function wroteFiles({ message }: Partial<Pick<ReadMail, 'message'>>): boolean {
  return [...(message?.attachments ?? []), ...(message?.originals ?? []).flatMap(({ attachments }) => attachments)].some(
    ({ file }) => file !== null,
  )
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
