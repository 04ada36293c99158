/** The envelope that delivery left in the header of a message in a mailbox, where no SMTP session tells it (PRODUCT §1). */
import { readAddressList } from './address-list.ts'
import type { HeaderLine } from './message.ts'

export const deliveryAddressesMax = 100
/** More lines than any chain of delivery agents writes. */
const linesReadMax = 200
const receivedCharactersMax = 4_096

export interface DeliveryEnvelope {
  /** Return-Path without brackets (RFC 5321 §4.4); '' is the null reverse-path; null where delivery left none. */
  readonly reversePath: string | null
  /** Whom this copy was delivered for, as written, from the top down, each once. */
  readonly forwardPaths: readonly string[]
}

/** `Delivered-To` (Postfix, qmail, Dovecot, Gmail), `X-Original-To` (Postfix), `Envelope-To` (Exim), `X-Envelope-To` (fetchmail, sieve), `X-Forwarded-To` (Gmail). */
const recipientFields: ReadonlySet<string> = new Set(['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-forwarded-to'])
/** With one of these begins what the author wrote: trace fields are put above it (RFC 5322 §3.6). */
const authoredFields: ReadonlySet<string> = new Set(['from', 'sender', 'to', 'cc', 'subject', 'date', 'message-id', 'mime-version'])

/**
 * Reads the topmost block alone: what the last server and its delivery agents put there. It ends with the first hop `from` another host (whose
 * `for` still counts) or with the first field of the author's. Everything below was in the message when it arrived, so the sender may have written
 * it, and says nothing (ARCHITECTURE invariant 9). A hop `with LMTP` is a hand-over inside the server: delivery goes on below it.
 */
export function readDeliveryEnvelope(lines: readonly HeaderLine[]): DeliveryEnvelope {
  const forwardPaths = new Set<string>()
  let reversePath: string | null = null
  for (const { name, value } of lines.slice(0, linesReadMax)) {
    if (authoredFields.has(name)) break
    if (name === 'return-path') reversePath ??= readPath(value)
    else if (recipientFields.has(name)) for (const { address } of readAddressList(value).mailboxes) forwardPaths.add(address)
    else if (name === 'received') {
      const hop = readHop(value)
      if (hop.recipient !== null) forwardPaths.add(hop.recipient)
      if (hop.isFromElsewhere) break
    }
  }
  return { reversePath, forwardPaths: [...forwardPaths].filter((path) => path !== '').slice(0, deliveryAddressesMax) }
}

/** `<a@b>`, `<>` or, as some write it, `a@b`; null where it is none of them. */
function readPath(value: string): string | null {
  const path = withoutComments(value).trim()
  if (/^<\s*>$/.test(path)) return ''
  const inner = /^<([^<>\s]+)>$/.exec(path)?.[1] ?? path
  return /^[^<>\s@]+@[^<>\s@]+$/.test(inner) ? inner : null
}

/** RFC 5321 §4.4: `from … by … with … id … for <…>; date`. */
function readHop(value: string): { readonly recipient: string | null; readonly isFromElsewhere: boolean } {
  const words = withoutComments(value.slice(0, receivedCharactersMax)).split(';')[0]?.trim().split(/\s+/) ?? []
  const after = (keyword: string): string | null => words[words.findIndex((word) => word.toLowerCase() === keyword) + 1] ?? null
  const has = (keyword: string): boolean => words.some((word) => word.toLowerCase() === keyword)
  const recipient = has('for') ? readPath(after('for') ?? '') : null
  const isHandOver = has('with') && /^lmtp/i.test(after('with') ?? '')
  return { recipient: recipient === '' ? null : recipient, isFromElsewhere: words[0]?.toLowerCase() === 'from' && !isHandOver }
}

/** RFC 5322 §3.2.2: comments nest; one that does not end takes the rest. */
function withoutComments(text: string): string {
  let plain = ''
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (depth > 0 && character === '\\') at++
    else if (character === '(') depth++
    else if (depth > 0) depth -= character === ')' ? 1 : 0
    else plain += character
  }
  return plain
}
