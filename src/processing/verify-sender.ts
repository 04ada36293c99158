/** Who really sent it: SPF, DKIM, DMARC and ARC of one message, from its signed parts and the envelope to the standing of its author (PRODUCT §2). */
import { domainOf, type AddressKey, type DomainName } from '../mail/address.ts'
import {
  authorStanding,
  explainStandingReason,
  resultsOfField,
  submitterOf,
  type PublishedPolicy,
  type Standing,
  type StandingReason,
} from '../mail/authentication.ts'
import { believedResults, type AuthenticationResultsField, type BelievedResults } from '../mail/authentication-results.ts'
import { fieldBodies } from '../mail/header.ts'
import type { AuthenticationResults, AuthorStanding, CheckedDomain, Envelope, ParsedMessage } from '../mail/message.ts'
import { checkArc } from './check-arc.ts'
import { checkDkim } from './check-dkim.ts'
import { checkSpf } from './check-spf.ts'
import { DnsFailure, type DnsResolver, type RecordType } from './dns-resolver.ts'
import { mayBeOfOrganisation, publishedPolicy } from './published-policy.ts'
import type { SignedParts } from './signed-parts.ts'

/** Look-ups for one message; SPF alone may take ten, and its `mx` and `ptr` ten each beside (RFC 7208 §4.6.4). */
export const lookUpsMax = 60

export interface SenderToVerify {
  /** Of the message as received. */
  readonly parts: SignedParts
  readonly envelope: Envelope
  readonly header: Pick<ParsedMessage, 'author' | 'headerLines' | 'defects'>
  readonly resolver: DnsResolver
  /** Servers whose Authentication-Results are believed; name one only where all mail comes through it (see `believedResults`). */
  readonly trustedAuthservIds: readonly string[]
  /** For all look-ups of this message together. */
  readonly timeoutMs: number
  /** Forwarders whose ARC seal is believed (RFC 8617); none unless named. */
  readonly trustedSealers?: readonly DomainName[]
  /** When it was accepted; signatures expire by this time, not by that of a later try. */
  readonly receivedAt?: Date
}

export interface VerifiedSender {
  readonly results: AuthenticationResults
  /** Never `trustedSubmission`: whether a client is trusted is the caller's to know. */
  readonly standing: AuthorStanding
  /** In words; `findings` are the same as codes. Never empty. */
  readonly reasons: string[]
  readonly findings: readonly StandingReason[]
  /** It is `undetermined` because DNS did not answer: worth another try later. */
  readonly temporary: boolean
  /**
   * What the standing does not speak for, though the author is aligned: `envelope` (a signed mail can be sent again to any recipient) and
   * single fields that no valid signature covers. Empty where SPF is aligned, and where nothing is.
   */
  readonly uncovered: readonly string[]
  /** Who signed in at a server whose word is believed: vouches for the whole mail where he may speak for its author (`standingOf`). */
  readonly submittedBy?: AddressKey
}

interface Checked {
  readonly standing: Standing
  readonly results: AuthenticationResults
  readonly uncovered: readonly string[]
  /** DNS may say later what it did not say now. */
  readonly worthAnotherTry: boolean
}

/**
 * Verifies the author. What DNS does not say within `timeoutMs` is `temperror` and makes the standing `undetermined`, if it could have made it
 * aligned; never a pass, never a refusal. At most `lookUpsMax` look-ups; those that cannot change the standing are not made (SPF of a foreign
 * envelope sender, keys of foreign signers). Unsigned mail of an unknown domain takes one or two look-ups for DMARC, and those of its SPF.
 * Rejects only on a defect of the program.
 */
export async function verifySender(sender: SenderToVerify): Promise<VerifiedSender> {
  const asking = openAsking(sender.resolver, sender.timeoutMs)
  try {
    const believed = believedResults(sender.header.headerLines, sender.trustedAuthservIds)
    const { standing: found, results, uncovered, worthAnotherTry } = await check(sender, believed, asking)
    const submittedBy = believed.kind === 'believed' ? submitterOf(believed.field) : null
    const findings = submittedBy === null ? found.reasons : [submission(submittedBy), ...found.reasons]
    return {
      results: { ...results, dmarc: found.dmarc },
      standing: found.standing,
      reasons: findings.map(explainStandingReason),
      findings,
      temporary: found.standing === 'undetermined' && worthAnotherTry,
      uncovered: found.standing === 'aligned' ? uncovered : [],
      ...(submittedBy === null ? {} : { submittedBy }),
    }
  } finally {
    asking.close()
  }
}

async function check(sender: SenderToVerify, believed: BelievedResults, asking: Asking): Promise<Checked> {
  const { header } = sender
  const author = header.author.kind === 'one' ? header.author.mailbox.key : null
  const cut = header.defects.find(({ code }) => code === 'headerTooLong' || code === 'tooManyHeaderLines')
  if (cut !== undefined) return unvouched('authorUncertain', cut.detail)
  if (author === null) return unvouched('noSingleAuthor', '')
  if (believed.kind === 'believed') return checkBelieved(header, believed.field, domainOf(author), asking)
  const checked = await checkHere(sender, author, asking)
  if (believed.belowHop === null) return checked
  const ignored: StandingReason = { code: 'resultsNotBelieved', detail: believed.belowHop }
  return { ...checked, standing: { ...checked.standing, reasons: [...checked.standing.reasons, ignored] } }
}

const none: CheckedDomain = { result: 'none', domain: null }
const noResults: AuthenticationResults = { spf: none, dkim: [], dmarc: none }

/** Nothing is asked where no answer could vouch. */
function unvouched(code: 'authorUncertain' | 'noSingleAuthor', detail: string, results = noResults): Checked {
  const standing: Standing = { standing: 'unaligned', dmarc: { result: 'permerror', domain: null }, reasons: [{ code, detail }] }
  return { standing, results, uncovered: [], worthAnotherTry: false }
}

