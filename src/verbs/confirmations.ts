/** `leadpost confirmations --tenant T`: what waits for a person, with candidates and reasons. */
import { explainEvidence, explainReason } from '../matching/explain.ts'
import type { ConfirmReason } from '../matching/decision.ts'
import { readConfirmations, type ConfirmationJson } from '../store/confirmations.ts'
import { moreFollow, pagingOptions, readPage } from './paging.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb } from './verb.ts'

export const confirmations: Verb = {
  name: 'confirmations',
  summary: 'what waits for a person, with candidates and reasons',
  usage: ['confirmations --tenant SLUG'],
  details: [],
  options: { tenant: { type: 'string', value: 'SLUG', help: 'the tenant' }, ...pagingOptions },
  logs: 'warnings',
  async run({ positionals, options, config, log, output, json }) {
    if (positionals.length > 0) throw new UsageError('confirmations takes options only')
    const tenant = options.required('tenant')
    const page = readPage(options)
    const document = await withStore(config, log, (store) => readConfirmations(store.database, tenant, page))
    if (json) {
      output.json(document)
      return 0
    }
    if (document.items.length === 0) output.line('Nothing waits.')
    else output.table(['received (UTC)', 'from', 'subject', 'why it waits', 'candidates'], document.items.map(rowOf))
    for (const line of moreFollow(document.next)) output.line(line)
    return 0
  },
}

function rowOf(item: ConfirmationJson): string[] {
  return [
    item.receivedAt.slice(0, 16).replace('T', ' '),
    item.from?.name ?? item.from?.address ?? '',
    item.subject,
    item.reasons.map((reason) => explainReason(reason as ConfirmReason)).join(' '),
    item.candidates.map(describeCandidate).join('; '),
  ]
}

/** The lead and its first reason. */
export function describeCandidate(candidate: ConfirmationJson['candidates'][number]): string {
  const [first] = candidate.evidence
  return first === undefined ? candidate.lead : `${candidate.lead} (${explainEvidence(first).replace(/\.$/, '')})`
}
