/** Leads, companies and contact persons as a search finds them: by the beginnings of the words of their names, by number, by address. */
import { leadNameKey } from '../crm/lead-name.ts'
import type { TenantId } from '../crm/ids.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'

export interface RecordHit {
  readonly kind: 'lead' | 'company' | 'contactPerson'
  readonly id: string
  readonly title: string
  readonly excerpt: string | null
  readonly lead: string | null
  readonly company: string | null
  readonly at: null
}

export interface RecordQuery {
  readonly q: string
  readonly kind: RecordHit['kind']
  readonly limit: number
  readonly after?: string | undefined
}

/** Words of a search that count. */
const wordsMax = 6
/** Names that one word may find; with more, some are not found until another letter is typed. */
const namesPerWordMax = 2_000
const anyText = /^[\s\S]{0,2000}$/

/** Umlauts are stored as their base letter: `mueller` is looked for as `muller` as well, and `müller` as `mueller`. */
const writtenOut: readonly (readonly [RegExp, string])[] = [
  [/ä/g, 'ae'],
  [/ö/g, 'oe'],
  [/ü/g, 'ue'],
  [/å/g, 'aa'],
]

/** Whoever bears the number or the whole name comes first, the others in the order of their names. */
export async function searchRecords(
  sql: Sql,
  tenantId: TenantId,
  { q, kind, limit, after }: RecordQuery,
): Promise<{ readonly hits: RecordHit[]; readonly next?: string }> {
  const values: unknown[] = [tenantId]
  const bind = (value: unknown): string => `$${String(values.push(value))}`
  const found = conditionOf(q, kind, bind)
  if (found === null) return { hits: [] }
  const { table, columns, joins, best } = shapes[kind]
  const key = leadNameKey(q)
  const rank = `CASE WHEN ${best(bind(key))} THEN 0 ELSE 1 END`
  const behind = after === undefined ? 'true' : behindOf(after, rank, bind)
  const rows = await sql.rows<Omit<RecordHit, 'kind' | 'at'> & { rank: number; key: string }>(
    `WITH shown AS (
       SELECT r.id, ${rank} AS rank, r.name_key AS key FROM ${table} r
       WHERE r.tenant_id = $1 AND r.id IN (${found}) AND ${behind} ORDER BY ${rank}, r.name_key COLLATE "C", r.id LIMIT ${String(limit + 1)})
     SELECT r.id, r.name AS title, ${columns}, s.rank, s.key FROM shown s JOIN ${table} r ON r.tenant_id = $1 AND r.id = s.id ${joins}
     ORDER BY s.rank, s.key COLLATE "C", s.id`,
    values,
  )
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    hits: shown.map(({ id, title, excerpt, lead, company }) => ({ kind, id, title, excerpt, lead, company, at: null })),
    ...(rows.length > limit && last !== undefined ? { next: writeCursor(String(last.rank), last.key, last.id) } : {}),
  }
}

type Bind = (value: unknown) => string

const shapes: Readonly<Record<RecordHit['kind'], { table: string; columns: string; joins: string; best: (key: string) => string }>> = {
  lead: {
    table: 'lead',
    columns: 'NULL::text AS excerpt, r.number AS lead, y.name AS company',
    joins: 'LEFT JOIN company y ON y.tenant_id = $1 AND y.id = r.company_id',
    best: (key) => `r.number = ${key} OR r.name_key = ${key}`,
  },
  company: {
    table: 'company',
    columns: 'r.tax_number AS excerpt, NULL::text AS lead, r.name AS company',
    joins: '',
    best: (key) => `r.name_key = ${key}`,
  },
  contactPerson: {
    table: 'contact_person',
    columns: `(SELECT string_agg(a.address, ', ' ORDER BY a.address) FROM contact_address a WHERE a.tenant_id = $1 AND a.contact_person_id = r.id) AS excerpt,
      NULL::text AS lead, y.name AS company`,
    joins: 'LEFT JOIN company y ON y.tenant_id = $1 AND y.id = r.company_id',
    best: (key) => `r.name_key = ${key}`,
  },
}

/** Statements that answer ids: all words of the name, or, for a contact person, the beginning of an address. Null where nothing was asked. */
function conditionOf(q: string, kind: RecordHit['kind'], bind: Bind): string | null {
  const isAddress = q.includes('@')
  if (isAddress) {
    if (kind !== 'contactPerson') return null
    const beginning = q.trim().toLowerCase()
    return `SELECT contact_person_id FROM contact_address WHERE tenant_id = $1 AND address_key <> ''
      AND address_key COLLATE "C" >= ${bind(beginning)} AND address_key COLLATE "C" < ${bind(`${beginning}\u{10ffff}`)} LIMIT ${String(namesPerWordMax)}`
  }
  const words = q.normalize('NFC').toLowerCase().split(/\s+/).flatMap(formsOf).slice(0, wordsMax)
  if (words.length === 0) return null
  return words
    .map((forms) => {
      const ranges = forms.map((form) => `word >= ${bind(form)} AND word < ${bind(`${form}\u{10ffff}`)}`)
      return `(SELECT id FROM name_word WHERE tenant_id = $1 AND kind = '${kind}' AND (${ranges.join(' OR ')}) LIMIT ${String(namesPerWordMax)})`
    })
    .join(' INTERSECT ')
}

/** Each word of a written one (a hyphen parts words), in the forms under which it may be stored. */
function formsOf(written: string): string[][] {
  const spelled = writtenOut.reduce((text, [umlaut, letters]) => text.replace(umlaut, letters), written)
  const base = written.replaceAll(/ae|oe|ue/g, (letters) => letters.slice(0, 1))
  const [plain = [], out = [], short = []] = [written, spelled, base].map((text) =>
    leadNameKey(text)
      .split(' ')
      .filter((word) => word !== ''),
  )
  return plain.map((word, at) => [...new Set([word, out[at] ?? word, short[at] ?? word])])
}

function behindOf(after: string, rank: string, bind: Bind): string {
  const [lastRank = '', key = '', id = ''] = readCursor(after, /^[01]$/, anyText, uuidForm)
  return `(${rank}, r.name_key COLLATE "C", r.id) > (${bind(Number(lastRank))}::int, ${bind(key)}::text, ${bind(id)}::uuid)`
}
