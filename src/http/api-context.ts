/** What the handlers of the API are given; built once, by main.ts. */
import type { TenantId } from '../crm/ids.ts'
import type { Door } from '../intake/accept.ts'
import type { Log } from '../log.ts'
import type { AddressKey } from '../mail/address.ts'
import type { SendMail } from '../outbox/send-mail.ts'
import type { TxtResolver } from '../processing/host-name-proof.ts'
import type { LiveEvents } from '../queue/live-events.ts'
import type { Store } from '../store/open-store.ts'
import type { Metrics, SpoolMeasure } from './metrics.ts'
import type { ReadinessPart } from './readiness.ts'

export interface ListenerPlace {
  readonly kind: 'smtp' | 'lmtp' | 'http'
  /** `host:port`. */
  readonly address: string
}

export interface ApiContext {
  readonly store: Store
  readonly log: Log
  readonly clock: () => Date
  readonly crmAddresses: readonly AddressKey[]
  /** Where people reach the page, for links; null where PUBLIC_URL is not set. */
  readonly publicUrl: string | null
  /** Null where no mail of our own can be sent. */
  readonly sendMail: SendMail | null
  /** After the commit of what people should see at once; null for what is no tenant's. Never throws. */
  readonly nudge: (tenantId: TenantId | null) => void
  /** Where streams of live events hear of nudges. */
  readonly events: LiveEvents
  readonly metrics: Metrics
  readonly door: Door
  readonly messageBytesMax: number
  /** Tells the workers that there is something to do. */
  readonly bell: { ring(): void; depth(): Promise<number> }
  readonly dns: TxtResolver
  readonly mailboxKey: () => Promise<Uint8Array>
  readonly startedAt: string
  readonly version: string
  readonly parts: readonly ReadinessPart[]
  readonly spool: () => SpoolMeasure
  readonly listeners: () => readonly ListenerPlace[]
  /** The operator's key of run.json. */
  readonly token: string
  /** Of one caller; see request-limits.ts. */
  readonly requestsPerMinuteMax: number
}
