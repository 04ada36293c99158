/** Short ways to put mail through the door in tests. */
import { Readable } from 'node:stream'
import type { MessageId } from '../../../src/crm/ids.ts'
import { isFailure } from '../../../src/failure.ts'
import { openDoor, type AcceptOptions } from '../../../src/intake/accept.ts'
import type { Spool } from '../../../src/intake/spool.ts'
import type { SpooledMessage } from '../../../src/intake/spool-queue.ts'
import type { Envelope } from '../../../src/mail/message.ts'

export const envelope: Envelope = {
  reversePath: 'anna@xyz.example',
  forwardPaths: ['crm@crm.example'],
  clientAddress: '127.0.0.1',
  heloName: 'client.example',
  tls: null,
  authenticatedAs: null,
  fromTrustedNetwork: true,
}

/** Resolves with the id, or with the code of the failure. */
export async function accept(spool: Spool, bytes: string | Uint8Array, options: Partial<AcceptOptions> = {}): Promise<MessageId | string> {
  try {
    const stream = Readable.from([Buffer.from(bytes)])
    const receipt = await openDoor({ spool }).accept('smtp', envelope, stream, { messageBytesMax: 1e9, ...options })
    return receipt.id
  } catch (error) {
    if (isFailure(error)) return error.code
    throw error
  }
}

export async function accepted(spool: Spool, bytes: string | Uint8Array): Promise<MessageId> {
  const id = await accept(spool, bytes)
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new Error(`refused: ${id}`)
  return id as MessageId
}

/** As `accepted`, from a watched mailbox. */
export async function acceptedAs(spool: Spool, bytes: string, of: Partial<Envelope>): Promise<MessageId> {
  const receipt = await openDoor({ spool }).accept('imap', { ...envelope, ...of }, Readable.from([Buffer.from(bytes)]), {
    messageBytesMax: 1e9,
  })
  return receipt.id
}

/** Everything that waits. */
export async function all(spool: Spool): Promise<SpooledMessage[]> {
  return await spool.oldest(1_000_000, 1e12)
}

export async function allIds(spool: Spool): Promise<MessageId[]> {
  return (await all(spool)).map((message) => message.entry.id)
}
