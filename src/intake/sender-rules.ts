/** Whom the SMTP session refuses, by the header and who is signed in (PRODUCT §2). What needs a person's judgement is let in: processing asks one. */
import type { TenantId } from '../crm/ids.ts'
import { PermanentFailure, TemporaryFailure } from '../failure.ts'
import { domainOf, type DomainName } from '../mail/address.ts'
import { authorsOf, readAuthor } from '../mail/author.ts'
import { automaticKind } from '../mail/automatic.ts'
import { fieldBodies } from '../mail/header.ts'
import { readMessageIds, type MessageIdKey } from '../mail/message-id.ts'
import type { HeaderLine } from '../mail/message.ts'
import { Recent } from '../store/recent.ts'
import type { HostedDomain, SenderDirectory } from './sender-directory.ts'
import type { SenderVerdict } from './sender-proof.ts'

/** What the session knows about who hands the mail in. */
export interface Submitter {
  readonly fromTrustedNetwork: boolean
  /** The tenant of the user who signed in, or null. */
  readonly signedInTenant: TenantId | null
  /** '' is the null reverse-path: reports of mail systems come with it. */
  readonly reversePath?: string | null
}

/**
 * `mustProve`: his tenant refuses whom nothing vouches for, and only the whole mail can tell (`judgeProof`). `unlessOnFile`: a report of a mail
 * system outside, whose header does not say which mail it is about; the rest of it does (`report-judge.ts`).
 */
export type SenderJudgement = 'accepted' | 'mustProve' | { readonly unlessOnFile: PermanentFailure }

/** Domains of From fields looked up for one mail; one is usual. */
const authorDomainsMax = 20
/** Those who write today have written before, and from the same field follow the same domains. */
const recentFroms = new Recent<string, readonly DomainName[]>(1_000)
const recentFromCharactersMax = 1_000

/**
 * Refuses what no tenant could own: an author of a domain that nobody registered (unless the mail answers one on file, or one that waits), authors of several
 * tenants, a signed-in user of another tenant. Before it refuses, the database is asked afresh.
 * Where the database is away the mail is let in: processing decides later.
 * @throws PermanentFailure `senderDomainUnknown` | `severalTenants` | `senderOfOtherTenant`, words for the sender.
 */
export async function judgeSender(
  lines: readonly HeaderLine[],
  submitter: Submitter,
  directory: SenderDirectory,
): Promise<SenderJudgement> {
  const domains = authorDomains(lines)
  try {
    const remembered = await directory.tenantsByDomain(domains, false)
    if (remembered.size > 0 && refusalOf(remembered, submitter) === null && !mustProve(remembered, submitter)) return 'accepted'
    const hosted = await directory.tenantsByDomain(domains, true)
    const refusal = hosted.size > 0 ? refusalOf(hosted, submitter) : await refusalOutside(lines, domains, submitter, directory)
    if (refusal !== null && refusal.code === 'senderDomainUnknown' && isReport(lines, submitter)) return { unlessOnFile: refusal }
    if (refusal !== null) throw refusal
    return mustProve(hosted, submitter) ? 'mustProve' : 'accepted'
  } catch (error) {
    if (error instanceof TemporaryFailure) return 'accepted'
    throw error
  }
}

/**
 * Refuses where nothing vouches for the sender; what DNS did not say is no reason to.
 * @throws PermanentFailure `senderNotAuthenticated`, words for the sender.
 */
export function judgeProof(verdict: SenderVerdict): void {
  if (verdict.kind !== 'refused') return
  // What the mail says of itself may stand in the reasons; a reply is one line of ASCII (RFC 5321 §4.2).
  throw new PermanentFailure(
    'senderNotAuthenticated',
    `Nothing proves that this mail comes from the sender it names, and your company does not take such mail into its CRM. Please send it through your company's mail server, or ask your admin to let you sign in here. ${verdict.reasons.join(' ').replaceAll(/[^ -~]+/g, ' ')}`,
  )
}

