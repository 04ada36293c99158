/**
 * Checks AUTH PLAIN and LOGIN: the user's password, and how often somebody may guess (RFC 4954 §4, §9): counted here, which costs nothing, and
 * with the page and the other processes (accounts/guesses.ts).
 */
import { passwordChecksBusy, passwordFits, takePasswordTurn } from '../accounts/passwords.ts'
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
export function openSignIn(options: SignInOptions): SignIn {
  const { directory, log, metrics = noMetrics, now = Date.now } = options
  const guesses = new GuessCounts(now)

  /** Asked when its turn has come, so that guesses sent side by side do not slip through together. */
  async function checkInTurn(email: AddressKey | null, password: string, clientAddress: string): Promise<SignInOutcome> {
    const guesser = { email, client: clientOf(clientAddress) }
    const client = `client ${guesser.client}`
    const account = `user ${email ?? ''}`
    if (guesses.of(client) >= guessesPerClientMax || guesses.of(account) >= guessesPerUserMax) return { kind: 'tooOften' }
    const shared = await directory.guesses?.of(guesser)
    if (shared !== undefined && shared.waitMs > 0) return { kind: 'tooOften' }
    const user = email === null ? null : await directory.userForSignIn(email)
    const known = user !== null && !user.disabled ? user : null
    if (!(await passwordFits(known?.passwordHash ?? null, password)) || known === null) {
      guesses.add(client)
      guesses.add(account)
      metrics.count('smtpSignInFailures', 1)
      log.info({ client: clientAddress }, 'sign-in refused')
      await directory.guesses?.wrong(guesser, password)
      return { kind: 'wrong' }
    }
    guesses.forget(client)
    guesses.forget(account)
    if (shared !== undefined) await directory.guesses?.right(guesser, shared)
    return { kind: 'signedIn', user: { email: known.email, tenantId: known.tenantId } }
  }

  return {
    async check(userName, password, clientAddress) {
      if (passwordChecksBusy()) return { kind: 'unavailable' }
      try {
        return await takePasswordTurn(async () => await checkInTurn(addressKey(userName), password, clientAddress))
      } catch (error) {
        if (!(error instanceof TemporaryFailure)) log.error({ problem: wordsOf(error) }, 'sign-in failed')
        return { kind: 'unavailable' }
      }
    },
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
