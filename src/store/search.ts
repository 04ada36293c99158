/**
 * Search (PRODUCT §5): mails that stand in histories, by subject, text, people and file names; leads, companies and contact persons by names, numbers
 * and addresses. In a transaction of the tenant, as one of its people.
 */
import { type AskedWord, askedWords, markWords } from '../crm/search-words.ts'
import type { LeadId, MailId, TenantId } from '../crm/ids.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'
import { findLeadId } from './history.ts'
import { type EntryFilter, filtersOf } from './history-pages.ts'
import type { HistoryViewer } from './history-rows.ts'
import { leadWord, tenantWord } from './search-index.ts'
import { type RecordHit, searchRecords } from './search-records.ts'
import { isMailOfSql } from './viewer.ts'

export type HitKind = 'lead' | 'company' | 'contactPerson' | 'entry'

export interface SearchHit {
  readonly kind: HitKind
  readonly id: string
  readonly title: string
  /** What was found, the words between U+0001 and U+0002. */
  readonly excerpt: string | null
  /** Number of the lead that it stands at. */
  readonly lead: string | null
  readonly company: string | null
  readonly at: string | null
}

export interface SearchQuery {
  readonly q: string
  readonly kind?: HitKind | undefined
  /** Only what stands at this lead. With this, and with what follows, mails alone are found. */
  readonly lead?: string | undefined
  readonly direction?: EntryFilter['direction']
  /** A contact person who takes part. */
  readonly person?: string | undefined
  /** Only mails with files. */
  readonly files?: boolean | undefined
  readonly limit: number
  readonly after?: string | undefined
}

export interface SearchAnswer {
  readonly hits: SearchHit[]
  readonly next?: string
}

/** Of each kind, above the mails, where all kinds are asked for. */
export const recordsAboveMax = 5
/** The newest mails, of all or of a lead, are looked through first, which is quick where many fit; the index over words finds the others. */
const newestWindow = 1_500
/** And so many more where that is likely to be enough, by half again what is expected. */
const longWindow = 12_000
const longWindowMargin = 1.5
/** Of the newest mails no more have a word that is rare, and so many times more one that is common beside it. */
const rareMax = 5
const commonTimes = 20
/** Pages of which everything was private, or moved away meanwhile, that are passed over for one answer. */
const roundsMax = 5
/** Mails with the words that are looked at together for those that pass a filter: within a lead, in one go; else in rounds, of the newest first. */
const filterWindow = { ofLead: 10_000, ofAll: 1_000 } as const
/** Of a mail, where its excerpt is cut from. */
const excerptReadCharactersMax = 30_000
const excerptBefore = 60
const excerptCharactersMax = 220
/** Of the text, from the first word that was found: an excerpt and the whole of its last word. */
const excerptReachCharacters = 300

const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

/** Throws PermanentFailure `inputInvalid` for an `after` that was never given out. */
export async function search(sql: Sql, tenantId: TenantId, query: SearchQuery, viewer: HistoryViewer): Promise<SearchAnswer> {
  const { q, kind, lead, direction, person, files = false, limit, after } = query
  const asked = askedWords(q)
  if (asked.length === 0) return { hits: [] }
  const filter =
    direction !== undefined || person !== undefined || files ? { direction, person, files: files ? { viewer } : undefined } : null
  const isOfMails = lead !== undefined || filter !== null
  if (isOfMails && kind !== undefined && kind !== 'entry') return { hits: [] }
  if (kind !== undefined && kind !== 'entry') return await searchRecords(sql, tenantId, { q, kind, limit, after })
  const leadId = lead === undefined ? null : await findLeadId(sql, tenantId, lead)
  if (lead !== undefined && leadId === null) return { hits: [] }
  const above: RecordHit[] = []
  if (kind === undefined && !isOfMails && after === undefined) {
    for (const each of ['lead', 'company', 'contactPerson'] as const)
      above.push(...(await searchRecords(sql, tenantId, { q, kind: each, limit: recordsAboveMax })).hits)
  }
  const entries = await searchEntries(sql, tenantId, { asked, leadId, filter, limit, after }, viewer)
  return { ...entries, hits: [...above, ...entries.hits] }
}

