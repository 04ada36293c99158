/** From authentication results to a standing: may the author be believed to be who the From field says? Pure (RFC 9989, RFC 8601; PRODUCT §2). */
import { addressKey, type AddressKey, type DomainName } from './address.ts'
import { domainOfProperty, type AuthenticationResultsField, type MethodResult } from './authentication-results.ts'
import type { AuthenticationResult, AuthenticationResults, AuthorStanding, CheckedDomain } from './message.ts'

export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

/** What the author's domain, or the organisation above it, has published (RFC 9989 §4.7). `unknown`: DNS did not say. */
export type PublishedPolicy =
  | { readonly kind: 'record'; readonly policy: DmarcPolicy; readonly strictDkim: boolean; readonly strictSpf: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

export const standingReasonCodes = [
  'dkimAligned',
  'spfAligned',
  'dmarcBelieved',
  'arcBelieved',
  'noSingleAuthor',
  'authorUncertain',
  'dkimMissing',
  'dkimNotValid',
  'dkimUnaligned',
  'spfNotPassed',
  'spfUnaligned',
  'policyReject',
  'policyQuarantine',
  'resultsNotBelieved',
  'submittedToOurServer',
  'notFoundOut',
] as const
export type StandingReasonCode = (typeof standingReasonCodes)[number]

/** `detail` is the domain, result or host that it rests on. */
export interface StandingReason {
  readonly code: StandingReasonCode
  readonly detail: string
}

export interface StandingFacts {
  /** The domain of the one plain author; null where there is none, or several, or it is unclear: then nothing can be aligned. */
  readonly author: DomainName | null
  readonly spf: CheckedDomain
  readonly dkim: readonly CheckedDomain[]
  readonly policy: PublishedPolicy
  /** Whether a domain that passed belongs to the author's organisation (RFC 9989 §4.10.2). Asked only where relaxed alignment needs it. */
  readonly sameOrganisation: (domain: string) => 'same' | 'other' | 'unknown'
  /** The DMARC result that a trusted server wrote about this very author domain; it then is the verdict. */
  readonly believedDmarc: CheckedDomain | null
}

export interface Standing {
  readonly standing: Exclude<AuthorStanding, 'trustedSubmission'>
  readonly dmarc: AuthenticationResults['dmarc']
  /** Never empty. */
  readonly reasons: readonly StandingReason[]
}

/**
 * The standing of the author.
 *
 * `aligned` takes one identifier that passed and is aligned. An identifier that is the author's own domain is aligned under every policy; any
 * other needs a published policy that allows relaxed alignment, and the same organisation. Where nothing was published there is nothing that
 * would tell an organisation, so only the domain itself counts (RFC 9989 §4.10.2: the Organizational Domain of a walk that finds no record is
 * where it began). What could not be found out and might have made it aligned gives `undetermined`, never a pass and never a refusal.
 * Total; the order of the signatures does not matter.
 */
export function authorStanding(facts: StandingFacts): Standing {
  const { author, policy, believedDmarc } = facts
  const published = policy.kind === 'record' ? { policy: policy.policy } : {}
  if (author === null) {
    return { standing: 'unaligned', dmarc: { result: 'permerror', domain: null }, reasons: [{ code: 'noSingleAuthor', detail: '' }] }
  }
  const dmarc = (result: AuthenticationResult): AuthenticationResults['dmarc'] => ({ result, domain: author, ...published })
  if (believedDmarc !== null && believedDmarc.result !== 'none')
    return standingOfBelieved(believedDmarc, dmarc(believedDmarc.result), policy)

  const judged = [
    judge(facts, facts.spf, 'spf'),
    ...(facts.dkim.length === 0
      ? [{ vouches: 'no' as const, reason: { code: 'dkimMissing' as const, detail: '' } }]
      : facts.dkim.map((signature) => judge(facts, signature, 'dkim'))),
  ]
  const vouching = judged.filter(({ vouches }) => vouches === 'yes')
  if (vouching.length > 0) {
    return { standing: 'aligned', dmarc: dmarc(policy.kind === 'record' ? 'pass' : 'none'), reasons: vouching.map(({ reason }) => reason) }
  }
  const reasons = judged.map(({ reason }) => reason)
  if (judged.some(({ vouches }) => vouches === 'perhaps')) return { standing: 'undetermined', dmarc: dmarc('temperror'), reasons }
  return refused(policy, dmarc(policy.kind === 'record' ? 'fail' : policy.kind === 'unknown' ? 'temperror' : 'none'), reasons)
}

/** The results that a trusted server wrote, in our shape, for `authorStanding`. A DMARC result about another domain than the author's is no result. */
export function resultsOfField(
  field: AuthenticationResultsField,
  author: DomainName | null,
): Pick<StandingFacts, 'spf' | 'dkim' | 'believedDmarc'> {
  const of = (name: string): readonly MethodResult[] => field.methods.filter(({ method }) => method === name)
  const checked = ({ result, reason }: MethodResult, domain: DomainName | null): CheckedDomain => ({
    result,
    domain,
    ...(reason === null ? {} : { reason }),
  })
  const spf = of('spf').filter(({ properties }) => !properties.has('smtp.helo') || properties.has('smtp.mailfrom'))
  const dkim = of('dkim').map((method) => checked(method, domainOfProperty(method, 'header.d', 'header.i')))
  return {
    spf: only(spf, (method) => checked(method, domainOfProperty(method, 'smtp.mailfrom', 'smtp.mail', 'smtp.mfrom', 'smtp.helo'))),
    dkim: dkim.filter(({ result }) => result !== 'none'),
    believedDmarc: dmarcAbout(of('dmarc'), author, checked),
  }
}

/** Who signed in at the server that handed it over (RFC 8601 §2.7.4), where he did so under a mail address; null where two are said to have. */
export function submitterOf(field: AuthenticationResultsField): AddressKey | null {
  const [one, ...others] = field.methods.filter(({ method }) => method === 'auth')
  if (one?.result !== 'pass' || others.length > 0) return null
  return addressKey(one.properties.get('smtp.auth') ?? '')
}

function dmarcAbout(
  methods: readonly MethodResult[],
  author: DomainName | null,
  checked: (method: MethodResult, domain: DomainName | null) => CheckedDomain,
): CheckedDomain | null {
  if (methods.length === 0 || author === null) return null
  const one = only(methods, (method) => checked(method, domainOfProperty(method, 'header.from')))
  return one.domain === author ? one : null
}

/** Two results where there can be one were not both written by the server: neither is believed. */
function only(methods: readonly MethodResult[], read: (method: MethodResult) => CheckedDomain): CheckedDomain {
  const [first] = methods
  if (first === undefined) return { result: 'none', domain: null }
  if (methods.length > 1) return { result: 'permerror', domain: null, reason: 'several results where there can be one' }
  return read(first)
}

interface Judged {
  readonly vouches: 'yes' | 'no' | 'perhaps'
  readonly reason: StandingReason
}

function judge(facts: StandingFacts, { result, domain, reason }: CheckedDomain, method: 'spf' | 'dkim'): Judged {
  const aligned = domain === null ? 'no' : alignment(facts, domain, method)
  const detail = domain ?? ''
  if (aligned === 'no' && domain !== null)
    return { vouches: 'no', reason: { code: method === 'dkim' ? 'dkimUnaligned' : 'spfUnaligned', detail } }
  if (result === 'pass' && aligned === 'yes')
    return { vouches: 'yes', reason: { code: method === 'dkim' ? 'dkimAligned' : 'spfAligned', detail } }
  if ((result === 'pass' && aligned === 'perhaps') || (result === 'temperror' && aligned !== 'no')) {
    return { vouches: 'perhaps', reason: { code: 'notFoundOut', detail: `${method.toUpperCase()} of ${detail}` } }
  }
  const words = [detail, result, reason ?? ''].filter((word) => word !== '').join(', ')
  return { vouches: 'no', reason: { code: method === 'dkim' ? 'dkimNotValid' : 'spfNotPassed', detail: words } }
}

function alignment({ author, policy, sameOrganisation }: StandingFacts, domain: string, method: 'spf' | 'dkim'): 'yes' | 'no' | 'perhaps' {
  if (domain === author) return 'yes'
  if (policy.kind === 'none') return 'no'
  if (policy.kind === 'record' && (method === 'dkim' ? policy.strictDkim : policy.strictSpf)) return 'no'
  const organisation = sameOrganisation(domain)
  if (organisation === 'other') return 'no'
  return organisation === 'same' && policy.kind === 'record' ? 'yes' : 'perhaps'
}

function standingOfBelieved({ result, domain }: CheckedDomain, dmarc: AuthenticationResults['dmarc'], policy: PublishedPolicy): Standing {
  const detail = domain ?? ''
  if (result === 'pass') return { standing: 'aligned', dmarc, reasons: [{ code: 'dmarcBelieved', detail }] }
  if (result === 'temperror') return { standing: 'undetermined', dmarc, reasons: [{ code: 'notFoundOut', detail: `DMARC of ${detail}` }] }
  return refused(policy, dmarc, [{ code: 'dmarcBelieved', detail: `${detail}, ${result}` }])
}

/** RFC 9989 §5.4: what the domain asks for where nothing vouches. Quarantine means "with suspicion", which is what a person's judgement is. */
function refused(policy: PublishedPolicy, dmarc: AuthenticationResults['dmarc'], reasons: readonly StandingReason[]): Standing {
  const detail = dmarc.domain ?? ''
  if (policy.kind === 'record' && policy.policy === 'reject') {
    return { standing: 'rejectedByPolicy', dmarc, reasons: [...reasons, { code: 'policyReject', detail }] }
  }
  const suspicion = policy.kind === 'record' && policy.policy === 'quarantine' ? [{ code: 'policyQuarantine' as const, detail }] : []
  return { standing: 'unaligned', dmarc, reasons: [...reasons, ...suspicion] }
}

/** A reason in words, for a salesperson or a reviewer. */
export function explainStandingReason({ code, detail }: StandingReason): string {
  return reasonWords[code](detail)
}

const reasonWords: Readonly<Record<StandingReasonCode, (detail: string) => string>> = {
  dkimAligned: (detail) => `${detail} signed this mail (DKIM), and the signature holds.`,
  spfAligned: (detail) => `The sending server may send mail for ${detail} (SPF).`,
  dmarcBelieved: (detail) => `Our mail server has checked the author's domain (DMARC): ${detail}.`,
  arcBelieved: (detail) => `${detail}, a forwarder that is trusted here, had found the author authentic (ARC).`,
  noSingleAuthor: () => 'The From field does not name exactly one plain author, so nothing can vouch for one.',
  authorUncertain: (detail) => `The header can be read in more than one way (${detail}), so nothing can vouch for the author.`,
  dkimMissing: () => 'The mail carries no signature of its domain (DKIM).',
  dkimNotValid: (detail) => `The signature (DKIM) does not count: ${detail}.`,
  dkimUnaligned: (detail) => `The signature (DKIM) is one of ${detail}, which does not speak for the author's domain.`,
  spfNotPassed: (detail) => `The sending server is not known to be allowed to send for the author (SPF): ${detail}.`,
  spfUnaligned: (detail) => `The envelope sender (SPF) is of ${detail}, which does not speak for the author's domain.`,
  policyReject: (detail) => `${detail} asks everybody to reject mail that it does not vouch for (DMARC p=reject).`,
  policyQuarantine: (detail) => `${detail} asks everybody to distrust mail that it does not vouch for (DMARC p=quarantine).`,
  submittedToOurServer: (detail) => `Our mail server says that ${detail} signed in there and handed it in.`,
  resultsNotBelieved: (detail) => `The mail carries check results of our mail server below a hop of ${detail}; they were not believed.`,
  notFoundOut: (detail) => `${detail} could not be found out, because DNS did not answer.`,
}
