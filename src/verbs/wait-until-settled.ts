/** Waits until accepted messages are settled, by looking at their rows. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../store/database.ts'
import { listMessages, type DeliveryState, type MessageJson, type MessagesJson } from '../store/messages.ts'
import { pageLimitMax } from '../store/page.ts'

export const unsettledStates: ReadonlySet<DeliveryState> = new Set(['received', 'processing'])
const pollFirstMs = 20
const pollLongestMs = 500

export interface Waiting {
  /** Called after each look that brought something new. */
  readonly onProgress?: (settled: number) => void
  /** Given up when nothing was settled for so long (no process with the role `worker`, say). */
  readonly stallMs: number
}

/** @returns the settled ones by id; fewer than asked for where the work stalled. */
export async function waitUntilSettled(database: Database, ids: Iterable<string>, waiting: Waiting): Promise<Map<string, MessageJson>> {
  const open = new Set(ids)
  const settled = new Map<string, MessageJson>()
  let pollMs = pollFirstMs
  let lastProgressAt = performance.now()
  while (open.size > 0) {
    const found = await findSettled(database, open)
    for (const message of found) {
      open.delete(message.id)
      settled.set(message.id, message)
    }
    if (found.length > 0) {
      waiting.onProgress?.(settled.size)
      lastProgressAt = performance.now()
      pollMs = pollFirstMs
    } else if (performance.now() - lastProgressAt > waiting.stallMs) return settled
    if (open.size > 0) await sleep(pollMs)
    pollMs = Math.min(pollMs * 1.5, pollLongestMs)
  }
  return settled
}

/** Ids are in order of acceptance: the pages from the oldest open one to the newest open one hold them all. */
async function findSettled(database: Database, open: ReadonlySet<string>): Promise<MessageJson[]> {
  const oldest = [...open].reduce((least, id) => (id < least ? id : least))
  const newest = [...open].reduce((most, id) => (id > most ? id : most))
  const found: MessageJson[] = []
  let after: string | undefined = justBefore(oldest)
  while (after !== undefined && after < newest) {
    const page: MessagesJson = await listMessages(database, { after, limit: pageLimitMax })
    found.push(...page.messages.filter((message) => open.has(message.id) && isSettled(message)))
    after = page.next
  }
  return found
}

export function isSettled(message: MessageJson): boolean {
  return message.deliveries.length > 0 && message.deliveries.every((delivery) => !unsettledStates.has(delivery.state))
}

/** The id one below, so that "after" begins with the id itself. */
function justBefore(id: string): string {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) - 1n).toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** How many deliveries ended in each state. */
export function countStates(messages: Iterable<MessageJson>): Partial<Record<DeliveryState, number>> {
  const counts: Partial<Record<DeliveryState, number>> = {}
  for (const { deliveries } of messages) for (const { state } of deliveries) counts[state] = (counts[state] ?? 0) + 1
  return counts
}
