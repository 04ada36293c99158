/**
 * The loop of one process: takes what is due in batches, reads one while others are settled, and holds its claims until they are. Batches that have
 * nothing to do with each other are settled beside each other, so that one is decided while the database writes another.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import { type ClaimedMessage, claimFresh, claimRetry, renewClaims } from '../store/claim.ts'
import type { LateMail } from './check-senders.ts'
import { diedTooOften, giveBack } from './give-back.ts'
import { largeBytesMin } from './parse.ts'
import { type ReadBatch, readBatch, removeFolder, settleBatchOf } from './process-message.ts'
import type { ProcessingContext } from './processing-context.ts'
import { tiesOf } from './rounds.ts'

/** So often a mail that was tried before goes ahead of the fresh ones, so that a steady stream of these does not keep it waiting. */
const retryEvery = 8
/** Bytes of mails that are read and settled together; what reading makes of them is a few times as much. */
const togetherBytesMax = 4 * 1024 * 1024
/** Batches that are settled at once. */
const settledAtOnceMax = 2
/** After no more than this nothing else was due, and the next look waits for a ring or for their settling: it would take the processor from them. */
const fewMax = 8
/** Large mails that are held at once; they are read one after another. */
const largeHeldMax = 32
/** Mails that wait for DNS beside the others; one more is taken up again later. */
const lateHeldMax = 256

/** A batch that is being settled. */
interface Settling {
  /** See `Ties`. */
  readonly names: ReadonlySet<string>
  readonly done: Promise<void>
}

export class WorkLoop {
  readonly batchMax: number
  readonly claimMs: number
  readonly #context: ProcessingContext
  /** Claims handed over or under way, and when they were last renewed. */
  readonly #held = new Map<ClaimedMessage, number>()
  readonly #large = new Set<Promise<void>>()
  readonly #late = new Set<Promise<void>>()
  readonly #renewal: NodeJS.Timeout
  readonly #settling = new Set<Settling>()
  /** The last batch that was given to settle has begun. */
  #begun: Promise<unknown> = Promise.resolve()
  #running: Promise<number> | null = null
  #isRungAgain = false
  #onRing: () => void = () => undefined
  #isStopping = false
  #turn = 0
  /** What was claimed with its admission (see `take`). */
  #handed: readonly ClaimedMessage[] = []
  #wasHanded = true
  #onRoom: () => void = () => undefined
  /** Rows may be due: at first those that were there before us, to which the first turn goes. */
  #mayBeDue = true
  /** More rows are due than were taken. */
  #isBehind = false

  constructor(context: ProcessingContext, batchMax: number, claimMs: number) {
    this.#context = context
    this.batchMax = batchMax
    this.claimMs = claimMs
    this.#renewal = setInterval(() => void this.#renew(), claimMs / 3)
  }

