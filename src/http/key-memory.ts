/** Finds whose an API key is, also for a while after the database went away: mail that is handed in with a known key needs the disk alone. */
import { createHash } from 'node:crypto'
import { TemporaryFailure } from '../failure.ts'
import { answerWithin } from '../intake/patience.ts'
import { findApiKey, type ApiKeyHolder } from '../store/api-keys.ts'
import type { Database } from '../store/database.ts'

export interface KeyMemory {
  /**
   * Null for what is no key, or counts no more. The database is asked each time; only while it does not answer, what it said lately counts.
   * @throws TemporaryFailure `databaseUnavailable` for a key that it did not speak of lately.
   */
  find(written: string): Promise<ApiKeyHolder | null>
}

/** How long a key is believed that nobody can look up: it may have been revoked meanwhile by a process that has the database. */
export const keyBelievedMs = 3_600_000
export const keysRememberedMax = 10_000
const answerTimeoutMs = 3_000
/** After a time-out: nobody waits for the next one. */
const awayMs = 3_000

export function openKeyMemory(database: Database): KeyMemory {
  const remembered = new Map<string, { readonly holder: ApiKeyHolder; readonly until: number }>()
  let awayUntil = 0

  async function ask(written: string): Promise<ApiKeyHolder | null> {
    if (Date.now() < awayUntil) throw new TemporaryFailure('databaseUnavailable', 'The database did not answer just now.')
    try {
      return await answerWithin(answerTimeoutMs, () => findApiKey(database, written))
    } catch (error) {
      if (error instanceof TemporaryFailure) awayUntil = Date.now() + awayMs
      throw error
    }
  }

  return {
    async find(written) {
      const name = createHash('sha256').update(written).digest('base64')
      try {
        const holder = await ask(written)
        remembered.delete(name)
        if (holder !== null) remembered.set(name, { holder, until: Date.now() + keyBelievedMs })
        for (const oldest of remembered.keys()) {
          if (remembered.size <= keysRememberedMax) break
          remembered.delete(oldest)
        }
        return holder
      } catch (error) {
        const known = remembered.get(name)
        if (!(error instanceof TemporaryFailure) || known === undefined || known.until < Date.now()) throw error
        const { expiresAt } = known.holder
        return expiresAt !== null && expiresAt.getTime() <= Date.now() ? null : known.holder
      }
    },
  }
}
