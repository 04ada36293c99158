/** Input that does not fit, field by field; problem.ts makes a 400 with `errors` of it. */
import { PermanentFailure } from '../failure.ts'

export interface FieldError {
  /** Dotted: `keyPlayers.0.role`. */
  readonly path: string
  readonly message: string
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
