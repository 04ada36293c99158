/** The way of one mail, stage by stage, as it is kept with its delivery and shown by `messages show` (PRODUCT §8). No subject and no text. */
import { quoteOfVersion } from '../crm/lead-number.ts'
import type { AuthenticationResults } from '../mail/message.ts'
import type { MatchFacts, MatchPerson } from '../matching/decision.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import type { FactRows } from '../store/facts.ts'
import type { Outcome } from '../store/settle-rows.ts'
import type { Clues } from './fact-keys.ts'
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

export interface TracedToken {
  readonly token: string
  readonly where: 'subject' | 'subaddress'
  /** The lead's id that it led to, or null. */
  readonly lead: string | null
  /** Why it counted, or why not. */
  readonly why: 'leadNumber' | 'quoteNumber' | 'noSuchLead' | 'noSuchQuote' | 'nearMiss'
}

/** Of a mail that nobody has, or of which nothing may be kept. */
export function briefTrace(claim: ClaimedMessage, ms: Partial<StageTimes>, more: Pick<Trace, 'tenant' | 'decision'> = {}): Trace {
  return { envelope: { channel: claim.channel, ...claim.envelope }, ms, ...more }
}

export function traceOf(
  mail: TenantMail,
  clues: Clues,
  found: { readonly facts: MatchFacts; readonly rows: FactRows; readonly outcome: Outcome; readonly sameMailAs: string | null },
  ms: StageTimes,
): Trace {
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
    sameMailAs: found.sameMailAs,
    defects: mail.message.defects,
  }
}

function tracedAuthentication({ results, reasons, uncovered }: VerifiedSender): TracedAuthentication {
  return { ...results, reasons, uncovered }
}

function tracedTokens(clues: Clues, rows: FactRows): TracedToken[] {
  const leads = new Map(rows.leadsOfNumbers.map(({ key, leadId }) => [key, leadId]))
  const quotes = new Map(rows.leadsOfQuotes.map(({ key, leadId }) => [key, leadId]))
  const ofLead =
    (where: TracedToken['where']) =>
    (token: string): TracedToken => {
      const lead = leads.get(token) ?? null
      return { token, where, lead, why: lead === null ? 'noSuchLead' : 'leadNumber' }
    }
  const ofQuote =
    (where: TracedToken['where']) =>
    (token: string): TracedToken => {
      const lead = quotes.get(quoteOfVersion(token)) ?? null
      return { token, where, lead, why: lead === null ? 'noSuchQuote' : 'quoteNumber' }
    }
  return [
    ...clues.subaddressLeads.map(ofLead('subaddress')),
    ...clues.subaddressQuotes.map(ofQuote('subaddress')),
    ...clues.numbers.leadNumbers.map(ofLead('subject')),
    ...clues.numbers.quoteNumbers.map(ofQuote('subject')),
    ...clues.numbers.nearMisses.map((token) => ({
      token,
      where: 'subject' as const,
      lead: leads.get(token) ?? null,
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
