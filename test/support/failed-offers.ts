/** Waiting mail whose bytes cannot be read for a while, so that it cannot be judged again. */
import { expect } from 'vitest'
import type { TestDatabase } from './database.ts'

/** Of all mail so far; the answer puts everything back. */
export async function breakMails(database: TestDatabase): Promise<() => Promise<void>> {
  await database.owner('CREATE TABLE IF NOT EXISTS kept_bytes AS SELECT message_id, content FROM raw_message')
  await database.owner(`UPDATE raw_message SET content = NULL, blob_key = 'messages/nowhere' WHERE content IS NOT NULL`)
  return async () => {
    await database.owner(
      'UPDATE raw_message r SET content = k.content, blob_key = NULL FROM kept_bytes k WHERE k.message_id = r.message_id',
    )
    await database.owner('DROP TABLE kept_bytes')
  }
}

/** Waits until so many questions are given up, without the waits between the tries. */
export async function giveUpOnOffers(database: TestDatabase, questions: number): Promise<void> {
  await expect
    .poll(
      async () => {
        await database.owner(`UPDATE reconsideration SET due_at = now() WHERE state = 'due' AND attempts > 0`)
        return (await database.owner(`SELECT FROM reconsideration WHERE state = 'failed'`)).length
      },
      { timeout: 40_000, interval: 300 },
    )
    .toBe(questions)
}
