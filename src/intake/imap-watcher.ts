/**
 * Watches the mailboxes that are in the database: takes the leases that nobody has, keeps its own, and notices within seconds what was added,
 * changed or removed. A process that is killed loses its leases when they end, and another takes over (ARCHITECTURE "One engine, three sizes").
 */
import { randomUUID } from 'node:crypto'
import type { MailboxId, TenantId } from '../crm/ids.ts'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database } from '../store/database.ts'
import { readMailboxKey } from '../store/mailbox-secret.ts'
import { lookAtLeases, releaseLeases, renewLeases, saveReports, type HeldMailbox, type MailboxReport } from '../store/mailboxes.ts'
import type { Door } from './accept.ts'
import { startWatch, type MailboxWatch, type WatchParts, type WatchTiming } from './imap-watch.ts'

export interface WatcherTiming extends WatchTiming {
  /** How soon a change in the database is noticed. */
  readonly lookMs: number
  /** How long a lease holds after the process that has it was last heard of. */
  readonly leaseMs: number
  /** How often a lease is renewed, and how each mailbox fares is written down. */
  readonly renewMs: number
}

export interface ImapWatcherOptions {
  readonly dataDir: string
  /** MAILBOX_KEY; null: the key in `dataDir`. */
  readonly mailboxKey: Uint8Array | null
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  /** PEM certificates that are trusted beside the well-known ones. */
  readonly extraAuthorities?: readonly string[]
  readonly timing?: Partial<WatcherTiming>
}

export interface ImapWatcher {
  /** How every mailbox fares that this process watches. */
  reports(): MailboxReport[]
  /** Ends all connections and gives the leases back. */
  close(): Promise<void>
}

/** Taken over within `leaseMs` + `lookMs` + the time to connect: below 30 s. */
export const imapTimingDefault: WatcherTiming = {
  lookMs: 2_000,
  leaseMs: 20_000,
  renewMs: 5_000,
  connectTimeoutMs: 15_000,
  answerTimeoutMs: 30_000,
  recheckMs: 60_000,
  reselectMs: 300_000,
  pollMs: 15_000,
  retryFirstMs: 1_000,
  retryLongestMs: 60_000,
  retryRefusedFirstMs: 30_000,
  retryRefusedLongestMs: 30 * 60_000,
  troubleAfterMs: 10_000,
}

/** Connections of one process; the rest is for others, or waits. */
export const watchedMailboxesMax = 2_000

export async function openImapWatcher(deps: {
  readonly store: { readonly database: Database }
  readonly door: Door
  readonly options: ImapWatcherOptions
  readonly log: Log
  /** Told of each tenant with a mailbox that got into trouble, or out of it. */
  readonly nudge?: (tenantId: TenantId) => void
}): Promise<ImapWatcher> {
  const { store, door, options, log, nudge = () => undefined } = deps
  const key = await readMailboxKey({ dataDir: options.dataDir, given: options.mailboxKey })
  const timing = { ...imapTimingDefault, ...options.timing }
  const { crmAddresses, messageBytesMax, extraAuthorities = [] } = options
  const { database } = store
  const watcher = new Watcher(
    { database, door, holder: randomUUID(), key, crmAddresses, messageBytesMax, extraAuthorities, timing, log },
    timing,
    nudge,
  )
  watcher.start()
  return { reports: () => watcher.reports(), close: async () => await watcher.close() }
}

class Watcher {
  readonly #parts: WatchParts
  readonly #timing: WatcherTiming
  readonly #nudge: (tenantId: TenantId) => void
  readonly #watches = new Map<MailboxId, MailboxWatch>()
  /** Watches that are ending; a mailbox is not begun anew before. */
  readonly #ending = new Map<MailboxId, Promise<void>>()
  /** What the database was told of each. */
  readonly #saved = new Map<MailboxId, string>()
  /** By our own clock, and from before the question: the database's lease ends no sooner. */
  #leasesEndAt = 0
  #renewAt = 0
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #isClosing = false
  #isDatabaseAway = false

