/** The tokens of an address field (RFC 5322 §3.2 and §4.1), before anything is made of them. Linear; never throws. */

type TokenKind =
  | 'atom'
  | 'quoted'
  | 'comment'
  | 'space'
  /** A quoted string or comment that nobody closed; it holds all that follows. */
  | 'unclosed'
  | '<'
  | '>'
  | ','
  | ';'
  | ':'

export interface AddressToken {
  readonly kind: TokenKind
  /** As written. */
  readonly raw: string
  /** Without quotes, parentheses and escapes. */
  readonly text: string
}

/** What ends an atom here. Dots, `@` and square brackets stay inside: an address that is plainly one is then one token. */
const atomEnd = /[ \t\r\n"(<>,;:]/g
const spaceEnd = /[^ \t\r\n]/g

export function addressTokens(body: string): AddressToken[] {
  const tokens: AddressToken[] = []
  for (let at = 0; at < body.length;) {
    const token = tokenAt(body, at)
    tokens.push(token)
    at += token.raw.length
  }
  return tokens
}

function tokenAt(body: string, at: number): AddressToken {
  const character = body.charAt(at)
  switch (character) {
    case '<':
    case '>':
    case ',':
    case ';':
    case ':':
      return { kind: character, raw: character, text: character }
    case '"':
      return enclosed(body, at, endOfQuoted(body, at), 'quoted')
    case '(':
      return enclosed(body, at, endOfComment(body, at), 'comment')
    default:
      return ' \t\r\n'.includes(character) ? run(body, at, 'space', spaceEnd) : run(body, at, 'atom', atomEnd)
  }
}

function run(body: string, at: number, kind: 'space' | 'atom', end: RegExp): AddressToken {
  end.lastIndex = at + 1
  const raw = body.slice(at, end.exec(body)?.index ?? body.length)
  return { kind, raw, text: kind === 'space' ? ' ' : raw }
}

function enclosed(body: string, at: number, end: number, kind: 'quoted' | 'comment'): AddressToken {
  if (end < 0) return { kind: 'unclosed', raw: body.slice(at), text: body.slice(at + 1) }
  const raw = body.slice(at, end)
  const inner = raw.slice(1, -1)
  return { kind, raw, text: inner.includes('\\') ? inner.replaceAll(/\\([\s\S])/g, '$1') : inner }
}

/** Past the closing quote, or -1. */
function endOfQuoted(body: string, start: number): number {
  for (let at = start + 1; at < body.length; at++) {
    const code = body.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at + 1
  }
  return -1
}

/** Past the parenthesis that closes this comment and every one nested in it, or -1. */
function endOfComment(body: string, start: number): number {
  let depth = 0
  for (let at = start; at < body.length; at++) {
    const code = body.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x28) depth++
    else if (code === 0x29 && --depth === 0) return at + 1
  }
  return -1
}
