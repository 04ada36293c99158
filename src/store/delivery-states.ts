/** In which state the deliveries of messages are, for whoever waits for them. As the operator: states, never content. */
import type { Database } from './database.ts'
import type { DeliveryState } from './messages.ts'

/** The states by message; without those that are not in the database yet. @throws TemporaryFailure `databaseUnavailable`. */
export async function readDeliveryStates(database: Database, ids: readonly string[]): Promise<Map<string, DeliveryState[]>> {
  const rows = await database.operatorSql((sql) =>
    sql.rows<{ readonly id: string; readonly states: DeliveryState[] }>(
      'SELECT message_id AS id, array_agg(state) AS states FROM delivery WHERE message_id = ANY($1::uuid[]) GROUP BY message_id',
      [ids],
    ),
  )
  return new Map(rows.map(({ id, states }) => [id, states]))
}
