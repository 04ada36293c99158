/** Reads the text of one variable of the environment into a value; null where it is none. Pure. */
import { isIP } from 'node:net'
import { addressKey, domainName, type AddressKey, type DomainName } from './mail/address.ts'

const unitBytes = { '': 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3, tib: 1024 ** 4 } as const

export const nonEmpty = (text: string): string | null => (text === '' ? null : text)

export function wholeNumber(min: number, max: number) {
  return (text: string): number | null => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return value >= min && value <= max ? value : null
  }
}

export function byteCount(text: string): number | null {
  const match = /^(\d{1,15})\s*(|kib|mib|gib|tib)$/i.exec(text)
  const unit = match?.[2]?.toLowerCase() as keyof typeof unitBytes | undefined
  const value = match !== null && unit !== undefined ? Number(match[1]) * unitBytes[unit] : 0
  return value > 0 && Number.isSafeInteger(value) ? value : null
}

function commaList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

export function oneOf<const T extends readonly string[]>(allowed: T) {
  return (text: string): T[number] | null => allowed.find((item) => item === text) ?? null
}

export function listOf<const T extends readonly string[]>(allowed: T) {
  return (text: string): readonly T[number][] | null => {
    const items = commaList(text)
    const known = allowed.filter((item) => items.includes(item))
    return items.length > 0 && known.length === new Set(items).size ? known : null
  }
}

export function urlOf(...schemes: string[]) {
  return (text: string): string | null => (URL.canParse(text) && schemes.includes(new URL(text).protocol) ? text : null)
}

/** `none` is the empty list; each network is `address` or `address/prefix length`. */
export function networks(text: string): readonly string[] | null {
  if (text === 'none') return []
  const items = commaList(text)
  return items.length > 0 && items.every(isNetwork) ? items : null
}

function isNetwork(written: string): boolean {
  const [address = '', prefix, ...rest] = written.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

export function addressKeys(text: string): readonly AddressKey[] | null {
  const keys = commaList(text).map(addressKey)
  return keys.length > 0 && keys.every((key) => key !== null) ? [...new Set(keys)] : null
}

/** An authserv-id need not be a host name (RFC 8601 §2.5), but a server's usually is, and a comma or a blank is in none. */
export function hostNames(text: string): readonly string[] | null {
  const items = commaList(text)
  return items.every((item) => /^[\w.-]{1,255}$/.test(item)) ? items : null
}

export function domainNames(text: string): readonly DomainName[] | null {
  const names = commaList(text).map(domainName)
  return names.every((name) => name !== null) ? names : null
}

/** An IP address, with a port where it is not 53 (`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`). */
export function dnsServers(text: string): readonly string[] | null {
  const items = commaList(text)
  const addressIn = (item: string): string => /^\[([^\]]+)\](?::\d{1,5})?$/.exec(item)?.[1] ?? item.replace(/^([\d.]+):\d{1,5}$/, '$1')
  return items.length > 0 && items.every((item) => isIP(addressIn(item)) !== 0) ? items : null
}
