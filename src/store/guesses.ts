/**
 * How often somebody guessed, and how long he must wait: in the database, so that several processes count together. Waits grow and end by
 * themselves; nobody is ever locked out for good. Of an account or a client only a hash is kept.
 */
import { createHash } from 'node:crypto'
import type { Database, Sql } from './database.ts'

/** Of these many guesses nobody waits; then `firstWaitMs`, twice as long each time, up to `waitMaxMs`. */
export interface GuessRule {
  readonly freeMax: number
  readonly firstWaitMs: number
  readonly waitMaxMs: number
}

export interface GuessKey {
  /** What is counted: an account, a client, both together. */
  readonly name: string
  readonly rule: GuessRule
}

/** After so long without a guess the count begins anew. Longer than any wait. */
export const guessesRememberedMs = 60 * 60_000
/** For so long it is remembered that somebody signed in from a client (`rememberKnown`). */
export const knownClientMs = 30 * 24 * 60 * 60_000
/** Rows that count no more and are removed with each guess that is counted; each guess adds at most three. */
const removedAtOnceMax = 20

/** What is on record under a name. */
export interface GuessRecord {
  readonly count: number
  /** How long until somebody may guess again; 0: now. */
  readonly waitMs: number
  readonly ageMs: number
}

/** By name; absent where nothing is on record. */
export async function readGuesses(database: Database, names: readonly string[]): Promise<Map<string, GuessRecord>> {
  const nameOf = new Map(names.map((name) => [hashOf(name).toString('hex'), name]))
  const rows = await database.routerSql(
    async (sql) =>
      await sql.rows<GuessRecord & { hash: string }>(
        `SELECT encode(key_hash, 'hex') AS hash, count,
                ceil(extract(epoch FROM greatest(interval '0', blocked_until - now())) * 1000)::int8 AS "waitMs",
                floor(extract(epoch FROM now() - last_at) * 1000)::int8 AS "ageMs"
         FROM password_guess WHERE key_hash = ANY($1::bytea[])`,
        [names.map(hashOf)],
      ),
  )
  return new Map(rows.map(({ hash, ...record }) => [nameOf.get(hash) ?? '', record]))
}

function hashOf(name: string): Buffer {
  return createHash('sha256').update(name).digest()
}

/** Counts one guess under each; answers the counts in the same order. */
export async function countGuess(database: Database, keys: readonly GuessKey[]): Promise<number[]> {
  return await database.routerSql(async (sql) => {
    const counts = new Map<GuessKey, number>()
    // In order of their hashes, so that two guesses at once do not wait for each other in a circle.
    for (const key of keys.toSorted((a, b) => hashOf(a.name).compare(hashOf(b.name)))) counts.set(key, await countOne(sql, key, 'always'))
    await sql.run(
      `DELETE FROM password_guess WHERE key_hash IN (
         SELECT key_hash FROM password_guess WHERE last_at < now() - $1 * interval '1 ms' AND (count > 0 OR last_at < now() - $2 * interval '1 ms')
         ORDER BY last_at LIMIT $3 FOR UPDATE SKIP LOCKED)`,
      [guessesRememberedMs, knownClientMs, removedAtOnceMax],
    )
    return keys.map((key) => counts.get(key) ?? 0)
  })
}

/**
 * Counts one guess unless somebody has to wait: two at the same moment never both slip through. Answers how long to wait, in milliseconds; 0: it
 * was counted, go on.
 */
export async function takeGuess(database: Database, key: GuessKey): Promise<number> {
  const taken = await database.routerSql(async (sql) => (await countOne(sql, key, 'unlessBlocked')) > 0)
  return taken ? 0 : Math.max(1, (await readGuesses(database, [key.name])).get(key.name)?.waitMs ?? 0)
}

/** Answers the new count; 0 where it was not counted because somebody has to wait. */
async function countOne(sql: Sql, { name, rule }: GuessKey, when: 'always' | 'unlessBlocked'): Promise<number> {
  const [row] = await sql.rows<{ count: number }>(
    `INSERT INTO password_guess AS g (key_hash, count, last_at, blocked_until) VALUES ($1, 1, now(), now())
     ON CONFLICT (key_hash) DO UPDATE SET last_at = now(),
       count = CASE WHEN g.last_at < now() - $2 * interval '1 ms' THEN 1 ELSE g.count + 1 END
       WHERE $3 OR g.blocked_until <= now()
     RETURNING count`,
    [hashOf(name), guessesRememberedMs, when === 'always'],
  )
  if (row === undefined) return 0
  const waitMs = waitAfter(rule, row.count)
  if (waitMs > 0)
    await sql.run(`UPDATE password_guess SET blocked_until = now() + $2 * interval '1 ms' WHERE key_hash = $1`, [hashOf(name), waitMs])
  return row.count
}

/** In milliseconds, after so many guesses. */
export function waitAfter({ freeMax, firstWaitMs, waitMaxMs }: GuessRule, count: number): number {
  return count < freeMax ? 0 : Math.min(waitMaxMs, firstWaitMs * 2 ** Math.min(40, count - freeMax))
}

/** Forgets what was counted under these names. */
export async function forgetGuesses(database: Database, names: readonly string[]): Promise<void> {
  await database.routerSql(
    async (sql) => await sql.run('DELETE FROM password_guess WHERE key_hash = ANY($1::bytea[])', [names.map(hashOf)]),
  )
}

/** Puts it on record that somebody signed in from somewhere: among the guesses, with a count of none. */
export async function rememberKnown(database: Database, name: string): Promise<void> {
  await database.routerSql(
    async (sql) =>
      await sql.run(
        `INSERT INTO password_guess (key_hash, count, last_at, blocked_until) VALUES ($1, 0, now(), now())
         ON CONFLICT (key_hash) DO UPDATE SET last_at = now()`,
        [hashOf(name)],
      ),
  )
}
