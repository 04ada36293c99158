/** What a tenant decided about its own mail. The closed lists stand here once; load, API and database read them from here. */
export const unauthenticatedSenderPolicies = ['confirm', 'refuse'] as const
export const internalMailPolicies = ['numbered', 'ignore', 'file'] as const
export const onlyOpenLeadPolicies = ['confirm', 'file'] as const

export interface TenantPolicy {
  /** A sender that nothing vouches for: a person decides, or the SMTP session refuses it. */
  readonly unauthenticatedSender: (typeof unauthenticatedSenderPolicies)[number]
  /** Only own people in it: filed where a number names the lead else ignored; always ignored; or treated like any other mail. */
  readonly internalMail: (typeof internalMailPolicies)[number]
  /** Recipients are contact persons of one company with exactly one open lead: propose it, or file it. */
  readonly onlyOpenLead: (typeof onlyOpenLeadPolicies)[number]
}

export const defaultPolicy: TenantPolicy = { unauthenticatedSender: 'confirm', internalMail: 'numbered', onlyOpenLead: 'confirm' }

export const userRoles = ['admin', 'reviewer', 'salesperson'] as const
export type UserRole = (typeof userRoles)[number]

/** `submit` hands mail in and reads nothing. */
export const apiKeyRoles = [...userRoles, 'submit'] as const
export type ApiKeyRole = (typeof apiKeyRoles)[number]

export const leadStatuses = ['open', 'won', 'lost', 'closed'] as const
export type LeadStatus = (typeof leadStatuses)[number]
