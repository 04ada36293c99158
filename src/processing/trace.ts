/** The way of one mail, stage by stage, as it is kept with its delivery and shown by `messages show` (PRODUCT §8). No subject and no text. */
import { authorsOf } from '../mail/author.ts'
import { quoteOfVersion } from '../crm/lead-number.ts'
import type { AuthenticationResults, DeliveryReport } from '../mail/message.ts'
import type { MatchFacts, MatchPerson } from '../matching/decision.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import type { FactRows } from '../store/facts.ts'
import type { Outcome } from '../store/settle-rows.ts'
import type { Clues } from './clues.ts'
import type { Filed } from './filed.ts'
import { leadIndexOf } from './lead-index.ts'
import type { ForwardVerdict, Reading } from './readings.ts'
import type { TenantMail } from './tenant-mail.ts'
import type { VerifiedSender } from './verify-sender.ts'

const peopleTracedMax = 50
const idsTracedMax = 20

/** Milliseconds: how long the mail waited before it was taken, and how long the batch that it was in took for each stage. */
export interface StageTimes {
  readonly waited: number
  readonly parse: number
  readonly tenant: number
  readonly authenticate: number
  readonly facts: number
  readonly match: number
}

export interface Trace {
  readonly envelope: object
  readonly ms: Partial<StageTimes>
  readonly tenant?: string
  readonly standing?: string
  /** Absent where nobody was asked: the submission is trusted, or a sign-in says all. */
  readonly authentication?: TracedAuthentication
  readonly author?: string
  readonly outside?: boolean
  readonly automatic?: string | null
  readonly tokens?: readonly TracedToken[]
  readonly people?: readonly object[]
  readonly thread?: readonly string[]
  /** How many mails of the thread, as the header names them, are not on file. */
  readonly missingEarlier?: number
  readonly forward?: TracedForward
  /** Of a bounce. */
  readonly report?: DeliveryReport
  readonly sameMailAs?: string | null
  readonly defects?: readonly object[]
  readonly decision?: object
}

export interface TracedAuthentication extends AuthenticationResults {
  /** In words. */
  readonly reasons: readonly string[]
  /** `envelope` and names of fields that the sender's proof does not cover. */
  readonly uncovered: readonly string[]
}

/** What it forwards, and whether that is filed in its place. */
export interface TracedForward {
  readonly verdict: ForwardVerdict
  readonly how: 'inline' | 'attached' | null
  readonly author: string | null
  readonly originals: number
  /** What became of the originals beside the one that this trace is about. */
  readonly further: readonly Outcome[]
}

export interface TracedToken {
  readonly token: string
  readonly where: 'subject' | 'subaddress' | 'forwarderText' | 'forwardedSubject'
  /** The number of the lead that it led to, or null. */
  readonly lead: string | null
  /** Why it counted, or why not. */
  readonly why: 'leadNumber' | 'quoteNumber' | 'noSuchLead' | 'noSuchQuote' | 'nearMiss' | 'proposes'
}

/** Of a mail that nobody has, or of which nothing may be kept. */
export function briefTrace(claim: ClaimedMessage, ms: Partial<StageTimes>, more: Pick<Trace, 'tenant' | 'decision'> = {}): Trace {
  return { envelope: { channel: claim.channel, ...claim.envelope }, ms, ...more }
}

/** What is told of one decision. */
interface Found {
  readonly facts: MatchFacts
  readonly rows: FactRows
  readonly outcome: Outcome
  readonly sameMailAs: string | null
  readonly forward: ForwardVerdict
  /** Of the other originals that came with it. */
  readonly further: readonly Outcome[]
}

