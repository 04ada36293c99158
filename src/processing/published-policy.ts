/** What the author's domain has published about mail in its name (RFC 9989 §4): the policy, and which other domains are of its organisation. */
import { createRecordLookup, discoverPolicy, domainExists, getOrgDomain, getPolicyTags } from 'mailauth/lib/dmarc/get-dmarc-record.js'
import { getAlignment } from 'mailauth/lib/tools.js'
import type { DomainName } from '../mail/address.ts'
import type { DmarcPolicy, PublishedPolicy, StandingFacts } from '../mail/authentication.ts'

type Resolve = (name: string, type: string) => Promise<unknown>

export interface AuthorPolicy {
  readonly policy: PublishedPolicy
  /** Finds out, for domains that passed, whether they are of the author's organisation; asks DNS where the answer depends on it. Of others it knows what the Public Suffix List says. */
  organisationOf(domains: readonly string[]): Promise<StandingFacts['sameOrganisation']>
}

/** RFC 9989 §4.7 "t": a domain that is testing asks for the next milder policy. */
const testing: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { reject: 'quarantine', quarantine: 'none', none: 'none' }

/** `resolve` throws an error with Node's DNS code; whatever is not "there is none" makes the policy unknown. */
export async function publishedPolicy(author: DomainName, resolve: Resolve): Promise<AuthorPolicy> {
  const lookUp = createRecordLookup(resolve, { strict: true })
  const found = await discover(author, lookUp, resolve)
  return {
    policy: found.policy,
    async organisationOf(domains) {
      const known = new Map<string, 'same' | 'other' | 'unknown'>()
      for (const domain of new Set(domains)) known.set(domain, await organisation(domain))
      return (domain) => known.get(domain) ?? (mayBeOfOrganisation(author, domain) ? 'unknown' : 'other')
    },
  }

  async function organisation(domain: string): Promise<'same' | 'other' | 'unknown'> {
    if (!mayBeOfOrganisation(author, domain)) return 'other'
    if (found.policy.kind === 'none') return 'other'
    if (found.organisation === null) return 'unknown'
    if (domain !== found.organisation && !domain.endsWith(`.${found.organisation}`)) return 'other'
    try {
      return (await getOrgDomain(domain, lookUp)) === found.organisation ? 'same' : 'other'
    } catch (error) {
      return unknownOf(error)
    }
  }
}

/**
 * Whether the two can be of one organisation at all: by the Public Suffix List, its private part included, as RFC 7489 had it. The tree walk of
 * RFC 9989 must agree; each alone would let the customers of a provider that published a record without `psd=y` speak for one another.
 */
export function mayBeOfOrganisation(author: DomainName, domain: string): boolean {
  return author === domain || getAlignment(author, [domain], false) !== false
}

async function discover(
  author: DomainName,
  lookUp: ReturnType<typeof createRecordLookup>,
  resolve: Resolve,
): Promise<{ policy: PublishedPolicy; organisation: string | null }> {
  try {
    const { record, recordDomain, orgDomain } = await discoverPolicy(author, lookUp)
    const tags = record === false ? null : getPolicyTags(record)
    if (record === false || tags === null) return { policy: { kind: 'none' }, organisation: orgDomain }
    const inherited = recordDomain !== author
    const ofSubdomain = tags.sp ?? tags.p
    let policy = inherited ? ofSubdomain : tags.p
    if (inherited && tags.np !== undefined && tags.np !== ofSubdomain && !(await domainExists(author, resolve))) policy = tags.np
    if (record.t === 'y') policy = testing[policy]
    return {
      policy: { kind: 'record', policy, strictDkim: record.adkim === 's', strictSpf: record.aspf === 's' },
      organisation: orgDomain,
    }
  } catch (error) {
    unknownOf(error)
    return { policy: { kind: 'unknown' }, organisation: null }
  }
}

/** A DNS failure is an unknown; anything else is a defect of the program and goes on. */
function unknownOf(error: unknown): 'unknown' {
  if (typeof (error as { code?: unknown }).code !== 'string') throw error
  return 'unknown'
}
