/** Message-IDs as keys of a thread (RFC 5322 §3.6.4). A hint and never a proof: anybody may write any id (hazard 11). */
import { hash } from 'node:crypto'

declare const brand: unique symbol

/** `<id>` with its brackets, free of white space and control characters, at most `messageIdCharactersMax` long. */
export type MessageIdKey = string & { readonly [brand]: 'messageId' }

/** An id may not be folded, so it cannot be longer than a line (RFC 5322 §2.1.1). */
export const messageIdCharactersMax = 998
/** How many ids of one field are kept: the first (the thread's start) and the last ones (the nearest). */
export const referencesMax = 100
const hashOctets = 16

const unfit = /[\p{Cc}\p{Cs}<>\ufffd]/u

/**
 * The key of a Message-ID field's body, or null where there is none or it is no possible id. Brackets may be missing, as in a fourth of odd mail;
 * the case is kept (RFC 5322 §3.6.4 compares octets); white space that a broken fold left inside is dropped.
 */
export function messageIdKey(written: string): MessageIdKey | null {
  const close = written.indexOf('>')
  const open = close < 0 ? -1 : written.lastIndexOf('<', close)
  if (open >= 0) return keyOf(written.slice(open + 1, close))
  const bare = written.trim()
  return /[\s<>]/.test(bare) ? null : keyOf(bare)
}

/**
 * The distinct ids of an In-Reply-To or References field's body, in order, at most `referencesMax`. What stands outside brackets is an
 * obsolete phrase (RFC 5322 §4.5.4) and is passed over, unless the whole body is a single id that lacks them.
 */
export function readMessageIds(fieldBody: string): MessageIdKey[] {
  const found = new Set<MessageIdKey>()
  let from = 0
  for (;;) {
    const open = fieldBody.indexOf('<', from)
    const close = open < 0 ? -1 : fieldBody.indexOf('>', open)
    if (close < 0) break
    const key = keyOf(fieldBody.slice(fieldBody.lastIndexOf('<', close) + 1, close))
    if (key !== null) found.add(key)
    from = close + 1
  }
  if (from === 0 && fieldBody.includes('@') && fieldBody.length <= messageIdCharactersMax) {
    const key = messageIdKey(fieldBody)
    if (key !== null) found.add(key)
  }
  return boundedIds(found)
}

/** The first id and the last ones, `referencesMax` in all: where a thread began and what it answers. */
export function boundedIds(ids: Iterable<MessageIdKey>): MessageIdKey[] {
  const all = [...ids]
  return all.length <= referencesMax ? all : [...all.slice(0, 1), ...all.slice(1 - referencesMax)]
}

/** The first 16 octets of the id's sha256: what indexes hold, since an id may be longer than a B-tree key. */
export function messageIdHash(key: MessageIdKey): Uint8Array {
  return hash('sha256', key, 'buffer').subarray(0, hashOctets)
}

function keyOf(inner: string): MessageIdKey | null {
  if (inner.length > messageIdCharactersMax * 2) return null
  const id = inner.replaceAll(/\s+/g, '')
  if (id.length === 0 || id.length + 2 > messageIdCharactersMax || unfit.test(id)) return null
  return `<${id}>` as MessageIdKey
}
