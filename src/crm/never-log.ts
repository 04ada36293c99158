/** Whose mail is never kept: the rules of the never-log list, an address or a whole domain each (PRODUCT §4, §8). */
import { addressKey, domainName, domainOf, type AddressKey } from '../mail/address.ts'

/**
 * The canonical form of a rule as an admin wrote it: an address (`Boss@Client.example`) or a domain (`lawyer.example`, also `@lawyer.example`),
 * which covers its sub-domains. Null where it is neither. Rules are stored in this form.
 */
export function neverLogPattern(written: string): string | null {
  const trimmed = written.trim()
  if (trimmed.startsWith('@')) return domainName(trimmed.slice(1))
  return trimmed.includes('@') ? addressKey(trimmed) : domainName(trimmed)
}

/**
 * Every canonical rule that would hit this address, the narrowest first: itself, itself without its sub-address (`boss+news@…` is boss's; RFC 5233),
 * its domain, each domain above.
 */
export function neverLogPatternsOf(key: AddressKey): string[] {
  const labels = domainOf(key).split('.')
  const bare = key.replace(/^([^+@]+)\+[^@]*/, '$1')
  return [...new Set([key, bare]), ...labels.map((_, first) => labels.slice(first).join('.'))]
}

/** The narrowest of the tenant's rules (canonical, see `neverLogPattern`) that this address falls under, or null. */
export function neverLogHit(rules: readonly string[], key: AddressKey): string | null {
  return neverLogPatternsOf(key).find((pattern) => rules.includes(pattern)) ?? null
}
