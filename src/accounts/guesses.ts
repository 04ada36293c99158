/**
 * How often somebody may guess at a password, by the page, by SMTP AUTH and where he changes it: all count together. An account that is not
 * there is counted as one that is, so nobody learns which there are.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { AddressKey } from '../mail/address.ts'
import type { Database } from '../store/database.ts'
import {
  countGuess,
  forgetGuesses,
  guessesRememberedMs,
  knownClientMs,
  readGuesses,
  rememberKnown,
  type GuessRule,
} from '../store/guesses.ts'

/** Who guesses at whose password. */
export interface Guesser {
  /** Null for what is no address at all. */
  readonly email: AddressKey | null
  /** An IPv4 address, or an IPv6 network of 64 bits. */
  readonly client: string
}

/** One client at one account. */
export const pairGuessRule: GuessRule = { freeMax: 5, firstWaitMs: 2_000, waitMaxMs: 15 * 60_000 }
/** All clients at one account, but for those from which its owner signed in lately. Short, so that strangers cannot keep him out. */
export const accountGuessRule: GuessRule = { freeMax: 20, firstWaitMs: 1_000, waitMaxMs: 60_000 }
/** One client at any account; a whole office may stand behind it. */
export const clientGuessRule: GuessRule = { freeMax: 30, firstWaitMs: 2_000, waitMaxMs: 15 * 60_000 }

interface Names {
  readonly pair: string
  readonly account: string
  readonly client: string
  readonly known: string
}

function namesOf({ email, client }: Guesser): Names {
  const account = email ?? ''
  return {
    pair: `pair ${client} ${account}`,
    account: `account ${account}`,
    client: `client ${client}`,
    known: `known ${client} ${account}`,
  }
}

/** How exactly it is known when somebody signed in from a client last. */
const knownStepMs = 24 * 60 * 60_000

export interface GuessState {
  /** 0: he may guess now. */
  readonly waitMs: number
  /** Handed back to `passwordWasRight`: whether there is anything to write. */
  readonly isSettled: boolean
}

export async function guessesOf(database: Database, guesser: Guesser): Promise<GuessState> {
  const names = namesOf(guesser)
  const records = await readGuesses(database, Object.values(names))
  const knownAgeMs = records.get(names.known)?.ageMs ?? Number.POSITIVE_INFINITY
  const counted = knownAgeMs < knownClientMs ? [names.pair, names.client] : [names.pair, names.client, names.account]
  return {
    waitMs: Math.max(...counted.map((name) => records.get(name)?.waitMs ?? 0)),
    isSettled: knownAgeMs < knownStepMs && !records.has(names.pair),
  }
}

/**
 * The same wrong password again is no guess: a phone that was not told of the new one tries the old one all day, and must keep neither its
 * owner out nor the office that it stands in. Known to this process alone, under a key that dies with it.
 */
const repeatedMax = 10_000
const repeatedKey = randomBytes(32)
const repeated = new Map<string, number>()

function isRepeated({ email, client }: Guesser, password: string): boolean {
  const name = createHmac('sha256', repeatedKey)
    .update(JSON.stringify([client, email, password]))
    .digest('base64')
  const until = repeated.get(name) ?? 0
  if (until > Date.now()) return true
  repeated.delete(name)
  repeated.set(name, Date.now() + guessesRememberedMs)
  for (const oldest of repeated.keys()) {
    if (repeated.size <= repeatedMax) break
    repeated.delete(oldest)
  }
  return false
}

/** Answers true where somebody should hear of it: from now on somebody has to wait. */
export async function passwordWasWrong(database: Database, guesser: Guesser, password: string): Promise<boolean> {
  if (isRepeated(guesser, password)) return false
  const names = namesOf(guesser)
  const [pair, account] = await countGuess(database, [
    { name: names.pair, rule: pairGuessRule },
    { name: names.account, rule: accountGuessRule },
    { name: names.client, rule: clientGuessRule },
  ])
  return pair === pairGuessRule.freeMax || account === accountGuessRule.freeMax
}

/** What he guessed before is forgotten, and that he signs in from here is remembered. */
export async function passwordWasRight(database: Database, guesser: Guesser, state: GuessState): Promise<void> {
  if (state.isSettled) return
  const names = namesOf(guesser)
  await forgetGuesses(database, [names.pair])
  await rememberKnown(database, names.known)
}
