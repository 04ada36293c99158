/** Routes a batch of mails to their tenants: by the author's domain, else by the thread that a mail answers. As the router. */
import type { TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { type Release, releaseClaims } from '../store/claim.ts'
import { readTenant } from '../store/facts.ts'
import { findTenantsByDomain, findTenantsByThread } from '../store/host-names.ts'
import type { ProcessingContext } from './processing-context.ts'
import { answeredIds, domainsOf, findTenant, type TenantFinding, unroutableReply } from './tenant.ts'
import type { ReadMail, TenantMail } from './tenant-mail.ts'
import { briefTrace, type StageTimes } from './trace.ts'

/** Finds each mail's tenant; what is nobody's is said to be so, and is stored under none. */
export async function routeMails(
  context: ProcessingContext,
  mails: readonly ReadMail[],
  ms: Partial<StageTimes>,
): Promise<Map<TenantId, TenantMail[]>> {
  const hosted = await findTenantsByDomain(context.database, [...new Set(mails.flatMap(({ message }) => domainsOf(message)))])
  const byTenant = new Map<TenantId, TenantMail[]>()
  const unroutable: Release[] = []
  for (const mail of mails) {
    const taken = await routeMail(context, mail, hosted)
    if (taken.kind === 'unroutable') {
      const { deliveryId, attempts } = mail.claim
      const { reason, detail } = taken
      const trace = briefTrace(mail.claim, ms)
      unroutable.push({ deliveryId, attempts, kind: 'unroutable', reason, detail, trace, authorDomains: domainsOf(mail.message) })
      context.metrics.settled('unroutable', reason)
    } else {
      byTenant.set(taken.tenant.tenantId, [...(byTenant.get(taken.tenant.tenantId) ?? []), taken])
    }
  }
  await releaseClaims(context.database, unroutable)
  if (unroutable.length > 0) context.nudge(null)
  return byTenant
}

/** One mail's tenant; `hosted` holds what was found for its domains. Writes nothing. */
export async function routeMail(
  context: Pick<ProcessingContext, 'database'>,
  mail: ReadMail,
  hosted: Parameters<typeof findTenant>[1],
): Promise<Taken> {
  const finding = findTenant(mail.message, hosted, mail.claim.envelope.onlyTenantId)
  return finding.kind === 'outside' ? await tenantOfThread(context, mail, finding) : taker(mail, finding)
}

type Taken = (TenantMail & { readonly kind: 'taken' }) | Extract<TenantFinding, { kind: 'unroutable' }>

function taker(mail: ReadMail, finding: Exclude<TenantFinding, { kind: 'outside' }>): Taken {
  return finding.kind === 'unroutable'
    ? finding
    : { ...mail, kind: 'taken', tenant: finding.tenant, author: finding.author, outside: false }
}

async function tenantOfThread(
  context: Pick<ProcessingContext, 'database'>,
  mail: ReadMail,
  finding: Extract<TenantFinding, { kind: 'outside' }>,
): Promise<Taken> {
  const { onlyTenantId } = mail.claim.envelope
  const onFile = await findTenantsByThread(context.database, answeredIds(mail.message))
  const tenants = onFile.filter((id) => onlyTenantId == null || id === onlyTenantId)
  const [tenantId, ...others] = tenants
  if (tenantId === undefined || others.length > 0) return unroutableReply(tenants, finding.ofOtherTenant)
  const tenant = await readTenant(context.database, tenantId)
  if (tenant === null) throw new PermanentFailure('notFound', `Tenant ${tenantId} of the thread is gone`)
  return { ...mail, kind: 'taken', tenant, author: finding.author, outside: true }
}
