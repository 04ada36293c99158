/** `leadpost history --tenant T --lead N`: the contact history of a lead. */
import { explainEvidence } from '../matching/explain.ts'
import { readHistory, type HistoryEntryJson } from '../store/history.ts'
import { moreFollow, pagingOptions, readPage } from './paging.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb } from './verb.ts'

export const history: Verb = {
  name: 'history',
  summary: 'the contact history of a lead',
  usage: ['history --tenant SLUG --lead NUMBER'],
  details: [],
  options: {
    tenant: { type: 'string', value: 'SLUG', help: 'the tenant' },
    lead: { type: 'string', value: 'NUMBER', help: "the lead's number" },
    ...pagingOptions,
  },
  logs: 'warnings',
  async run({ positionals, options, config, log, output, json }) {
    if (positionals.length > 0) throw new UsageError('history takes options only')
    const tenant = options.required('tenant')
    const lead = options.required('lead')
    const page = readPage(options)
    const document = await withStore(config, log, (store) => readHistory(store.database, tenant, lead, page))
    if (json) {
      output.json(document)
      return 0
    }
    if (document.entries.length === 0) output.line(`Nothing stands in the history of lead ${lead} yet.`)
    else output.table(['when (UTC)', 'direction', 'from', 'to', 'subject', 'text', 'why it is here'], document.entries.map(rowOf))
    if (document.entries.some(hasStranger)) output.line('(?) is no contact person yet.')
    for (const line of moreFollow(document.next)) output.line(line)
    return 0
  },
}

function hasStranger(entry: HistoryEntryJson): boolean {
  return entry.participants.some(({ as, contactPerson }) => as !== 'from' && contactPerson === null)
}

function rowOf(entry: HistoryEntryJson): string[] {
  return [
    entry.occurredAt.slice(0, 16).replace('T', ' '),
    entry.direction ?? entry.kind,
    entry.from?.name ?? entry.from?.address ?? '',
    peopleOf(entry).join(', '),
    entry.subject ?? '',
    [entry.text ?? '', ...remarksOn(entry)].filter((line) => line !== '').join('\n'),
    whyOf(entry),
  ]
}

/** What a reader should know beside the text, each in brackets. */
export function remarksOn(entry: HistoryEntryJson): string[] {
  const { capturedBy, undelivered, missingEarlier, automatic, defects } = entry
  const sealed = defects.filter(({ code }) => code === 'encrypted' || code === 'signed').map(({ code, detail }) => `${code} (${detail})`)
  const notes = capturedBy.flatMap(({ address, note }) => (note === undefined ? [] : [`${address} wrote above it: ${note}`]))
  const remarks = [
    ...notes,
    ...sealed,
    ...(automatic === null ? [] : ['written by a machine']),
    ...undelivered.map((address) => `did not reach ${address}`),
    ...(missingEarlier === 0
      ? []
      : [missingEarlier === 1 ? '1 earlier mail is not on file' : `${missingEarlier} earlier mails are not on file`]),
  ]
  return remarks.map((remark) => `[${remark}]`)
}

/** Recipients; whoever is no contact person is marked. */
export function peopleOf(entry: HistoryEntryJson): string[] {
  const recipients = entry.participants.filter(
    ({ as, address }) => as !== 'from' && !(as === 'forwardedFrom' && address === entry.from?.address),
  )
  return recipients.map(({ name, address, contactPerson }) => `${name ?? address}${contactPerson === null ? ' (?)' : ''}`)
}

/** The reasons for it, in words. */
export function whyOf(entry: Pick<HistoryEntryJson, 'evidence' | 'decidedBy'>): string {
  const reasons = entry.evidence.filter((evidence) => evidence.for).map(explainEvidence)
  return (entry.decidedBy === 'rule' ? reasons : [`Decided by ${entry.decidedBy}.`, ...reasons]).join(' ')
}
