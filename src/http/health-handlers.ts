/** How the program and the mail in it fare, and who did what. */
import type { CallAnswer } from '../api/contract.ts'
import { listAudit } from '../store/audit.ts'
import { openDeliveryCounts, type DeliveryCounts } from '../store/delivery-counts.ts'
import { countFailedOffers } from '../store/failed-offers.ts'
import { listMailboxes } from '../store/mailboxes.ts'
import type { Caller, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { checkReadiness } from './readiness.ts'

export function healthHandlers(context: ApiContext): Pick<Handlers, 'readHealth' | 'listAudit'> {
  const countDeliveries = openDeliveryCounts(context.store.database)
  return {
    readHealth: async ({ caller }) => await healthFor(context, caller, await countDeliveries(caller.tenant?.id ?? null)),
    async listAudit({ tenant, query }) {
      return await listAudit(context.store.database, tenant.id, query)
    },
  }
}

/** Mail that waits in the spool for longer waits for a database that does not answer. */
const spoolAgeMaxMs = 60_000

/** An admin sees his own tenant's mail and mailboxes; the program's parts concern both. */
async function healthFor(context: ApiContext, { tenant }: Caller, counts: DeliveryCounts): Promise<CallAnswer<'readHealth'>> {
  const { database } = context.store
  const [parts, mailboxes, failedOffers, queueDepth] = await Promise.all([
    checkReadiness(context.parts),
    listMailboxes(database, tenant?.slug ?? null),
    countFailedOffers(database, tenant?.id ?? null),
    // What is missing here is told among the parts.
    context.bell.depth().catch(() => 0),
  ])
  const { messages, bytes, oldestAgeMs } = context.spool()
  const failing = mailboxes.some(({ state }) => state === 'failing' || state === 'unwatched')
  const troubled = failing || (counts.byState['failed'] ?? 0) + failedOffers > 0 || oldestAgeMs > spoolAgeMaxMs
  return {
    status: parts.some(({ ok, required }) => !ok && required !== false) ? 'bad' : troubled ? 'degraded' : 'good',
    version: context.version,
    startedAt: context.startedAt,
    listeners: [...context.listeners()],
    // What the program can do without is about everybody's mailboxes; a tenant's own are told below.
    parts: tenant === null ? parts : parts.filter(({ required }) => required !== false),
    spool: { messages, bytes },
    queueDepth,
    ...counts,
    byState: { ...counts.byState },
    failedOffers,
    mailboxes,
  }
}
