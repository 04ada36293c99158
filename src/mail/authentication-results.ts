/** The Authentication-Results field (RFC 8601): its grammar, bounded, and which one of a message's may be believed (invariant 9). */
import { domainName, type DomainName } from './address.ts'
import type { AuthenticationResult, HeaderLine } from './message.ts'

/** RFC 8601 §2.7, the words kept apart to the end. */
export const authenticationResults = ['none', 'pass', 'fail', 'softfail', 'neutral', 'policy', 'temperror', 'permerror'] as const

/** One `resinfo` (RFC 8601 §2.2). */
export interface MethodResult {
  /** `spf`, `dkim`, `dmarc`, `arc` …, in lower case. */
  readonly method: string
  readonly result: AuthenticationResult
  readonly reason: string | null
  /** `ptype.property` in lower case → pvalue as written, without quotes. The first of a repeated one. */
  readonly properties: ReadonlyMap<string, string>
  /** The comments, joined: informative, for a reader. */
  readonly comment: string
}

export interface AuthenticationResultsField {
  /** The server that says so, in lower case without a trailing dot. */
  readonly authservId: string
  readonly methods: readonly MethodResult[]
}

export const fieldCharactersMax = 16_384
export const methodsMax = 100
const propertiesMax = 30
const commentCharactersMax = 500

/**
 * Reads a field's body. Null where the authserv-id or the version is none (RFC 8601 §2.5; a version other than 1 may mean anything). A method
 * that cannot be read, or whose result is no word of RFC 8601, is left out: nothing is guessed (`bestguesspass` is no pass).
 */
export function readAuthenticationResults(body: string): AuthenticationResultsField | null {
  if (body.length > fieldCharactersMax) return null
  const [identity, ...parts] = partsOf(body)
  const words = identity?.words ?? []
  const [authservId, version, ...rest] = words
  const id = canonicalAuthservId(authservId?.key ?? '')
  if (id === '' || authservId?.value !== null || rest.length > 0) return null
  if (version !== undefined && (version.value !== null || version.key !== '1')) return null
  const methods: MethodResult[] = []
  for (const part of parts.slice(0, methodsMax)) {
    const method = methodOf(part)
    if (method !== null) methods.push(method)
  }
  return { authservId: id, methods }
}

/** Reads the body of an ARC-Authentication-Results field, which begins with its instance (RFC 8617 §4.1.1). */
export function readArcAuthenticationResults(body: string): AuthenticationResultsField | null {
  const instance = /^\s*i\s*=\s*[0-9]{1,2}\s*;/.exec(body)
  return instance === null ? null : readAuthenticationResults(body.slice(instance[0].length))
}

export type BelievedResults =
  | { readonly kind: 'believed'; readonly field: AuthenticationResultsField }
  /** None of a trusted server, or one that stands below a hop that the server did not make. */
  | { readonly kind: 'none'; readonly belowHop: string | null }

/**
 * The topmost field of a server that the operator named, if it stands above the last hop that another server recorded.
 *
 * A field below an untrusted Received was there before the mail reached the named server, so anybody may have written it. Hops of the named
 * servers (`by` is the authserv-id or a name below it) and hand-overs within one server (no `from`) are passed. What this cannot tell from the
 * truth: a server that neither removes forged fields (RFC 8601 §5 says it must) nor writes one of its own on every mail, and mail that reached
 * us round that server. So a server may be named only where all mail comes through it.
 */
export function believedResults(lines: readonly HeaderLine[], trustedAuthservIds: readonly string[]): BelievedResults {
  if (trustedAuthservIds.length === 0) return { kind: 'none', belowHop: null }
  const trusted = new Set(trustedAuthservIds.map(canonicalAuthservId))
  let untrustedHop: string | null = null
  for (const line of lines) {
    if (line.name === 'received') {
      untrustedHop ??= untrustedHopOf(line.value, trusted)
    } else if (line.name === 'authentication-results') {
      const field = readAuthenticationResults(line.value)
      if (field === null || !trusted.has(field.authservId)) continue
      return untrustedHop === null ? { kind: 'believed', field } : { kind: 'none', belowHop: untrustedHop }
    }
  }
  return { kind: 'none', belowHop: null }
}

