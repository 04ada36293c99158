/** Evidence and reasons in the reader's language, by their closed codes; what a newer server adds is shown in its own English words. */
import type { TFunction } from 'i18next'
import type { en } from '../texts/en.ts'
import type { EvidenceJson } from './evidence-chip.tsx'

type EvidenceKey = Exclude<keyof (typeof en)['evidence'], 'speaksFor' | 'speaksAgainst'>
type NestedKey = { [Key in EvidenceKey]: (typeof en)['evidence'][Key] extends string ? never : Key }[EvidenceKey]

/** Codes whose detail is a code itself. */
const nested: Readonly<Record<NestedKey, readonly string[]>> = {
  automaticMail: ['automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport', 'ownLoop'],
  senderNotAuthenticated: ['aligned', 'trustedSubmission', 'unaligned', 'rejectedByPolicy', 'undetermined'],
  notVouchedFor: ['subaddress', 'thread', 'recipients', 'content'],
  severalAuthors: ['one', 'several', 'unclear', 'none', 'senderOfOtherTenant'],
}

export function evidenceWords(t: TFunction, { code, detail, words }: EvidenceJson): string {
  if (Object.hasOwn(nested, code)) {
    const key = code as NestedKey
    return t(`evidence.${key}.${nested[key].includes(detail) ? detail : 'other'}` as 'evidence.automaticMail.other')
  }
  return t(`evidence.${code}` as 'evidence.unreadable', { detail, defaultValue: words })
}

/** Why a mail waits for a person. */
export function reasonWords(t: TFunction, reason: string): string {
  return t(`reason.${reason}` as 'reason.unmatched', { defaultValue: reason })
}
