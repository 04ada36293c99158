/**
 * Reads messages in threads of their own, so that no mail holds up the listeners: each within a time and a heap. A thread that does not come
 * back is ended, and of its mail only the header is read.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { ParserTask, ReadMessage } from './parser-thread.ts'

export interface ParserOptions {
  /** For ordinary mails; one more is opened for large ones when they come. */
  readonly threads?: number
  readonly parseTimeoutMs?: number
  /** JavaScript heap of one thread, in MiB. */
  readonly heapMebibytesMax?: number
  /** Tests put a thread here that hangs or dies. */
  readonly threadFile?: string
}

export interface Parser {
  /**
   * One answer a message, in their order. Reading never fails for what a mail says; a failure is what `open` threw, or a TemporaryFailure where a
   * disk is full, where the parser is closing, or where not even the header could be read in time.
   */
  read(messages: readonly Unread[]): Promise<Reading[]>
  close(): Promise<void>
}

export type Reading = { readonly message: ReadMessage } | { readonly failure: unknown }

export interface Unread
  extends Pick<ParserTask, 'sha256' | 'reversePath' | 'folder' | 'checksSender'>, Partial<Pick<ParserTask, 'crmAddresses'>> {
  readonly bytes: number
  /** Fetches the message when its turn has come, so that few stand in memory: its bytes, or a file with them where it is large. */
  open(): Promise<RawSource>
}

export type RawSource = { readonly content: Uint8Array } | { readonly file: string }

const parseTimeoutDefaultMs = 10_000
/** A thread may take this much longer for each MiB: the slowest machine that we count on reads ten times faster. */
const parseTimeoutPerMebibyteMs = 1_000
const heapMebibytesDefault = 256
const stackMebibytesMax = 4
const mebibyte = 1024 * 1024
/**
 * Larger mails are read one at a time, in a thread of their own: so their buffers never add up, small mails never wait for them, and the memory
 * that they took (a thread keeps what it once had) goes back when that thread has been idle for a while.
 */
export const largeBytesMin = mebibyte
const largeThreadIdleMs = 5_000
/**
 * A small young generation is collected often, and with it go the chunks that were read: measured on 50 MiB mails, the thread then grows by 45 MiB
 * instead of 130, and reads them as fast.
 */
const largeYoungMebibytesMax = 2
/** Mails up to this size go into a thread together, up to so many at once. */
const groupedBytesMax = 64 * 1024
const groupMax = 32

type Threads = Piscina<readonly ParserTask[], ReadMessage[]>
type PiscinaOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>

/** The thread was ended: it took too long or too much memory. */
interface ThreadLost {
  readonly threadLost: string
}

/** What the file system throws; an error loses its code on the way out of a thread, and keeps its words. */
const diskTrouble = /^(?:ENOSPC|EDQUOT|EMFILE|ENFILE|EIO|ENOMEM|EROFS|EACCES|EPERM|ENOTDIR|ENOENT|EEXIST)\b/

