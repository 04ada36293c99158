/** Makes mails' HTML safe beside the event loop: within a time and a heap, in threads that go when nobody reads mail. */
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { SafeHtml } from './safe-html.ts'
import type { SafeHtmlTask } from './safe-html-thread.ts'

export interface SafeHtmlMaker {
  /** Null where it could not be done within the limits: then the mail is shown as text. Never throws. */
  make(task: SafeHtmlTask): Promise<SafeHtml | null>
  close(): Promise<void>
}

/** One that works on something hostile, one for the others. */
const threadsMax = 2
/** A megabyte of ordinary HTML takes half a second on two cores that are busy with other things. */
export const safeHtmlTimeoutMs = 4_000
const waitingMax = 64
const idleThreadMs = 60_000
const heapMebibytesMax = 256

export function openSafeHtml(log: Log): SafeHtmlMaker {
  const threads: Piscina<SafeHtmlTask, SafeHtml> = new Piscina({
    filename: fileURLToPath(new URL('safe-html-thread.ts', import.meta.url)),
    name: 'safeHtmlInThread',
    minThreads: 0,
    maxThreads: threadsMax,
    idleTimeout: idleThreadMs,
    maxQueue: waitingMax,
    concurrentTasksPerWorker: 1,
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytesMax },
  })
  threads.on('error', (error: unknown) => log.debug({ trouble: wordsOf(error) }, 'a thread for safe HTML has trouble'))
  return {
    async make(task) {
      try {
        return await threads.run(task, { signal: AbortSignal.timeout(safeHtmlTimeoutMs) })
      } catch (error) {
        log.info({ trouble: wordsOf(error), characters: task.html.length }, 'the HTML of a mail could not be made safe within the limits')
        return null
      }
    },
    close: () => threads.destroy(),
  }
}
