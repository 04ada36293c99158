/** What the SMTP session asks about senders, and the real answers: the database, with a short memory of what is registered. */
import { guessesOf, passwordWasRight, passwordWasWrong, type Guesser, type GuessState } from '../accounts/guesses.ts'
import type { TenantId } from '../crm/ids.ts'
import { TemporaryFailure } from '../failure.ts'
import type { AddressKey, DomainName } from '../mail/address.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import type { Database } from '../store/database.ts'
import { findTenantsByDomain, findTenantsByThread, findUserForSignIn, type HostedDomain, type SignInUser } from '../store/host-names.ts'

export type { HostedDomain, SignInUser }

/** All throw TemporaryFailure `databaseUnavailable` where the database is away. */
export interface SenderDirectory {
  /** The tenants that own these domains. `fresh` asks the database whatever is remembered. */
  tenantsByDomain(domains: readonly DomainName[], fresh: boolean): Promise<ReadonlyMap<DomainName, HostedDomain>>
  /** The tenants that have a mail with one of these Message-IDs on file. */
  tenantsByThread(messageIds: readonly MessageIdKey[]): Promise<readonly TenantId[]>
  userForSignIn(email: AddressKey): Promise<SignInUser | null>
  /** Wrong passwords wherever they are tried, counted by all processes together. Absent: the listener counts by itself alone. */
  readonly guesses?: {
    of(guesser: Guesser): Promise<GuessState>
    wrong(guesser: Guesser, password: string): Promise<void>
    right(guesser: Guesser, state: GuessState): Promise<void>
  }
}

export interface SenderDirectoryOptions {
  readonly database: Database
  /** How long a registered domain is believed to be still registered. What is not registered is never remembered. */
  readonly rememberedMs?: number
  /** A database that has not answered by then counts as away, for as long again. */
  readonly answerTimeoutMs?: number
}

const rememberedMs = 5_000
/** Beyond it everything is forgotten; there are hardly so many tenants that write within seconds. */
const rememberedMax = 10_000
const answerTimeoutMs = 5_000

export function openSenderDirectory(options: SenderDirectoryOptions): SenderDirectory {
  const { database } = options
  const lifeMs = options.rememberedMs ?? rememberedMs
  const patience = openPatience(options.answerTimeoutMs ?? answerTimeoutMs)
  const remembered = new Map<DomainName, { readonly domain: HostedDomain; readonly until: number }>()
  return {
    async tenantsByDomain(domains, fresh) {
      const now = Date.now()
      const found = new Map<DomainName, HostedDomain>()
      const unknown: DomainName[] = []
      for (const domain of domains) {
        const known = fresh ? undefined : remembered.get(domain)
        if (known !== undefined && known.until > now) found.set(domain, known.domain)
        else unknown.push(domain)
      }
      if (unknown.length === 0) return found
      const asked = await patience.wait(() => findTenantsByDomain(database, unknown))
      if (remembered.size > rememberedMax) remembered.clear()
      for (const [name, domain] of asked) {
        remembered.set(name, { domain, until: now + lifeMs })
        found.set(name, domain)
      }
      return found
    },
    tenantsByThread: async (messageIds) => await patience.wait(() => findTenantsByThread(database, messageIds)),
    userForSignIn: async (email) => await patience.wait(() => findUserForSignIn(database, email)),
    guesses: {
      of: async (guesser) => await patience.wait(() => guessesOf(database, guesser)),
      wrong: async (guesser, password) => {
        await patience.wait(() => passwordWasWrong(database, guesser, password))
      },
      right: async (guesser, state) => await patience.wait(() => passwordWasRight(database, guesser, state)),
    },
  }
}

/** A session must not hang on a database that hangs: its mail is to be accepted all the same. */
function openPatience(timeoutMs: number): { wait<T>(ask: () => Promise<T>): Promise<T> } {
  let awayUntil = 0
  return {
    async wait(ask) {
      if (Date.now() < awayUntil) throw new TemporaryFailure('databaseUnavailable', 'The database did not answer in time just now.')
      let timer: NodeJS.Timeout | undefined
      const tooLong = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          awayUntil = Date.now() + timeoutMs
          reject(new TemporaryFailure('databaseUnavailable', `The database did not answer within ${timeoutMs} ms.`))
        }, timeoutMs)
      })
      try {
        return await Promise.race([ask(), tooLong])
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