interface Place {
  readonly at: string
  readonly mailId: MailId
}

interface EntryQuery {
  readonly asked: readonly AskedWord[]
  readonly leadId: LeadId | null
  readonly filter: EntryFilter | null
  readonly limit: number
  readonly after?: string | undefined
}

async function searchEntries(
  sql: Sql,
  tenantId: TenantId,
  { asked, leadId, filter, limit, after }: EntryQuery,
  viewer: HistoryViewer,
): Promise<SearchAnswer> {
  const owners = [tenantWord(tenantId), ...(leadId === null ? [] : [leadWord(leadId)])].map((word) => ({
    forms: [word],
    isBeginning: false,
  }))
  const question: Question = { tenantId, leadId, owners, asked }
  const hits: SearchHit[] = []
  let before = after === undefined ? null : placeOf(after)
  for (let round = 0; round < roundsMax; round++) {
    const wanted = limit - hits.length
    const atMost = filter === null ? wanted + 1 : leadId === null ? filterWindow.ofAll : filterWindow.ofLead
    const found = await findMails(sql, question, { before, atMost })
    const passing = filter === null ? found : await passingOf(sql, tenantId, found, filter)
    const page = passing.slice(0, wanted)
    hits.push(...(await readHits(sql, tenantId, page, { asked, leadId }, viewer)))
    const last = passing.length > wanted ? page.at(-1) : found.at(-1)
    if ((passing.length <= wanted && found.length < atMost) || last === undefined) return { hits }
    before = last
    if (hits.length >= limit || atMost === filterWindow.ofLead) break
  }
  return { hits, ...(before === null ? {} : { next: writeCursor(before.at, before.mailId) }) }
}

function placeOf(after: string): Place {
  const [at = '', mailId = ''] = readCursor(after, timeForm, uuidForm)
  return { at, mailId: mailId as MailId }
}

/** As tsquery: all of the words, each in any of its forms. */
function queryText(words: readonly AskedWord[]): string {
  return words
    .map(
      ({ forms, isBeginning }) =>
        `(${forms.map((form) => `'${form.replaceAll(/['\\]/g, '$&$&')}'${isBeginning ? ':*' : ''}`).join(' | ')})`,
    )
    .join(' & ')
}

interface Question {
  readonly tenantId: TenantId
  readonly leadId: LeadId | null
  /** Whose mails, and where they stand. */
  readonly owners: readonly AskedWord[]
  readonly asked: readonly AskedWord[]
}

interface PlaceRow {
  readonly mailId: MailId
  readonly at: Date
}

interface Section {
  readonly before: Place | null
  readonly atMost: number
}

const placeOfRow = ({ mailId, at }: PlaceRow): Place => ({ mailId, at: at.toISOString() })

/** Ids of the tenant's mails that match, newest first. Functions of the database alone look at documents (see the migrations). */
async function findMails(sql: Sql, question: Question, { before, atMost }: Section): Promise<Place[]> {
  const { found, last } = await (question.leadId === null ? findNewest : findNewestOfLead)(sql, question, { before, atMost })
  if (found.length >= atMost || last === null) return [...found]
  return [...found, ...(await findByIndex(sql, question, { before: last, atMost: atMost - found.length }))]
}

/** `last` is where the index goes on, or null where nothing is behind it. */
interface Newest {
  readonly found: readonly Place[]
  readonly last: Place | null
}

/** Where a few were found in so many, as many more mails are looked through as will have the others: the index would gather all that ever came, and sort them. */
async function findNewest(sql: Sql, question: Question, section: Section): Promise<Newest> {
  const near = await findInWindow(sql, question, section, newestWindow)
  const missing = section.atMost - near.found.length
  if (missing <= 0 || near.last === null) return near
  const promising = Math.ceil((longWindowMargin * newestWindow * missing) / near.found.length)
  if (promising > longWindow) return near
  const far = await findInWindow(sql, question, { before: near.last, atMost: missing }, promising)
  return { found: [...near.found, ...far.found], last: far.last }
}

