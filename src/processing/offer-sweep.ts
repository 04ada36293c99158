/**
 * Offers mail that would now match (PRODUCT §5), in the background: what was added to the CRM, in whatever way and by whichever process, is told by rows; these
 * are looked at soon, the questions that they touch are judged again, and nobody's mail of a new host name is taken up. Half of the time at most.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantId } from '../crm/ids.ts'
import { wordsOf } from '../failure.ts'
import { lookAtAdditions, takeUpUnroutable, tenantsToOffer } from '../store/additions.ts'
import { fillAskedKeys } from '../store/asked-keys.ts'
import { judgeAgain } from './judge-again.ts'
import type { ProcessingContext } from './processing-context.ts'

export interface OfferSweep {
  /** Until nothing is to be done now; for tests, and for whoever cannot wait. Never throws. */
  sweepNow(): Promise<void>
  /** Finishes the step that is under way. */
  close(): Promise<void>
}

const sweepDefaultMs = 2_000

export function openOfferSweep(context: ProcessingContext, options: { readonly sweepMs?: number } = {}): OfferSweep {
  const closing = new AbortController()
  let running: Promise<void> | null = null
  let isAskedAgain = false

  // What is not done now is found again by the next sweep; one tenant's trouble is its own.
  const trouble = (error: unknown): void =>
    context.log.debug({ trouble: wordsOf(error) }, 'mail that would now match could not be looked for now')
  const noTenants = (error: unknown): TenantId[] => (trouble(error), [])
  const noStep = (error: unknown): boolean => (trouble(error), false)

  /** Step by step in turns, so that much of one tenant does not keep the others waiting. */
  async function sweepAll(): Promise<void> {
    do {
      isAskedAgain = false
      while (await sweepOnce()) isAskedAgain = false
    } while (isAskedAgain && !closing.signal.aborted)
    running = null
  }
  /** One step of every tenant; answers whether there was anything to do. */
  async function sweepOnce(): Promise<boolean> {
    let hasMore = false
    for (const tenantId of await tenantsToOffer(context.database).catch(noTenants)) {
      if (closing.signal.aborted) return false
      const started = performance.now()
      hasMore = (await step(tenantId).catch(noStep)) || hasMore
      await sleep(performance.now() - started, undefined, { signal: closing.signal }).catch(() => undefined)
    }
    return hasMore
  }
  /** One of several, each a transaction or a few mails long. Answers whether there was anything to do. */
  async function step(tenantId: TenantId): Promise<boolean> {
    const { database } = context
    if ((await database.tenantSql(tenantId, (sql) => fillAskedKeys(sql, tenantId))) > 0) return true
    if (await lookAtAdditions(database, tenantId)) return true
    if ((await takeUpUnroutable(database, tenantId)) > 0) return true
    return (await judgeAgain(context, tenantId, closing.signal)).taken > 0
  }
  function sweep(): Promise<void> {
    if (running !== null) isAskedAgain = true
    else if (!closing.signal.aborted) running = sweepAll()
    return running ?? Promise.resolve()
  }

  const sweeping = setInterval(() => void sweep(), options.sweepMs ?? sweepDefaultMs)
  return {
    sweepNow: sweep,
    async close() {
      closing.abort()
      clearInterval(sweeping)
      await running
    },
  }
}
