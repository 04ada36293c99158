/** Mail files that the operator hands in on this machine, through the one door. */
import type { Readable } from 'node:stream'
import { readCrmAddress } from '../crm/crm-address.ts'
import { PermanentFailure } from '../failure.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Door } from './accept.ts'
import { markedId, type Mark } from './mark.ts'
import type { TrustedNetworks } from './trusted-networks.ts'

export interface IngestMessage {
  /** '' is the null reverse-path; null where the file told none. */
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
  /** The operator said that nothing vouches for these files. */
  readonly untrusted: boolean
  /** Where it may be handed in again: what makes it the same. */
  readonly mark?: Mark | null
}

export interface HandedIn {
  readonly id: string
  /** False: it was handed in before, and waits for the database. */
  readonly isNew: boolean
}

/**
 * Files on a trusted machine count as submitted from it, unless the operator says that nothing vouches for them.
 * @throws PermanentFailure `notACrmAddress`, and what the door throws.
 */
export async function acceptFile(
  message: IngestMessage,
  stream: Readable,
  parts: {
    readonly door: Door
    readonly trustedNetworks: TrustedNetworks
    readonly crmAddresses: readonly AddressKey[]
    readonly messageBytesMax: number
  },
): Promise<HandedIn> {
  const { door, trustedNetworks, crmAddresses, messageBytesMax } = parts
  const { reversePath, forwardPaths, untrusted, mark = null } = message
  const foreign = forwardPaths.find((path) => readCrmAddress(path, crmAddresses) === null)
  if (foreign !== undefined) {
    throw new PermanentFailure(
      'notACrmAddress',
      `"${foreign}" is none of the CRM addresses (${crmAddresses.join(', ')}; set by CRM_ADDRESSES)`,
    )
  }
  const held = mark === null ? null : door.findMarked(mark)
  if (held !== null) {
    stream.resume()
    return { id: held, isNew: false }
  }
  const envelope = {
    reversePath,
    forwardPaths,
    clientAddress: null,
    heloName: null,
    tls: null,
    authenticatedAs: null,
    fromTrustedNetwork: !untrusted && trustedNetworks.contains('127.0.0.1'),
  }
  const id = mark === null ? {} : { id: markedId(mark, Date.now()) }
  const receipt = await door.accept('file', envelope, stream, { messageBytesMax, ...id })
  return { id: receipt.id, isNew: true }
}