/** The tenant's policy, for whoever is neither signed in nor in a trusted network. */
function mustProve(hosted: ReadonlyMap<DomainName, HostedDomain>, { signedInTenant, fromTrustedNetwork }: Submitter): boolean {
  if (signedInTenant !== null || fromTrustedNetwork) return false
  return [...hosted.values()].some(({ policy }) => policy.unauthenticatedSender === 'refuse')
}

function authorDomains(lines: readonly HeaderLine[]): readonly DomainName[] {
  const [from, ...others] = fieldBodies(lines, 'from')
  if (from === undefined || others.length > 0 || from.length > recentFromCharactersMax) return readAuthorDomains(lines)
  const known = recentFroms.find(from)
  if (known !== undefined) return known
  const domains = readAuthorDomains(lines)
  recentFroms.add(from, domains, 1)
  return domains
}

function readAuthorDomains(lines: readonly HeaderLine[]): DomainName[] {
  const domains = new Set<DomainName>()
  for (const { key } of authorsOf(readAuthor(lines))) if (key !== null) domains.add(domainOf(key))
  return [...domains].slice(0, authorDomainsMax)
}

/** For authors of whom at least one belongs to a tenant. */
function refusalOf(hosted: ReadonlyMap<DomainName, HostedDomain>, submitter: Submitter): PermanentFailure | null {
  const [first, ...others] = [...hosted.values()]
  if (first === undefined) return null
  if (others.some((domain) => domain.tenantId !== first.tenantId)) {
    return new PermanentFailure(
      'severalTenants',
      'The From field names people of several companies that use this CRM. Please send the mail from one of them alone.',
    )
  }
  const { signedInTenant } = submitter
  if (signedInTenant !== null && signedInTenant !== first.tenantId) {
    return new PermanentFailure(
      'senderOfOtherTenant',
      'You are signed in as a user of another company than the one in the From field. Please write from your own address, or sign in as the right user.',
    )
  }
  return null
}

/** For authors of whom none belongs to a tenant: a reply to a mail of exactly one tenant, on file or waiting for a person, is let in. */
async function refusalOutside(
  lines: readonly HeaderLine[],
  domains: readonly DomainName[],
  submitter: Submitter,
  directory: SenderDirectory,
): Promise<PermanentFailure | null> {
  const answered = answeredMessages(lines)
  const tenants = answered.length === 0 ? [] : await directory.tenantsByThread(answered)
  if (tenants.length > 0) return refusalOfThread(tenants, submitter)
  const [domain] = domains
  return new PermanentFailure(
    'senderDomainUnknown',
    domain === undefined
      ? 'The mail has no From address that could be read, so nobody knows whose it is. Please send it again from your usual mail address.'
      : `No company that uses this CRM has registered the mail domain ${domain}. Please ask the admin of your CRM to add it as a host name, or write from your company address.`,
  )
}

/** For a mail from outside that answers, or reports, mails of these tenants. */
export function refusalOfThread(tenants: readonly TenantId[], { signedInTenant }: Submitter): PermanentFailure | null {
  const [tenant, ...others] = new Set(tenants)
  if (others.length > 0) {
    return new PermanentFailure(
      'severalTenants',
      'This mail answers mails of several companies that use this CRM, so nobody can tell whose it is. Please answer each of them by itself.',
    )
  }
  if (signedInTenant === null || signedInTenant === tenant) return null
  return new PermanentFailure('senderOfOtherTenant', 'This mail answers one of another company than the one you are signed in for.')
}

/** A report of a mail system, by envelope and header; its author may be anybody. */
export function isReport(lines: readonly HeaderLine[], { reversePath = null }: Pick<Submitter, 'reversePath'>): boolean {
  return reversePath === '' && automaticKind(lines, reversePath) === 'bounce'
}

function answeredMessages(lines: readonly HeaderLine[]): MessageIdKey[] {
  return [...fieldBodies(lines, 'in-reply-to'), ...fieldBodies(lines, 'references')].flatMap((body) => readMessageIds(body))
}
