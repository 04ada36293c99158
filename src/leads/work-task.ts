/** Follow-up tasks that people make, hand on and finish. */
import type { MailId, TaskId } from '../crm/ids.ts'
import { ConflictFailure, faultOf, PermanentFailure } from '../failure.ts'
import { writeAudit } from '../store/audit.ts'
import type { Database, Sql } from '../store/database.ts'
import { changeTask, findTaskSubjects, insertTask, readTaskRow, type TaskJson } from '../store/tasks.ts'
import type { Asker } from './asker.ts'
import { requireUser } from './work-lead.ts'

export interface WantedTask {
  readonly title: string
  readonly dueOn: string | null
  /** A lead's number. */
  readonly lead?: string | undefined
  readonly mailId?: MailId | undefined
  /** A user's address; the asker where it is absent. */
  readonly assignee?: string | undefined
}

/** @throws PermanentFailure `notFound` (lead, mail, assignee), `inputInvalid` where a key names no assignee. */
export async function createTask(database: Database, asker: Asker, wanted: WantedTask): Promise<TaskJson> {
  const { tenantId, actor } = asker
  return await database.tenantSql(tenantId, async (sql) => {
    const { lead = null, mailId: mail = null, title, dueOn } = wanted
    const { leadId, mailId } = await findTaskSubjects(sql, tenantId, { lead, mail })
    if (lead !== null && leadId === null)
      throw new PermanentFailure('notFound', `There is no lead ${lead}`, { fault: faultOf('leadUnknown', { number: lead }) })
    if (mail !== null && mailId === null) throw new PermanentFailure('notFound', `There is no mail ${mail}`)
    const assigneeId = wanted.assignee === undefined ? asker.userId : await requireUser(sql, asker, wanted.assignee)
    if (assigneeId === null) throw new PermanentFailure('inputInvalid', 'assignee: say whose task it is; an API key is nobody')
    const id = await insertTask(sql, tenantId, { title, dueOn, leadId, mailId, assigneeId, createdBy: actor })
    await writeAudit(sql, tenantId, { actor, action: 'taskCreated', subject: id, detail: { ...wanted } })
    return await requireTask(sql, asker, id)
  })
}

export interface TaskEdit {
  readonly version: number
  readonly title?: string | undefined
  /** Null takes the day away. */
  readonly dueOn?: string | null | undefined
  readonly assignee?: string | undefined
  readonly done?: boolean | undefined
}

/** @throws PermanentFailure `notFound` (task, assignee); ConflictFailure with the task as it is now. */
export async function updateTask(database: Database, asker: Asker, id: TaskId, edit: TaskEdit): Promise<TaskJson> {
  const { tenantId, actor } = asker
  return await database.tenantSql(tenantId, async (sql) => {
    await requireTask(sql, asker, id)
    const { version, assignee, ...plain } = edit
    const assigneeId = assignee === undefined ? undefined : await requireUser(sql, asker, assignee)
    if (!(await changeTask(sql, tenantId, id, version, { ...plain, assigneeId })))
      throw new ConflictFailure(
        'This task was changed by somebody else meanwhile; look at it as it is now',
        await requireTask(sql, asker, id),
        { fault: faultOf('changedMeanwhile') },
      )
    await writeAudit(sql, tenantId, { actor, action: 'taskChanged', subject: id, detail: { ...edit } })
    return await requireTask(sql, asker, id)
  })
}

async function requireTask(sql: Sql, asker: Asker, id: TaskId): Promise<TaskJson> {
  const task = await readTaskRow(sql, asker.tenantId, id)
  if (task === null) throw new PermanentFailure('notFound', `There is no task ${id}`)
  return task
}
