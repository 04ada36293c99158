/** The audit trail of a tenant: who did what to what. */
import { newId } from '../id.ts'
import type { TenantId } from '../crm/ids.ts'
import type { Database, Sql } from './database.ts'
import { checkedId, cutPage } from './page.ts'

/** `rule`, `operator`, or the address of a user. */
export type Actor = string

/** In the transaction of what it tells of: neither is there without the other. */
export async function writeAudit(
  sql: Sql,
  tenantId: TenantId,
  entry: { readonly actor: Actor; readonly action: string; readonly subject: string; readonly detail?: Readonly<Record<string, unknown>> },
): Promise<void> {
  await sql.run('INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), $3, $4, $5, $6)', [
    tenantId,
    newId(),
    entry.actor,
    entry.action,
    entry.subject,
    entry.detail ?? {},
  ])
}

export interface AuditJson {
  readonly id: string
  readonly at: string
  readonly actor: Actor
  readonly action: string
  readonly subject: string
  readonly detail: unknown
}

/** Behind every id: a range that an index serves, with a page before as without one. */
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
/** What nearly every mail is; the index over acts leaves them out (see the migration). */
const commonActions = ['mailAppended', 'confirmationOpened']

/** Newest first. @throws PermanentFailure `notFound` for an `after` that is no id. */
export async function listAudit(
  database: Database,
  tenantId: TenantId,
  filter: {
    readonly actor?: string | undefined
    readonly action?: string | undefined
    /** Without what rules did. */
    readonly people?: boolean
    readonly limit: number
    readonly after?: string | undefined
  },
): Promise<{ entries: AuditJson[]; next?: string }> {
  const { actor = null, action = null, people = false, limit } = filter
  // Written out, so that the indexes over the few rows of people, and over all but the commonest acts, are used.
  const byWhom = people || (actor !== null && actor !== 'rule') ? `AND actor <> 'rule'` : ''
  const isRare = action !== null && !commonActions.includes(action)
  const ofWhat = isRare ? `AND action NOT IN (${commonActions.map((each) => `'${each}'`).join(', ')})` : ''
  const doer = actor === null ? '$3::text IS NULL' : 'actor = $3'
  const compared = action === null ? '$4::text IS NULL' : 'action = $4'
  const after = filter.after === undefined ? null : checkedId(filter.after, 'entry')
  const rows = await database.tenantSql(
    tenantId,
    async (sql) =>
      await sql.rows<Omit<AuditJson, 'at'> & { readonly at: Date }>(
        `SELECT id, at, actor, action, subject, detail FROM audit_entry
         WHERE tenant_id = $1 AND id < coalesce($2::uuid, '${lastId}') AND ${doer} AND ${compared}
           ${byWhom} ${ofWhat}
         ORDER BY id DESC LIMIT $5`,
        [tenantId, after, actor, action, limit + 1],
      ),
  )
  const { shown, next } = cutPage(rows, limit, (row) => row.id)
  return { entries: shown.map((row) => ({ ...row, at: row.at.toISOString() })), ...next }
}
