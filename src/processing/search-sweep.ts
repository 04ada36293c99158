/**
 * Keeps search up to date in the background: soon after mail was settled, in batches, half of the time where it is quiet and a twentieth of it while mail comes
 * in, which goes first. A sweep finds what no nudge told of, and what was on file before.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TenantId } from '../crm/ids.ts'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { indexMails, tenantsToIndex } from '../store/search-index.ts'

export interface SearchSweep {
  /** Finishes the batch that is under way. */
  close(): Promise<void>
}

/** Nudges that come meanwhile become one batch; after so long without one it is quiet. */
const gatherMs = 200
/** So many times as long as a batch took it rests while mail comes in. */
const restWhileBusy = 19
const sweepDefaultMs = 10_000
const troubleWaitMs = 2_000

export function openSearchSweep(deps: {
  readonly database: Database
  /** Calls back for each tenant of which something was settled in this process; answers what ends that. */
  readonly onNudge: (look: (tenantId: TenantId) => void) => () => void
  readonly log: Log
  readonly sweepMs?: number
}): SearchSweep {
  const { database, log } = deps
  const closing = new AbortController()
  const due = new Set<TenantId>()
  let wake: () => void = () => undefined
  let nudgedAt = Number.NEGATIVE_INFINITY

  const endNudges = deps.onNudge((tenantId) => {
    due.add(tenantId)
    nudgedAt = performance.now()
    wake()
  })
  const sweeping = setInterval(() => void sweep(), deps.sweepMs ?? sweepDefaultMs)

  async function sweep(): Promise<void> {
    try {
      for (const tenantId of await tenantsToIndex(database)) due.add(tenantId)
      wake()
    } catch (error) {
      log.debug({ trouble: wordsOf(error) }, 'what is to be searchable could not be looked for now')
    }
  }
  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      if (due.size === 0) {
        await new Promise<void>((resolve) => (wake = resolve))
        await pause(gatherMs)
      }
      const tenants = [...due]
      due.clear()
      for (const tenantId of tenants) {
        if (closing.signal.aborted) return
        await indexOnce(tenantId)
      }
    }
  }
  async function indexOnce(tenantId: TenantId): Promise<void> {
    const started = performance.now()
    try {
      const result = await indexMails(database, tenantId)
      if (result !== 'done') due.add(tenantId)
      // The other process may have begun before what we were told of.
      if (result === 'held') await pause(gatherMs)
    } catch (error) {
      // Found again by the sweep.
      log.debug({ trouble: wordsOf(error) }, 'mail could not be made searchable now')
      await pause(troubleWaitMs)
    }
    await rest(performance.now() - started)
  }
  async function rest(workedMs: number): Promise<void> {
    await pause(workedMs)
    const until = performance.now() + (restWhileBusy - 1) * workedMs
    for (let left = Infinity; left > 0 && !closing.signal.aborted;) {
      const now = performance.now()
      left = Math.min(until, nudgedAt + gatherMs) - now
      if (left > 0) await pause(left)
    }
  }
  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: closing.signal }).catch(() => undefined)
  }

  void sweep()
  const running = run()
  return {
    async close() {
      closing.abort()
      clearInterval(sweeping)
      endNudges()
      wake()
      await running
    },
  }
}
