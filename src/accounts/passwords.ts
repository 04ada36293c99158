/** Passwords as they are kept: argon2id, made and checked here alone, by SMTP AUTH, the page and the command line. */
import { hash, verify } from '@node-rs/argon2'

export const passwordCharactersMin = 10
export const passwordCharactersMax = 1_000
/** A hash takes 15 ms of a core, 19 MiB, and one of the four threads that the disk's work shares. */
const checksAtOnceMax = 2
const checksWaitingMax = 100

let taken = 0
const waiting: (() => void)[] = []
let decoy: Promise<string> | undefined

/** Argon2id with the library's defaults: 19 MiB, two passes. The rules for new passwords: password-rules.ts. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password)
}

/** So many wait for their turn that nobody else is let in. */
export function passwordChecksBusy(): boolean {
  return waiting.length >= checksWaitingMax
}

/** Waits for one of the few turns of this process: `work` checks a password, and whether somebody may guess at all. */
export async function takePasswordTurn<T>(work: () => Promise<T>): Promise<T> {
  if (taken < checksAtOnceMax) taken++
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) taken--
    else next()
  }
}

/** Within a turn. Null (nobody, or nobody with a password) takes as long as a hash and never fits. */
export async function passwordFits(passwordHash: string | null, password: string): Promise<boolean> {
  if (password.length > passwordCharactersMax) return false
  decoy ??= hash('nobody has this password')
  const fits = await verify(passwordHash ?? (await decoy), password)
  return fits && passwordHash !== null
}
