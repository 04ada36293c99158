/** How many deliveries stand in which state, and when the last mail came: for the health page. */
import type { TenantId } from '../crm/ids.ts'
import type { Database, Sql } from './database.ts'

export interface DeliveryCounts {
  readonly byState: Readonly<Record<string, number>>
  readonly lastMailAt: string | null
}

/** Counting reads an index from end to end; where that takes no longer than this it is done for everybody who asks. */
const slowMs = 100
/** What was slow to count is handed out again for so many times as long as counting took, and then counted anew behind whoever asks. */
const keptTimes = 20
/** Older than this nothing is handed out. */
const keptMaxMs = 30_000

interface Kept {
  readonly counts: DeliveryCounts
  readonly countedAt: number
  readonly tookMs: number
}

/** Of one tenant, or (null) of all, without content. At millions of mails up to `keptMaxMs` old. */
export function openDeliveryCounts(database: Database): (tenantId: TenantId | null) => Promise<DeliveryCounts> {
  const kept = new Map<TenantId | null, Kept>()
  const running = new Map<TenantId | null, Promise<DeliveryCounts>>()
  async function count(tenantId: TenantId | null): Promise<DeliveryCounts> {
    const started = performance.now()
    const counts = await countDeliveries(database, tenantId)
    const tookMs = performance.now() - started
    if (tookMs > slowMs) kept.set(tenantId, { counts, countedAt: performance.now(), tookMs })
    else kept.delete(tenantId)
    return counts
  }
  function countOnce(tenantId: TenantId | null): Promise<DeliveryCounts> {
    const counting = running.get(tenantId) ?? count(tenantId).finally(() => running.delete(tenantId))
    running.set(tenantId, counting)
    return counting
  }
  return async (tenantId) => {
    const before = kept.get(tenantId)
    const ageMs = before === undefined ? Infinity : performance.now() - before.countedAt
    if (before === undefined || ageMs > keptMaxMs) return await (before === undefined ? count(tenantId) : countOnce(tenantId))
    if (ageMs > before.tookMs * keptTimes) void countOnce(tenantId).catch(() => undefined)
    return before.counts
  }
}

async function countDeliveries(database: Database, tenantId: TenantId | null): Promise<DeliveryCounts> {
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
