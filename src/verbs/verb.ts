/** What a verb of the command line is: its name, its options with their help, and what it does. */
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Output } from './output.ts'

export interface VerbOption {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  /** The placeholder of the value in help, in capitals; absent for a switch. */
  readonly value?: string
  readonly help: string
}

export interface VerbCall {
  readonly positionals: readonly string[]
  readonly options: VerbOptions
  /** One JSON document on standard output instead of words. */
  readonly json: boolean
  readonly config: Config
  readonly log: Log
  readonly output: Output
}

export interface Verb {
  readonly name: string
  /** One line for the list of verbs. */
  readonly summary: string
  /** How it is called, without the program's name; one line each. */
  readonly usage: readonly string[]
  /** Further lines of help. */
  readonly details: readonly string[]
  readonly options: Readonly<Record<string, VerbOption>>
  /** Long-running verbs log at LOG_LEVEL; the others only warnings, since their answer is what counts. */
  readonly logs: 'all' | 'warnings'
  /** Resolves to the exit status: 0 done, 1 failed. Wrong usage is thrown as UsageError. */
  run(call: VerbCall): Promise<number>
}

/** Called in a way that the verb does not know; exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The values of a call's options, each asked for by name and kind. */
export class VerbOptions {
  readonly #values: Readonly<Record<string, unknown>>
  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  text(name: string): string | null {
    const value = this.#values[name]
    return typeof value === 'string' ? value : null
  }

  /** @throws UsageError where it is missing or empty. */
  required(name: string): string {
    const value = this.text(name)
    if (value === null || value === '') throw new UsageError(`--${name} is missing`)
    return value
  }

  /** @throws UsageError where it is no whole number in the range. */
  number(name: string, fallback: number, min: number, max: number): number {
    const text = this.text(name)
    if (text === null) return fallback
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) throw new UsageError(`--${name} is "${text}"; it may be a number from ${min} to ${max}`)
    return value
  }

  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  has(name: string): boolean {
    return this.#values[name] === true
  }
}

/** The options in the form that node:util's parseArgs wants, with those that every verb has. */
export function parseArgsOptions(verb: Verb): ParseArgsOptionsConfig {
  const own = Object.entries(verb.options).map(
    ([name, option]) => [name, { type: option.type, multiple: option.multiple ?? false }] as const,
  )
  return Object.fromEntries([...own, ['json', { type: 'boolean' }] as const, ['help', { type: 'boolean', short: 'h' }] as const])
}
