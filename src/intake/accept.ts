/** The one door: bytes and envelope of any channel become a durable message, or nothing at all (ARCHITECTURE invariant 1). */
import { createHash, hash, type Hash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { MessageId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import { cleanText } from '../mail/clean-text.ts'
import { headerBlockOf, headerBytesMax, readHeaderLines } from '../mail/header.ts'
import type { Envelope, HeaderLine, IntakeChannel } from '../mail/message.ts'
import { inlineBytesMax } from '../store/blobs.ts'
import { noMetrics, type IntakeMetrics } from './intake-metrics.ts'
import type { Mark } from './mark.ts'
import type { BodyFile } from './spool-body.ts'
import type { Spool } from './spool.ts'

/** The message is durable and will be found under this id from now on. */
export interface Receipt {
  readonly kind: 'accepted'
  readonly id: MessageId
  /** Hex, over the raw message. */
  readonly sha256: string
}

export interface AcceptOptions {
  /** @throws PermanentFailure `messageTooLarge` beyond it. */
  readonly messageBytesMax: number
  /**
   * Called once with the header, as soon as it is complete (or as far as it goes); throws a PermanentFailure to refuse the message, which then has
   * cost no disk. A header that does not end within `headerBytesMax` is refused where there is a judge: nobody could say who wrote it.
   * Where the header is not enough, it answers a judge who is shown the whole message.
   */
  readonly judgeHeader?: (lines: readonly HeaderLine[]) => Promise<WholeJudge | null>
  /** The id to take it under, where its giver can make the same again: what is taken twice under one id is one message (see `holds`). */
  readonly id?: MessageId
}

export interface WholeJudge {
  /** The message in order; the first chunk holds its whole header. */
  push(chunk: Uint8Array): void
  /** Once all has come and before it is durable; throws a PermanentFailure to refuse. */
  finish(): Promise<void>
}

export interface Door {
  /**
   * Takes a raw message; at most `inlineBytesMax` of it stand in memory, the rest goes to disk as it comes. The stream is read to its end, or
   * left where it was when this throws.
   * @throws TemporaryFailure `diskFull` | `spoolFull` | `stopping`, PermanentFailure `messageTooLarge`, or what `judgeHeader` threw.
   */
  accept(channel: IntakeChannel, envelope: Envelope, stream: MessageStream, options: AcceptOptions): Promise<Receipt>
  /** How many more bytes would be taken now. */
  roomBytes(): number
  /** Whether it waits here for the database, so that it must not be given a second time. */
  holds(id: MessageId): boolean
  /** The message under this mark that waits here for the database, or did so a moment ago; or null. */
  findMarked(mark: Mark): MessageId | null
}

export type MessageStream = Readable | AsyncIterable<Uint8Array>

export interface DoorOptions {
  readonly spool: Spool
  readonly metrics?: IntakeMetrics
}

const envelopeCharactersMax = 1_000

export function openDoor(options: DoorOptions): Door {
  const { spool, metrics = noMetrics } = options
  return {
    roomBytes: () => spool.roomBytes(),
    holds: (id) => spool.holds(id),
    findMarked: (mark) => spool.findMarked(mark),
    async accept(channel, envelope, stream, acceptOptions) {
      const receivedAt = new Date()
      const reception = new Reception(spool, acceptOptions)
      try {
        await readStream(stream, (chunk) => reception.take(chunk))
        const { bytes, sha256, body } = await reception.finish()
        const entry = { id: reception.id, channel, receivedAt, bytes, sha256, envelope: cleanEnvelope(envelope) }
        await spool.put(entry, body)
        metrics.count('messagesAccepted', 1)
        metrics.count('bytesAccepted', bytes)
        return { kind: 'accepted', id: reception.id, sha256 }
      } catch (error) {
        metrics.count('messagesRefused', 1)
        await reception.discard()
        throw error
      }
    },
  }
}

/** One message on its way in: in memory while it is small, in a file of the spool from then on. */
class Reception {
  readonly id: MessageId
  readonly #spool: Spool
  readonly #options: AcceptOptions
  #bytes = 0
  /** The message from its first byte on, while there is no file or the header is not complete. */
  #start = new GrowingBytes()
  #file: BodyFile | null = null
  #hash: Hash | null = null
  #headerAwaited: boolean
  #verdict: Promise<WholeJudge | null> | null = null
  /** The header was all that is to be judged. */
  #isJudged = false

  constructor(spool: Spool, options: AcceptOptions) {
    this.id = options.id ?? newId<MessageId>()
    this.#spool = spool
    this.#options = options
    this.#headerAwaited = options.judgeHeader !== undefined
  }

  /** Returns a promise where the giver must wait (disk, judge); throws or rejects to refuse. */
  take(chunk: Uint8Array): Promise<void> | undefined {
    this.#bytes += chunk.length
    const { messageBytesMax } = this.#options
    if (this.#bytes > messageBytesMax) {
      throw new PermanentFailure('messageTooLarge', `The mail is larger than ${messageBytesMax} bytes, the most that is accepted here.`)
    }
    const startBytes = this.#start.length
    if (this.#file === null || this.#headerAwaited) this.#start.push(chunk)
    if (this.#headerAwaited) this.#watchHeader(startBytes)
    else if (this.#verdict !== null && !this.#isJudged) this.#show(this.#verdict, chunk)
    if (this.#file !== null) return this.#toFile(chunk)
    return this.#bytes > inlineBytesMax ? this.#spill() : undefined
  }

  #watchHeader(searchFrom: number): void {
    const { block, complete } = headerBlockOf(this.#start.bytes(), searchFrom)
    if (complete) this.#judge(block)
    else if (this.#start.length >= headerBytesMax) {
      throw new PermanentFailure(
        'messageTooLarge',
        `The mail's header is longer than ${headerBytesMax} bytes, the most that is accepted here.`,
      )
    }
  }

  #judge(block: Uint8Array): void {
    const { judgeHeader } = this.#options
    if (judgeHeader === undefined) return
    this.#headerAwaited = false
    const start = this.#start.bytes()
    const { lines } = readHeaderLines(block)
    if (this.#file !== null) this.#start = new GrowingBytes()
    this.#show(judgeHeader(lines), start)
  }

  /** Shows the judge of the whole, where the judge of the header names one, what comes next. */
  #show(verdict: Promise<WholeJudge | null>, chunk: Uint8Array): void {
    this.#verdict = verdict.then((judge) => {
      this.#isJudged = judge === null
      judge?.push(chunk)
      return judge
    })
    // Whoever awaits it hears of it; until then it is no unhandled rejection.
    this.#verdict.catch(() => undefined)
  }

  async #spill(): Promise<void> {
    // No disk is spent on a refused sender.
    await this.#verdict
    this.#file = await this.#spool.createBody(this.id)
    this.#hash = createHash('sha256')
    await this.#toFile(this.#start.bytes())
    if (!this.#headerAwaited) this.#start = new GrowingBytes()
  }

  async #toFile(chunk: Uint8Array): Promise<void> {
    if (this.#verdict !== null) await this.#verdict
    this.#hash?.update(chunk)
    await this.#file?.write(chunk)
  }

  async finish(): Promise<{ bytes: number; sha256: string; body: Uint8Array | BodyFile }> {
    if (this.#headerAwaited) this.#judge(headerBlockOf(this.#start.bytes()).block)
    const judge = await this.#verdict
    if (judge !== null) await judge.finish()
    if (this.#file === null || this.#hash === null) {
      const body = this.#start.bytes()
      return { bytes: this.#bytes, sha256: hash('sha256', body, 'hex'), body }
    }
    await this.#file.finish()
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex'), body: this.#file }
  }

  async discard(): Promise<void> {
    await this.#file?.discard()
  }
}

/** Bytes that come in pieces. A single piece is not copied; many small ones cost neither an object each nor a copy of all each time. */
class GrowingBytes {
  #buffer: Uint8Array = new Uint8Array()
  #owned = false
  length = 0

  push(chunk: Uint8Array): void {
    if (this.length === 0) {
      this.#buffer = chunk
    } else {
      if (!this.#owned || this.length + chunk.length > this.#buffer.length) {
        const larger = Buffer.allocUnsafe(2 * (this.length + chunk.length))
        larger.set(this.bytes())
        this.#buffer = larger
        this.#owned = true
      }
      this.#buffer.set(chunk, this.length)
    }
    this.length += chunk.length
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length)
  }
}

/** Hands each chunk to `take`, waiting wherever it asks to. */
function readStream(stream: MessageStream, take: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void> {
  return stream instanceof Readable ? readReadable(stream, take) : readIterable(stream, take)
}

async function readIterable(stream: AsyncIterable<Uint8Array>, take: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void> {
  for await (const chunk of stream) await take(chunk)
}

/** Events instead of `for await`, which costs a small mail three turns of the loop. */
function readReadable(stream: Readable, take: (chunk: Uint8Array) => Promise<void> | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let isTaking = false
    let isFinished = false
    /** How the stream ended while its last chunk was still being taken. */
    let ending: { readonly error: Error | null } | null = null
    // The listeners stay: what comes after the end of our interest must not crash the process.
    const finish = (error: Error | null): void => {
      isFinished = true
      if (error === null) resolve()
      else reject(error)
    }
    const onTaken = (): void => {
      isTaking = false
      if (ending !== null) finish(ending.error)
      else stream.resume()
    }
    const onData = (chunk: Uint8Array): void => {
      if (isFinished) return
      try {
        const waits = take(chunk)
        if (waits === undefined) return
        isTaking = true
        stream.pause()
        waits.then(onTaken, finish)
      } catch (error) {
        stream.pause()
        finish(error as Error)
      }
    }
    const onEnding = (error: Error | null): void => {
      ending ??= { error }
      if (!isTaking) finish(ending.error)
    }
    const onEnd = (): void => onEnding(null)
    const onClose = (): void => {
      if (!isFinished) onEnding(new Error('the stream was closed before its end'))
    }
    if (stream.destroyed) onClose()
    else stream.on('data', onData).on('end', onEnd).on('error', onEnding).on('close', onClose)
  })
}

/** What a client may write into an envelope is bounded, and free of what Postgres would refuse. */
function cleanEnvelope(envelope: Envelope): Envelope {
  const clean = (text: string): string => cleanText(text, envelopeCharactersMax)
  const cleanOrNull = (text: string | null): string | null => (text === null ? null : clean(text))
  return {
    reversePath: cleanOrNull(envelope.reversePath),
    forwardPaths: envelope.forwardPaths.map(clean),
    clientAddress: cleanOrNull(envelope.clientAddress),
    heloName: cleanOrNull(envelope.heloName),
    tls: cleanOrNull(envelope.tls),
    authenticatedAs: cleanOrNull(envelope.authenticatedAs),
    fromTrustedNetwork: envelope.fromTrustedNetwork && envelope.relayed !== true,
    relayed: envelope.relayed ?? false,
    mailboxId: envelope.mailboxId ?? null,
    onlyTenantId: envelope.onlyTenantId ?? null,
    trustedAuthservId: cleanOrNull(envelope.trustedAuthservId ?? null),
    isBacklog: envelope.isBacklog ?? false,
  }
}
