/** May the author be believed? Whoever hands mail in on trusted ground or signed in is; all other mail is checked by SPF, DKIM and DMARC (PRODUCT §2). */
import { addressKey, type AddressKey, type DomainName } from '../mail/address.ts'
import { believedResults } from '../mail/authentication-results.ts'
import { readHeaderLines } from '../mail/header.ts'
import type { AuthorStanding, Envelope, ParsedMessage } from '../mail/message.ts'
import type { Unvouched } from '../matching/decision.ts'
import type { DnsResolver } from './dns-resolver.ts'
import type { SignedParts } from './signed-parts.ts'
import { verifySender, type VerifiedSender } from './verify-sender.ts'

export interface SenderCheckOptions {
  readonly resolver: DnsResolver
  /** Mail servers in front of this program, which hand in from a trusted network or pass on (LMTP, RELAY_NETWORKS), and whose Authentication-Results are the verdict then. */
  readonly trustedAuthservIds: readonly string[]
  /** Forwarders whose ARC seal is believed. */
  readonly trustedSealers: readonly DomainName[]
  /** For all look-ups of one mail together. */
  readonly timeoutMs: number
}

/** Whom the client signed in as, where he did. */
export function signInOf(envelope: Envelope): AddressKey | null {
  return envelope.authenticatedAs === null ? null : addressKey(envelope.authenticatedAs)
}

/** Whether the check will need the mail's signed parts. A sign-in is the whole answer, be it a yes or a no. */
export function mayNeedCheck(envelope: Envelope, { trustedAuthservIds }: Pick<SenderCheckOptions, 'trustedAuthservIds'>): boolean {
  if (signInOf(envelope) !== null) return false
  return !envelope.fromTrustedNetwork || trustedAuthservIds.length > 0
}

/**
 * Checks the sender; null where nobody needs to ask, since the submission is trusted or nobody's whatever DNS says.
 *
 * Whose Authentication-Results are believed depends on how the mail came, for anybody may write any of them: in a watched mailbox those of the
 * server that its owner named; from a trusted network, and from a server that passes mail on, those of `trustedAuthservIds`; from elsewhere
 * none. In a trusted network a mail with such a field was let in by our own mail server from outside, and what the server found out is the
 * verdict. One whose field cannot be believed (it stands below a foreign hop) is checked here; one without any is a submission of our own, or,
 * from a server that passes on, nobody's: it is checked here too.
 */
export async function checkSender(
  envelope: Envelope,
  header: Pick<ParsedMessage, 'author' | 'defects'>,
  parts: SignedParts | null,
  receivedAt: Date,
  options: SenderCheckOptions,
): Promise<VerifiedSender | null> {
  if (parts === null || !mayNeedCheck(envelope, options)) return null
  const { lines: headerLines } = readHeaderLines(parts.header)
  const trustedAuthservIds = believedServers(envelope, options.trustedAuthservIds)
  if (envelope.fromTrustedNetwork) {
    const found = believedResults(headerLines, trustedAuthservIds)
    if (found.kind === 'none' && found.belowHop === null) return null
  }
  const { resolver, timeoutMs, trustedSealers } = options
  const { author, defects } = header
  return verifySender({
    parts,
    envelope,
    header: { author, defects, headerLines },
    resolver,
    trustedAuthservIds,
    timeoutMs,
    trustedSealers,
    receivedAt,
  })
}

function believedServers(envelope: Envelope, ofNetwork: readonly string[]): readonly string[] {
  if (envelope.trustedAuthservId != null) return [envelope.trustedAuthservId]
  return envelope.fromTrustedNetwork || envelope.relayed === true ? ofNetwork : []
}

/**
 * A sign-in that our own mail server reports counts as one here does, and never for a mail that comes from outside.
 * `activeUsers` are the tenant's own users: one of another tenant speaks for that tenant alone, and none for a client (`isOutside`: the author is
 * none of the tenant's people). `verified` is what `checkSender` found.
 */
export function standingOf(
  envelope: Envelope,
  isOutside: boolean,
  activeUsers: ReadonlySet<AddressKey>,
  verified: VerifiedSender | null,
): AuthorStanding {
  const signedInAs = signInOf(envelope)
  const isOfTenant = signedInAs !== null && activeUsers.has(signedInAs) && !isOutside
  // Signed in as somebody else's user: the network that he came from vouches for nothing then.
  if (signedInAs !== null) return isOfTenant ? 'trustedSubmission' : 'unaligned'
  if (verified?.submittedBy !== undefined && activeUsers.has(verified.submittedBy) && !isOutside) return 'trustedSubmission'
  if (verified !== null) return verified.standing
  return envelope.fromTrustedNetwork ? 'trustedSubmission' : 'unaligned'
}

/** What points to a lead from where a signature does not reach (see `VerifiedSender.uncovered`); the whole mail of a trusted submission is vouched for. */
export function notVouchedFor(verified: VerifiedSender | null, standing: AuthorStanding): Unvouched[] {
  if (standing === 'trustedSubmission') return []
  const uncovered = verified?.uncovered ?? []
  const isOpen = (...names: readonly string[]): boolean => names.some((name) => uncovered.includes(name))
  return [
    ...(isOpen('envelope') ? ['subaddress' as const] : []),
    ...(isOpen('in-reply-to', 'references') ? ['thread' as const] : []),
    ...(isOpen('to', 'cc') ? ['recipients' as const] : []),
    ...(isOpen('content-type', 'content-transfer-encoding') ? ['content' as const] : []),
  ]
}
