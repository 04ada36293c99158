/** Waits until messages are settled and counts what became of them, however many they are: some are looked at at a time, in their order. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { readDeliveryStates } from '../store/delivery-states.ts'
import type { DeliveryState } from '../store/messages.ts'
import { unsettledStates } from './wait-until-settled.ts'

const lookedAtMax = 1_000
const pollFirstMs = 20
const pollLongestMs = 500

export interface OutcomeCounts {
  readonly outcomes: Partial<Record<DeliveryState, number>>
  /** Messages that were not settled when the waiting ended. */
  readonly waiting: number
}

/**
 * @param stallMs given up when nothing was settled for so long; 0: looks once and does not wait.
 * @param onProgress called with how many messages are settled.
 */
export async function countOutcomes(
  database: Database,
  ids: readonly string[],
  { stallMs, onProgress }: { readonly stallMs: number; readonly onProgress?: (settled: number) => void },
): Promise<OutcomeCounts> {
  const outcomes: Partial<Record<DeliveryState, number>> = {}
  let settled = 0
  /** Those of `some` that are not settled. */
  async function countSettled(some: readonly string[]): Promise<string[]> {
    const found = await readDeliveryStates(database, some)
    const open = some.filter((id) => {
      const states = found.get(id)
      if (states === undefined || states.some((state) => unsettledStates.has(state))) return true
      for (const state of states) outcomes[state] = (outcomes[state] ?? 0) + 1
      return false
    })
    settled += some.length - open.length
    if (open.length < some.length) onProgress?.(settled)
    return open
  }

  let open: string[] = []
  let next = 0
  let pollMs = pollFirstMs
  let lastProgressAt = performance.now()
  while (next < ids.length || open.length > 0) {
    const before = settled
    const more = ids.slice(next, next + lookedAtMax - open.length)
    next += more.length
    open = await countSettled([...open, ...more])
    if (settled > before) {
      lastProgressAt = performance.now()
      pollMs = pollFirstMs
    } else if (performance.now() - lastProgressAt >= stallMs) break
    const hasRoom = next < ids.length && open.length < lookedAtMax
    if (open.length > 0 && !hasRoom) await sleep(pollMs)
    pollMs = Math.min(pollMs * 1.5, pollLongestMs)
  }
  // Behind those that do not move, others may have been settled.
  for (; next < ids.length; next += lookedAtMax) await countSettled(ids.slice(next, next + lookedAtMax))
  return { outcomes, waiting: ids.length - settled }
}
