/** A bounded wait for the database: who hands mail in must not hang on one that hangs, since the door needs the disk alone. */
import { TemporaryFailure } from '../failure.ts'

/** @throws TemporaryFailure `databaseUnavailable` once `timeoutMs` have passed; what `ask` throws. */
export async function answerWithin<T>(timeoutMs: number, ask: () => Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new TemporaryFailure('databaseUnavailable', `The database did not answer within ${timeoutMs} ms.`)),
    timeoutMs,
  )
  try {
    const answer = ask()
    // What comes too late concerns nobody.
    answer.catch(() => undefined)
    return await Promise.race([answer, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
