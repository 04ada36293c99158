/** Opens processing: parser threads, the loop that takes what is due, the bell that wakes it, and the sweep that needs no bell. */
import type { TenantId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Log } from '../log.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import type { SenderCheckOptions } from './authenticate.ts'
import { eraseLeftovers } from './erase.ts'
import { openParser, type ParserOptions } from './parse.ts'
import { noMetrics, type ProcessingContext, type ProcessingMetrics } from './processing-context.ts'
import { openTemporaryFolder } from './temporary-files.ts'
import { WorkLoop } from './work-loop.ts'

export interface ProcessingOptions {
  /** What the listener answers for, canonical and without sub-address. */
  readonly crmAddresses: readonly AddressKey[]
  /** A folder for what is unpacked; on the disk of the blobs, where a file is moved and not copied. */
  readonly temporaryFolder: string
  readonly parser?: ParserOptions
  readonly senderCheck: SenderCheckOptions
  /** Mails taken at once at most; of larger ones fewer go their way together (work-loop.ts). */
  readonly batchMax?: number
  /** After this a claim that nobody renews is anybody's. */
  readonly claimMs?: number
  readonly sweepIntervalMs?: number
  readonly attemptsMax?: number
}

export interface Processing {
  /** Takes and settles until nothing is due; answers how many were taken. Calls while it runs make it look once more. Never throws. */
  processDue(): Promise<number>
  /** Takes what this process admits itself (intake/admit.ts). */
  readonly taker: Pick<WorkLoop, 'batchMax' | 'claimMs' | 'room' | 'take'>
  /** For what works beside the mail that comes in, until this is closed. */
  readonly context: ProcessingContext
  /** Finishes what is being settled, gives back the rest, ends the threads. */
  close(): Promise<void>
}

/** The part of a bell that processing needs (queue/bell.ts). */
interface Rung {
  onRing(work: () => Promise<void>, concurrency: number): void
}

/**
 * A claim, a look-up, a transaction cost nearly as much for one mail as for many: 128 together cost a tenth less each than 32. Of what waits no more than
 * 64 KiB a mail is in memory, the rest of it lies in the blob store.
 */
const batchDefault = 128
const claimDefaultMs = 15_000
const sweepIntervalDefaultMs = 2_000
const attemptsDefault = 6
/** One ring keeps the loop going, the second tells it to look once more. */
const ringsAtOnce = 2
const closeTimeoutMs = 10_000

export async function openProcessing(deps: {
  readonly store: { readonly database: Database; readonly blobs: BlobStore }
  readonly bell: Rung
  readonly options: ProcessingOptions
  /** See ProcessingContext; nobody is told where it is left out. */
  readonly nudge?: (tenantId: TenantId | null) => void
  readonly log: Log
  readonly metrics?: ProcessingMetrics
}): Promise<Processing> {
  const { options, log } = deps
  const temporary = await openTemporaryFolder(options.temporaryFolder)
  const parser = openParser(options.parser ?? {}, log)
  const context: ProcessingContext = {
    ...deps.store,
    parser,
    temporary,
    crmAddresses: options.crmAddresses,
    attemptsMax: options.attemptsMax ?? attemptsDefault,
    senderCheck: options.senderCheck,
    nudge: deps.nudge ?? (() => undefined),
    log,
    metrics: deps.metrics ?? noMetrics,
  }
  const loop = new WorkLoop(context, options.batchMax ?? batchDefault, options.claimMs ?? claimDefaultMs)
  // Reads the rows themselves: whatever became of a ring, nothing waits longer than this.
  const sweep = setInterval(() => void loop.processDue(), options.sweepIntervalMs ?? sweepIntervalDefaultMs)
  deps.bell.onRing(() => loop.ring(), ringsAtOnce)
  const erasing = eraseLeftovers(context)
  return {
    processDue: () => loop.processDue(),
    taker: loop,
    context,
    async close() {
      clearInterval(sweep)
      // What is still being read then is given back and waits for the next start.
      const timer = setTimeout(() => void parser.close(), closeTimeoutMs)
      await loop.stop()
      clearTimeout(timer)
      await erasing
      await parser.close()
      await temporary.close()
    },
  }
}
