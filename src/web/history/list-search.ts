/** What the address says of the lists and of search. */
import { leadOf, wordsOf } from './history-search.ts'

type Search = Readonly<Record<string, unknown>>

export interface LeadsSearch {
  readonly q?: string | undefined
  readonly status?: 'open' | 'won' | 'lost' | 'closed' | undefined
  readonly mine?: true | undefined
}

export interface FiledSearch {
  readonly entry?: string | undefined
  readonly by?: 'rule' | 'person' | undefined
  readonly mine?: true | undefined
}

export interface FoundSearch {
  readonly q?: string | undefined
  /** Not together with a lead, at which only mails stand. */
  readonly kind?: HitKind | undefined
  readonly lead?: string | undefined
}

type HitKind = (typeof hitKinds)[number]
export const hitKinds = ['lead', 'company', 'contactPerson', 'entry'] as const
export const leadStatuses = ['open', 'won', 'lost', 'closed'] as const
const deciders = ['rule', 'person'] as const

export function readLeadsSearch(search: Search): LeadsSearch {
  return {
    ...some('q', wordsOf(search['q'])),
    ...some(
      'status',
      leadStatuses.find((one) => one === search['status']),
    ),
    ...some('mine', search['mine'] === true ? (true as const) : undefined),
  }
}

export function readFiledSearch(search: Search): FiledSearch {
  return {
    ...some('entry', wordsOf(search['entry'])),
    ...some(
      'by',
      deciders.find((one) => one === search['by']),
    ),
    ...some('mine', search['mine'] === true ? (true as const) : undefined),
  }
}

export function readFoundSearch(search: Search): FoundSearch {
  const lead = leadOf(search['lead'])
  const kind = lead === undefined ? hitKinds.find((one) => one === search['kind']) : undefined
  return { ...some('q', wordsOf(search['q'])), ...some('kind', kind), ...some('lead', lead) }
}

function some<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>)
}
