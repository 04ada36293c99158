/** Where a mail stands, in a word; and why, in a sentence. */
import type { TFunction } from 'i18next'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { admin } from '../texts/admin-en.ts'
import { reasonWords } from '../parts/evidence-words.ts'
import { type MessageState, isMessageState } from './admin-search.ts'
import { Chip, type Tone } from './chip.tsx'

const tones: Readonly<Record<MessageState, Tone>> = {
  received: 'quiet',
  processing: 'quiet',
  appended: 'good',
  inReview: 'accent',
  ignored: 'quiet',
  failed: 'bad',
  unroutable: 'warn',
}

export function MessageStateChip({ state }: { readonly state: string }): ReactElement {
  const { t } = useTranslation()
  return isMessageState(state) ? <Chip tone={tones[state]}>{t(`admin.state.${state}`)}</Chip> : <Chip tone="quiet">{state}</Chip>
}

export function isSettled(state: string): boolean {
  return state !== 'received' && state !== 'processing'
}

export function mayReplay(state: string): boolean {
  return state === 'failed' || state === 'unroutable'
}

type IgnoreReason = keyof (typeof admin)['message']['ignored']
type FailureCode = keyof (typeof admin)['message']['failure']

/** In the reader's language, by the closed codes; a code that a newer server adds is named. */
export function stateReason(t: TFunction, state: string, reason: string): string {
  if (state === 'ignored') return t(`admin.message.ignored.${reason as IgnoreReason}`, { defaultValue: reason })
  if (mayReplay(state))
    return t(`admin.message.failure.${reason as Exclude<FailureCode, 'other'>}`, {
      defaultValue: t('admin.message.failure.other', { code: reason }),
    })
  return reasonWords(t, reason)
}

/** Of the envelope; reports of mail systems have none. */
export function senderWords(t: TFunction, reversePath: string | null): string {
  return reversePath === null || reversePath === '' ? t('admin.messages.nobody') : reversePath
}
