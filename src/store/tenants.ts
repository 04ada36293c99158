/** Tenants by their slug, which is what people and scripts call them. */
import type { TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import type { Database } from './database.ts'

/** Throws PermanentFailure('notFound'). */
export async function findTenantId(database: Database, slug: string): Promise<TenantId> {
  const rows = await database.routerSql(async (sql) => await sql.rows<{ id: TenantId }>('SELECT id FROM tenant WHERE slug = $1', [slug]))
  const [row] = rows
  if (row === undefined) throw new PermanentFailure('notFound', `There is no tenant "${slug}"`)
  return row.id
}

export interface TenantSummary {
  readonly id: TenantId
  readonly slug: string
  readonly name: string
}

export async function listTenants(database: Database): Promise<TenantSummary[]> {
  return await database.routerSql(async (sql) => await sql.rows<TenantSummary>('SELECT id, slug, name FROM tenant ORDER BY slug'))
}
