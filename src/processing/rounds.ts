/** Puts mails that were taken together into rounds, so that the outcome is the same as if they had been processed one after another. Pure. */
import { answeredIds } from './tenant.ts'
import type { ReadMail } from './tenant-mail.ts'

/** Text that one transaction writes; larger mails make smaller rounds. */
const roundTextBytesMax = 8_000_000

/**
 * A mail that has the content or the id of an earlier one, or answers it, goes into a later round: by then the earlier one is on file. The
 * order in which the mails came is kept within each round and between any two that have to do with each other.
 */
export function roundsOf<M extends Pick<ReadMail, 'message'>>(mails: readonly M[]): M[][] {
  const rounds: M[][] = []
  let left = mails
  while (left.length > 0) {
    const round: M[] = []
    const later: M[] = []
    const seen = new Set<string>()
    let bytes = 0
    for (const mail of left) {
      const { message } = mail
      const { names, asks } = tiesOf(message)
      const isFree = !asks.some((key) => seen.has(key))
      bytes += message.text.length + message.newestText.length + (message.html?.length ?? 0)
      if (isFree && (round.length === 0 || bytes <= roundTextBytesMax)) round.push(mail)
      else later.push(mail)
      // Also of those that wait: what answers them waits as well.
      for (const key of names) seen.add(key)
    }
    rounds.push(round)
    left = later
  }
  return rounds
}

/** By what mails have to do with each other: a mail waits for those that came before it where one of these names what it asks for. */
export interface Ties {
  /** What others may ask for: its content, its id, its likeness. */
  readonly names: readonly string[]
  /** Itself, what it answers, and the mails that it forwards. */
  readonly asks: readonly string[]
}

export function tiesOf(message: ReadMail['message']): Ties {
  const own = [message, ...message.originals].flatMap(keysOf)
  const answered = [message, ...message.originals.map(({ answered }) => ({ inReplyTo: answered, references: [] }))].flatMap(answeredIds)
  // An original that is forwarded inline has nothing but its likeness to the mail itself.
  const alike = message.originals.flatMap(({ likeness }) => likeness ?? [])
  return { names: [...own, ...alike, ...(message.likeness === null ? [] : [message.likeness])], asks: [...own, ...answered, ...alike] }
}

function keysOf({ contentFingerprint, messageId }: Pick<ReadMail['message'], 'contentFingerprint' | 'messageId'>): string[] {
  return messageId === null ? [contentFingerprint] : [contentFingerprint, messageId]
}
