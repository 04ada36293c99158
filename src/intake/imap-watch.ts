/** Watches one mailbox for as long as this process has its lease: connects, works, and connects again after a while that grows with each failure. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressKey } from '../mail/address.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { openSecret, sealSecret, type MailboxSecret } from '../store/mailbox-secret.ts'
import { readHeldMailbox, saveSecret, type HeldMailbox, type MailboxReport, type WatchedMailbox } from '../store/mailboxes.ts'
import type { Door } from './accept.ts'
import { connectMailbox, type ConnectOptions, type ImapConnection, type ImapTiming } from './imap-connect.ts'
import { MailboxHealth } from './imap-health.ts'
import { runSession, type SessionMemory } from './imap-session.ts'
import { SetAside } from './imap-set-aside.ts'
import { openAccessTokens } from './imap-token.ts'
import { windowMessagesMax } from './imap-waiting.ts'
import { troubleOf } from './imap-words.ts'

export interface WatchTiming extends ImapTiming {
  /** The first wait after a failure; doubled with each up to the longest, and never the same for all mailboxes. */
  readonly retryFirstMs: number
  readonly retryLongestMs: number
  /** The same where a person has to do something: servers lock out whoever comes with a wrong password too often. */
  readonly retryRefusedFirstMs: number
  readonly retryRefusedLongestMs: number
  /** Away for so long without a break, a mailbox is in trouble. */
  readonly troubleAfterMs: number
}

export interface WatchParts {
  readonly database: Database
  readonly door: Door
  readonly holder: string
  /** See mailbox-secret.ts. */
  readonly key: Uint8Array
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly extraAuthorities: readonly string[]
  readonly timing: WatchTiming
  readonly log: Log
}

export interface MailboxWatch {
  readonly held: HeldMailbox
  report(): MailboxReport
  /** It ended by itself, since the lease was another's. */
  isOver(): boolean
  /** Resolves once nothing of it is under way; a message that was not durable yet is taken by whoever watches next. */
  stop(): Promise<void>
}

/** Above the largest mail, for a server that hands out all of it at once. */
const literalSpareBytes = 1024 * 1024

export function startWatch(parts: WatchParts, held: HeldMailbox): MailboxWatch {
  const watch = new Watch(parts, held)
  let isOver = false
  const running = watch.run().finally(() => {
    isOver = true
  })
  return {
    held,
    report: () => watch.health.report(),
    isOver: () => isOver,
    async stop() {
      watch.stop()
      await running
    },
  }
}

class Watch {
  readonly health: MailboxHealth
  readonly #parts: WatchParts
  readonly #held: HeldMailbox
  readonly #stopping = new AbortController()
  readonly #memory: SessionMemory = {
    setAside: new SetAside(),
    uidValidity: null,
    batchMessages: windowMessagesMax,
    hasProgressed: false,
    roomBytes: 0,
  }
  #credentials: ConnectOptions['credentials'] | null = null

  constructor(parts: WatchParts, held: HeldMailbox) {
    this.#parts = parts
    this.#held = held
    this.health = new MailboxHealth(held.id, parts.timing.troubleAfterMs)
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** Never throws. */
  async run(): Promise<void> {
    const { signal } = this.#stopping
    const { log, timing } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      let mailbox: WatchedMailbox | null = null
      try {
        mailbox = await readHeldMailbox(this.#parts.database, this.#parts.holder, this.#held.id)
        if (mailbox === null) return
        await this.#connectAndWork(mailbox)
      } catch (error) {
        if (signal.aborted) return
        const trouble = troubleOf(error, mailbox ?? unknownPlace)
        failures = this.#memory.hasProgressed ? 1 : failures + 1
        this.#memory.hasProgressed = false
        const waitMs = backOffMs(trouble.needsPerson, failures, timing)
        this.health.failed(trouble)
        log.warn({ mailbox: this.#held.id, problem: trouble.words, waitMs }, 'a mailbox is not watched at the moment')
        await sleep(waitMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #connectAndWork(mailbox: WatchedMailbox): Promise<void> {
    const connection = await this.#connect(mailbox)
    const { health } = this
    health.connected()
    this.#parts.log.info({ mailbox: mailbox.id, tenant: mailbox.tenantId }, 'a mailbox is watched')
    const connectedAt = performance.now()
    try {
      const { signal } = this.#stopping
      await runSession({ ...this.#parts, mailbox, connection, health, memory: this.#memory, signal })
    } finally {
      health.disconnected()
      // A connection that lasted was no failure, though nothing came.
      if (performance.now() - connectedAt > this.#parts.timing.recheckMs * 2) this.#memory.hasProgressed = true
      await connection.close()
    }
  }

  async #connect(mailbox: WatchedMailbox): Promise<ImapConnection> {
    const { timing, messageBytesMax, extraAuthorities } = this.#parts
    this.#credentials ??= this.#openCredentials(mailbox)
    return await connectMailbox({
      settings: mailbox,
      credentials: this.#credentials,
      timing,
      literalBytesMax: messageBytesMax + literalSpareBytes,
      extraAuthorities,
      signal: this.#stopping.signal,
    })
  }

  /** @throws PermanentFailure `configurationInvalid` where the key is another. */
  #openCredentials(mailbox: WatchedMailbox): ConnectOptions['credentials'] {
    const { key, database, holder } = this.#parts
    const secret = openSecret(key, mailbox, mailbox.secret)
    if (secret.kind === 'password') return secret
    const replace = async (replaced: MailboxSecret): Promise<void> =>
      await saveSecret(database, holder, mailbox.id, sealSecret(key, mailbox, replaced))
    return { kind: 'tokens', tokens: openAccessTokens(secret, replace) }
  }
}

const unknownPlace = { host: 'the database', port: 0, tls: 'off', userName: '', folder: '' } as const

/** Half of it by chance, so that a thousand mailboxes do not come back to one server in the same moment. */
function backOffMs(needsPerson: boolean, failures: number, timing: WatchTiming): number {
  const [first, longest] = needsPerson
    ? [timing.retryRefusedFirstMs, timing.retryRefusedLongestMs]
    : [timing.retryFirstMs, timing.retryLongestMs]
  const whole = Math.min(first * 2 ** Math.min(failures - 1, 30), longest)
  return whole / 2 + (Math.random() * whole) / 2
}
