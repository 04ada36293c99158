/** What of the queue stands in its address, so that a filter can be shared and kept: each only where it is not as it comes. */
import type { SentQuery } from '../../api/contract.ts'

type Query = SentQuery<'listConfirmations'>
export type Reason = NonNullable<Query['reason']>

export interface QueueSearch {
  readonly state?: 'settled'
  readonly reason?: Reason
  /** Words of subject, addresses, names. */
  readonly q?: string
  /** An address or a domain. */
  readonly from?: string
  /** A number. */
  readonly lead?: string
  readonly order?: 'oldest' | 'newest'
  readonly mine?: true
}

export const reasons: readonly Reason[] = [
  'unmatched',
  'ambiguous',
  'contradiction',
  'unauthenticatedSender',
  'severalAuthors',
  'outsideReply',
  'sameIdOtherContent',
  'tooManyCandidates',
  'unreadable',
  'undone',
  'addedLater',
]

const wordsMax = 200

/** A number in the address (`lead=11111`) comes as one. */
function words(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, wordsMax) : ''
}

export function readQueueSearch(search: Record<string, unknown>): QueueSearch {
  const [q, from, lead] = [words(search['q']), words(search['from']), words(search['lead'])]
  const reason = reasons.find((each) => each === search['reason'])
  const order = (['oldest', 'newest'] as const).find((each) => each === search['order'])
  return {
    ...(search['state'] === 'settled' ? { state: 'settled' } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(q === '' ? {} : { q }),
    ...(from === '' ? {} : { from }),
    ...(/^\d{1,20}$/.test(lead) ? { lead } : {}),
    ...(order === undefined ? {} : { order }),
    ...(search['mine'] === true ? { mine: true } : {}),
  }
}

/** Who waits longest comes first; of what is settled the last. */
export function orderOf({ state, order }: QueueSearch): 'oldest' | 'newest' {
  return order ?? (state === 'settled' ? 'newest' : 'oldest')
}

export function queryOf(search: QueueSearch): Query {
  const { q, mine, state, order: _, ...same } = search
  return {
    ...same,
    state: state ?? 'open',
    order: orderOf(search),
    ...(q === undefined ? {} : { search: q }),
    ...(mine === true ? { mine: 'true' } : {}),
  }
}

/** How many filters narrow the list, beside the words searched for. */
export function narrowedBy({ reason, from, lead, mine }: QueueSearch): number {
  return [reason, from, lead, mine].filter((each) => each !== undefined).length
}
