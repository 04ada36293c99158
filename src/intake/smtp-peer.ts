/** Who has connected, and what that says of the mail that he hands in (PRODUCT §2). */
import type { TrustedNetworks } from './trusted-networks.ts'

/**
 * `trusted`: whoever submits from there counts as authenticated. `relay`: a mail server that passes on what others sent, so that where it stands
 * says nothing of the sender. `stranger`: everybody else.
 */
export type PeerStanding = 'trusted' | 'relay' | 'stranger'

export interface Peer {
  /** As IPv4 where it is; '' for a unix socket, and where a load balancer names nobody. */
  readonly address: string
  readonly standing: PeerStanding
}

export interface PeerNetworks {
  readonly trusted: TrustedNetworks
  readonly relays: TrustedNetworks
}

/** Over LMTP only mail servers talk (RFC 2033 §2): one that is trusted there passes on, whatever it would count for over SMTP. */
export function peerOf(address: string, over: 'smtp' | 'lmtp', networks: PeerNetworks): Peer {
  if (networks.relays.contains(address)) return { address, standing: 'relay' }
  if (!networks.trusted.contains(address)) return { address, standing: 'stranger' }
  return { address, standing: over === 'lmtp' ? 'relay' : 'trusted' }
}

/** Whoever may write to the socket file stands on this machine and was let in by its permissions. */
export const peerOnSocket: Peer = { address: '', standing: 'relay' }
