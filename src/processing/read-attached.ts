/**
 * Messages that were forwarded as attachments (message/rfc822, RFC 2046 §5.2.1; `.eml` files): each is a message of its own, read like one that came
 * in, but from the attachment's bytes. Its header is the forwarder's word: it authenticates nobody.
 */
import { headerBlockOf } from '../mail/header.ts'
import type { MessageHeader, ParsedAttachment } from '../mail/message.ts'
import { readMessageHeader } from '../mail/read-header.ts'
import { type ReadBody, contentFields, readBody } from './read-body.ts'

/** Of one mail so many attached messages are read as originals; the others stay attachments. */
export const attachedMessagesMax = 20

export interface AttachedMessage {
  readonly header: MessageHeader
  readonly body: ReadBody
}

/** Is the attachment a forwarded message? By its media type; a `.eml` file whose type says nothing must also begin like a header. */
export function isAttachedMessage(attachment: Pick<ParsedAttachment, 'mediaType' | 'fileName'>, firstBytes: Uint8Array): boolean {
  if (attachment.mediaType === 'message/rfc822' || attachment.mediaType === 'message/global') return true
  const unsaid =
    attachment.mediaType === 'application/octet-stream' ||
    attachment.mediaType === 'application/eml' ||
    attachment.mediaType === 'text/plain'
  return unsaid && /\.eml$/i.test(attachment.fileName) && looksLikeHeader(firstBytes)
}

function looksLikeHeader(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 4_096)).toString('latin1')
  return (
    /^(?:[!-9;-~]{1,60}:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)/.test(head) &&
    /^(?:from|received|date|subject|message-id|return-path):/im.test(head)
  )
}

/**
 * Reads an attached message to its text; large attachments of its own go into `folder`, which the caller owns. Belongs into a parser thread. Null where
 * it names no author at all. Throws only what the file system throws.
 */
export async function readAttachedMessage(bytes: Uint8Array, folder: string): Promise<AttachedMessage | null> {
  const { block, bodyStart } = headerBlockOf(bytes)
  // There was no envelope; a null reverse path cannot be known.
  const header = readMessageHeader(block, null)
  if (header.author.kind === 'none') return null
  return { header, body: await readBody(contentFields(block), { kind: 'memory', bytes: bytes.subarray(bodyStart) }, folder) }
}
