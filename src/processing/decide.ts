/** From mails of one tenant to what is written of them: facts > readings > candidates > match, and the outcome of each. */
import { authorsOf } from '../mail/author.ts'
import type { TenantId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import { explainReason } from '../matching/explain.ts'
import { isFit } from '../matching/evidence.ts'
import { match } from '../matching/match.ts'
import type { Candidate, MatchFacts } from '../matching/decision.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { askedKeysOf } from '../store/asked-keys.ts'
import { countRecentMails, type CopyRow, type FactRows, readFacts } from '../store/facts.ts'
import type { Outcome, SettledMail, Settlement } from '../store/settle-rows.ts'
import { addressBookOf, type AddressBook } from './address-book.ts'
import { findCandidates } from './candidates.ts'
import { type Clues, cluesOf } from './clues.ts'
import { factKeysOf } from './fact-keys.ts'
import { factsOf, matchPeople, sameContent, senderOf } from './facts.ts'
import { captureOf, newMailOf } from './new-mail.ts'
import { outcomeOf } from './outcome.ts'
import type { ProcessingContext } from './processing-context.ts'
import { type Reading, readingsOf } from './readings.ts'
import { storedAttachments } from './settle.ts'
import type { TenantMail } from './tenant-mail.ts'
import { type StageTimes, traceOf } from './trace.ts'

/**
 * Loop guard (RFC 3834 §2): more mails than this of one author outside within the window are no conversation of people, and a person is asked. A tenant's
 * own people may hand in as many as they like, for nothing of ours answers them more than once.
 */
export const outsideMailsMax = 100
const outsideWindowMs = 10 * 60_000

type Settled = Settlement & { readonly claim: ClaimedMessage }

/** What is known about a batch. */
interface Known {
  readonly context: ProcessingContext
  readonly rows: FactRows
  readonly book: AddressBook
  /** Recent mails of authors outside, where there were too many. */
  readonly many: ReadonlyMap<AddressKey, number>
  readonly ms: StageTimes
}

/** Facts, candidates and decision of each mail of one tenant, and what is to be written of it. */
export async function decide(
  context: ProcessingContext,
  tenantId: TenantId,
  mails: readonly TenantMail[],
  before: Partial<StageTimes>,
): Promise<Settled[]> {
  const started = performance.now()
  const withClues = mails.map((mail) => ({ mail, clues: cluesOf(mail, context.crmAddresses) }))
  const rows = await readFacts(context.database, tenantId, factKeysOf(withClues, context.crmAddresses))
  const many = await findManyFromOutside(context, tenantId, mails)
  const factsMs = performance.now() - started
  const ms = { waited: 0, parse: 0, tenant: 0, authenticate: 0, ...before, facts: Math.round(factsMs), match: 0 }
  const known = { context, rows, book: addressBookOf(rows), many, ms }
  const settlements: Settled[] = []
  for (const { mail, clues } of withClues) settlements.push(await settlementOf(mail, clues, known))
  context.metrics.stage('facts', factsMs / 1000, mails.length)
  context.metrics.stage('match', (performance.now() - started - factsMs) / 1000, mails.length)
  return settlements
}

async function findManyFromOutside(
  context: ProcessingContext,
  tenantId: TenantId,
  mails: readonly TenantMail[],
): Promise<ReadonlyMap<AddressKey, number>> {
  const outside = mails.filter((mail) => mail.outside)
  const authors = outside.flatMap(({ message }) => authorsOf(message.author).flatMap(({ key }) => key ?? []))
  if (authors.length === 0) return new Map()
  const since = new Date(Math.min(...outside.map(({ claim }) => claim.receivedAt.getTime())) - outsideWindowMs)
  const counts = await countRecentMails(context.database, tenantId, authors, since, outsideMailsMax + 1)
  return new Map([...counts].filter(([, mailsSince]) => mailsSince > outsideMailsMax))
}

async function settlementOf(mail: TenantMail, clues: Clues, known: Known): Promise<Settled> {
  const { context, rows, book } = known
  const { claim } = mail
  const started = performance.now()
  const { crmAddresses } = context
  const readings = readingsOf(mail, clues, { ...senderOf(mail, rows), crmAddresses }, book)
  const [first, ...rest] = byUrgency(readings.all.map((reading) => decideOne(reading, known)))
  if (first === undefined) throw new Error('a mail has no reading')
  const { facts, outcome, copy } = first
  const times = {
    ...known.ms,
    waited: Math.max(0, Date.now() - claim.receivedAt.getTime()),
    match: Math.round(performance.now() - started),
  }
  const isAsked = outcome.kind === 'confirm' || rest.some((one) => one.outcome.kind === 'confirm')
  const asks = isAsked ? askedKeysOf(mail.tenant.tenantId, factKeysOf([{ mail, clues }], crmAddresses)) : []
  // Nothing of a mail may be kept of which one part may not: its bytes hold all of it.
  const further = outcome.kind === 'erase' ? [] : rest
  return {
    claim,
    deliveryId: claim.deliveryId,
    attempts: claim.attempts,
    messageId: claim.messageId,
    ...(await settledMail(first, known, asks)),
    ...(further.length === 0 ? {} : { further: await settledMails(further, known, asks) }),
    ...(outcome.kind === 'erase' ? {} : { undelivered: undeliveredOf(mail, facts, rows) }),
    capture: captureOf(mail, clues, book),
    detail: wordsOfOutcome(outcome),
    trace: traceOf(
      first.reading,
      { facts, rows, outcome, sameMailAs: copy?.mailId ?? null, forward: readings.forward, further: further.map((one) => one.outcome) },
      times,
    ),
  }
}

/** One reading with what is decided about it. */
interface Decided {
  readonly reading: Reading
  readonly facts: MatchFacts
  readonly outcome: Outcome
  readonly copy: CopyRow | null
}

function decideOne(reading: Reading, { context, rows, book, many }: Known): Decided {
  const { mail, filed } = reading
  const [author] = authorsOf(mail.message.author)
  const manyFromSender = mail.outside && author?.key != null ? many.get(author.key) : undefined
  const { facts, candidates } = weigh(reading, { rows, book, crmAddresses: context.crmAddresses, manyFromSender })
  const decision = match(facts, candidates, mail.tenant.policy)
  const copy = sameContent(filed, rows)
  return { reading, facts, outcome: outcomeOf(decision, copy, candidates), copy }
}

/** All that matching takes of one reading. */
export function weigh(
  reading: Reading,
  known: {
    readonly rows: FactRows
    readonly book: AddressBook
    readonly crmAddresses: readonly AddressKey[]
    readonly manyFromSender: number | undefined
  },
): { readonly facts: MatchFacts; readonly candidates: readonly Candidate[] } {
  const { rows, book, crmAddresses, manyFromSender } = known
  const people = matchPeople(reading.clues, book)
  const found = findCandidates(reading.clues, people, rows, book)
  return { facts: factsOf(reading, { ...found, people, crmAddresses, manyFromSender }, rows), candidates: found.candidates }
}

/** The delivery stands for what needs a person most: else nobody would see it in the list of messages. */
function byUrgency(decided: readonly Decided[]): Decided[] {
  const order: readonly Outcome['kind'][] = ['erase', 'confirm', 'append', 'ignore']
  return decided.toSorted((a, b) => order.indexOf(a.outcome.kind) - order.indexOf(b.outcome.kind))
}

async function settledMails(decided: readonly Decided[], known: Known, asks: readonly string[]): Promise<SettledMail[]> {
  const mails: SettledMail[] = []
  for (const one of decided) mails.push(await settledMail(one, known, asks))
  return mails
}

async function settledMail(
  { reading, facts, outcome, copy }: Decided,
  { context, book }: Known,
  asked: readonly string[],
): Promise<SettledMail> {
  const { note } = reading.filed
  const asks = outcome.kind === 'confirm' ? { asks: asked } : {}
  if (outcome.kind === 'erase') return { outcome, mail: null }
  if (copy !== null) return { outcome, mail: { kind: 'known', copy }, note, ...asks }
  const attachments = await storedAttachments(context, reading.mail.tenant.tenantId, reading.filed)
  return { outcome, mail: { kind: 'new', mail: newMailOf(reading, facts.people, book, attachments) }, note, ...asks }
}

/** A bounce says whom a mail on file did not reach. Anybody can invent one, so that only a sender who is believed is heard. */
function undeliveredOf({ message }: TenantMail, facts: MatchFacts, rows: FactRows): NonNullable<Settlement['undelivered']> {
  const { report } = message
  if (report === null || report.messageId === null || !isFit(facts)) return []
  return rows.threads
    .filter(({ key }) => key === report.messageId)
    .flatMap(({ mailId }) => report.failed.map((address) => ({ mailId, address })))
}

function wordsOfOutcome(outcome: Outcome): string | null {
  if (outcome.kind === 'append') return null
  if (outcome.kind === 'confirm') return outcome.reasons.map(explainReason).join(' ')
  return explainReason(outcome.kind === 'erase' ? 'neverLog' : outcome.reason)
}
