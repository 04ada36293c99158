/** What a listener is told: where it listens, whom it trusts, its limits. */
import type { AddressKey } from '../mail/address.ts'
import type { Log } from '../log.ts'
import type { Door } from './accept.ts'
import type { CertificateOptions } from './certificate.ts'
import type { ConnectionLimits } from './connection-counts.ts'
import type { IntakeMetrics } from './intake-metrics.ts'
import type { ListenPlace } from './listen-place.ts'
import type { SenderDirectory } from './sender-directory.ts'
import type { SenderProofs } from './sender-proof.ts'
import type { PeerNetworks } from './smtp-peer.ts'
import type { TrustedNetworks } from './trusted-networks.ts'

export interface SmtpLimits extends ConnectionLimits {
  /** RFC 5321 §4.5.3.1.8 asks for 100 at least. */
  readonly recipientsMax: number
  /** Recipients named, and other commands, since the last mail. */
  readonly recipientCommandsMax: number
  readonly otherCommandsMax: number
  /** RFC 5321 §4.5.3.2.7 asks for five minutes at least. */
  readonly commandTimeoutMs: number
  readonly dataTimeoutMs: number
  /** For the PROXY header of a load balancer, which sends it at once. */
  readonly proxyHeaderTimeoutMs: number
}

export const smtpLimits: SmtpLimits = {
  totalMax: 500,
  perClientMax: 50,
  perClientMinuteMax: 600,
  recipientsMax: 100,
  recipientCommandsMax: 20_000,
  otherCommandsMax: 1_000,
  commandTimeoutMs: 5 * 60_000,
  dataTimeoutMs: 15 * 60_000,
  proxyHeaderTimeoutMs: 5_000,
}

export interface SmtpListenerOptions {
  readonly protocol: 'smtp' | 'lmtp'
  readonly place: ListenPlace
  /** Said in the greeting and in the certificate that we make. */
  readonly name: string
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly networks: PeerNetworks
  /** Load balancers: they must begin with a PROXY header, and nobody else may. */
  readonly proxies: TrustedNetworks
  readonly certificate: Omit<CertificateOptions, 'hostName' | 'now'>
  /** Clients that are not trusted wait 100 ms for the greeting, and who talks before it is sent away; `nobody` waits with this. */
  readonly greetingDelay?: 'untrusted' | 'nobody'
  /** `loopback`: a client on this machine may sign in without TLS. */
  readonly signInWithoutTls?: 'never' | 'loopback'
  /** How often a renewed certificate is looked for. */
  readonly certificateCheckMs?: number
  readonly limits?: Partial<SmtpLimits>
}

export interface SmtpListenerParts {
  readonly options: SmtpListenerOptions
  readonly door: Door
  readonly directory: SenderDirectory
  /** Asked only for tenants who refuse senders that nothing vouches for. */
  readonly proofs: SenderProofs
  readonly log: Log
  readonly metrics?: IntakeMetrics
}
