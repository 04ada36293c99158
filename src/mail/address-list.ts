/** Address fields read by their structure first and decoded last (RFC 5322 §3.4 and §4.4, 6532): a name that looks like an address stays a name. */
import { addressKey } from './address.ts'
import { type AddressToken, addressTokens } from './address-tokens.ts'
import { cleanText } from './clean-text.ts'
import { decodeEncodedWords } from './encoded-word.ts'
import type { Mailbox } from './message.ts'

/** Of one field, and of all fields of one name together, no more mailboxes than this are kept. */
export const recipientsMax = 1_000
export const addressFieldCharactersMax = 100_000
export const nameCharactersMax = 200
/** Of an address as written; a real one ends at 254 octets. */
const writtenAddressCharactersMax = 320

export interface AddressList {
  readonly mailboxes: Mailbox[]
  /**
   * Every reader must see these same mailboxes here: nothing but `address`, `name <address>` and harmless comments, each with a key. False for groups, routes,
   * comments and unquoted names that hold another address, empty elements, broken brackets or quotes, stray escapes, control characters.
   */
  readonly plain: boolean
  /** Mailboxes or characters beyond the limits were left out. */
  readonly truncated: boolean
}

/**
 * The mailboxes of an address field's body (folds and all), members of groups included; an element that is no address stands there with a null key.
 * For every mailbox, `key` is the `addressKey` of its `address`. Linear in the body's length; never throws.
 */
export function readAddressList(fieldBody: string): AddressList {
  const cut = fieldBody.length > addressFieldCharactersMax
  const body = cut ? fieldBody.slice(0, addressFieldCharactersMax) : fieldBody
  const { elements, plain, full } = elementsOf(addressTokens(body), cut)
  const mailboxes: Mailbox[] = []
  const truncated = cut || full
  let allPlain = plain && !truncated && !control.test(body)
  for (const tokens of elements) {
    const element = readElement(tokens)
    if (element.mailbox !== null) mailboxes.push(element.mailbox)
    if (!element.plain) allPlain = false
  }
  return { mailboxes, plain: allPlain, truncated }
}

/** ASCII's control characters but tab and folds, and what stands for U+0000 and guesses. Those above ASCII are what an old charset leaves in a name. */
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]|\r(?!\n)/
const invisible = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** One element while it is being gathered; the flags save looking back, which would make hostile fields quadratic. */
interface OpenElement {
  readonly tokens: AddressToken[]
  /** Holds more than spaces and comments. */
  solid: boolean
  /** Holds an unquoted `@` outside brackets. */
  holdsAt: boolean
  angle: 'none' | 'opened' | 'route' | 'other' | 'closed'
}

function newElement(tokens: AddressToken[] = []): OpenElement {
  return { tokens, solid: tokens.some(isSolid), holdsAt: false, angle: 'none' }
}

/** Cuts the tokens at commas, semicolons and group names. `full`: there were more than `recipientsMax`. */
function elementsOf(tokens: readonly AddressToken[], cut: boolean): { elements: AddressToken[][]; plain: boolean; full: boolean } {
  const elements: AddressToken[][] = []
  let element = newElement()
  let plain = true
  let inGroup = false
  let afterComma = false
  const finish = (rest: AddressToken[] = []): void => {
    if (element.solid) elements.push(element.tokens)
    element = newElement(rest)
  }
  for (const token of tokens) {
    if (elements.length >= recipientsMax) return { elements, plain: false, full: true }
    if (token.kind === '<' && element.angle === 'closed') {
      // Two brackets in one element: a comma was forgotten. Both addresses are told, and nobody calls it plain.
      plain = false
      finish(element.tokens.splice(element.tokens.findIndex((earlier) => earlier.kind === '>') + 1))
    }
    if ((token.kind === ',' || token.kind === ';') && element.angle !== 'route') {
      afterComma = token.kind === ','
      if (token.kind === ';' || !element.solid) plain = false
      if (token.kind === ';') inGroup = false
      finish()
    } else if (token.kind === ':' && element.angle === 'none' && !inGroup && !element.holdsAt) {
      // `Name: members;` (RFC 5322 §3.4; RFC 6854 §4 warns of it in From).
      plain = false
      inGroup = true
      element = newElement()
    } else gather(element, token)
  }
  if (afterComma && !element.solid) plain = false
  // The element at a cut may be half an address, and half an address is somebody else's.
  if (!cut) finish()
  return { elements, plain, full: false }
}

