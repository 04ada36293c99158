/** What a bounce says of the mail that did not arrive: which one, and whom it did not reach (RFC 3464, and older mail systems' words). Bounded; never throws. */
import type { AddressKey } from './address.ts'
import { addressKey } from './address.ts'
import type { DeliveryReport } from './message.ts'
import { type MessageIdKey, messageIdKey } from './message-id.ts'
import { addressesInText } from './written-mailboxes.ts'

const readCharactersMax = 200_000
const failedMax = 50
const recipientsReadMax = 200
/** Systems without a report say whom they could not reach before they quote the mail. */
const proseCharactersMax = 4_000

/**
 * `text` is the bounce's own, `returned` the header of the mail that came back, where it hangs on the bounce. In prose, addresses are only those that were
 * written: whoever uses them keeps those whom the mail had gone to.
 */
export function readDeliveryReport(text: string, returned: string | null): DeliveryReport {
  const read = text.slice(0, readCharactersMax).replaceAll('\r\n', '\n')
  const named = returned === null ? null : idIn(returned)
  const quotedAt = /^[>\s|]{0,10}(?:received|return-path|message-id):/im.exec(read)?.index ?? read.length
  const failed = failedRecipients(read)
  return {
    messageId: named ?? idIn(read),
    failed: failed ?? addressesInText(read.slice(0, Math.min(quotedAt, proseCharactersMax)), failedMax),
  }
}

function idIn(text: string): MessageIdKey | null {
  const found = /^[>\s|]{0,10}message-id:\s{0,10}(<[^<>\s]{1,998}>)/im.exec(text.slice(0, readCharactersMax))
  return found === null ? null : messageIdKey(found[1] ?? '')
}

/** RFC 3464 §2.3: one group of fields a recipient; null where there is no report. `delayed` and `delivered` did or may still reach him. */
function failedRecipients(text: string): AddressKey[] | null {
  const recipients = [...text.matchAll(/^(?:original|final)-recipient:[ \t]*[a-z0-9-]{1,20};[ \t]*<?([^\s<>;]{1,320})>?/gim)].slice(
    0,
    recipientsReadMax,
  )
  if (recipients.length === 0) return null
  const failed = new Set<AddressKey>()
  for (const [index, { 1: written = '' }] of recipients.entries()) {
    const group = groupAround(text, recipients[index]?.index ?? 0)
    const action = /^action:[ \t]*([a-z]+)/im.exec(group)?.[1]?.toLowerCase()
    const key = addressKey(written)
    if (key !== null && (action === undefined || action === 'failed') && failed.size < failedMax) failed.add(key)
  }
  return [...failed]
}

/** The lines around a place up to the empty ones. */
function groupAround(text: string, at: number): string {
  const start = text.lastIndexOf('\n\n', at)
  const end = text.indexOf('\n\n', at)
  return text.slice(Math.max(0, start, at - 4_000), end < 0 ? at + 4_000 : Math.min(end, at + 4_000))
}
