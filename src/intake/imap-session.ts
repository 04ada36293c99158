/**
 * One connection's work: take what waits, window by window, then wait for news. The cursor moves only behind what is durable: a window is written
 * to it before its first message is taken, and marked done after the last one is; a crash in between takes it again, under the same ids.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressKey } from '../mail/address.ts'
import { faultOf, PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { Log } from '../log.ts'
import { findAdmitted } from '../store/admit.ts'
import type { Database } from '../store/database.ts'
import { saveCursor, type WatchedMailbox } from '../store/mailboxes.ts'
import type { Door } from './accept.ts'
import { treatAfterwards } from './imap-afterwards.ts'
import { answered, openFolder, type ImapConnection, type ImapTiming } from './imap-connect.ts'
import { countUids, emptyCursor, fetchedMessageId, rangesOf } from './imap-cursor.ts'
import { messagesIn, openFolderView } from './imap-folder.ts'
import type { MailboxHealth } from './imap-health.ts'
import { FolderProgress } from './imap-progress.ts'
import { selectSent, type SentSelection } from './imap-sent.ts'
import type { SetAside } from './imap-set-aside.ts'
import { takeMessages, type Taken } from './imap-take.ts'
import { WaitingMessages, windowMessagesMax, type FolderView } from './imap-waiting.ts'

export interface SessionParts {
  readonly mailbox: WatchedMailbox
  readonly connection: ImapConnection
  readonly door: Door
  readonly database: Database
  /** Whose lease the mailbox is. */
  readonly holder: string
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly timing: ImapTiming
  readonly health: MailboxHealth
  readonly log: Log
  /** Kept from one connection to the next. */
  readonly memory: SessionMemory
  /** Aborted when the watching ends. */
  readonly signal: AbortSignal
}

export interface SessionMemory {
  readonly setAside: SetAside
  /** Under which UIDVALIDITY. */
  uidValidity: string | null
  /** How many messages one FETCH asks for: fewer after a loss, until it is known over which message the connection breaks. */
  batchMessages: number
  /** Whether anything was taken since this was last set to false. */
  hasProgressed: boolean
  /** The most room that the spool ever had. */
  roomBytes: number
}

/** So much of the spool is left to other entrances by what has been waiting anyway: messages of the largest size, or half of a small spool. */
const roomMessages = 2
/** Losses of the connection over one message alone, after which it is set aside. */
const lossesMax = 3
/** While much waits, how long may pass before new mail is looked for. */
const lookMs = 1_000
const owedRetryMs = 60_000
/** An IDLE that ends sooner without news was refused. */
const idleRefusedMs = 100
const settledAtOnceMax = 1_000

/** Works until the connection is lost or the watching ends; always throws. */
export async function runSession(parts: SessionParts): Promise<never> {
  const { connection } = parts
  const session = new Session(parts)
  const work = session.work()
  try {
    return await Promise.race([work, connection.lost])
  } finally {
    connection.client.close()
    // What is on its way through the door comes to its end first.
    await work.catch(() => undefined)
  }
}

class Session {
  readonly #parts: SessionParts
  readonly #progress: FolderProgress
  readonly #view: FolderView
  readonly #waiting: WaitingMessages
  #hasNews = false
  /** The window in hand is of messages that had been waiting. */
  #isBacklog = false
  #wake: () => void = () => undefined
  #lookedAt = 0
  #selectedAt = performance.now()
  #owedRetryAt = 0

  constructor(parts: SessionParts) {
    this.#parts = parts
    const { mailbox, connection, memory } = parts
    if (memory.uidValidity !== connection.uidValidity) memory.setAside.clear()
    memory.uidValidity = connection.uidValidity
    this.#progress = new FolderProgress(this.#cursor(mailbox))
    this.#view = openFolderView(connection, parts.timing)
    this.#waiting = new WaitingMessages(this.#view, this.#progress, (uid) => memory.setAside.has(uid))
    connection.client.on('exists', () => this.#tellNews())
  }

  #cursor({ cursor, id }: WatchedMailbox): ConstructorParameters<typeof FolderProgress>[0] {
    const { uidValidity } = this.#parts.connection
    if (cursor === null || cursor.uidValidity === uidValidity) return cursor ?? emptyCursor(uidValidity)
    // RFC 9051 §2.3.1.1: all that was known of the folder is void. What is read again is recognised by its content.
    this.#parts.log.warn({ mailbox: id, was: cursor.uidValidity, is: uidValidity }, 'the folder has new UIDs; it is read from its start')
    return emptyCursor(uidValidity)
  }

  async work(): Promise<never> {
    await this.#waiting.start(messagesIn(this.#parts.connection))
    for (;;) {
      await this.#takeAll()
      await this.#waitForNews()
    }
  }

