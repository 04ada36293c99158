/** May the author be believed? Until mail is checked by SPF, DKIM and DMARC, only whoever hands it in on trusted ground or signed in is (PRODUCT §2). */
import { addressKey, type AddressKey } from '../mail/address.ts'
import type { AuthorStanding, Envelope } from '../mail/message.ts'

/** Whom the client signed in as, where he did. */
export function signInOf(envelope: Envelope): AddressKey | null {
  return envelope.authenticatedAs === null ? null : addressKey(envelope.authenticatedAs)
}

/** `activeUsers` are the tenant's own users: one of another tenant speaks for that tenant alone. */
export function standingOf(envelope: Envelope, activeUsers: ReadonlySet<AddressKey>): AuthorStanding {
  const signedInAs = signInOf(envelope)
  const isOfTenant = signedInAs !== null && activeUsers.has(signedInAs)
  // Signed in as somebody else's user: the network that he came from vouches for nothing then.
  if (signedInAs !== null) return isOfTenant ? 'trustedSubmission' : 'unaligned'
  return envelope.fromTrustedNetwork ? 'trustedSubmission' : 'unaligned'
}
