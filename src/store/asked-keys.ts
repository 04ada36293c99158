/**
 * What an open question asks for: everything in its mail that would point to a lead, were it on file. Kept beside the question as hashes, so that what is added
 * later finds the questions that it touches through an index. A hash that meets another by chance only makes a question be judged once more.
 */
import { createHash } from 'node:crypto'
import { leadNamePhrases } from '../crm/lead-name.ts'
import { quoteOfVersion, readSubjectNumbers } from '../crm/lead-number.ts'
import type { ConfirmationId, MailId, TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'
import type { FactKeys } from './facts.ts'

export type AskedKind = 'number' | 'quote' | 'name' | 'address'

/** Of a mail with more, only the first are found by: its numbers, its people, then names. */
export const askedKeysMax = 2_000
/** Questions that are filled in at once. */
const filledMax = 200

/** As `confirmation.asks` holds it: 64 bits, as text. The tenant is in it, for one index serves all of them. */
export function askedKey(tenantId: TenantId, kind: AskedKind, value: string): string {
  return createHash('sha256').update(`${tenantId} ${kind} ${value}`).digest().readBigInt64BE().toString()
}

/**
 * By how many of its words a name is found: all runs of words of a subject would be twenty keys where these are ten, and a hundred times as many where it is
 * long. A name that only begins alike makes a question be judged once more.
 */
const nameWords = 2

/** What of a lead's name is asked for. */
export function nameBeginning(nameKey: string): string {
  return nameKey.split(' ', nameWords).join(' ')
}

/** What of a mail is looked up. */
export type AskedFor = Pick<FactKeys, 'leadNumbers' | 'quoteNumbers' | 'leadNameKeys'> & { readonly addresses: readonly string[] }

/** `keys`: of one mail alone. */
export function askedKeysOf(tenantId: TenantId, keys: AskedFor): string[] {
  const all: [AskedKind, readonly string[]][] = [
    ['number', keys.leadNumbers],
    ['quote', keys.quoteNumbers],
    ['address', keys.addresses],
    ['name', [...new Set(keys.leadNameKeys.map(nameBeginning))]],
  ]
  const named = all.flatMap(([kind, values]) => values.map((value) => [kind, value] as const)).slice(0, askedKeysMax)
  return [...new Set(named.map(([kind, value]) => askedKey(tenantId, kind, value)))]
}

/**
 * Writes them for open questions that have none: from before they were kept, and mail that a person took out of a history. Of what is on file of it that is its
 * subject and its people. Answers how many; call again while it is any. In a transaction of the tenant.
 */
export async function fillAskedKeys(sql: Sql, tenantId: TenantId): Promise<number> {
  const rows = await sql.rows<{ id: ConfirmationId; mailId: MailId; subject: string; addresses: string[] }>(
    `SELECT c.id, c.mail_id AS "mailId", m.subject,
       ARRAY(SELECT DISTINCT p.address_key FROM participant p WHERE p.tenant_id = $1 AND p.mail_id = m.id AND p.address_key IS NOT NULL) AS addresses
     FROM confirmation c JOIN mail m ON m.tenant_id = $1 AND m.id = c.mail_id
     WHERE c.tenant_id = $1 AND c.settled_at IS NULL AND c.asks IS NULL ORDER BY c.id LIMIT ${String(filledMax)} FOR NO KEY UPDATE OF c SKIP LOCKED`,
    [tenantId],
  )
  const filled = rows.map(({ id, subject, addresses }) => ({ id, asks: askedKeysOf(tenantId, { ...keysOfSubject(subject), addresses }) }))
  if (filled.length > 0)
    await sql.run(
      `UPDATE confirmation c SET asks = ARRAY(SELECT json_array_elements_text(r.asks)::bigint)
       FROM json_to_recordset($2::json) AS r(id uuid, asks json) WHERE c.tenant_id = $1 AND c.id = r.id`,
      [tenantId, JSON.stringify(filled)],
    )
  return filled.length
}

function keysOfSubject(subject: string): Omit<AskedFor, 'addresses'> {
  const { leadNumbers, nearMisses, quoteNumbers } = readSubjectNumbers(subject)
  return {
    leadNumbers: [...leadNumbers, ...nearMisses],
    quoteNumbers: quoteNumbers.map(quoteOfVersion),
    leadNameKeys: leadNamePhrases(subject),
  }
}