async function findInWindow(sql: Sql, { owners, asked }: Question, { before, atMost }: Section, size: number): Promise<Newest> {
  const rows = await sql.rows<PlaceRow & { isLast: boolean }>(
    'SELECT mail_id AS "mailId", occurred_at AS at, is_last AS "isLast" FROM search_newest($1::tsquery, $2, $3, $4, $5)',
    [queryText([...owners, ...asked]), before?.at ?? null, before?.mailId ?? null, atMost, size],
  )
  const last = rows.find(({ isLast }) => isLast)
  return { found: rows.filter(({ isLast }) => !isLast).map(placeOfRow), last: last === undefined ? null : placeOfRow(last) }
}

async function findNewestOfLead(sql: Sql, { tenantId, leadId, owners, asked }: Question, { before, atMost }: Section): Promise<Newest> {
  const behind = before === null ? '' : 'AND h.occurred_at <= $3 AND (h.occurred_at, h.mail_id) < ($3::timestamptz, $4::uuid)'
  const entries = await sql.rows<PlaceRow>(
    `SELECT h.mail_id AS "mailId", h.occurred_at AS at FROM history_entry h
     WHERE h.tenant_id = $1 AND h.lead_id = $2 AND h.undone_at IS NULL AND h.mail_id IS NOT NULL ${behind}
     ORDER BY h.occurred_at DESC, h.mail_id DESC LIMIT ${String(newestWindow)}`,
    [tenantId, leadId, ...(before === null ? [] : [before.at, before.mailId])],
  )
  const rows = await sql.rows<PlaceRow>('SELECT mail_id AS "mailId", occurred_at AS at FROM search_among($1::tsquery, $2, $3)', [
    queryText([...owners, ...asked]),
    entries.map(({ mailId }) => mailId),
    atMost,
  ])
  const last = entries.length < newestWindow ? undefined : entries.at(-1)
  return { found: rows.map(placeOfRow), last: last === undefined ? null : placeOfRow(last) }
}

async function findByIndex(sql: Sql, { owners, asked }: Question, { before, atMost }: Section): Promise<Place[]> {
  const common = await commonOf(sql, asked)
  const section = [before?.at ?? null, before?.mailId ?? null, atMost]
  if (common.length === 0) {
    const all = [queryText([...owners, ...asked]), ...section]
    return (await sql.rows<PlaceRow>('SELECT mail_id AS "mailId", occurred_at AS at FROM search_all($1::tsquery, $2, $3, $4)', all)).map(
      placeOfRow,
    )
  }
  const rare = [...owners, ...asked.filter((word) => !common.includes(word))]
  const rows = await sql.rows<PlaceRow>(
    'SELECT mail_id AS "mailId", occurred_at AS at FROM search_rare($1::tsquery, $2::tsquery, $3, $4, $5)',
    [queryText(rare), queryText(common), ...section],
  )
  return rows.map(placeOfRow)
}

/** Words beside a rare one that so many mails have that the index is not to be asked for them. */
async function commonOf(sql: Sql, asked: readonly AskedWord[]): Promise<AskedWord[]> {
  if (asked.length < 2) return []
  const [row] = await sql.rows<{ counts: number[] }>('SELECT search_counts($1::tsquery[], $2) AS counts', [
    asked.map((word) => queryText([word])),
    newestWindow,
  ])
  const counts = row?.counts ?? []
  const fewest = Math.min(...counts)
  return fewest > rareMax ? [] : asked.filter((_, at) => (counts[at] ?? 0) >= commonTimes * Math.max(fewest, 1))
}

/** Those that a history would show with the same filter. */
async function passingOf(sql: Sql, tenantId: TenantId, places: readonly Place[], filter: EntryFilter): Promise<Place[]> {
  const { behind, values } = filtersOf(filter, [])
  const rows = await sql.rows<{ mailId: MailId }>(
    `SELECT h.mail_id AS "mailId" FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = ANY($2) AND h.undone_at IS NULL AND ${behind}`,
    [tenantId, places.map(({ mailId }) => mailId), ...values],
  )
  const passing = new Set(rows.map(({ mailId }) => mailId))
  return places.filter(({ mailId }) => passing.has(mailId))
}