  async #takeAll(): Promise<void> {
    const { health, memory, signal } = this.#parts
    for (;;) {
      signal.throwIfAborted()
      if (this.#hasNews || performance.now() - this.#lookedAt > lookMs) await this.#look()
      let window = this.#toTake()
      if (window.length === 0) {
        this.#progress.endWindow()
        window = await this.#waiting.next()
        this.#isBacklog = this.#waiting.lastWasOld
        if (window.length > 0) this.#progress.begin(window, Date.now())
        // One write for the end of a window and the beginning of the next.
        await this.#save()
      }
      health.waits(window.length + this.#waiting.count(), memory.setAside.count)
      if (window.length === 0) break
      await this.#take(window)
      await this.#payOwed()
    }
    memory.setAside.forget(this.#progress.done)
    const aside = memory.setAside.describe()
    if (aside !== null) health.failed(aside)
  }

  /** What is left of the window in hand. */
  #toTake(): number[] {
    return this.#progress.remaining().filter((uid) => !this.#parts.memory.setAside.has(uid))
  }

  async #take(window: readonly number[]): Promise<void> {
    const { memory } = this.#parts
    this.#keepRoom()
    let batch = await this.#withoutAdmitted(window)
    batch = batch.slice(0, memory.batchMessages)
    if (batch.length === 0) return
    const taken: Taken = { admitted: [], gone: [], setAside: new Map() }
    try {
      await this.#takeBatch(batch, taken)
      memory.batchMessages = Math.min(windowMessagesMax, memory.batchMessages * 2)
    } catch (error) {
      this.#judgeLoss(error, batch, taken)
      throw error
    } finally {
      this.#note(taken)
    }
  }

