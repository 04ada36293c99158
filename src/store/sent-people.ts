/** Who is who in mail that lies in a Sent folder: the tenant's own people, and its contact persons. */
import type { TenantId } from '../crm/ids.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database } from './database.ts'

export interface SentPeople {
  /** Addresses of users who may sign in, their further ones included, and what each signs in as. */
  readonly users: ReadonlyMap<AddressKey, AddressKey>
  readonly contactPersons: ReadonlySet<AddressKey>
}

/** Which of these addresses are whose. @throws TemporaryFailure `databaseUnavailable`. */
export async function findSentPeople(database: Database, tenantId: TenantId, addresses: readonly AddressKey[]): Promise<SentPeople> {
  const rows = await database.tenantSql(tenantId, (sql) =>
    sql.rows<{ readonly address: AddressKey; readonly signIn: AddressKey | null }>(
      `SELECT email AS address, email AS "signIn" FROM user_account WHERE tenant_id = $1 AND email = ANY($2) AND disabled_at IS NULL
       UNION SELECT a.address_key, u.email FROM user_address a JOIN user_account u ON u.tenant_id = a.tenant_id AND u.id = a.user_id
         WHERE a.tenant_id = $1 AND a.address_key = ANY($2) AND u.disabled_at IS NULL
       UNION SELECT address_key, NULL FROM contact_address WHERE tenant_id = $1 AND address_key = ANY($2)`,
      [tenantId, addresses],
    ),
  )
  return {
    users: new Map(rows.flatMap(({ address, signIn }) => (signIn === null ? [] : [[address, signIn] as const]))),
    contactPersons: new Set(rows.flatMap(({ address, signIn }) => (signIn === null ? [address] : []))),
  }
}
