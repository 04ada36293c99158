/** SPF of the envelope sender (RFC 7208), by mailauth, where it could vouch for the author at all. */
import { spf } from 'mailauth/lib/spf/index.js'
import { domainName, type DomainName } from '../mail/address.ts'
import { authenticationResults } from '../mail/authentication-results.ts'
import type { CheckedDomain, Envelope } from '../mail/message.ts'

/** MAIL FROM is checked, or HELO where the reverse path is null (RFC 7208 §2.3, §2.4). No client, no domain, or one that `mayVouch` refuses: not asked. */
export async function checkSpf(
  envelope: Envelope,
  mayVouch: (domain: DomainName) => boolean,
  resolve: (name: string, type: string) => Promise<unknown>,
): Promise<CheckedDomain> {
  const { reversePath, clientAddress, heloName } = envelope
  if (clientAddress === null || reversePath === null) return { result: 'none', domain: null, reason: 'no SMTP client is known' }
  // The client is a server of ours: it may send for the tenant, and passes on what others sent in his name.
  if (envelope.relayed === true || envelope.fromTrustedNetwork)
    return { result: 'none', domain: null, reason: 'a mail server of ours passed it on' }
  const at = reversePath.lastIndexOf('@')
  const domain = domainName(reversePath === '' ? (heloName ?? '') : reversePath.slice(at + 1))
  if (domain === null || (reversePath !== '' && at < 0)) return { result: 'none', domain: null, reason: 'there is no domain to ask about' }
  if (!mayVouch(domain)) return { result: 'none', domain, reason: 'not asked, since it cannot vouch for the author' }
  const { status } = await spf({
    ip: clientAddress,
    ...(reversePath === ''
      ? { helo: domain }
      : { helo: heloName ?? `[${clientAddress}]`, sender: `${reversePath.slice(0, at)}@${domain}` }),
    mta: 'leadpost',
    resolver: resolve as never,
    strict: true,
  })
  return { result: authenticationResults.find((word) => word === status.result) ?? 'permerror', domain }
}
