/** Input that does not fit, field by field; problem.ts makes a 400 with `errors` of it. */
import type { z } from 'zod'
import { type Fault, faultOf, PermanentFailure } from '../failure.ts'

export interface FieldError {
  /** Dotted: `keyPlayers.0.role`. */
  readonly path: string
  readonly message: string
  readonly fault?: Fault | undefined
}

export class InputProblem extends PermanentFailure {
  readonly errors: readonly FieldError[]
  /** @param where `path`, `query` or `body`. */
  constructor(where: string, errors: readonly FieldError[]) {
    const words = errors.map(({ path, message }) => `${path === '' ? where : path}: ${message}`).join('; ')
    super('inputInvalid', `The ${where} does not fit: ${words}`)
    this.name = 'InputProblem'
    this.errors = errors
  }
}

type Issue = z.core.$ZodIssue

/** What the contract has against a value, as a fault that the page has words for. */
export function faultOfIssue(issue: Issue): Fault {
  if (issue.code === 'invalid_type' && issue.input === undefined) return faultOf('valueMissing')
  if (issue.code === 'too_small' && issue.origin === 'string')
    return Number(issue.minimum) <= 1 ? faultOf('valueMissing') : faultOf('valueTooShort', { min: Number(issue.minimum) })
  if (issue.code === 'too_big' && issue.origin === 'string') return faultOf('valueTooLong', { max: Number(issue.maximum) })
  return faultOf('valueWrong')
}
