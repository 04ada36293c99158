/** What every stage of processing works with; made once in open-processing.ts. */
import type { TenantId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Log } from '../log.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { Database } from '../store/database.ts'
import type { SenderCheckOptions } from './authenticate.ts'
import type { Parser } from './parse.ts'
import type { TemporaryFolder } from './temporary-files.ts'

/** Called once a delivery has its state; for counters. */
export interface ProcessingMetrics {
  settled(state: string, reason: string | null): void
  /** `seconds` that a batch of `mails` took for a stage. */
  stage(name: 'parse' | 'tenant' | 'authenticate' | 'facts' | 'match' | 'settle', seconds: number, mails: number): void
}

export interface ProcessingContext {
  readonly database: Database
  readonly blobs: BlobStore
  readonly parser: Parser
  readonly temporary: TemporaryFolder
  readonly crmAddresses: readonly AddressKey[]
  readonly attemptsMax: number
  readonly senderCheck: SenderCheckOptions
  /** After the commit of what people should see at once; null for what is no tenant's. Never throws and never waits. */
  readonly nudge: (tenantId: TenantId | null) => void
  readonly log: Log
  readonly metrics: ProcessingMetrics
}

export const noMetrics: ProcessingMetrics = { settled: () => undefined, stage: () => undefined }