interface EntryHitRow {
  readonly mailId: MailId
  readonly id: string
  readonly subject: string
  readonly at: Date
  readonly lead: string
  readonly company: string | null
  readonly text: string
  readonly people: string[]
  readonly files: string[]
}

/** Under the caller's policies: what is his tenant's, stands where it is said to stand, and is not private to others. */
async function readHits(
  sql: Sql,
  tenantId: TenantId,
  places: readonly Place[],
  { asked, leadId }: Pick<EntryQuery, 'asked' | 'leadId'>,
  viewer: HistoryViewer,
): Promise<SearchHit[]> {
  if (places.length === 0) return []
  const rows = await sql.rows<EntryHitRow>(
    `SELECT m.id AS "mailId", h.id, m.subject, h.occurred_at AS at, l.number AS lead, y.name AS company,
       left(m.text, ${String(excerptReadCharactersMax)}) AS text,
       ARRAY(SELECT concat_ws(' ', p.name, p.address) FROM participant p WHERE p.tenant_id = $1 AND p.mail_id = m.id ORDER BY p.position LIMIT 100) AS people,
       ARRAY(SELECT a.file_name FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id ORDER BY a.position LIMIT 400) AS files
     FROM mail m JOIN history_entry h ON h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL
       JOIN lead l ON l.tenant_id = $1 AND l.id = h.lead_id LEFT JOIN company y ON y.tenant_id = $1 AND y.id = l.company_id
     WHERE m.tenant_id = $1 AND m.id = ANY($2) AND m.erased_at IS NULL AND ($5::uuid IS NULL OR h.lead_id = $5)
       AND (m.private_at IS NULL OR $3 OR ${isMailOfSql('m.id', 'm.from_address', '$4')})`,
    [tenantId, places.map(({ mailId }) => mailId), viewer === null || viewer.role === 'admin', viewer?.addresses ?? [], leadId],
  )
  const byMail = new Map(rows.map((row) => [row.mailId, row]))
  return places.flatMap(({ mailId }) => {
    const row = byMail.get(mailId)
    if (row === undefined) return []
    const { id, subject, at, lead, company } = row
    return [{ kind: 'entry' as const, id, title: subject, excerpt: excerptOf(row, asked), lead, company, at: at.toISOString() }]
  })
}

/** From the text, else the people, else the files: whatever has most of the words that were sought. */
function excerptOf({ subject, text, people, files }: EntryHitRow, asked: readonly AskedWord[]): string | null {
  const sources = [text, people.join(', '), files.join(', '), subject].map((source) => excerptFrom(source, asked))
  const best = sources.toSorted((one, other) => other.found - one.found)[0]
  return best === undefined || best.found === 0 ? null : best.excerpt
}

function excerptFrom(source: string, asked: readonly AskedWord[]): { readonly excerpt: string; readonly found: number } {
  const [start] = markWords(source, asked)
  if (start === undefined) return { excerpt: '', found: 0 }
  const before = start.isFound ? '' : start.text
  if (before.length === source.length) return { excerpt: '', found: 0 }
  let excerpt = before.length > excerptBefore ? `…${before.slice(-excerptBefore)}` : before
  const distinct = new Set<string>()
  for (const { text, isFound } of markWords(source.slice(before.length, before.length + excerptReachCharacters), asked)) {
    if (excerpt.length >= excerptCharactersMax) break
    if (isFound) distinct.add(text.toLowerCase())
    const rest = text.slice(0, excerptCharactersMax - excerpt.length)
    excerpt += isFound ? `\u0001${text}\u0002` : rest
  }
  return {
    excerpt: excerpt
      .replaceAll(/[\s\u0000]+/g, ' ')
      .trim()
      .toWellFormed(),
    found: distinct.size,
  }
}
