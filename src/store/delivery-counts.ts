/** How many deliveries stand in which state, and when the last mail came: for the health page. */
import type { TenantId } from '../crm/ids.ts'
import type { Database, Sql } from './database.ts'

export interface DeliveryCounts {
  readonly byState: Readonly<Record<string, number>>
  readonly lastMailAt: string | null
}

/** Of one tenant, or (null) of all, without content. */
export async function countDeliveries(database: Database, tenantId: TenantId | null): Promise<DeliveryCounts> {
  const count = async (sql: Sql): Promise<DeliveryCounts> => {
    const states = await sql.rows<{ state: string; deliveries: number }>(
      tenantId === null
        ? 'SELECT state, count(*) AS deliveries FROM delivery GROUP BY state'
        : 'SELECT state, count(*) AS deliveries FROM delivery WHERE tenant_id = $1 GROUP BY state',
      tenantId === null ? [] : [tenantId],
    )
    const [last] = await sql.rows<{ at: Date }>(
      tenantId === null
        ? 'SELECT received_at AS at FROM inbound_message ORDER BY id DESC LIMIT 1'
        : `SELECT m.received_at AS at FROM delivery d JOIN inbound_message m ON m.id = d.message_id
           WHERE d.tenant_id = $1 ORDER BY d.message_id DESC LIMIT 1`,
      tenantId === null ? [] : [tenantId],
    )
    return {
      byState: Object.fromEntries(states.map(({ state, deliveries }) => [state, deliveries])),
      lastMailAt: last?.at.toISOString() ?? null,
    }
  }
  return tenantId === null ? await database.operatorSql(count) : await database.tenantSql(tenantId, count)
}
