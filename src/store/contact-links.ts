/** Participants of earlier mail whose address nobody knew then. */
import type { TenantId } from '../crm/ids.ts'
import type { Sql } from './database.ts'

/**
 * Links unknown participants with one of these canonical addresses to the contact person who has it now; an address of several persons stays
 * unknown, as in new mail. What was linked before stays, since that is whom the mail went to then. Answers how many were linked.
 */
export async function linkParticipants(sql: Sql, tenantId: TenantId, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0
  return await sql.run(
    `UPDATE participant SET contact_person_id = known.id
     FROM (SELECT address_key, (array_agg(contact_person_id))[1] AS id FROM contact_address
           WHERE tenant_id = $1 AND address_key = ANY($2) GROUP BY address_key HAVING count(*) = 1) known
     WHERE participant.tenant_id = $1 AND participant.address_key = known.address_key AND participant.contact_person_id IS NULL`,
    [tenantId, keys],
  )
}
