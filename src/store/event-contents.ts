/**
 * What has just come, as lists and popups show it, so that a page shows it without asking. It is told to all who hear of the event: so nothing that is private,
 * and never the text. In a transaction of the tenant.
 */
import type { ConfirmationId, HistoryEntryId, MailId, TenantId } from '../crm/ids.ts'
import type { Evidence } from '../matching/decision.ts'
import { withWords } from '../matching/explain.ts'
import { type ConfirmationRow, type EvidenceView, readConfirmationRows } from './confirmation-rows.ts'
import type { Sql } from './database.ts'
import { type ParticipantView, readParticipants } from './mail-whole.ts'

export interface EventContent {
  readonly question?: Omit<ConfirmationRow, 'preview'>
  readonly entry?: EntryShown
}

interface EntryShown {
  readonly subject: string | null
  readonly lead: { readonly number: string; readonly name: string; readonly company: string | null }
  readonly participants: ParticipantView[]
  readonly evidence: EvidenceView[]
}

/** Of one look, the newest: whoever watches a storm of mail is not shown more of it one by one. */
export const contentsMax = 8
/** All of a look together, as JSON: a stream lets go of a reader who is behind by more than a few times as much. */
export const contentsCharactersMax = 64_000
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

interface Told {
  readonly kind: string
  readonly id: string
  readonly actor: string
}

const isAsked = ({ kind }: Told): boolean => kind === 'confirmation.opened' || kind === 'confirmation.changed'
/** What people file themselves they have seen. */
const isFiledByRule = ({ kind, actor }: Told): boolean => kind === 'history.appended' && actor === 'rule'

/** The same events, some of them with their contents. `at`: see `readConfirmationRows`. */
export async function withContents<Event extends Told>(
  sql: Sql,
  tenantId: TenantId,
  events: readonly Event[],
  at: Date,
): Promise<(Event & { readonly content?: EventContent | undefined })[]> {
  const wanted = events.filter((event) => uuid.test(event.id) && (isAsked(event) || isFiledByRule(event))).slice(-contentsMax)
  const questions = wanted.filter(isAsked).map(({ id }) => id as ConfirmationId)
  const entries = wanted.filter(isFiledByRule).map(({ id }) => id as HistoryEntryId)
  const read = [...(await readQuestions(sql, tenantId, questions, at)), ...(await readEntries(sql, tenantId, entries))]
  const contents = new Map(read)
  const told = new Map<Event, EventContent | undefined>()
  let left = contentsCharactersMax
  for (const event of wanted.toReversed()) {
    const content = contents.get(event.id)
    left -= JSON.stringify(content ?? null).length
    if (left >= 0) told.set(event, content)
  }
  return events.map((event) => (told.has(event) ? { ...event, content: told.get(event) } : event))
}

type Read = readonly (readonly [id: string, EventContent])[]

async function readQuestions(sql: Sql, tenantId: TenantId, ids: readonly ConfirmationId[], at: Date): Promise<Read> {
  if (ids.length === 0) return []
  const open = await sql.rows<{ id: ConfirmationId }>(
    'SELECT c.id FROM confirmation c WHERE c.tenant_id = $1 AND c.id = ANY($2) AND NOT c.private AND c.settled_at IS NULL',
    [tenantId, ids],
  )
  const rows = await readConfirmationRows(
    sql,
    tenantId,
    open.map(({ id }) => id),
    at,
  )
  return rows.map(({ preview: _preview, ...question }) => [question.id, { question }])
}

interface EntryRead {
  readonly id: HistoryEntryId
  readonly mailId: MailId
  readonly subject: string
  readonly number: string
  readonly name: string
  readonly company: string | null
  readonly evidence: Evidence[]
}

async function readEntries(sql: Sql, tenantId: TenantId, ids: readonly HistoryEntryId[]): Promise<Read> {
  if (ids.length === 0) return []
  const rows = await sql.rows<EntryRead>(
    `SELECT h.id, h.mail_id AS "mailId", m.subject, l.number, l.name, y.name AS company, h.evidence
     FROM history_entry h JOIN lead l ON l.tenant_id = $1 AND l.id = h.lead_id LEFT JOIN company y ON y.tenant_id = $1 AND y.id = l.company_id
       JOIN mail m ON m.tenant_id = $1 AND m.id = h.mail_id
     WHERE h.tenant_id = $1 AND h.id = ANY($2) AND h.undone_at IS NULL AND m.private_at IS NULL`,
    [tenantId, ids],
  )
  const peopleOf = await readParticipants(
    sql,
    tenantId,
    rows.map(({ mailId }) => mailId),
  )
  return rows.map(({ id, mailId, subject, number, name, company, evidence }) => {
    const entry = { subject, lead: { number, name, company }, participants: peopleOf(mailId), evidence: withWords(evidence) }
    return [id, { entry }]
  })
}
