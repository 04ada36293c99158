/** What became of a story's mail, and how that differs from what the story says must become of it. */
import type { Evidence } from '../matching/decision.ts'
import { readConfirmations, type ConfirmationJson } from '../store/confirmations.ts'
import type { Database } from '../store/database.ts'
import { readHistory, type HistoryEntryJson } from '../store/history.ts'
import type { MessageJson } from '../store/messages.ts'
import { pageLimitMax } from '../store/page.ts'
import { listTenants } from '../store/tenants.ts'
import type { StoryExpectation, StoryStep } from './stories.ts'
import type { StepReply } from './story-sender.ts'

export interface Outcome {
  readonly reply: string
  /** Null where the mail was refused. */
  readonly message: MessageJson | null
  readonly entry: HistoryEntryJson | null
  /** What else came of the same message: the other mails that it forwards. */
  readonly others: readonly { readonly lead: string; readonly entry: HistoryEntryJson }[]
  readonly confirmation: ConfirmationJson | null
  /** Tenants that have an open confirmation or a history entry with this mail. */
  readonly seenBy: readonly string[]
}

/** Everything that the tenants show at one moment. */
export interface Showcase {
  readonly entries: readonly { readonly tenant: string; readonly lead: string; readonly entry: HistoryEntryJson }[]
  readonly confirmations: readonly { readonly tenant: string; readonly item: ConfirmationJson }[]
}

/** Reads the histories of the leads that the messages went to, and what waits at every tenant. */
export async function readShowcase(database: Database, messages: Iterable<MessageJson>): Promise<Showcase> {
  const leads = new Set(
    [...messages].flatMap(({ deliveries }) =>
      deliveries.flatMap(({ tenant, lead }) => (tenant === null || lead === null ? [] : [`${tenant} ${lead}`])),
    ),
  )
  const entries: Showcase['entries'][number][] = []
  for (const place of leads) {
    const [tenant = '', lead = ''] = place.split(' ')
    const history = await readHistory(database, tenant, lead, { limit: pageLimitMax })
    entries.push(...history.entries.map((entry) => ({ tenant, lead, entry })))
  }
  const confirmations: Showcase['confirmations'][number][] = []
  for (const { slug } of await listTenants(database)) {
    const { items } = await readConfirmations(database, slug, { limit: pageLimitMax })
    confirmations.push(...items.map((item) => ({ tenant: slug, item })))
  }
  return { entries, confirmations }
}

/** Finds one mail in what the tenants show: by its Message-ID (one without, as of an inline forward, by when it came), at its tenant. */
export function outcomeOf(reply: StepReply, message: MessageJson | null, showcase: Showcase): Outcome {
  if (message === null) return { reply: reply.reply, message: null, entry: null, others: [], confirmation: null, seenBy: [] }
  const [delivery] = message.deliveries
  const { messageId, receivedAt } = message
  const came = showcase.entries.filter(({ entry }) => entry.capturedBy.some(({ at }) => at === receivedAt))
  const isIt = ({ entry }: { readonly entry: HistoryEntryJson }): boolean => entry.messageId === messageId
  const entries = messageId === null ? came.filter(isIt) : showcase.entries.filter(isIt)
  const waiting = showcase.confirmations.filter(
    ({ item }) => item.messageId === messageId && (messageId !== null || item.receivedAt === receivedAt),
  )
  return {
    reply: reply.reply,
    message,
    entry: entries.find(({ tenant, lead }) => tenant === delivery?.tenant && lead === delivery.lead)?.entry ?? null,
    others: came.filter(({ tenant, entry }) => tenant === delivery?.tenant && !isIt({ entry })),
    confirmation: waiting.find(({ tenant }) => tenant === delivery?.tenant)?.item ?? null,
    seenBy: message.messageId === null ? [] : [...new Set([...entries, ...waiting].map(({ tenant }) => tenant))],
  }
}

/** One line for each difference between what a step expects and what became of it; none where all is as told. */
export function differences(step: StoryStep, outcome: Outcome): string[] {
  const found: string[] = []
  if (!outcome.reply.startsWith(step.reply)) found.push(`the reply was "${outcome.reply}", not ${step.reply}`)
  const { expect } = step
  if (expect === undefined) return found
  const delivery = outcome.message?.deliveries[0]
  if (delivery === undefined) return [...found, 'it was not accepted']
  differ(found, 'tenant', delivery.tenant, expect.tenant)
  if (expect.settledLater === true) {
    if (outcome.confirmation !== null) found.push('it still waits for a person')
    return found
  }
  differ(found, 'state', delivery.state, expect.state)
  if (expect.state === 'ignored') differ(found, 'reason', delivery.reason, expect.reason)
  if (expect.state === 'appended') found.push(...differencesOfEntry(expect, outcome, delivery.lead))
  if (expect.state === 'inReview') found.push(...differencesOfConfirmation(expect, outcome.confirmation))
  for (const tenant of expect.absentAt ?? []) if (outcome.seenBy.includes(tenant)) found.push(`${tenant} sees it`)
  return found
}