/** The domain that a property names: what follows the last `@`, or all of it (RFC 8601 §2.2 pvalue). */
export function domainOfProperty(method: MethodResult, ...names: readonly string[]): DomainName | null {
  for (const name of names) {
    const value = method.properties.get(name)
    if (value !== undefined) return domainName(value.slice(value.lastIndexOf('@') + 1))
  }
  return null
}

function canonicalAuthservId(written: string): string {
  return written.toLowerCase().replace(/\.$/, '')
}

/** The host of a hop `from` another to one that is not trusted; null where the hop is no such. */
function untrustedHopOf(received: string, trusted: ReadonlySet<string>): string | null {
  const words = partsOf(received.slice(0, fieldCharactersMax))[0]?.words ?? []
  if (words[0]?.key.toLowerCase() !== 'from') return null
  const by = words.findIndex(({ key }) => key.toLowerCase() === 'by')
  const host = canonicalAuthservId(words[by + 1]?.key ?? '')
  if (by < 0 || host === '') return 'an unnamed host'
  for (const id of trusted) if (host === id || host.endsWith(`.${id}`)) return null
  return host
}

/** `key` alone, or `key = value`. */
interface Word {
  readonly key: string
  readonly value: string | null
}

interface Part {
  readonly words: readonly Word[]
  readonly comment: string
}

function methodOf({ words, comment }: Part): MethodResult | null {
  const [spec, ...rest] = words
  if (spec === undefined || spec.value === null) return null
  const [method = '', version] = spec.key.toLowerCase().split(/\s*\/\s*/)
  const result = authenticationResults.find((word) => word === spec.value?.toLowerCase())
  if (!/^[a-z0-9-]+$/.test(method) || (version !== undefined && version !== '1') || result === undefined) return null
  const properties = new Map<string, string>()
  let reason: string | null = null
  for (const { key, value } of rest) {
    // RFC 8601 §2.2: words that are no propspec make the field broken, and a broken one could be split so that it says what it does not.
    if (value === null) return null
    const name = key.toLowerCase()
    if (name === 'reason') reason = value
    else if (properties.size < propertiesMax && !properties.has(name)) properties.set(name, value)
  }
  return { method, result, reason, properties, comment }
}

/** The text cut at semicolons outside comments and quotes, comments set apart, each part as its words. One pass; every character is looked at once. */
function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let words: Word[] = []
  let comment = ''
  let at = 0
  const finish = (): void => {
    parts.push({ words, comment: comment.slice(0, commentCharactersMax) })
    words = []
    comment = ''
  }
  while (at < text.length) {
    const character = text.charAt(at)
    if (character === ';') {
      finish()
      at++
    } else if (character === '(') {
      const end = endOfComment(text, at)
      comment += `${comment === '' ? '' : ' '}${text.slice(at + 1, Math.max(at + 1, end - 1))}`
      at = end
    } else if (character === '=' && words.at(-1)?.value === null) {
      at = skipBlank(text, at + 1)
      const read = readValue(text, at, true)
      words.push({ key: (words.pop() as Word).key, value: read.value })
      at = read.end
    } else if (/\s/.test(character)) {
      at++
    } else {
      const read = readValue(text, at, false)
      words.push({ key: read.value, value: null })
      at = Math.max(read.end, at + 1)
    }
  }
  finish()
  return parts
}

/** Past white space and comments between `=` and its value. */
function skipBlank(text: string, from: number): number {
  let at = from
  for (;;) {
    const character = text.charAt(at)
    if (character === '(') at = endOfComment(text, at)
    else if (character !== '' && /\s/.test(character)) at++
    else return at
  }
}

/** A run of characters and quoted strings up to white space, a comment, a semicolon, or (before the `=`) an equals sign. */
function readValue(text: string, from: number, afterEquals: boolean): { value: string; end: number } {
  let value = ''
  let at = from
  while (at < text.length) {
    const character = text.charAt(at)
    if (/[\s;(]/.test(character) || (character === '=' && !afterEquals)) break
    if (character !== '"') {
      value += character
      at++
      continue
    }
    for (at++; at < text.length && text.charAt(at) !== '"'; at++) {
      if (text.charAt(at) === '\\') at++
      value += text.charAt(at)
    }
    at++
  }
  return { value, end: at }
}

/** RFC 5322 §3.2.2: comments nest; a comment that does not end takes the rest. */
function endOfComment(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at + 1
  }
  return text.length
}
