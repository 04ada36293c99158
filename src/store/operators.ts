/** Operator accounts: of the installation, of no tenant, so all of them are the router's. */
import type { OperatorId } from '../crm/ids.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Database, Sql } from './database.ts'

export interface OperatorSummary {
  readonly id: OperatorId
  readonly email: AddressKey
  readonly name: string
  readonly hasPassword: boolean
  readonly disabled: boolean
  /** A link waits to be used. */
  readonly invited: boolean
}

export async function listOperators(database: Database): Promise<OperatorSummary[]> {
  return await database.routerSql(
    async (sql) =>
      await sql.rows<OperatorSummary>(
        `SELECT o.id, o.email, o.name, o.password_hash IS NOT NULL AS "hasPassword", o.disabled_at IS NOT NULL AS disabled,
                EXISTS (SELECT FROM one_time_link l WHERE l.operator_id = o.id AND l.kind = 'invitation' AND l.used_at IS NULL
                  AND l.expires_at > now()) AS invited
         FROM operator_account o ORDER BY o.email`,
      ),
  )
}

/** In a transaction of the router. Postgres refuses an address that has an account (accounts.ts, `isTakenAddress`). */
export async function createOperator(
  sql: Sql,
  { email, name }: { readonly email: AddressKey; readonly name: string },
): Promise<OperatorId> {
  const id = newId<OperatorId>()
  await sql.run('INSERT INTO operator_account (id, email, name) VALUES ($1, $2, $3)', [id, email, name])
  return id
}

/** As `setUserDisabled`: he is signed in no more. False where there is no such operator. */
export async function setOperatorDisabled(database: Database, email: AddressKey, disabled: boolean): Promise<boolean> {
  return await database.routerSql(async (sql) => {
    const touched = await sql.run(
      'UPDATE operator_account SET disabled_at = CASE WHEN $2::boolean THEN coalesce(disabled_at, now()) END WHERE email = $1',
      [email, disabled],
    )
    if (disabled) await sql.run('DELETE FROM session WHERE operator_id = (SELECT id FROM operator_account WHERE email = $1)', [email])
    return touched > 0
  })
}
