/**
 * The user that the program signs in as, on a server of which we know the owner: it inherits nothing and owns no table, so a statement
 * outside the three roles of the first migration may do nothing at all.
 */
import { Client } from 'pg'
import { databaseFailure } from './postgres-error.ts'

const connectTimeoutMs = 15_000

/** Makes the user where there is none and lets it take on the three roles; the database's migrations are applied already. */
export async function admitLogin(options: { ownerUrl: string; login: string; password: string }): Promise<void> {
  const client = new Client({ connectionString: options.ownerUrl, connectionTimeoutMillis: connectTimeoutMs })
  const login = client.escapeIdentifier(options.login)
  const password = client.escapeLiteral(options.password)
  try {
    await client.connect()
    const { rows } = await client.query<{ name: string; admitted: boolean }>(
      `SELECT current_database() AS name, EXISTS (
         SELECT FROM pg_roles r JOIN pg_auth_members m ON m.member = r.oid JOIN pg_roles g ON g.oid = m.roleid
         WHERE r.rolname = $1 AND g.rolname LIKE 'leadpost\\_%' GROUP BY r.oid HAVING count(DISTINCT g.rolname) = 3
       ) AS admitted`,
      [options.login],
    )
    const database = client.escapeIdentifier(rows[0]?.name ?? '')
    if (rows[0]?.admitted !== true) {
      await client.query(`
        DO $do$ BEGIN
          CREATE ROLE ${login} LOGIN NOINHERIT PASSWORD ${password};
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $do$;
        GRANT leadpost_program, leadpost_router, leadpost_operator TO ${login}`)
    }
    // The queue keeps a schema of its own, which it makes itself.
    await client.query(`GRANT CONNECT, CREATE ON DATABASE ${database} TO ${login}`)
  } catch (error) {
    throw databaseFailure(error)
  } finally {
    await client.end().catch(() => {})
  }
}
