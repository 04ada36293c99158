/** Checks AUTH PLAIN and LOGIN: the user's password by argon2, and how often somebody may guess (RFC 4954 §4, §9). */
import { hash, verify } from '@node-rs/argon2'
import type { TenantId } from '../crm/ids.ts'
import type { Log } from '../log.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import { clientOf } from './connection-counts.ts'
import { noMetrics, type IntakeMetrics } from './intake-metrics.ts'
import type { SenderDirectory } from './sender-directory.ts'

export interface SignedInUser {
  readonly email: AddressKey
  readonly tenantId: TenantId
}

export type SignInOutcome =
  | { readonly kind: 'signedIn'; readonly user: SignedInUser }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'tooOften' }
  | { readonly kind: 'unavailable' }

export interface SignIn {
  /** Never throws. `wrong` tells neither whether the user exists nor whether he is disabled, in words or in time. */
  check(userName: string, password: string, clientAddress: string): Promise<SignInOutcome>
}

export interface SignInOptions {
  readonly directory: SenderDirectory
  readonly log: Log
  readonly metrics?: IntakeMetrics
  readonly now?: () => number
}

/** Wrong passwords within `guessWindowMs`: of one client, and for one user from anywhere (more, so that a stranger cannot lock a user out easily). */
export const guessesPerClientMax = 10
export const guessesPerUserMax = 50
export const guessWindowMs = 10 * 60_000
/** Clients and users remembered; beyond it the count begins anew. */
const rememberedMax = 10_000
/** A hash takes 15 ms of a core, 19 MiB, and one of the four threads that the disk's work shares. */
const checksAtOnceMax = 2
const checksWaitingMax = 100
const passwordCharactersMax = 1_000

export function openSignIn(options: SignInOptions): SignIn {
  const { directory, log, metrics = noMetrics, now = Date.now } = options
  const guesses = new GuessCounts(now)
  const turns = new Turns()
  let decoy: Promise<string> | undefined

  async function passwordFits(passwordHash: string | null, password: string): Promise<boolean> {
    // Somebody unknown costs as much time as somebody known.
    decoy ??= hash('nobody has this password')
    const fits = await verify(passwordHash ?? (await decoy), password)
    return fits && passwordHash !== null
  }

  return {
    async check(userName, password, clientAddress) {
      const email = addressKey(userName)
      const client = `client ${clientOf(clientAddress)}`
      const account = `user ${email ?? ''}`
      if (turns.waiting >= checksWaitingMax) return { kind: 'unavailable' }
      await turns.take()
      try {
        // Asked when its turn has come, so that guesses sent side by side do not slip through together.
        if (guesses.of(client) >= guessesPerClientMax || guesses.of(account) >= guessesPerUserMax) return { kind: 'tooOften' }
        const user = email === null ? null : await directory.userForSignIn(email)
        const known = user !== null && !user.disabled ? user : null
        if (password.length > passwordCharactersMax || !(await passwordFits(known?.passwordHash ?? null, password)) || known === null) {
          guesses.add(client)
          guesses.add(account)
          metrics.count('smtpSignInFailures', 1)
          log.info({ client: clientAddress }, 'sign-in refused')
          return { kind: 'wrong' }
        }
        guesses.forget(client)
        guesses.forget(account)
        return { kind: 'signedIn', user: { email: known.email, tenantId: known.tenantId } }
      } catch (error) {
        if (!(error instanceof TemporaryFailure)) log.error({ problem: wordsOf(error) }, 'sign-in failed')
        return { kind: 'unavailable' }
      } finally {
        turns.give()
      }
    },
  }
}

/** Lets `checksAtOnceMax` at a time do what is dear; the others wait in order. */
class Turns {
  #taken = 0
  readonly #waiting: (() => void)[] = []

  get waiting(): number {
    return this.#waiting.length
  }

  async take(): Promise<void> {
    if (this.#taken < checksAtOnceMax) this.#taken++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken--
    else next()
  }
}

/** How often each name occurred within the window. */
class GuessCounts {
  readonly #now: () => number
  #counts = new Map<string, { count: number; readonly until: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  of(name: string): number {
    const entry = this.#counts.get(name)
    return entry === undefined || entry.until <= this.#now() ? 0 : entry.count
  }

  add(name: string): void {
    if (this.#counts.size >= rememberedMax) this.#counts = new Map()
    const entry = this.#counts.get(name)
    if (entry === undefined || entry.until <= this.#now()) this.#counts.set(name, { count: 1, until: this.#now() + guessWindowMs })
    else entry.count++
  }

  forget(name: string): void {
    this.#counts.delete(name)
  }
}
