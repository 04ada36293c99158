/**
 * Judges open questions again with what the CRM knows now, by the very code that judged first: parse > facts > readings > candidates > match. Who wrote the mail
 * is not judged anew: DNS says nothing of long ago. What newly points to a lead is offered, in the same question.
 */
import type { LeadId, TenantId } from '../crm/ids.ts'
import { quoteOfVersion } from '../crm/lead-number.ts'
import { isFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { AuthorStanding } from '../mail/message.ts'
import type { MatchFacts } from '../matching/decision.ts'
import { newLeadsOf, offerOf, type Question, questionNow, withAddedLater } from '../matching/offer.ts'
import { holdMail, openChange, rewriteQuestion } from '../store/answer-rows.ts'
import { keyedCandidatesMax } from '../store/confirmation-key.ts'
import type { Sql } from '../store/database.ts'
import { restateDeliveries } from '../store/delivery-standing.ts'
import { type FactRows, readFacts, readTenant } from '../store/facts.ts'
import type { HostedDomain } from '../store/host-names.ts'
import {
  claimReconsiderations,
  endReconsideration,
  findAddedLater,
  putOffReconsideration,
  type Reconsideration,
  type WaitingMail,
} from '../store/reconsiderations.ts'
import { addressBookOf } from './address-book.ts'
import { type Clues, cluesOf } from './clues.ts'
import { weigh } from './decide.ts'
import { factKeysOf } from './fact-keys.ts'
import { senderOf } from './facts.ts'
import { diedTooOften } from './give-back.ts'
import { unreadOf } from './open-raw.ts'
import type { ProcessingContext } from './processing-context.ts'
import { readingsOf } from './readings.ts'
import type { TenantMail } from './tenant-mail.ts'
import type { Trace } from './trace.ts'
import { slicesOf } from './work-loop.ts'

/** Questions that are taken together. */
const batchMax = 20
const claimMs = 15_000
/** Then it is given up (`failed`), until something is added that touches it again. */
const attemptsMax = 5
const firstWaitMs = 5_000

type Waiting = Reconsideration & { readonly waiting: WaitingMail }

/**
 * One batch of one tenant. Answers how many were taken, and how many of them are asked anew. Throws only where the database is away. What is left when
 * `signal` says to stop is anybody's once its claim has lapsed.
 */
export async function judgeAgain(
  context: ProcessingContext,
  tenantId: TenantId,
  signal: AbortSignal,
): Promise<{ readonly taken: number; readonly offered: number }> {
  const { database } = context
  const taken = await claimReconsiderations(database, tenantId, { batchMax, claimMs })
  const tenant = taken.length === 0 ? null : await readTenant(database, tenantId)
  if (tenant === null) return { taken: taken.length, offered: 0 }
  let offered = 0
  for (const slice of slicesOf(taken.map((one) => ({ one, bytes: one.waiting?.claim.bytes ?? 0 })))) {
    if (signal.aborted) break
    const ones = slice.map(({ one }) => one)
    const questions = await questionsAbout(context, tenant, ones.filter(hasMail).filter(mayBeTried))
    for (const one of ones) {
      try {
        if (!mayBeTried(one)) throw diedTooOften(attemptsMax)
        if (await settleOne(context, tenantId, one, questions.get(one) ?? null)) offered += 1
      } catch (error) {
        await putOff(context, tenantId, one, error)
      }
    }
  }
  if (offered > 0) context.nudge(tenantId)
  return { taken: taken.length, offered }
}

function hasMail(one: Reconsideration): one is Waiting {
  return one.waiting !== null
}

function mayBeTried({ attempts }: Reconsideration): boolean {
  return attempts <= attemptsMax
}

/** What would be asked of a mail now, null where it cannot be judged as it was judged first, or would be left out; or why that is not known. */
type Found = { readonly question: Question | null } | { readonly failure: unknown }

async function settleOne(context: ProcessingContext, tenantId: TenantId, one: Reconsideration, found: Found | null): Promise<boolean> {
  if (found !== null && 'failure' in found) throw found.failure
  return await context.database.tenantSql(tenantId, async (sql) => {
    const isOffered = found?.question != null && hasMail(one) && (await offer(sql, tenantId, one, found.question))
    await endReconsideration(sql, tenantId, one)
    return isOffered
  })
}

/** A mail that waits, read again. */
interface ReadAgain {
  readonly one: Waiting
  readonly mail: TenantMail
  readonly clues: Clues
}

/** Read together and looked up together, as when mail comes in; each by itself in what it says. Never throws. */
async function questionsAbout(
  context: ProcessingContext,
  tenant: HostedDomain,
  ones: readonly Waiting[],
): Promise<Map<Reconsideration, Found>> {
  const found = new Map<Reconsideration, Found>()
  const unread = ones.flatMap((one) => {
    const judged = judgedBefore(one.waiting.trace)
    return judged === null ? [] : [{ one, judged, ...unreadOf(context, one.waiting.claim), checksSender: false }]
  })
  const readings = await context.parser.read(unread)
  const read = unread.flatMap(({ one, judged, folder }, index): ReadAgain[] => {
    const reading = readings[index] ?? { failure: new Error('a mail was not read') }
    if ('failure' in reading) {
      found.set(one, reading)
      return []
    }
    const mail = { claim: one.waiting.claim, folder, message: reading.message, tenant, ...judged }
    return [{ one, mail, clues: cluesOf(mail, context.crmAddresses) }]
  })
  try {
    const rows = read.length === 0 ? null : await readFacts(context.database, tenant.tenantId, factKeysOf(read, context.crmAddresses))
    if (rows !== null) for (const each of read) found.set(each.one, judge(context, each, rows))
  } catch (failure) {
    for (const { one } of read) found.set(one, { failure })
  }
  for (const { folder } of unread) await context.temporary.remove(folder).catch(() => undefined)
  return found
}

function judge({ crmAddresses }: ProcessingContext, { one: { waiting }, mail, clues }: ReadAgain, found: FactRows): Found {
  try {
    // Of copies those count that were there before it, as they did when it came.
    const rows = { ...found, copies: found.copies.filter(({ mailId }) => mailId < waiting.mailId) }
    const book = addressBookOf(rows)
    const { all } = readingsOf(mail, clues, { ...senderOf(mail, rows), crmAddresses }, book)
    // The question is about this one of what the mail forwards; where it would be filed as something else now, it stays as it is.
    const reading = all.find(({ filed }) => filed.contentFingerprint === waiting.contentFingerprint)
    if (reading === undefined) return { question: null }
    const many = waiting.evidence.find(({ code }) => code === 'manyFromSender')
    const manyFromSender = many === undefined ? undefined : Number(many.detail)
    const { facts, candidates } = weigh(reading, { rows, book, crmAddresses, manyFromSender })
    return { question: questionNow(facts, candidates, mail.tenant.policy) }
  } catch (failure) {
    return { failure }
  }
}

const standings: readonly AuthorStanding[] = ['aligned', 'trustedSubmission', 'unaligned', 'rejectedByPolicy', 'undetermined']
const authors: readonly MatchFacts['author'][] = ['one', 'several', 'unclear', 'none', 'senderOfOtherTenant']

/** What was found out about its author when it came. Null where the trace does not say it: then nobody else may. */
function judgedBefore(trace: unknown): Required<Pick<TenantMail, 'author' | 'outside' | 'standing' | 'verified'>> | null {
  const { standing: wasStanding, author: wasAuthor, outside, authentication } = (trace ?? {}) as Partial<Trace>
  const standing = standings.find((one) => one === wasStanding)
  const author = authors.find((one) => one === wasAuthor)
  if (standing === undefined || author === undefined || typeof outside !== 'boolean') return null
  const { reasons = [], uncovered = [], ...results } = authentication ?? {}
  const verified =
    authentication === undefined
      ? null
      : { results: results as typeof authentication, standing, reasons: [...reasons], findings: [], temporary: false, uncovered }
  return { standing, author, outside, verified }
}

/** Under the lock that answers take: whoever was quicker has answered what was asked then. Answers whether anything is new. */
async function offer(sql: Sql, tenantId: TenantId, { confirmationId, waiting }: Waiting, now: Question): Promise<boolean> {
  const { mailId } = waiting
  const held = await holdMail(sql, tenantId, mailId)
  // One that asks where a filed mail belongs is about two copies of it, and not about what the CRM knows.
  if (held?.open?.id !== confirmationId || held.live !== null) return false
  const before = held.open
  const wanted = offerOf(before, now)
  if (wanted === null) return false
  const question = withAddedLater(wanted, await laterDetails(sql, tenantId, wanted, waiting.receivedAt))
  const candidateLeads = question.candidates.slice(0, keyedCandidatesMax).map(({ leadId }) => leadId)
  await rewriteQuestion(sql, tenantId, confirmationId, { ...question, candidateLeads })
  const at = new Date()
  const change = openChange({ actor: 'rule', userId: null, at })
  const [leadId = null, ...others] = newLeadsOf(before, question)
  change.tell('confirmationOffered', mailId, {
    confirmationId,
    reason: question.reasons[0],
    ...(leadId === null ? {} : { leadId, leadIds: [leadId, ...others] }),
  })
  await change.write(sql, tenantId)
  await restateDeliveries(sql, tenantId, mailId, at)
  return true
}

async function laterDetails(sql: Sql, tenantId: TenantId, { candidates }: Question, since: Date): Promise<(detail: string) => boolean> {
  const details = candidates.flatMap(({ evidence }) => evidence.map(({ detail }) => detail))
  const leads: LeadId[] = candidates.map(({ leadId }) => leadId)
  const asked = { leads, quotes: details.map(quoteOfVersion), addresses: details.filter((detail) => detail.includes('@')) }
  const later = await findAddedLater(sql, tenantId, asked, since)
  return (detail) => later.has(detail) || later.has(quoteOfVersion(detail))
}

/** One mail's trouble is its own. What is away for all is no fault of the mail, but is not asked for ever either. */
async function putOff(context: ProcessingContext, tenantId: TenantId, one: Reconsideration, error: unknown): Promise<void> {
  const { confirmationId, attempts } = one
  if (error instanceof TemporaryFailure && (error.code === 'databaseUnavailable' || error.code === 'stopping')) throw error
  const dueInMs = attempts < attemptsMax ? firstWaitMs * 2 ** (attempts - 1) : null
  // Its words may quote the mail.
  const detail = isFailure(error) ? wordsOf(error) : 'An unexpected error stopped it; the log has more.'
  const reason = isFailure(error) ? error.code : 'unexpected'
  const trouble = isFailure(error) ? reason : error instanceof Error ? error.name : typeof error
  context.log.warn({ confirmationId, attempts, trouble, givenUp: dueInMs === null }, 'a question could not be judged again')
  await context.database.tenantSql(tenantId, (sql) => putOffReconsideration(sql, tenantId, one, { dueInMs, reason, detail }))
  if (dueInMs === null) context.nudge(tenantId)
}
