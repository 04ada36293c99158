/**
 * The envelope that a stored mail had, as far as it left traces: RCPT TO is what counts, and a BCC leaves none but in the header fields that delivery
 * adds (PRODUCT §1). They are believed here because the operator hands in the files himself.
 */
import { readCrmAddress } from '../crm/crm-address.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { readAddressList } from '../mail/address-list.ts'
import { fieldBodies, unfolded } from '../mail/header.ts'
import type { HeaderLine } from '../mail/message.ts'

export interface FileEnvelope {
  /** '' is the null reverse-path; null where nothing tells it. */
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
}

/** Written by delivery agents (Postfix, Exim, qmail, Dovecot, Gmail). */
const deliveryFields = ['delivered-to', 'x-original-to', 'x-envelope-to', 'envelope-to', 'x-forwarded-to'] as const
const addressFields = ['to', 'cc', 'bcc'] as const

export interface EnvelopeChoice {
  readonly mailFrom: string | null
  readonly rcptTo: readonly string[]
}

/**
 * What the caller chose wins. Else the sender is the topmost Return-Path (RFC 5321 §4.4), and the recipients are the CRM addresses of the delivery
 * fields; where those name none, the CRM addresses in To, Cc and Bcc; where those name none, the first CRM address: somebody copied the mail here.
 */
export function envelopeOfFile(
  lines: readonly HeaderLine[],
  choice: EnvelopeChoice,
  crmAddresses: readonly [AddressKey, ...AddressKey[]],
): FileEnvelope {
  const reversePath = choice.mailFrom ?? returnPath(lines)
  if (choice.rcptTo.length > 0) return { reversePath, forwardPaths: choice.rcptTo }
  const delivered = crmAddressesIn(lines, deliveryFields, crmAddresses)
  const written = delivered.length > 0 ? delivered : crmAddressesIn(lines, addressFields, crmAddresses)
  return { reversePath, forwardPaths: written.length > 0 ? written : [crmAddresses[0]] }
}

function returnPath(lines: readonly HeaderLine[]): string | null {
  const first = fieldBodies(lines, 'return-path')[0]
  if (first === undefined) return null
  const path = unfolded(first)
    .trim()
    .replace(/^<(.*)>$/s, '$1')
    .trim()
  return path === '' || addressKey(path) !== null ? path : null
}

function crmAddressesIn(lines: readonly HeaderLine[], fields: readonly string[], crmAddresses: readonly AddressKey[]): string[] {
  const addresses = fields
    .flatMap((field) => fieldBodies(lines, field))
    .flatMap((body) => readAddressList(body).mailboxes.map((mailbox) => mailbox.address))
  return [...new Set(addresses.filter((address) => readCrmAddress(address, crmAddresses) !== null))]
}
