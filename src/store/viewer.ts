/** Who asks, as far as it decides which mail he sees and answers for. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Sql } from './database.ts'

export interface Viewer {
  readonly role: UserRole
  /** A user's own addresses; none for an API key. */
  readonly addresses: readonly AddressKey[]
}

/** `userId` null for an API key of that role. */
export async function readViewer(sql: Sql, tenantId: TenantId, role: UserRole, userId: UserId | null): Promise<Viewer> {
  if (userId === null) return { role, addresses: [] }
  const rows = await sql.rows<{ address: AddressKey }>(
    `SELECT email AS address FROM user_account WHERE tenant_id = $1 AND id = $2
     UNION SELECT address_key FROM user_address WHERE tenant_id = $1 AND user_id = $2`,
    [tenantId, userId],
  )
  return { role, addresses: rows.map(({ address }) => address) }
}

/**
 * Whether these people captured or wrote a mail: then a salesperson may answer for it, and sees it though it is private. `mailId`, `from` are
 * columns with its id and author, `addresses` the parameter with their addresses; $1 is the tenant.
 */
export const isMailOfSql = (mailId: string, from: string, addresses: string): string => `(coalesce(${from} = ANY(${addresses}), false)
  OR EXISTS (SELECT FROM capture w WHERE w.tenant_id = $1 AND w.mail_id = ${mailId} AND w.address = ANY(${addresses})))`
