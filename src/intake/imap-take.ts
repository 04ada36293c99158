/** Takes messages out of a folder through the door: small ones many in one go, large ones streamed in pieces, each under an id that can be made again. */
import type { ImapFlow } from 'imapflow'
import type { AddressKey } from '../mail/address.ts'
import { readCrmAddress } from '../crm/crm-address.ts'
import type { MessageId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { readDeliveryEnvelope } from '../mail/delivery-headers.ts'
import { headerBlockOf, readHeaderLines } from '../mail/header.ts'
import type { Envelope } from '../mail/message.ts'
import { inlineBytesMax } from '../store/blobs.ts'
import type { WatchedMailbox } from '../store/mailboxes.ts'
import type { Door } from './accept.ts'
import { formatUids, isUid, rangesOf } from './imap-cursor.ts'
import { readSentEnvelope } from './imap-sent.ts'

export interface TakeParts {
  readonly client: ImapFlow
  readonly door: Door
  readonly mailbox: Pick<WatchedMailbox, 'id' | 'tenantId' | 'trustedAuthservId' | 'sent'>
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly isBacklog: boolean
  /** Of a Sent folder: the users who wrote the messages, by what they sign in as. */
  readonly authors?: ReadonlyMap<number, AddressKey>
  readonly idOf: (uid: number) => MessageId
  /** Which of these there are. */
  readonly search: (uids: readonly number[]) => Promise<number[]>
}

/** What became of messages so far; filled while they are taken, so that it holds what was done even where the rest fails. */
export interface Taken {
  /** Durable; they may be done with as the mailbox says. */
  readonly admitted: number[]
  /** Somebody removed them before we had them, or they are nothing for us. */
  readonly gone: number[]
  /** Could not be taken, and why; they stay in the folder. */
  readonly setAside: Map<number, string>
}

/** What one FETCH asks of every message: nearly all mail is smaller, and comes whole. */
export const firstPieceBytes = inlineBytesMax
/** What is asked of a large message at a time. */
const pieceBytes = 1024 * 1024

/** Removed while it was fetched, or kept back. */
class NotHandedOut extends Error {}

/**
 * Takes these messages, one FETCH for all of them.
 * @throws what the connection or the door throws (TemporaryFailure); `taken` tells how far it came.
 */
export async function takeMessages(parts: TakeParts, uids: readonly number[], taken: Taken): Promise<void> {
  const missing = new Set(uids)
  const large: LargeMessage[] = []
  const accepting: Promise<unknown>[] = []
  try {
    const query = { uid: true, size: true, source: { start: 0, maxLength: firstPieceBytes } }
    for await (const message of parts.client.fetch(formatUids(rangesOf(uids)), query, { uid: true })) {
      const { uid, size = 0, source } = message
      // A server may tell of others, of the same twice, and of changed flags at any time (RFC 9051 §7.5.2).
      if (source === undefined || !isUid(uid) || !missing.delete(uid)) continue
      if (!Buffer.isBuffer(source)) taken.setAside.set(uid, 'the server tells of it but does not hand it out')
      else if (source.length < firstPieceBytes && source.length >= size) accepting.push(accept(parts, uid, source, only(source), taken))
      else large.push({ uid, size, first: source })
    }
  } finally {
    await Promise.allSettled(accepting)
  }
  await Promise.all(accepting)
  for (const message of large) if (!(await takeLarge(parts, message, taken))) missing.add(message.uid)
  await judgeMissing(parts, [...missing], taken)
}

interface LargeMessage {
  readonly uid: number
  /** As the server says; not all tell the truth. */
  readonly size: number
  readonly first: Buffer
}

/** False where the server stopped handing it out before its end. */
async function takeLarge(parts: TakeParts, message: LargeMessage, taken: Taken): Promise<boolean> {
  const { uid, size, first } = message
  if (size > parts.messageBytesMax && first.length >= firstPieceBytes) {
    taken.setAside.set(uid, tooLarge(parts))
    return true
  }
  try {
    await accept(parts, uid, first, piecesOf(parts.client, message), taken)
    return true
  } catch (error) {
    if (error instanceof NotHandedOut) return false
    throw error
  }
}

async function accept(parts: TakeParts, uid: number, first: Buffer, body: AsyncIterable<Uint8Array>, taken: Taken): Promise<void> {
  try {
    await parts.door.accept('imap', envelopeOf(parts, uid, first), body, { messageBytesMax: parts.messageBytesMax, id: parts.idOf(uid) })
    taken.admitted.push(uid)
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    taken.setAside.set(uid, error.code === 'messageTooLarge' ? tooLarge(parts) : error.message)
  }
}

function tooLarge({ messageBytesMax }: TakeParts): string {
  return `it is larger than ${messageBytesMax} bytes (MESSAGE_BYTES_MAX)`
}

/** What lies in a mailbox says nothing of its author: nobody's network and nobody's sign-in vouch for it. Sent folders are another matter. */
function envelopeOf(parts: TakeParts, uid: number, start: Buffer): Envelope {
  const { mailbox, crmAddresses, isBacklog } = parts
  const { lines } = readHeaderLines(headerBlockOf(start).block)
  const { reversePath, forwardPaths, authenticatedAs } =
    mailbox.sent === true
      ? readSentEnvelope(lines, parts.authors?.get(uid) ?? null)
      : { ...readDeliveryEnvelope(lines), authenticatedAs: null }
  return {
    reversePath,
    forwardPaths: forwardPaths.filter((path) => readCrmAddress(path, crmAddresses) !== null),
    clientAddress: null,
    heloName: null,
    tls: null,
    authenticatedAs,
    fromTrustedNetwork: false,
    mailboxId: mailbox.id,
    onlyTenantId: mailbox.tenantId,
    trustedAuthservId: mailbox.trustedAuthservId,
    isBacklog,
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/**
 * A message piece by piece. It ends where the server has no more, and not where it said that it would: sizes are wrong on some servers, and a
 * message that is cut off would be lost.
 */
async function* piecesOf(client: ImapFlow, { uid, size, first }: LargeMessage): AsyncGenerator<Uint8Array> {
  yield first
  // RFC 9051 §6.4.5 allows no more than was asked for; who sends more sends all of it.
  if (first.length > firstPieceBytes) return
  for (let received = first.length; ;) {
    const piece = await fetchPiece(client, uid, received)
    if (piece.length === 0) return
    if (isWholeAgain(piece, first)) return
    received += piece.length
    yield piece
    if (piece.length < pieceBytes && received >= size) return
  }
}

/** A server that knows no offsets gives the same again, for a message as long as the first piece. */
function isWholeAgain(piece: Buffer, first: Buffer): boolean {
  return piece.length === first.length && piece.equals(first)
}

async function fetchPiece(client: ImapFlow, uid: number, start: number): Promise<Buffer> {
  const answers = await client.fetchAll(String(uid), { uid: true, source: { start, maxLength: pieceBytes } }, { uid: true })
  const answer = answers.find((message) => message.uid === uid && message.source !== undefined)
  if (answer === undefined) throw new NotHandedOut(`message ${uid}`)
  const piece = Buffer.isBuffer(answer.source) ? answer.source : Buffer.alloc(0)
  if (piece.length > pieceBytes) throw new PermanentFailure('inputInvalid', 'the server does not hand it out in pieces')
  return piece
}

/** What the server did not answer with: removed meanwhile, or kept back. */
async function judgeMissing({ search }: TakeParts, missing: readonly number[], taken: Taken): Promise<void> {
  if (missing.length === 0) return
  const there = new Set(await search(missing))
  for (const uid of missing) {
    if (there.has(uid)) taken.setAside.set(uid, 'the server lists it but does not hand it out')
    else taken.gone.push(uid)
  }
}
