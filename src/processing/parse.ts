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
  /** One more than this is never read at once. Two at least, so that a large mail does not stop the small ones. */
  readonly threads?: number
  readonly parseTimeoutMs?: number
  /** JavaScript heap of one thread, in MiB. */
  readonly heapMebibytesMax?: number
  /** Tests put a thread here that hangs or dies. */
  readonly threadFile?: string
}

export interface Parser {
  /**
   * Never fails for what the mail says. Throws TemporaryFailure where a disk is full, where the parser is closing, or where not even the header
   * could be read in time.
   */
  read(message: Unread): Promise<ReadMessage>
  close(): Promise<void>
}

export type Unread = Omit<ParserTask, 'what'> & { readonly size: number }

const parseTimeoutDefaultMs = 15_000
/** A thread may take this much longer for each MiB: the slowest machine that we count on reads ten times faster. */
const parseTimeoutPerMebibyteMs = 1_000
const heapMebibytesDefault = 256
const stackMebibytesMax = 4
const mebibyte = 1024 * 1024
/** Larger mails are read one at a time, so that their buffers never add up. */
export const largeBytesMin = mebibyte

const diskTrouble = /^(?:ENOSPC|EDQUOT|EMFILE|ENFILE|EIO|ENOMEM|EROFS|EACCES|ENOENT|EEXIST)\b/

export function openParser(options: ParserOptions, log: Log): Parser {
  const threads = options.threads ?? Math.max(2, availableParallelism() - 1)
  const pool = new Piscina<ParserTask, ReadMessage>({
    filename: options.threadFile ?? fileURLToPath(new URL('parser-thread.ts', import.meta.url)),
    name: 'readInThread',
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMebibytesMax ?? heapMebibytesDefault, stackSizeMb: stackMebibytesMax },
  })
  pool.on('error', (error: unknown) => log.warn({ trouble: wordsOf(error) }, 'a parser thread has trouble'))
  const anyLane = lane(threads)
  const largeLane = lane(1)
  let closed = false

  async function inThread(message: Unread, what: ParserTask['what']): Promise<ReadMessage> {
    // A view may be a window on a large buffer, and a copy into a thread would take all of it along.
    const bytes = message.bytes === null ? null : new Uint8Array(message.bytes)
    const task: ParserTask = {
      what,
      bytes,
      file: message.file,
      sha256: message.sha256,
      reversePath: message.reversePath,
      folder: message.folder,
    }
    const timeoutMs = (options.parseTimeoutMs ?? parseTimeoutDefaultMs) + (message.size / mebibyte) * parseTimeoutPerMebibyteMs
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    try {
      return await pool.run(task, { transferList: bytes === null ? [] : [bytes.buffer], signal: deadline.signal })
    } finally {
      clearTimeout(timer)
    }
  }
  async function read(message: Unread): Promise<ReadMessage> {
    try {
      return await inThread(message, 'whole')
    } catch (error) {
      refuseWhatPasses(error)
      log.warn({ trouble: wordsOf(error), bytes: message.size }, 'a mail could not be read within the limits; its header alone is read')
    }
    try {
      return await inThread(message, 'header')
    } catch (error) {
      refuseWhatPasses(error)
      throw new TemporaryFailure('processingTimedOut', `The header could not be read within the limits: ${wordsOf(error)}`, {
        cause: error,
      })
    }
  }
  function refuseWhatPasses(error: unknown): void {
    if (closed) throw new TemporaryFailure('stopping', 'The program is stopping; the mail waits for its next start.')
    const words = wordsOf(error)
    if (diskTrouble.test(words)) throw new TemporaryFailure('diskFull', `A temporary file could not be written: ${words}`, { cause: error })
  }
  return {
    read: async (message) => {
      const inAnyLane = (): Promise<ReadMessage> => anyLane(() => read(message))
      return message.size >= largeBytesMin ? await largeLane(inAnyLane) : await inAnyLane()
    },
    async close() {
      closed = true
      await pool.destroy()
    },
  }
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
