/** What a trusted forwarder saw before it changed the mail: Authenticated Received Chain (RFC 8617), by mailauth. */
import { arc } from 'mailauth/lib/arc/index.js'
import { domainName, type DomainName } from '../mail/address.ts'
import { authorStanding, resultsOfField } from '../mail/authentication.ts'
import { readArcAuthenticationResults } from '../mail/authentication-results.ts'
import type { CheckedDomain } from '../mail/message.ts'
import { keyBitsMin, type DkimAnswer } from './check-dkim.ts'
import type { AuthorPolicy } from './published-policy.ts'

export interface ArcAnswer {
  readonly result: CheckedDomain
  /** The trusted sealer that had found the author authentic; null where none had. */
  readonly vouchedBy: DomainName | null
}

/** What of mailauth's parsed ARC set is used here (RFC 8617 §4.1). */
interface ArcSet {
  readonly 'arc-authentication-results'?: { readonly original?: Buffer }
  readonly 'arc-seal'?: { readonly parsed?: { readonly d?: { readonly value?: string } } }
}

/**
 * Only a chain that holds, and only as far back from its newest set as every sealer is named in `trusted`: each of them has seen a chain that
 * held when the mail came to it, so what the oldest of them found on arrival is about this mail. Sealers further back are nobody that we know,
 * and their word is not read. Null where there is no chain, or its newest seal is a stranger's.
 */
export async function checkArc(
  found: NonNullable<DkimAnswer['arc']>,
  author: DomainName,
  published: AuthorPolicy,
  trusted: ReadonlySet<string>,
  resolve: (name: string, type: string) => Promise<unknown>,
): Promise<ArcAnswer | null> {
  const chain = found.data.chain as unknown as readonly ArcSet[]
  const newest = sealerOf(chain.at(-1))
  if (newest === null || !trusted.has(newest)) return null
  const { status } = await arc(found.data, { resolver: resolve as never, strict: true, minBitLength: keyBitsMin })
  const holds = status.result === 'pass'
  const reason = status.comment === undefined || holds ? {} : { reason: status.comment }
  const result: CheckedDomain = { result: holds ? 'pass' : 'fail', domain: newest, ...reason }
  if (!holds) return { result, vouchedBy: null }
  for (const set of chain.toReversed()) {
    const sealer = sealerOf(set)
    if (sealer === null || !trusted.has(sealer)) break
    if (await foundAuthentic(set, author, published)) return { result, vouchedBy: sealer }
  }
  return { result, vouchedBy: null }
}

async function foundAuthentic(set: ArcSet, author: DomainName, published: AuthorPolicy): Promise<boolean> {
  const line = set['arc-authentication-results']?.original?.toString('utf8') ?? ''
  const field = readArcAuthenticationResults(line.slice(line.indexOf(':') + 1))
  if (field === null) return false
  const found = resultsOfField(field, author)
  const sameOrganisation = await published.organisationOf([found.spf, ...found.dkim].flatMap(({ domain }) => domain ?? []))
  return authorStanding({ author, ...found, policy: published.policy, sameOrganisation }).standing === 'aligned'
}

function sealerOf(set: ArcSet | undefined): DomainName | null {
  return domainName(set?.['arc-seal']?.parsed?.d?.value ?? '')
}
