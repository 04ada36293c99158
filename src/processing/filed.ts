/** What the history shows of a mail: the mail itself, or an original that it forwards (PRODUCT §3, Forwards; §5). Pure. */
import { authorsOf } from '../mail/author.ts'
import type { AutomaticKind, Defect, Mailbox, ParsedAttachment } from '../mail/message.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import type { Original } from './original.ts'
import type { ReadMessage } from './parser-thread.ts'
import { answeredIds } from './tenant.ts'

export interface Filed {
  /** Null where it is the mail itself. */
  readonly original: Original | null
  readonly authors: readonly Mailbox[]
  readonly subject: string
  readonly messageId: MessageIdKey | null
  /** What it answers. */
  readonly answered: readonly MessageIdKey[]
  readonly date: Date | null
  /** Long texts are UTF-8 where nobody has read them since they left the parser thread. */
  readonly text: string | Uint8Array
  readonly newestText: string | Uint8Array
  readonly html: string | Uint8Array | null
  readonly attachments: readonly ParsedAttachment[]
  readonly automatic: AutomaticKind | null
  readonly defects: readonly Defect[]
  readonly contentFingerprint: string
  readonly likeness: string | null
  /** The forwarder's words above it; null where there are none. */
  readonly note: string | null
}

export function filedAsItself(message: ReadMessage): Filed {
  return { ...message, original: null, authors: authorsOf(message.author), answered: answeredIds(message), note: null }
}

/**
 * `others` are the originals of the same mail that are filed beside it. What hangs on the mail around them and is none of them goes with the first: no file
 * may be lost. An inline original is shown by the HTML and the files of the mail around it.
 */
export function filedAsOriginal(message: ReadMessage, original: Original, others: readonly Original[]): Filed {
  const isFirst = others.every((other) => other === original || others.indexOf(other) > others.indexOf(original))
  const filed = new Set(others.map(({ source }) => source))
  const around = isFirst ? message.attachments.filter(({ sha256 }) => !filed.has(sha256)) : []
  const inline = original.how === 'inline'
  const { subject, answered, date, text, newestText, automatic, contentFingerprint, likeness } = original
  return {
    original,
    subject,
    // An inline original has lost its own; whoever answers the forward names this one.
    messageId: inline ? message.messageId : original.messageId,
    answered,
    date,
    text,
    newestText,
    automatic,
    contentFingerprint,
    likeness,
    authors: authorsOf(original.author),
    html: inline ? message.html : original.html,
    attachments: [...original.attachments, ...around],
    defects: inline ? message.defects : original.defects,
    note: original.ownText.trim() === '' ? null : original.ownText.trim(),
  }
}