  /** @throws TemporaryFailure `spoolFull`: the database is away, or slower than this. */
  #keepRoom(): void {
    const { memory, door, messageBytesMax } = this.#parts
    const roomBytes = door.roomBytes()
    memory.roomBytes = Math.max(memory.roomBytes, roomBytes)
    if (this.#isBacklog && roomBytes < Math.min(messageBytesMax * roomMessages, memory.roomBytes / 2)) {
      throw new TemporaryFailure('spoolFull', 'The spool is nearly full; mail waits in the mailbox until there is room.', {
        fault: faultOf('spoolNearlyFull'),
      })
    }
  }

  async #takeBatch(batch: readonly number[], taken: Taken): Promise<void> {
    const { connection, door, mailbox, crmAddresses, messageBytesMax } = this.#parts
    const { client } = connection
    const search = (uids: readonly number[]): Promise<number[]> => this.#view.search(rangesOf(uids))
    const parts = { client, door, mailbox, crmAddresses, messageBytesMax, search, isBacklog: this.#isBacklog }
    const { authors, unwanted } = mailbox.sent === true ? await this.#selectSent(batch) : { authors: new Map(), unwanted: new Set() }
    const wanted = batch.filter((uid) => !unwanted.has(uid))
    if (wanted.length > 0) await takeMessages({ ...parts, authors, idOf: (uid) => this.#idOf(uid) }, wanted, taken)
    taken.gone.push(...batch.filter((uid) => unwanted.has(uid)))
  }

  /** Of the rest nothing but these fields of its header is ever seen, and nothing is kept. */
  async #selectSent(batch: readonly number[]): Promise<SentSelection> {
    const { connection, database, mailbox } = this.#parts
    if (mailbox.tenantId === null) throw new PermanentFailure('configurationInvalid', 'A Sent folder can be watched for a tenant alone.')
    return await selectSent(connection.client, database, mailbox.tenantId, batch)
  }

  #idOf(uid: number): ReturnType<typeof fetchedMessageId> {
    const { mailbox, connection } = this.#parts
    const { begun } = this.#progress.cursor
    if (begun === null) throw new Error('a message is taken outside of any window')
    const { uidValidity } = connection
    return fetchedMessageId({ mailboxId: mailbox.id, uidValidity, uid, begunAtMs: begun.atMs, windowStart: begun.uids[0]?.[0] ?? uid })
  }

  /** Of a window that an earlier session began, some may be durable already: in the spool, or in the database since. */
  async #withoutAdmitted(window: readonly number[]): Promise<number[]> {
    if (!this.#progress.isRepeat) return [...window]
    const { door, database } = this.#parts
    const waiting = window.filter((uid) => !door.holds(this.#idOf(uid)))
    // In this order: what leaves the spool is in the database then.
    const admitted = await findAdmitted(
      database,
      waiting.map((uid) => this.#idOf(uid)),
    )
    const missing = waiting.filter((uid) => !admitted.has(this.#idOf(uid)))
    const there = window.filter((uid) => !missing.includes(uid))
    this.#note({ admitted: there, gone: [], setAside: new Map() })
    return missing
  }

  #note({ admitted, gone, setAside }: Taken): void {
    const { memory, health, mailbox, log } = this.#parts
    if (admitted.length > 0) {
      memory.hasProgressed = true
      health.admitted()
    }
    this.#progress.finish(rangesOf([...admitted, ...gone]))
    if (mailbox.afterwards.kind !== 'leave') this.#progress.owe(admitted)
    for (const [uid, why] of setAside) {
      memory.setAside.add(uid, why, performance.now())
      log.warn({ mailbox: mailbox.id, uid, why }, 'a message stays in the mailbox')
    }
  }

  /**
   * A message over which the connection breaks time and again (a literal that never ends, say) must not hold up all others. Servers answer in
   * order, so it is the first of those that did not come; from now on it is asked for alone.
   */
  #judgeLoss(error: unknown, batch: readonly number[], taken: Taken): void {
    const { memory, signal } = this.#parts
    if (signal.aborted || error instanceof TemporaryFailure || error instanceof PermanentFailure) return
    const came = new Set([...taken.admitted, ...taken.gone, ...taken.setAside.keys()])
    const suspect = batch.find((uid) => !came.has(uid))
    memory.batchMessages = 1
    if (suspect !== undefined && memory.setAside.countLoss(suspect) >= lossesMax) {
      taken.setAside.set(suspect, 'the connection breaks whenever it is fetched')
    }
  }

  /** Whatever the server does, the mail is safe already: this may fail and is tried again later. */
  async #payOwed(): Promise<void> {
    const { connection, mailbox, health } = this.#parts
    const { owed } = this.#progress
    if (owed.length === 0 || performance.now() < this.#owedRetryAt) return
    const now = owed.slice(0, settledAtOnceMax)
    if (await treatAfterwards(connection.client, mailbox.afterwards, now)) this.#progress.settle(now)
    else {
      this.#owedRetryAt = performance.now() + owedRetryMs
      const deeds = { seen: 'marked as seen', delete: 'deleted', move: 'moved', leave: 'left' }
      const [messages, said] = [countUids(owed), connection.lastRefusal()]
      health.failed({
        words: `${messages} messages that are in cannot be ${deeds[mailbox.afterwards.kind]}: ${said}`,
        fault: faultOf('mailUnmarked', { messages, said }),
      })
    }
  }

  async #save(): Promise<void> {
    if (!this.#progress.isUnsaved) return
    const { database, holder, mailbox } = this.#parts
    if (!(await saveCursor(database, holder, mailbox.id, this.#progress.cursor))) {
      throw new TemporaryFailure('stopping', 'another process watches the mailbox now')
    }
    this.#progress.saved()
  }

  // ---- the folder ----

  async #look(): Promise<void> {
    this.#hasNews = false
    this.#lookedAt = performance.now()
    await this.#waiting.look()
  }

  #tellNews(): void {
    this.#hasNews = true
    this.#wake()
  }

  /** Until the server tells of new mail, or it is time to ask. */
  async #waitForNews(): Promise<void> {
    const { connection, timing, memory, signal } = this.#parts
    const { client } = connection
    const canIdle = client.capabilities.has('IDLE') || client.enabled.has('IMAP4REV2')
    const timer = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const waitMs = canIdle ? timing.recheckMs : timing.pollMs
    const elapsed = sleep(waitMs, undefined, { signal: AbortSignal.any([timer.signal, signal]) }).catch(() => undefined)
    if (!this.#hasNews) await Promise.race([woken, elapsed, ...(canIdle ? [this.#idle()] : []), connection.lost])
    timer.abort()
    signal.throwIfAborted()
    if (!this.#hasNews) await this.#recheck()
    this.#waiting.retry(memory.setAside.takeDue(performance.now()))
    await this.#payOwed()
  }

  async #idle(): Promise<void> {
    const startedAt = performance.now()
    await this.#parts.connection.client.idle()
    // Where the server refuses to, the time of a poll passes instead.
    const { pollMs } = this.#parts.timing
    if (performance.now() - startedAt < idleRefusedMs) await sleep(pollMs, undefined, { signal: this.#parts.signal })
  }

  /** Asks the server itself: it may have told nothing, and the connection may be gone without a word. */
  async #recheck(): Promise<void> {
    const { connection, timing, mailbox } = this.#parts
    if (performance.now() - this.#selectedAt < timing.reselectMs) {
      await answered(connection.client, timing, connection.client.noop())
    } else {
      this.#selectedAt = performance.now()
      const uidValidity = await answered(connection.client, timing, openFolder(connection.client, mailbox))
      if (uidValidity !== connection.uidValidity)
        throw new TemporaryFailure('serverUnavailable', 'The folder was made anew.', { fault: faultOf('mailFolderRemade') })
    }
    await this.#look()
  }
}
