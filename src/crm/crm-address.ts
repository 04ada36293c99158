/** Tells whether an envelope recipient is one of our CRM addresses, and reads what its sub-address says. */
import { addressKey, type AddressKey } from '../mail/address.ts'
import { isLeadNumber, isQuoteNumber } from './lead-number.ts'

/** RFC 5321 §4.5.3.1.3 allows 256 octets for a path, brackets included. */
const forwardPathCharactersMax = 256

export interface CrmAddress {
  readonly address: AddressKey
  /** What stands behind the `+`, in the case it was written in; null where there is none. */
  readonly tag: string | null
}

/**
 * Which CRM address a RCPT TO path (with or without angle brackets) or a header address means, sub-address included
 * (RFC 5233: local part, `+`, detail; PRODUCT §3). Local part and domain are compared without regard to case, in their one
 * canonical form. Where a CRM address itself has a `+` in it, the longest that fits wins; else all behind the first `+` is the tag.
 * Null: none of ours, or not plainly one mailbox.
 */
export function readCrmAddress(forwardPath: string, crmAddresses: readonly AddressKey[]): CrmAddress | null {
  const exact = crmAddresses.find((address) => address === forwardPath)
  if (exact !== undefined) return { address: exact, tag: null }
  const written = forwardPath.trim().replace(/^<(.*)>$/, '$1')
  if (written.length > forwardPathCharactersMax || addressKey(written) === null) return null
  const at = written.lastIndexOf('@')
  const local = written.slice(0, at)
  const domain = written.slice(at)
  for (let end = local.length; end > 0; end = local.lastIndexOf('+', end - 1)) {
    const address = addressKey(local.slice(0, end) + domain)
    if (address !== null && crmAddresses.includes(address)) {
      const tag = local.slice(end + 1)
      return { address, tag: tag === '' ? null : tag }
    }
  }
  return null
}

/**
 * The number that a sub-address names: `11111` a lead, `1024-2` a quote (PRODUCT §3). The whole tag, by the very grammar that
 * holds in the subject; null for any other tag (`private`, `11111a`) and for none.
 */
export function subaddressNumber(tag: string | null): { readonly leadNumber: string } | { readonly quoteNumber: string } | null {
  if (tag === null) return null
  if (isLeadNumber(tag)) return { leadNumber: tag }
  if (isQuoteNumber(tag)) return { quoteNumber: tag }
  return null
}
