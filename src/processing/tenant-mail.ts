/** One mail on its way through processing, once its tenant is known, and whoever stands in it. Types and small readings only. */
import { authorsOf } from '../mail/author.ts'
import { type CrmAddress, readCrmAddress } from '../crm/crm-address.ts'
import type { AddressKey } from '../mail/address.ts'
import type { AuthorStanding, Mailbox } from '../mail/message.ts'
import type { MatchFacts } from '../matching/decision.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import type { HostedDomain } from '../store/host-names.ts'
import type { Original } from './original.ts'
import type { ReadMessage } from './parser-thread.ts'
import type { VerifiedSender } from './verify-sender.ts'

export interface ReadMail {
  readonly claim: ClaimedMessage
  readonly message: ReadMessage
  /** Where its large attachments lie until they are stored; removed afterwards. */
  readonly folder: string
  /** What SPF, DKIM and DMARC say of its sender; absent where that was not asked yet, null where it need not be. */
  readonly verified?: VerifiedSender | null
}

export interface TenantMail extends ReadMail {
  readonly tenant: HostedDomain
  readonly author: MatchFacts['author']
  /** It is here because it answers a mail on file; its author's domain is none of the tenant's. */
  readonly outside: boolean
  /** As its author was judged when it came; absent where he is judged now. */
  readonly standing?: AuthorStanding
}

/** A mailbox of the header, or of an original's, and the field that it stands in; CRM addresses are left out. */
export interface Mentioned {
  readonly role: 'from' | 'to' | 'cc' | 'bcc' | 'forwardedFrom' | 'forwardedTo' | 'forwardedCc'
  readonly mailbox: Mailbox
}

/** Every person of the header in the order of the fields: authors, To, Cc, Bcc. */
export function mentionedPeople(message: ReadMessage, crmAddresses: readonly AddressKey[]): Mentioned[] {
  const fields: [Mentioned['role'], readonly Mailbox[]][] = [
    ['from', authorsOf(message.author)],
    ['to', message.to],
    ['cc', message.cc],
    ['bcc', message.bcc],
  ]
  return mentioned(fields, crmAddresses)
}

/** The people of an original that is forwarded. */
export function forwardedPeople(original: Original, crmAddresses: readonly AddressKey[]): Mentioned[] {
  const fields: [Mentioned['role'], readonly Mailbox[]][] = [
    ['forwardedFrom', authorsOf(original.author)],
    ['forwardedTo', original.to],
    ['forwardedCc', original.cc],
  ]
  return mentioned(fields, crmAddresses)
}

function mentioned(fields: readonly [Mentioned['role'], readonly Mailbox[]][], crmAddresses: readonly AddressKey[]): Mentioned[] {
  return fields.flatMap(([role, mailboxes]) =>
    mailboxes.filter((mailbox) => readCrmAddress(mailbox.address, crmAddresses) === null).map((mailbox) => ({ role, mailbox })),
  )
}

/** The CRM addresses that this copy was sent to: the envelope alone says so, since BCC leaves nothing in the header (PRODUCT §1). */
export function addressedCrm(claim: ClaimedMessage, crmAddresses: readonly AddressKey[]): CrmAddress[] {
  return claim.envelope.forwardPaths.flatMap((path) => readCrmAddress(path, crmAddresses) ?? [])
}