  constructor(parts: WatchParts, timing: WatcherTiming, nudge: (tenantId: TenantId) => void) {
    this.#parts = parts
    this.#timing = timing
    this.#nudge = nudge
  }

  start(): void {
    const look = (): void => {
      this.#looking = this.#look().finally(() => {
        if (!this.#isClosing) this.#timer = setTimeout(look, this.#timing.lookMs)
      })
    }
    look()
  }

  reports(): MailboxReport[] {
    return [...this.#watches.values()].map((watch) => watch.report())
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#timer)
    await this.#looking
    const { database, holder, log } = this.#parts
    const ids = [...this.#watches.keys()]
    for (const id of ids) this.#end(id)
    await Promise.all(this.#ending.values())
    // Where this fails, the leases end by themselves.
    if (ids.length > 0)
      await releaseLeases(database, holder, ids).catch((error: unknown) => log.debug({ problem: wordsOf(error) }, 'leases stay'))
  }

  /** Never throws. */
  async #look(): Promise<void> {
    const guard = setTimeout(() => this.#endLapsed(), Math.max(0, this.#leasesEndAt - performance.now()))
    try {
      this.#follow(await this.#held())
      await this.#saveReports()
      if (this.#isDatabaseAway) this.#parts.log.info('mailboxes are watched again')
      this.#isDatabaseAway = false
    } catch (error) {
      if (!this.#isDatabaseAway) this.#parts.log.warn({ problem: wordsOf(error) }, 'mailboxes cannot be watched without the database')
      this.#isDatabaseAway = true
      if (performance.now() >= this.#leasesEndAt) this.#endLapsed()
    } finally {
      clearTimeout(guard)
    }
  }

  async #held(): Promise<HeldMailbox[]> {
    const { database, holder } = this.#parts
    const { renewMs, leaseMs } = this.#timing
    const { held, anyFree } = await lookAtLeases(database, holder)
    const mayTakeMore = anyFree && held.length < watchedMailboxesMax
    const isDue = performance.now() >= this.#renewAt && (held.length > 0 || this.#watches.size > 0)
    if (!mayTakeMore && !isDue) return held
    const askedAt = performance.now()
    const renewed = await renewLeases(database, holder, leaseMs, watchedMailboxesMax)
    this.#leasesEndAt = askedAt + leaseMs
    this.#renewAt = askedAt + renewMs
    this.#saved.clear()
    return renewed
  }

  /** All after a renewal, else those that tell something new. */
  async #saveReports(): Promise<void> {
    const news = this.reports().filter((report) => this.#saved.get(report.id) !== gistOf(report))
    const tenants = await saveReports(this.#parts.database, this.#parts.holder, news)
    for (const report of news) this.#saved.set(report.id, gistOf(report))
    for (const tenantId of tenants) this.#nudge(tenantId)
  }

  /** Makes what is watched what is held. */
  #follow(held: readonly HeldMailbox[]): void {
    const wanted = new Map(held.map((mailbox) => [mailbox.id, mailbox]))
    for (const [id, watch] of this.#watches) if (watch.isOver() || wanted.get(id)?.revision !== watch.held.revision) this.#end(id)
    if (this.#isClosing) return
    for (const mailbox of held) {
      if (!this.#watches.has(mailbox.id) && !this.#ending.has(mailbox.id)) this.#watches.set(mailbox.id, startWatch(this.#parts, mailbox))
    }
  }

  /** Somebody else may have them by now. */
  #endLapsed(): void {
    for (const id of this.#watches.keys()) this.#end(id)
  }

  #end(id: MailboxId): void {
    const watch = this.#watches.get(id)
    if (watch === undefined) return
    this.#watches.delete(id)
    const ended = watch.stop().finally(() => this.#ending.delete(id))
    this.#ending.set(id, ended)
  }
}

/** Without what changes all the time while all is well. */
function gistOf({ connectedAt, lastMailAt, lastErrorAt, isTroubled, setAside, waiting }: MailboxReport): string {
  return JSON.stringify([connectedAt, lastMailAt, lastErrorAt, isTroubled, setAside, waiting === 0])
}