function gather(element: OpenElement, token: AddressToken): void {
  element.tokens.push(token)
  if (!isSolid(token)) return
  element.solid = true
  if (element.angle === 'none') {
    if (token.kind === '<') element.angle = 'opened'
    else if (token.kind === 'atom' && token.text.includes('@')) element.holdsAt = true
  } else if (token.kind === '>') element.angle = 'closed'
  // A source route, `<@a,@b:c@d>` (RFC 5322 §4.4), is the one thing in brackets that may hold a comma.
  else if (element.angle === 'opened') element.angle = token.text.startsWith('@') ? 'route' : 'other'
}

function isSolid(token: AddressToken): boolean {
  return token.kind !== 'space' && token.kind !== 'comment'
}

function readElement(tokens: readonly AddressToken[]): { mailbox: Mailbox | null; plain: boolean } {
  const open = tokens.findIndex((token) => token.kind === '<')
  const close = tokens.findIndex((token) => token.kind === '>')
  const bracketed = open >= 0 && close > open
  const before = bracketed ? tokens.slice(0, open) : []
  const after = bracketed ? tokens.slice(close + 1) : []
  const inner = trimmed(bracketed ? tokens.slice(open + 1, close) : tokens)
  const first = inner.core[0]
  const single = inner.core.length === 1 && first?.kind === 'atom'
  const address = writtenAddress(single ? first.raw : inner.core.map((token) => token.raw).join(''))
  const key = single ? addressKey(address) : null
  const comments = [...inner.comments, ...after.filter((token) => token.kind === 'comment')]
  const name = nameOf(before) ?? nameOf(comments.slice(0, 1).map((token) => ({ ...token, kind: 'quoted' })))
  const claims = [...before.filter(isAtom), ...tokens.filter((token) => token.kind === 'comment')]
  const plain =
    key !== null &&
    !(bracketed && inner.comments.length > 0) &&
    after.every((token) => !isSolid(token)) &&
    before.every((token) => token.kind !== 'unclosed' && token.kind !== ':' && token.kind !== '>') &&
    claims.every((token) => isHarmless(token.text, key)) &&
    bracketsMatch(before)
  return { mailbox: { address, name, key }, plain }
}

function isAtom(token: AddressToken): boolean {
  return token.kind === 'atom'
}

/** The tokens without the spaces and comments at their ends, and those comments. */
function trimmed(tokens: readonly AddressToken[]): { core: readonly AddressToken[]; comments: readonly AddressToken[] } {
  const from = tokens.findIndex(isSolid)
  const to = tokens.findLastIndex(isSolid) + 1
  if (from < 0) return { core: [], comments: tokens.filter((token) => token.kind === 'comment') }
  const ends = [...tokens.slice(to), ...tokens.slice(0, from)]
  return { core: tokens.slice(from, to), comments: ends.filter((token) => token.kind === 'comment') }
}

/** An unquoted word or a comment in which no reader could find another address, or find the structure to end. */
function isHarmless(text: string, key: string): boolean {
  if (/[<>\\)]/.test(text)) return false
  return !text.includes('@') || addressKey(text) === key
}

/** Unquoted `Anna [Sales]` is common; a bracket that stays open makes some readers look for a domain literal's end. */
function bracketsMatch(words: readonly AddressToken[]): boolean {
  let depth = 0
  for (const word of words) {
    if (word.kind !== 'atom') continue
    for (const character of word.text) depth += character === '[' ? 1 : character === ']' ? -1 : 0
  }
  return depth === 0
}

/** Only what RFC 5322 calls white space goes from its ends; any other would be a part of the address. */
function writtenAddress(raw: string): string {
  const line = raw
    .replaceAll(/[ \t\r\n]+/g, ' ')
    .replace(/^ /, '')
    .replace(/ $/, '')
  return cleanText(line.replaceAll(/\p{Cc}/gu, '\ufffd'), writtenAddressCharactersMax)
}

/** A display name for people: decoded, on one line, without the characters that turn the direction of what follows; null where empty. */
function nameOf(words: readonly AddressToken[]): string | null {
  const written = words
    .filter((token) => token.kind !== 'comment')
    .map((token) => token.text)
    .join('')
  const line = decodeEncodedWords(written).text.replaceAll(/[\s\p{Cc}]+/gu, ' ')
  const name = cleanText(line.replaceAll(invisible, '').trim(), nameCharactersMax)
  return name === '' ? null : name
}