function differencesOfEntry(expect: StoryExpectation, outcome: Outcome, lead: string | null): string[] {
  const { entry, message } = outcome
  const found: string[] = []
  differ(found, 'lead', lead, expect.lead)
  if (entry === null) return [...found, 'it does not stand in the history of its lead']
  found.push(...differencesOfEvidence(expect, entry.evidence))
  for (const wanted of expect.participants ?? []) {
    const same = entry.participants.find(({ address, as }) => address === wanted.address && as === wanted.as)
    if (same === undefined) found.push(`${wanted.address} is not shown as ${wanted.as}`)
    else differ(found, `contact person of ${wanted.address}`, same.contactPerson, wanted.contactPerson)
  }
  if (expect.participantCount !== undefined) differ(found, 'number of participants', entry.participants.length, expect.participantCount)
  if (expect.direction !== undefined) differ(found, 'direction', entry.direction, expect.direction)
  if (expect.subject !== undefined) differ(found, 'subject', entry.subject, expect.subject)
  if (expect.messageId !== undefined) differ(found, 'Message-ID', entry.messageId, expect.messageId)
  if (expect.text !== undefined && entry.text?.includes(expect.text) !== true) found.push(`the text has no "${expect.text}"`)
  const names = entry.attachments.map(({ fileName }) => fileName)
  if (expect.attachments !== undefined) differ(found, 'attachments', names.join(', '), expect.attachments.join(', '))
  if (expect.attachmentCount !== undefined) differ(found, 'number of attachments', names.length, expect.attachmentCount)
  if (expect.capturedBy !== undefined)
    differ(found, 'captured by', sorted(entry.capturedBy.map(({ address }) => address)), sorted(expect.capturedBy))
  if (expect.occurredAt !== undefined)
    differ(found, 'time', entry.occurredAt, expect.occurredAt === 'received' ? message?.receivedAt : expect.occurredAt)
  return [...found, ...differencesOfUnderstanding(expect, entry, outcome.others)]
}

/** What is understood beyond the mail's own words. */
function differencesOfUnderstanding(expect: StoryExpectation, entry: HistoryEntryJson, others: Outcome['others']): string[] {
  const found: string[] = []
  if (expect.from !== undefined) differ(found, 'author', entry.from?.address, expect.from)
  if (expect.textWithout !== undefined && entry.text?.includes(expect.textWithout) === true)
    found.push(`the text has "${expect.textWithout}"`)
  if (expect.note !== undefined) differ(found, 'note', entry.capturedBy.at(-1)?.note, expect.note)
  if (expect.automatic !== undefined) differ(found, 'kind of machine', entry.automatic, expect.automatic)
  if (expect.missingEarlier !== undefined) differ(found, 'missing earlier mails', entry.missingEarlier, expect.missingEarlier)
  if (expect.undelivered !== undefined) differ(found, 'undelivered', sorted(entry.undelivered), sorted(expect.undelivered))
  const codes = entry.defects.map(({ code }) => code as string)
  for (const code of expect.defects ?? []) if (!codes.includes(code)) found.push(`there is no defect ${code}`)
  for (const wanted of expect.alsoFiled ?? []) {
    const isThere = others.some(
      ({ lead, entry: other }) => lead === wanted.lead && other.from?.address === wanted.from && other.subject === wanted.subject,
    )
    if (!isThere) found.push(`"${wanted.subject}" of ${wanted.from} is not filed at ${wanted.lead}`)
  }
  return found
}

function differencesOfConfirmation(expect: StoryExpectation, confirmation: ConfirmationJson | null): string[] {
  if (confirmation === null) return ['nothing waits for a person']
  const found: string[] = []
  differ(found, 'reasons', sorted(confirmation.reasons), sorted(expect.reasons ?? []))
  const { candidates } = confirmation
  if (expect.candidates?.length === 0) differ(found, 'candidates', candidates.map(({ lead }) => lead).join(', '), '')
  for (const wanted of expect.candidates ?? []) {
    const same = candidates.find(({ lead }) => lead === wanted.lead)
    if (same === undefined) found.push(`lead ${wanted.lead} is not proposed`)
    else found.push(...differencesOfEvidence({ evidence: wanted.evidence }, same.evidence))
  }
  const all = [...confirmation.evidence, ...candidates.flatMap(({ evidence }) => evidence)]
  found.push(...differencesOfEvidence(expect, all))
  return found
}

function differencesOfEvidence(expect: Pick<StoryExpectation, 'evidence' | 'against'>, evidence: readonly Evidence[]): string[] {
  const codes = (isFor: boolean): string[] => evidence.filter((item) => item.for === isFor).map((item) => item.code)
  const missing = (expect.evidence ?? []).filter((code) => !codes(true).includes(code))
  const missingAgainst = (expect.against ?? []).filter((code) => !codes(false).includes(code))
  return [
    ...missing.map((code) => `there is no evidence ${code}`),
    ...missingAgainst.map((code) => `there is no evidence against, ${code}`),
  ]
}

function differ(found: string[], what: string, seen: unknown, expected: unknown): void {
  if (seen !== expected) found.push(`${what}: ${String(seen)}, not ${String(expected)}`)
}

function sorted(items: readonly string[]): string {
  return items.toSorted().join(', ')
}
