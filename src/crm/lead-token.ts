/** What to write into a mail so that it finds its lead: the subject's token, and the CRM address with the lead's sub-address (PRODUCT §3). Pure. */
import type { AddressKey } from '../mail/address.ts'
import { readSubjectNumbers } from './lead-number.ts'

/** `XYZ Lead 11111`, or `Lead 11111` where the tenant's name would bring a number of its own. */
export function subjectTokenOf(tenantName: string, number: string): string {
  const whole = `${tenantName} Lead ${number}`
  const { leadNumbers, quoteNumbers, nearMisses } = readSubjectNumbers(whole)
  const isPlain = leadNumbers.length === 1 && quoteNumbers.length === 0 && nearMisses.length === 0
  return isPlain ? whole : `Lead ${number}`
}

/** `crm+11111@crm.example` (RFC 5233). */
export function leadAddressOf(crmAddress: AddressKey, number: string): string {
  const at = crmAddress.lastIndexOf('@')
  return `${crmAddress.slice(0, at)}+${number}${crmAddress.slice(at)}`
}
