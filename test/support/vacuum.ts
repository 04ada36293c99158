import { setTimeout as sleep } from 'node:timers/promises'
import type { TestDatabase } from './database.ts'

const triesMax = 100
const pauseMs = 100
/** The last page of a table may stay out. */
const enough = 0.9

/** What Postgres does by itself in time: statistics, and pages known to be seen by all. A transaction that is still open somewhere puts that off. */
export async function vacuum(db: TestDatabase, tables: readonly string[]): Promise<void> {
  for (let left = triesMax; left > 0; left--) {
    await db.owner(`VACUUM ANALYZE ${tables.join(', ')}`)
    const rest = await db.owner(
      `SELECT FROM pg_class WHERE relname = ANY($1) AND relkind = 'r' AND relnamespace = 'public'::regnamespace AND relallvisible < ${String(enough)} * relpages`,
      [tables],
    )
    if (rest.length === 0) return
    await sleep(pauseMs)
  }
  throw new Error(`not all of ${tables.join(', ')} could be vacuumed`)
}
