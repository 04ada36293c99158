/** By what the queue is searched and filtered, written beside each question when it is opened; bounded, for an index holds all of it. */
import { foldedWords } from '../crm/lead-name.ts'
import type { MailId, TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

/** Octets of a search key: the subject and the first people of a mail to hundreds are found, its last are not. */
export const searchKeyBytesMax = 1_200
/** Of more candidates than these the queue cannot be filtered by the last. */
export const keyedCandidatesMax = 30
const addressBytesMax = 254
/** So that one endless word does not keep out all others. */
const wordCharactersMax = 80

interface Named {
  readonly address: string | null
  readonly name: string | null
}

/** The folded words of subject, addresses and names, each once, in this order. */
export function searchKeyOf(subject: string, people: readonly Named[]): string {
  const texts = [subject, ...people.flatMap(({ address, name }) => [name ?? '', address ?? ''])]
  const words = new Set<string>()
  let bytes = 0
  for (const whole of texts.flatMap(foldedWords)) {
    const word = whole.slice(0, wordCharactersMax).toWellFormed()
    if (words.has(word)) continue
    bytes += Buffer.byteLength(word) + 1
    if (bytes > searchKeyBytesMax) break
    words.add(word)
  }
  return [...words].join(' ')
}

/** What a search key must have somewhere, all of it; null where nothing is asked. What has no letter and no digit finds nothing. */
export function searchPartsOf(asked: string): string[] | null {
  if (asked.trim() === '') return null
  const words = foldedWords(asked)
  // A folded word has letters, digits and marks alone, so no key has a hyphen.
  return words.length === 0 ? ['-'] : [...new Set(words)].map((word) => word.slice(0, wordCharactersMax))
}

/** Of mails that the tenant has already. */
export async function readSearchKeys(sql: Sql, tenantId: TenantId, mailIds: readonly MailId[]): Promise<Map<MailId, string>> {
  if (mailIds.length === 0) return new Map()
  const rows = await sql.rows<{ id: MailId; subject: string; people: readonly Named[] }>(
    `SELECT m.id, m.subject, jsonb_build_array(jsonb_build_object('address', m.from_address, 'name', m.from_name)) || coalesce(
       (SELECT jsonb_agg(jsonb_build_object('address', p.address, 'name', p.name) ORDER BY p.position)
        FROM participant p WHERE p.tenant_id = $1 AND p.mail_id = m.id), '[]') AS people
     FROM mail m WHERE m.tenant_id = $1 AND m.id = ANY($2)`,
    [tenantId, mailIds],
  )
  return new Map(rows.map(({ id, subject, people }) => [id, searchKeyOf(subject, people)]))
}

/** The leads of RankedCandidate[] in `candidates`, best first. */
export const candidateLeadsSql = (candidates: string): string => `ARRAY(SELECT (k.one->>'leadId')::uuid
  FROM jsonb_array_elements(${candidates}) WITH ORDINALITY AS k(one, place) ORDER BY place LIMIT ${keyedCandidatesMax})`

/** Null for what is too long to be an address. */
export const fromAddressSql = (mail: string): string =>
  `CASE WHEN octet_length(${mail}.from_address) <= ${addressBytesMax} THEN ${mail}.from_address END`

/** What the mails of one thread have in common: the mail that begins it. `earlier` has In-Reply-To first, then References from the oldest on. */
export const threadKeySql = (mail: string): string => `coalesce(${mail}.earlier[2], ${mail}.earlier[1], ${mail}.message_id_hash)`
