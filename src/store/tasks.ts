/** Follow-up tasks. Every function runs in a transaction of the tenant. */
import type { LeadId, MailId, TaskId, TenantId, UserId } from '../crm/ids.ts'
import { newId } from '../id.ts'
import { readCursor, uuidForm, writeCursor } from './cursor.ts'
import type { Sql } from './database.ts'

export interface TaskJson {
  readonly id: TaskId
  readonly title: string
  /** `2026-11-30`. */
  readonly dueOn: string | null
  readonly lead: { readonly number: string; readonly name: string } | null
  readonly mailId: MailId | null
  readonly assignee: { readonly email: string; readonly name: string }
  readonly createdBy: string
  readonly doneAt: string | null
  readonly version: number
}

interface TaskRow {
  readonly id: TaskId
  readonly title: string
  readonly due_on: string | null
  readonly number: string | null
  readonly lead_name: string | null
  readonly mail_id: MailId | null
  readonly email: string
  readonly name: string
  readonly created_by: string
  readonly done_at: Date | null
  readonly version: number
  readonly place: string
}

/** A task without a day comes behind all that have one. */
const noDay = '9999-12-31'
const place = { open: `coalesce(t.due_on, '${noDay}')::text`, done: `to_char(t.done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MSZ')` }
const taskColumns = `t.id, t.title, t.due_on::text AS due_on, l.number, l.name AS lead_name, t.mail_id, u.email, u.name, t.created_by, t.done_at,
  t.version`
const taskJoins = `JOIN user_account u ON u.tenant_id = $1 AND u.id = t.assignee_id LEFT JOIN lead l ON l.tenant_id = $1 AND l.id = t.lead_id`

function taskOf(row: TaskRow): TaskJson {
  return {
    id: row.id,
    title: row.title,
    dueOn: row.due_on,
    lead: row.number === null ? null : { number: row.number, name: row.lead_name ?? '' },
    mailId: row.mail_id,
    assignee: { email: row.email, name: row.name },
    createdBy: row.created_by,
    doneAt: row.done_at?.toISOString() ?? null,
    version: row.version,
  }
}

export interface TaskFilter {
  readonly state: 'open' | 'done'
  readonly lead?: string | undefined
  readonly assignee?: UserId | undefined
  readonly limit: number
  readonly after?: string | undefined
}

/** Open ones by the day that they are due on, those without a day last; done ones, the latest first. */
export async function listTaskRows(sql: Sql, tenantId: TenantId, filter: TaskFilter): Promise<{ tasks: TaskJson[]; next?: string }> {
  const { state } = filter
  const values: unknown[] = [tenantId, filter.limit + 1]
  const bind = (value: unknown): string => `$${String(values.push(value))}`
  const wanted = [
    't.tenant_id = $1',
    state === 'open' ? 't.done_at IS NULL' : 't.done_at IS NOT NULL',
    ...(filter.lead === undefined ? [] : [`l.number = ${bind(filter.lead)}`]),
    ...(filter.assignee === undefined ? [] : [`t.assignee_id = ${bind(filter.assignee)}`]),
  ]
  if (filter.after !== undefined) {
    const [at = '', id = ''] = readCursor(filter.after, /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/, uuidForm)
    wanted.push(`(${place[state]}, t.id) ${state === 'open' ? '>' : '<'} (${bind(at)}::text, ${bind(id)}::uuid)`)
  }
  const order = state === 'open' ? 't.due_on, t.id' : 't.done_at DESC, t.id DESC'
  const rows = await sql.rows<TaskRow>(
    `SELECT ${taskColumns}, ${place[state]} AS place FROM task t ${taskJoins} WHERE ${wanted.join(' AND ')} ORDER BY ${order} LIMIT $2`,
    values,
  )
  const shown = rows.slice(0, filter.limit)
  const last = shown.at(-1)
  return {
    tasks: shown.map(taskOf),
    ...(rows.length > filter.limit && last !== undefined ? { next: writeCursor(last.place, last.id) } : {}),
  }
}

/** Null where there is none. */
export async function readTaskRow(sql: Sql, tenantId: TenantId, id: TaskId): Promise<TaskJson | null> {
  const rows = await sql.rows<TaskRow>(`SELECT ${taskColumns}, '' AS place FROM task t ${taskJoins} WHERE t.tenant_id = $1 AND t.id = $2`, [
    tenantId,
    id,
  ])
  return rows[0] === undefined ? null : taskOf(rows[0])
}

export interface NewTask {
  readonly title: string
  readonly dueOn: string | null
  readonly leadId: LeadId | null
  readonly mailId: MailId | null
  readonly assigneeId: UserId
  readonly createdBy: string
}

export async function insertTask(sql: Sql, tenantId: TenantId, task: NewTask): Promise<TaskId> {
  const id = newId<TaskId>()
  await sql.run(
    `INSERT INTO task (tenant_id, id, title, due_on, lead_id, mail_id, assignee_id, created_by) VALUES ($1, $2, $3, $4::date, $5, $6, $7, $8)`,
    [tenantId, id, task.title, task.dueOn, task.leadId, task.mailId, task.assigneeId, task.createdBy],
  )
  return id
}

export interface TaskChange {
  readonly title?: string | undefined
  /** Null takes the day away. */
  readonly dueOn?: string | null | undefined
  readonly assigneeId?: UserId | undefined
  readonly done?: boolean | undefined
}

/** False where the task has another version by now: nothing was changed then. */
export async function changeTask(sql: Sql, tenantId: TenantId, id: TaskId, version: number, change: TaskChange): Promise<boolean> {
  const { title, dueOn, assigneeId, done } = change
  const touched = await sql.run(
    `UPDATE task SET title = coalesce($4, title), due_on = CASE WHEN $5 THEN $6::date ELSE due_on END,
       assignee_id = coalesce($7, assignee_id),
       done_at = CASE WHEN $8::boolean IS NULL THEN done_at WHEN $8 THEN coalesce(done_at, now()) END
     WHERE tenant_id = $1 AND id = $2 AND version = $3`,
    [tenantId, id, version, title ?? null, dueOn !== undefined, dueOn ?? null, assigneeId ?? null, done ?? null],
  )
  return touched === 1
}

/** The ids of what a task is about; null for what is not on file. */
export async function findTaskSubjects(
  sql: Sql,
  tenantId: TenantId,
  subjects: { readonly lead: string | null; readonly mail: MailId | null },
): Promise<{ readonly leadId: LeadId | null; readonly mailId: MailId | null }> {
  const [row] = await sql.rows<{ lead_id: LeadId | null; mail_id: MailId | null }>(
    `SELECT (SELECT id FROM lead WHERE tenant_id = $1 AND number = $2) AS lead_id,
            (SELECT id FROM mail WHERE tenant_id = $1 AND id = $3) AS mail_id`,
    [tenantId, subjects.lead, subjects.mail],
  )
  return { leadId: row?.lead_id ?? null, mailId: row?.mail_id ?? null }
}