export function traceOf({ mail, clues, filed }: Reading, found: Found, ms: StageTimes): Trace {
  const { facts, rows, outcome } = found
  if (outcome.kind === 'erase') return briefTrace(mail.claim, ms, { tenant: mail.tenant.slug, decision: outcome })
  return {
    ...briefTrace(mail.claim, ms, { tenant: mail.tenant.slug, decision: outcome }),
    standing: facts.standing,
    ...(mail.verified == null ? {} : { authentication: tracedAuthentication(mail.verified) }),
    author: facts.author,
    outside: facts.outside,
    automatic: facts.automatic,
    tokens: tracedTokens(clues, rows),
    people: facts.people.slice(0, peopleTracedMax).map(tracedPerson),
    thread: clues.answered.slice(0, idsTracedMax),
    missingEarlier: missingEarlier(filed.answered, rows),
    ...(found.forward === 'none' ? {} : { forward: tracedForward(mail, filed, found) }),
    ...(mail.message.report === null ? {} : { report: mail.message.report }),
    sameMailAs: found.sameMailAs,
    defects: mail.message.defects,
  }
}

/** Mails that its thread names and the tenant has not got. */
function missingEarlier(answered: Clues['answered'], rows: FactRows): number {
  const onFile = new Set(rows.threads.map(({ key }) => key))
  return answered.filter((id) => !onFile.has(id)).length
}

function tracedForward({ message }: TenantMail, filed: Filed, { forward, further }: Found): TracedForward {
  const [first] = message.originals
  const original = filed.original ?? first
  const author = original === undefined ? undefined : authorsOf(original.author)[0]
  return {
    verdict: forward,
    how: original?.how ?? null,
    author: author === undefined ? null : (author.key ?? author.address),
    originals: message.originals.length,
    further,
  }
}

function tracedAuthentication({ results, reasons, uncovered }: VerifiedSender): TracedAuthentication {
  return { ...results, reasons, uncovered }
}

function tracedTokens(clues: Clues, rows: FactRows): TracedToken[] {
  const index = leadIndexOf(rows)
  const leadOfNumber = (token: string): string | null => (index.ofNumber.has(token) ? token : null)
  const leadOfQuote = (token: string): string | null => {
    const leadId = index.ofQuote.get(quoteOfVersion(token))
    return (leadId === undefined ? undefined : index.numberOf.get(leadId)) ?? null
  }
  const ofLead =
    (where: TracedToken['where']) =>
    (token: string): TracedToken => {
      const lead = leadOfNumber(token)
      return { token, where, lead, why: lead === null ? 'noSuchLead' : 'leadNumber' }
    }
  const proposing =
    (where: TracedToken['where']) =>
    (token: string): TracedToken => ({ token, where, lead: leadOfNumber(token) ?? leadOfQuote(token), why: 'proposes' })
  const ofQuote =
    (where: TracedToken['where']) =>
    (token: string): TracedToken => {
      const lead = leadOfQuote(token)
      return { token, where, lead, why: lead === null ? 'noSuchQuote' : 'quoteNumber' }
    }
  return [
    ...clues.subaddressLeads.map(ofLead('subaddress')),
    ...clues.subaddressQuotes.map(ofQuote('subaddress')),
    ...clues.numbers.leadNumbers.map(ofLead('subject')),
    ...clues.numbers.quoteNumbers.map(ofQuote('subject')),
    ...clues.forwarderNumbers.leadNumbers.map(ofLead('forwarderText')),
    ...clues.forwarderNumbers.quoteNumbers.map(ofQuote('forwarderText')),
    ...clues.forwarderNumbers.others.map(proposing('forwarderText')),
    ...clues.forwardedNumbers.leadNumbers.map(proposing('forwardedSubject')),
    ...clues.forwardedNumbers.quoteNumbers.map(proposing('forwardedSubject')),
    ...clues.numbers.nearMisses.map((token) => ({
      token,
      where: 'subject' as const,
      lead: leadOfNumber(token),
      why: 'nearMiss' as const,
    })),
  ]
}

function tracedPerson(person: MatchPerson): object {
  return {
    address: person.address ?? person.written,
    as: person.role,
    own: person.own,
    contactPersons: person.contacts.map((contact) => contact.contactPersonId),
  }
}
