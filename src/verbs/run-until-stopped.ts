/** Runs the program until a signal ends it: the first drains and stops within a bound, the second ends it at once. What nobody foresaw ends the process (crash-only: the next start mends). */
import type { Config } from '../config.ts'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { Program } from '../main.ts'

const signals = ['SIGTERM', 'SIGINT'] as const
/** Beside the drain of open sessions: work in hand, queue, database. */
const closeExtraMs = 15_000

/**
 * @param whenReady is called once everything listens; the program is stopped when it resolves to `stop`, or when a signal comes.
 * @returns the exit status: 0 stopped cleanly, 1 not.
 */
export async function runUntilStopped(
  config: Config,
  log: Log,
  whenReady: (program: Program) => Promise<'stay' | 'stop'>,
): Promise<number> {
  endOnTheUnforeseen(log)
  const signalled = firstSignal(log)
  // Only here: the whole program takes a second to load, for which no other verb should wait.
  const { openProgram } = await import('../main.ts')
  const program = await openProgram(config, log)
  // A signal during the start is obeyed as soon as there is something to close.
  const work = whenReady(program).then((next) => (next === 'stop' ? undefined : signalled))
  try {
    await Promise.race([work, signalled])
  } finally {
    await closeWithin(program, config.stopTimeoutMs + closeExtraMs, log)
  }
  return 0
}

function endOnTheUnforeseen(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'something unforeseen happened; the program ends and its next start goes on from what is durable')
    process.exit(1)
  })
}

/** Resolves at the first signal; the second ends the process at once. */
async function firstSignal(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let seen = 0
  for (const signal of signals) {
    process.on(signal, () => {
      seen += 1
      if (seen > 1) process.exit(1)
      log.info({ signal }, 'stopping; a second signal ends the program at once')
      resolve()
    })
  }
  await promise
}

async function closeWithin(program: Program, timeoutMs: number, log: Log): Promise<void> {
  const timer = setTimeout(() => {
    log.error({ timeoutMs }, 'stopping took too long; the program ends now and its next start goes on from what is durable')
    process.exit(1)
  }, timeoutMs)
  try {
    await program.close()
    log.info('stopped')
  } catch (error) {
    log.error({ problem: wordsOf(error) }, 'stopping failed')
  } finally {
    clearTimeout(timer)
  }
}
