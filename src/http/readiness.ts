/** Can the program do its work now? Each part is asked, with a bound on the wait, and answers in words. */
import { wordsOf } from '../failure.ts'

export interface ReadinessPart {
  readonly name: string
  /** Resolves to words about what works; throws where it does not. */
  readonly check: () => Promise<string> | string
  /** False: the program does its work without it. */
  readonly required?: boolean
}

export interface PartState {
  readonly name: string
  readonly ok: boolean
  readonly words: string
  /** Absent where it is. */
  readonly required?: false
}

const answerTimeoutMs = 3_000

export async function checkReadiness(parts: readonly ReadinessPart[]): Promise<PartState[]> {
  return Promise.all(parts.map(checkPart))
}

async function checkPart(part: ReadinessPart): Promise<PartState> {
  const isOptional = part.required === false ? { required: false as const } : {}
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${answerTimeoutMs} ms`)), answerTimeoutMs)
  try {
    return { name: part.name, ...isOptional, ok: true, words: await Promise.race([Promise.resolve(part.check()), late]) }
  } catch (error) {
    return { name: part.name, ...isOptional, ok: false, words: wordsOf(error) }
  } finally {
    clearTimeout(timer)
  }
}
