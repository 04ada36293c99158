/** Patience with a queue server that is away: bounded waits, and a log that does not repeat itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'

const sameTroubleQuietMs = 30_000

/** What the promise gives, or an error when that takes too long; the promise itself goes on and its late failure is not lost as unhandled. */
export async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const timer = new AbortController()
  promise.catch(() => undefined)
  try {
    return await Promise.race([
      promise,
      sleep(timeoutMs, undefined, { signal: timer.signal, ref: false }).then(() => {
        throw new TemporaryFailure('queueUnavailable', `no answer within ${timeoutMs} ms`)
      }),
    ])
  } finally {
    timer.abort()
  }
}

/** Says what is wrong with the queue once, then keeps quiet about the same words for a while: a server that is away repeats itself. */
export function troubleReport(log: Log): (error: unknown) => void {
  const saidAt = new Map<string, number>()
  return (error) => {
    const words = wordsOf(error)
    const now = Date.now()
    if (now - (saidAt.get(words) ?? 0) < sameTroubleQuietMs) return
    if (saidAt.size > 100) saidAt.clear()
    saidAt.set(words, now)
    log.warn({ trouble: words }, 'the queue has trouble; rows are swept up without it')
  }
}