/** The word of a trusted server in front of us, which saw the client that we cannot see. */
async function checkBelieved(
  { headerLines }: SenderToVerify['header'],
  field: AuthenticationResultsField,
  author: DomainName,
  asking: Asking,
): Promise<Checked> {
  const found = resultsOfField(field, author)
  const results: AuthenticationResults = { spf: found.spf, dkim: found.dkim, dmarc: none, authservId: field.authservId }
  const envelopeVouched = found.spf.result === 'pass' && found.spf.domain === author
  const present = (name: string): number => fieldBodies(headerLines, name).length
  // A server checks a signature, and not which of two Subject fields a reader takes (RFC 6376 §8.15).
  const repeated = envelopeVouched ? undefined : ['subject', ...pointingFields, ...shapingFields].find((name) => present(name) > 1)
  if (repeated !== undefined) return unvouched('authorUncertain', `more than one ${repeated} field`, results)
  const verdict = found.believedDmarc?.result
  const published = verdict === 'pass' || verdict === 'temperror' ? null : await publishedPolicy(author, asking.resolve)
  const policy: PublishedPolicy = published?.policy ?? { kind: 'none' }
  const sameOrganisation = (await published?.organisationOf(domainsOf([found.spf, ...found.dkim]))) ?? (() => 'unknown' as const)
  return {
    standing: authorStanding({ author, ...found, policy, sameOrganisation }),
    results,
    uncovered: envelopeVouched ? [] : ['envelope', ...[...pointingFields, ...shapingFields].filter((name) => present(name) > 0)],
    worthAnotherTry: policy.kind === 'unknown',
  }
}

function submission(by: AddressKey): StandingReason {
  return { code: 'submittedToOurServer', detail: by }
}

/** What a server's word does not tell of: whether the signature that it found to hold covers them. */
const pointingFields: readonly string[] = ['to', 'cc', 'in-reply-to', 'references']
const shapingFields: readonly string[] = ['content-type', 'content-transfer-encoding']

async function checkHere(sender: SenderToVerify, author: AddressKey, asking: Asking): Promise<Checked> {
  const domain = domainOf(author)
  const mayVouch = (other: DomainName): boolean => mayBeOfOrganisation(domain, other)
  const trusted = new Set<string>(sender.trustedSealers ?? [])
  const [published, spf, dkim] = await Promise.all([
    publishedPolicy(domain, asking.resolve),
    checkSpf(sender.envelope, mayVouch, asking.resolve),
    checkDkim({
      parts: sender.parts,
      lines: sender.header.headerLines,
      author,
      resolve: asking.resolve as DnsResolver['resolve'],
      receivedAt: sender.receivedAt ?? new Date(),
      mayVouch,
      trustedSealers: trusted,
    }),
  ])
  const settled = <T extends CheckedDomain>(result: T): T => (asking.exceeded() ? withoutTemporary(result) : result)
  const facts = { author: domain, spf: settled(spf), dkim: dkim.signatures.map(settled), policy: published.policy, believedDmarc: null }
  const open = [facts.spf, ...facts.dkim].filter(({ result }) => result === 'pass' || result === 'temperror')
  const standing = authorStanding({ ...facts, sameOrganisation: await published.organisationOf(domainsOf(open)) })
  const results: AuthenticationResults = { spf: facts.spf, dkim: facts.dkim, dmarc: none }
  const byEnvelope = standing.reasons.some(({ code }) => code === 'spfAligned')
  const signers = new Set(standing.reasons.flatMap(({ code, detail }) => (code === 'dkimAligned' ? detail : [])))
  const checked: Checked = {
    standing,
    results,
    uncovered: byEnvelope ? [] : ['envelope', ...dkim.uncoveredBy(signers)],
    worthAnotherTry: !asking.exceeded(),
  }
  if (standing.standing === 'aligned' || dkim.arc === null) return checked
  const sealed = await checkArc(dkim.arc, domain, published, trusted, asking.resolve)
  if (sealed === null) return checked
  const withArc = { ...checked, results: { ...results, arc: sealed.result } }
  if (sealed.vouchedBy === null) return withArc
  const reasons: StandingReason[] = [{ code: 'arcBelieved', detail: sealed.vouchedBy }]
  return { ...withArc, standing: { ...standing, standing: 'aligned', reasons }, uncovered: ['envelope', ...dkim.arc.uncovered] }
}

function domainsOf(results: readonly CheckedDomain[]): string[] {
  return results.flatMap(({ domain }) => domain ?? [])
}

/** What more than `lookUpsMax` look-ups would have told is the sender's fault, not the moment's. */
function withoutTemporary<T extends CheckedDomain>(result: T): T {
  return result.result === 'temperror' ? { ...result, result: 'permerror', reason: `more than ${lookUpsMax} look-ups` } : result
}

interface Asking {
  readonly resolve: (name: string, type: string) => Promise<unknown>
  exceeded(): boolean
  close(): void
}

/** One message's look-ups: counted, and all given up at one time. */
function openAsking(resolver: DnsResolver, timeoutMs: number): Asking {
  let count = 0
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DnsFailure('temporary', 'ETIMEOUT', 'all look-ups of this message')), timeoutMs)
  })
  late.catch(() => undefined)
  return {
    resolve: async (name, type) => {
      if (++count > lookUpsMax) throw new DnsFailure('temporary', 'ELOOKUPLIMIT', `${name} ${type}`)
      return Promise.race([resolver.resolve(name, type as RecordType), late])
    },
    exceeded: () => count > lookUpsMax,
    close: () => clearTimeout(timer),
  }
}