  /** Until nothing is due and what was taken is settled; answers how many were taken. Never throws. */
  async processDue(): Promise<number> {
    this.#mayBeDue = true
    this.#wake()
    const taken = await (this.#running ?? 0)
    await this.#aside()
    return taken
  }

  /** As `processDue`, but does not wait where the loop is running already. */
  async ring(): Promise<void> {
    if (this.#running === null) return void (await this.processDue())
    this.#mayBeDue = true
    this.#wake()
  }

  /** Whether a batch may be handed to `take`: the last one has had its turn, and none that is older waits in the table. Waits for it so long. */
  async room(ms: number): Promise<boolean> {
    if (!this.#hasRoom() && ms > 0) {
      const timer = new AbortController()
      await Promise.race([
        new Promise<void>((resolve) => (this.#onRoom = resolve)),
        sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined),
      ])
      timer.abort()
    }
    return this.#hasRoom()
  }

  #hasRoom(): boolean {
    return this.#handed.length === 0 && !this.#isBehind && !this.#isStopping
  }

  /** Takes what was claimed for this process as it was admitted, at most a batch of it: once there is room. Never throws. */
  take(claims: readonly ClaimedMessage[]): void {
    for (const claim of claims) this.#held.set(claim, Date.now())
    this.#handed = [...this.#handed, ...claims]
    this.#wake()
  }

  #wake(): void {
    if (this.#running === null) {
      if (!this.#isStopping) this.#running = this.#run()
      return
    }
    this.#isRungAgain = true
    this.#onRing()
  }

  /** Takes no more, and waits for what was taken. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#running
    await this.#aside()
    clearInterval(this.#renewal)
  }

  async #run(): Promise<number> {
    let taken = 0
    do taken += await this.#drain()
    while (this.#isRungAgain)
    this.#running = null
    return taken
  }

  /** While batches are settled the next is read already. */
  async #drain(): Promise<number> {
    let taken = 0
    for (;;) {
      if (this.#large.size >= largeHeldMax) await Promise.race(this.#large)
      this.#isRungAgain = false
      const claims = await this.#claim()
      taken += claims.length
      for (const together of slicesOf(await this.#start(claims))) {
        // No more is taken than has its turn soon: so batches grow when there is much to do, and memory does not.
        await this.#settleInTurn(readBatch(this.#context, together), together)
      }
      if (claims.length === 0) {
        await this.#settled()
        return taken
      }
      if (claims.length <= fewMax) await Promise.race([this.#rung(), this.#settled()])
    }
  }

  async #settled(): Promise<void> {
    await Promise.all([...this.#settling].map(({ done }) => done))
  }

  async #rung(): Promise<void> {
    if (this.#isRungAgain) return
    await new Promise<void>((resolve) => (this.#onRing = resolve))
  }

  /** What was handed over and what is due take turns where there is both. */
  async #claim(): Promise<readonly ClaimedMessage[]> {
    if (this.#mayBeDue && (this.#handed.length === 0 || this.#wasHanded)) {
      this.#wasHanded = false
      const due = await this.#claimDue()
      if (due.length > 0) return due
    }
    this.#wasHanded = true
    return this.#takeHanded()
  }

  #takeHanded(): readonly ClaimedMessage[] {
    const handed = this.#handed
    this.#handed = []
    this.#tellRoom()
    return handed
  }

  #tellRoom(): void {
    if (this.#hasRoom()) this.#onRoom()
  }

  async #claimDue(): Promise<ClaimedMessage[]> {
    if (this.#isStopping) return []
    const { database, log } = this.#context
    this.#mayBeDue = false
    const fresh = async (): Promise<ClaimedMessage[]> => {
      const claims = await claimFresh(database, this.batchMax, this.claimMs)
      this.#isBehind = claims.length === this.batchMax
      this.#tellRoom()
      return claims
    }
    const retry = (): Promise<ClaimedMessage[]> => claimRetry(database, this.claimMs)
    this.#turn += 1
    const [first, second] = this.#turn % retryEvery === 0 ? [retry, fresh] : [fresh, retry]
    try {
      const firstClaims = await first()
      const claims = firstClaims.length > 0 ? firstClaims : await second()
      if (claims.length > 0) this.#mayBeDue = true
      return claims
    } catch (error) {
      log.warn({ trouble: wordsOf(error) }, 'nothing could be taken from the queue now')
      return []
    }
  }

  /** Answers the small ones, which go through together; a large one is settled when it has been read, and the others do not wait for it. */
  async #start(claims: readonly ClaimedMessage[]): Promise<readonly ClaimedMessage[]> {
    const { attemptsMax } = this.#context
    const dead = claims.filter((claim) => claim.attempts > attemptsMax)
    if (dead.length > 0) await giveBack(this.#context, dead, diedTooOften(attemptsMax))
    const alive = claims.filter((claim) => claim.attempts <= attemptsMax)
    // What was handed over is held since then.
    for (const claim of alive) this.#held.set(claim, this.#held.get(claim) ?? Date.now())
    for (const claim of alive) if (claim.bytes >= largeBytesMin) this.#startLarge(claim)
    return alive.filter((claim) => claim.bytes < largeBytesMin)
  }

  #startLarge(claim: ClaimedMessage): void {
    const done = (async () => {
      const read = await readBatch(this.#context, [claim])
      await (
        await this.#settleInTurn(Promise.resolve(read), [claim])
      ).done
    })()
    this.#large.add(done)
    void done.finally(() => this.#large.delete(done))
  }

  /** Settled once DNS has said who may send for its author; the others do not wait for it. */
  #startLate(mail: LateMail): void {
    const done = this.#late.size < lateHeldMax ? this.#settleLate(mail) : this.#putOff(mail)
    this.#late.add(done)
    void done.finally(() => this.#late.delete(done))
  }

  async #settleLate({ claim, folder, checked }: LateMail): Promise<void> {
    const mail = await checked
    if (mail !== null) return (await this.#settleInTurn(Promise.resolve({ mails: [mail], parseMs: 0 }), [claim])).done
    await removeFolder(this.#context, { claim, folder })
    this.#held.delete(claim)
  }

  async #putOff({ claim, folder }: LateMail): Promise<void> {
    await giveBack(this.#context, [claim], new TemporaryFailure('tooManyLookUps', 'Too many mails wait for DNS at the moment.'))
    await removeFolder(this.#context, { claim, folder })
    this.#held.delete(claim)
  }

  /** What goes its way beside the batches. */
  async #aside(): Promise<void> {
    while (this.#large.size + this.#late.size > 0) await Promise.all([...this.#large, ...this.#late])
  }

  /** Batches begin in the order in which this is called; it answers once this one has. */
  #settleInTurn(batch: Promise<ReadBatch>, claims: readonly ClaimedMessage[]): Promise<Settling> {
    const before = this.#begun
    const begun = (async () => {
      const read = await batch
      await before
      return await this.#begin(read, claims)
    })()
    this.#begun = begun
    return begun
  }

  /** Waits for the batches that this one has to do with, and for a place. */
  async #begin(read: ReadBatch, claims: readonly ClaimedMessage[]): Promise<Settling> {
    const ties = read.mails.map(({ message }) => tiesOf(message))
    const asks = ties.flatMap((tie) => tie.asks)
    for (;;) {
      const tied = [...this.#settling].filter(({ names }) => asks.some((key) => names.has(key)))
      if (tied.length > 0) await Promise.all(tied.map(({ done }) => done))
      else if (this.#settling.size >= settledAtOnceMax) await Promise.race([...this.#settling].map(({ done }) => done))
      else break
    }
    const settling: Settling = { names: new Set(ties.flatMap((tie) => tie.names)), done: this.#settle(read, claims) }
    this.#settling.add(settling)
    void settling.done.finally(() => this.#settling.delete(settling))
    return settling
  }

  async #settle(read: ReadBatch, claims: readonly ClaimedMessage[]): Promise<void> {
    const late = await settleBatchOf(this.#context, read)
    const waiting = new Set(late.map(({ claim }) => claim))
    for (const claim of claims) if (!waiting.has(claim)) this.#held.delete(claim)
    for (const mail of late) this.#startLate(mail)
  }

  async #renew(): Promise<void> {
    const since = Date.now() - this.claimMs / 4
    const due = [...this.#held].filter(([, at]) => at <= since).map(([claim]) => claim)
    if (due.length === 0) return
    try {
      await renewClaims(this.#context.database, due, this.claimMs)
      for (const claim of due) if (this.#held.has(claim)) this.#held.set(claim, Date.now())
    } catch (error) {
      this.#context.log.warn({ trouble: wordsOf(error), claims: due.length }, 'claims could not be renewed')
    }
  }
}

/** In their order; a mail that alone is too much goes alone. */
export function slicesOf<One extends Pick<ClaimedMessage, 'bytes'>>(claims: readonly One[]): One[][] {
  const slices: One[][] = []
  let bytes = 0
  for (const claim of claims) {
    bytes += claim.bytes
    if (slices.length === 0 || bytes > togetherBytesMax) {
      slices.push([])
      bytes = claim.bytes
    }
    slices.at(-1)?.push(claim)
  }
  return slices
}
