/** (h) The API over HTTP at a tenant of years beside another one: milliseconds a call, one after another and four at once. */
import { createApiKey } from '../../src/store/api-keys.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { askedOf, type Callers, type Headers } from './api-calls.ts'
import { type BigOffice, openBigOffice } from './big-office.ts'
import { startProgram, type RunningProgram } from './program.ts'
import { signedIn } from './signed-in.ts'
import { percentile, print } from './table.ts'

/** Done when: issue 5. */
const targetMs = 100
const atOnce = 4
const warmingCalls = 4

export async function benchApi(entries: number, calls: number): Promise<void> {
  const db = await openTestDatabase()
  try {
    const started = performance.now()
    const big = await openBigOffice(db, 'big', entries)
    await openBigOffice(db, 'small', Math.ceil(entries / 10))
    await db.owner('VACUUM ANALYZE')
    console.log(`\n(h) the tenants were written in ${((performance.now() - started) / 1000).toFixed(0)} s`)
    const program = await startProgram({ DATABASE_URL: db.url, API_REQUESTS_PER_MINUTE: '1000000' })
    try {
      await measure(db, program, big, calls)
    } finally {
      await program.stop()
    }
  } finally {
    await db.close()
  }
}

async function measure(db: TestDatabase, program: RunningProgram, big: BigOffice, calls: number): Promise<void> {
  const key = async (role: 'admin' | 'reviewer'): Promise<Headers> => {
    const { key } = await createApiKey(db.database, big.slug, { role, name: null, expiresAt: null, actor: 'operator' })
    return { authorization: `Bearer ${key}` }
  }
  const callers: Callers = {
    reviewer: (await signedIn(program.databaseUrl, `bernd@${big.slug}.example`)).headers,
    salesperson: (await signedIn(program.databaseUrl, `user7@${big.slug}.example`)).headers,
    admin: await key('admin'),
    operator: { authorization: `Bearer ${program.token}` },
  }
  const url = (path: string): URL =>
    new URL(path.startsWith('//') ? `/api/v1${path.slice(1)}` : `/api/v1/tenants/${big.slug}${path}`, program.http)
  const get = async (path: string, as: Headers): Promise<unknown> => {
    const response = await fetch(url(path), { headers: as })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`)
    return JSON.parse(text)
  }
  const rows: string[][] = []
  for (const { what, as, path } of await askedOf(db, big, async (path) => await get(path, callers.reviewer))) {
    for (let n = 0; n < warmingCalls; n++) await get(path(n), callers[as])
    const alone = await timed(calls, 1, async (n) => await get(path(warmingCalls + n), callers[as]))
    const together = await timed(calls, atOnce, async (n) => await get(path(warmingCalls + calls + n), callers[as]))
    const worst = Math.max(percentile(alone, 0.95), percentile(together, 0.95))
    rows.push([what, as, ...[alone, together].flatMap(figures), worst > targetMs ? 'slow' : ''])
  }
  print(
    `(h) milliseconds a call at ${big.entries.toLocaleString('en')} history entries, ${big.openQuestions.toLocaleString('en')} open questions, ${big.leads.toLocaleString('en')} leads, ` +
      `a lead of ${big.bigLeadEntries.toLocaleString('en')} entries; ${String(calls)} calls each (target: p95 at no more than ${String(targetMs)})`,
    ['call', 'as', 'alone: median', 'p95', `${String(atOnce)} at once: median`, 'p95', ''],
    rows,
    'Postgres, which shares the cores with the program and this client',
  )
}

function figures(ms: readonly number[]): string[] {
  return [percentile(ms, 0.5).toFixed(1), percentile(ms, 0.95).toFixed(1)]
}

async function timed(calls: number, workers: number, call: (n: number) => Promise<unknown>): Promise<number[]> {
  const ms: number[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < calls) {
      const n = next++
      const started = performance.now()
      await call(n)
      ms.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return ms
}