export function openParser(options: ParserOptions, log: Log): Parser {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  const ordinary = openThreads(options, { minThreads: threads, maxThreads: threads }, log)
  const large = openThreads(options, { minThreads: 0, maxThreads: 1, idleTimeout: largeThreadIdleMs }, log, largeYoungMebibytesMax)
  const ordinaryLane = lane(threads)
  const largeLane = lane(1)
  let closed = false

  async function inThread(messages: readonly Unread[], what: ParserTask['what']): Promise<ReadMessage[] | ThreadLost> {
    const pool = isLarge(messages) ? large : ordinary
    const sources = await Promise.all(messages.map((message) => message.open()))
    const { tasks, bytes } = tasksFor(messages, sources, what)
    const mebibytes = messages.reduce((sum, message) => sum + message.bytes, 0) / mebibyte
    const deadline = new AbortController()
    const timer = setTimeout(
      () => deadline.abort(),
      (options.parseTimeoutMs ?? parseTimeoutDefaultMs) + mebibytes * parseTimeoutPerMebibyteMs,
    )
    try {
      return await pool.run(tasks, { transferList: [bytes], signal: deadline.signal })
    } catch (error) {
      if (closed) throw new TemporaryFailure('stopping', 'The program is stopping; the mail waits for its next start.')
      const words = wordsOf(error)
      if (diskTrouble.test(words))
        throw new TemporaryFailure('diskFull', `A temporary file could not be written: ${words}`, { cause: error })
      return { threadLost: words }
    } finally {
      clearTimeout(timer)
    }
  }
  async function readAlone(message: Unread): Promise<Reading> {
    try {
      const whole = await inThread([message], 'whole')
      if (!('threadLost' in whole)) return readingOf(whole[0])
      log.warn({ trouble: whole.threadLost, bytes: message.bytes }, 'a mail could not be read within the limits; its header alone is read')
      const header = await inThread([message], 'header')
      if (!('threadLost' in header)) return readingOf(header[0])
      throw new TemporaryFailure('processingTimedOut', `Not even the header could be read within the limits: ${header.threadLost}`)
    } catch (failure) {
      return { failure }
    }
  }
  /** One bad mail among others: then each is read alone. */
  async function readGroup(group: readonly Unread[]): Promise<Reading[]> {
    if (group.length > 1) {
      const read = await inThread(group, 'whole').catch((): ThreadLost => ({ threadLost: 'one of several' }))
      if (!('threadLost' in read)) return read.map(readingOf)
    }
    const readings: Reading[] = []
    for (const message of group) readings.push(await readAlone(message))
    return readings
  }
  return {
    async read(messages) {
      const groups = grouped(messages, threads)
      const readings = await Promise.all(groups.map((group) => (isLarge(group) ? largeLane : ordinaryLane)(() => readGroup(group))))
      const byMessage = new Map(groups.flatMap((group, index) => group.map((message, at) => [message, readings[index]?.[at]] as const)))
      return messages.map((message) => byMessage.get(message) ?? { failure: new Error('a message was not read') })
    },
    async close() {
      closed = true
      await Promise.all([ordinary.destroy(), large.destroy()])
    },
  }
}

function openThreads(
  options: ParserOptions,
  size: Pick<PiscinaOptions, 'minThreads' | 'maxThreads' | 'idleTimeout'>,
  log: Log,
  youngMebibytesMax?: number,
): Threads {
  const pool: Threads = new Piscina({
    ...size,
    filename: options.threadFile ?? fileURLToPath(new URL('parser-thread.ts', import.meta.url)),
    name: 'readInThread',
    concurrentTasksPerWorker: 1,
    resourceLimits: {
      maxOldGenerationSizeMb: options.heapMebibytesMax ?? heapMebibytesDefault,
      stackSizeMb: stackMebibytesMax,
      ...(youngMebibytesMax === undefined ? {} : { maxYoungGenerationSizeMb: youngMebibytesMax }),
    },
  })
  pool.on('error', (error: unknown) => log.warn({ trouble: wordsOf(error) }, 'a parser thread has trouble'))
  return pool
}

/** A large mail is always in a group of its own. */
function isLarge(group: readonly Unread[]): boolean {
  return group.some((message) => message.bytes >= largeBytesMin)
}

/** All contents in one buffer, which goes over to the thread: to hand over a buffer each costs more than to copy small mails. */
function tasksFor(
  messages: readonly Unread[],
  sources: readonly RawSource[],
  what: ParserTask['what'],
): { readonly tasks: ParserTask[]; readonly bytes: ArrayBuffer } {
  const bytes = new ArrayBuffer(sources.reduce((sum, source) => sum + ('content' in source ? source.content.length : 0), 0))
  let end = 0
  const tasks = messages.map(({ sha256, reversePath, folder, checksSender, crmAddresses = [] }, index): ParserTask => {
    const source = sources[index]
    const file = source !== undefined && 'file' in source ? source.file : null
    const task = { what, sha256, reversePath, folder, checksSender, crmAddresses }
    if (source === undefined || !('content' in source)) return { ...task, bytes: null, file }
    const view = new Uint8Array(bytes, end, source.content.length)
    view.set(source.content)
    end += view.length
    return { ...task, bytes: view, file }
  })
  return { tasks, bytes }
}

function readingOf(message: ReadMessage | undefined): Reading {
  return message === undefined ? { failure: new Error('a parser thread gave no answer') } : { message }
}

/** Small mails in groups that keep every thread busy; each larger one by itself. */
function grouped(messages: readonly Unread[], threads: number): Unread[][] {
  const small = messages.filter((message) => message.bytes <= groupedBytesMax)
  const size = Math.min(groupMax, Math.max(1, Math.ceil(small.length / threads)))
  const groups = messages.filter((message) => message.bytes > groupedBytesMax).map((message) => [message])
  for (let from = 0; from < small.length; from += size) groups.push(small.slice(from, from + size))
  return groups
}

/** Runs at most `width` at once, in order of arrival: a thread's time is counted from when it is free for the mail. */
function lane(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
