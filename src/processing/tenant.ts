/** Whose mail is it: the tenant of the author's domain, or of the thread that the mail answers (PRODUCT §2). */
import { authorsOf } from '../mail/author.ts'
import type { TenantId } from '../crm/ids.ts'
import { domainOf, type DomainName } from '../mail/address.ts'
import type { Mailbox, ParsedMessage } from '../mail/message.ts'
import type { MatchFacts } from '../matching/decision.ts'
import type { HostedDomain } from '../store/host-names.ts'

export type Addressed = Pick<ParsedMessage, 'author' | 'sender' | 'inReplyTo' | 'references'>

export type TenantFinding =
  | { readonly kind: 'tenant'; readonly tenant: HostedDomain; readonly author: MatchFacts['author'] }
  /** No author's domain is registered, or (`ofOtherTenant`) not by the one whose mailbox it lay in; the thread may tell. */
  | { readonly kind: 'outside'; readonly author: MatchFacts['author']; readonly ofOtherTenant: boolean }
  | {
      readonly kind: 'unroutable'
      readonly reason: 'severalTenants' | 'senderDomainUnknown' | 'senderOfOtherTenant'
      readonly detail: string
    }

/** Every domain that must be looked up to know the tenant of `message`. */
export function domainsOf(message: Addressed): DomainName[] {
  return [...authorsOf(message.author), ...(message.sender === null ? [] : [message.sender])].flatMap((mailbox) =>
    mailbox.key === null ? [] : [domainOf(mailbox.key)],
  )
}

/**
 * `hosted` holds what was found for `domainsOf`. The order of From mailboxes does not matter: two tenants are nobody's, never the first one's.
 * What lay in the mailbox of one tenant (`onlyTenantId`) is that tenant's or nobody's: written by people of another, it was not meant for that
 * one's files, and comes from outside.
 */
export function findTenant(
  message: Addressed,
  hosted: ReadonlyMap<DomainName, HostedDomain>,
  onlyTenantId: string | null = null,
): TenantFinding {
  const found = new Map<TenantId, HostedDomain>()
  for (const mailbox of authorsOf(message.author)) {
    const tenant = tenantOf(mailbox, hosted)
    if (tenant !== undefined) found.set(tenant.tenantId, tenant)
  }
  const [tenant, ...others] = found.values()
  if (others.length > 0) {
    return {
      kind: 'unroutable',
      reason: 'severalTenants',
      detail: 'The From field names addresses of several registered companies; the mail belongs to none of them alone.',
    }
  }
  const ofOtherTenant = tenant !== undefined && onlyTenantId !== null && tenant.tenantId !== onlyTenantId
  if (tenant === undefined || ofOtherTenant) return { kind: 'outside', author: message.author.kind, ofOtherTenant }
  const sender = message.sender === null ? undefined : tenantOf(message.sender, hosted)
  const isOther = sender !== undefined && sender.tenantId !== tenant.tenantId
  return { kind: 'tenant', tenant, author: isOther && message.author.kind === 'one' ? 'senderOfOtherTenant' : message.author.kind }
}

/** What no domain and no thread leads to. `tenants` are those that have a mail of the thread on file. */
export function unroutableReply(tenants: readonly TenantId[], ofOtherTenant: boolean): Extract<TenantFinding, { kind: 'unroutable' }> {
  if (tenants.length > 1) {
    return {
      kind: 'unroutable',
      reason: 'severalTenants',
      detail: 'The mail answers mails of several registered companies; it belongs to none of them alone.',
    }
  }
  if (ofOtherTenant) {
    return {
      kind: 'unroutable',
      reason: 'senderOfOtherTenant',
      detail: "The mail lay in one company's mailbox and was written at another registered company; it answers no mail on file.",
    }
  }
  return {
    kind: 'unroutable',
    reason: 'senderDomainUnknown',
    detail: "Nobody has registered the sender's domain, and the mail answers none that is on file.",
  }
}

/** A thread's tenant is asked for by every id that the mail answers. */
export function answeredIds(message: Pick<ParsedMessage, 'inReplyTo' | 'references'>): ParsedMessage['references'] {
  return [...new Set([...message.inReplyTo, ...message.references])]
}

function tenantOf(mailbox: Mailbox, hosted: ReadonlyMap<DomainName, HostedDomain>): HostedDomain | undefined {
  return mailbox.key === null ? undefined : hosted.get(domainOf(mailbox.key))
}
