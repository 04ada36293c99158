/** Confirming: the queue, claims, answers, what is taken back; and entries that are moved, taken out, made private. */
import type { ConfirmationId, HistoryEntryId, TenantId } from '../crm/ids.ts'
import type { UserRole } from '../crm/policy.ts'
import { countRemoteContents } from '../mail/remote-contents.ts'
import { answerConfirmation, answerConfirmations } from '../review/answer.ts'
import { claimConfirmation, releaseConfirmation } from '../review/claims.ts'
import { moveEntry, setEntryPrivate, undoEntry } from '../review/entries.ts'
import { countQueue, listQueue, listSiblings, readQuestion } from '../review/queue.ts'
import type { Reviewer } from '../review/reviewer.ts'
import { undoAnswer } from '../review/take-back.ts'
import { readEntry } from '../store/history-entry.ts'
import type { CallName } from '../api/calls.ts'
import type { CallAnswer } from '../api/contract.ts'
import type { ApiCall, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { viewerOf } from './mail-handlers.ts'

type QueueCalls = 'listConfirmations' | 'countConfirmations' | 'readConfirmation' | 'listSiblings'
type AnswerCalls = 'claimConfirmation' | 'releaseConfirmation' | 'answerConfirmation' | 'undoAnswer' | 'answerConfirmations'
type EntryCalls = 'moveEntry' | 'undoEntry' | 'setEntryPrivate'
type Context = Pick<ApiContext, 'store' | 'clock' | 'crmAddresses' | 'nudge'>

export function reviewHandlers(context: Context): Pick<Handlers, QueueCalls | AnswerCalls | EntryCalls> {
  return { ...queueHandlers(context), ...answerHandlers(context), ...entryHandlers(context) }
}

type Asking = Pick<ApiCall<CallName>, 'caller' | 'tenant'>

/** calls.ts lets no other roles through. */
function reviewerOf({ clock }: Context, { caller, tenant }: Asking): Reviewer {
  return { tenantId: tenant.id, role: caller.role as UserRole, actor: caller.actor, userId: caller.userId, at: clock() }
}

function queueHandlers(context: Context): Pick<Handlers, QueueCalls> {
  const { database } = context.store
  return {
    async listConfirmations(call) {
      return { tenant: call.tenant.slug, ...(await listQueue(database, reviewerOf(context, call), call.query)) }
    },
    async countConfirmations(call) {
      return await countQueue(database, reviewerOf(context, call))
    },
    async readConfirmation(call) {
      return await readQuestion(database, reviewerOf(context, call), call.params.id as ConfirmationId, countRemoteContents)
    },
    async listSiblings(call) {
      return { siblings: await listSiblings(database, reviewerOf(context, call), call.params.id as ConfirmationId) }
    },
  }
}

function answerHandlers(context: Context): Pick<Handlers, AnswerCalls> {
  const { database } = context.store
  const told = <T>(tenantId: TenantId, answer: T, changed = true): T => {
    if (changed) context.nudge(tenantId)
    return answer
  }
  return {
    async claimConfirmation(call) {
      const { row, changed } = await claimConfirmation(
        database,
        reviewerOf(context, call),
        call.params.id as ConfirmationId,
        call.body.take,
      )
      return told(call.tenant.id, row, changed)
    },
    async releaseConfirmation(call) {
      const changed = await releaseConfirmation(database, reviewerOf(context, call), call.params.id as ConfirmationId)
      return told(call.tenant.id, {}, changed)
    },
    async answerConfirmation(call) {
      const id = call.params.id as ConfirmationId
      return told(call.tenant.id, await answerConfirmation(database, reviewerOf(context, call), id, call.body, context.crmAddresses))
    },
    async undoAnswer(call) {
      const { row, keptContactPersons } = await undoAnswer(database, reviewerOf(context, call), call.params.id as ConfirmationId)
      return told(call.tenant.id, { ...row, keptContactPersons: [...keptContactPersons] })
    },
    async answerConfirmations(call) {
      const ids = call.body.ids as ConfirmationId[]
      try {
        const reviewer = reviewerOf(context, call)
        return { results: await answerConfirmations(database, reviewer, ids, call.body.answer, context.crmAddresses) }
      } finally {
        // Some may be answered though the database went away before the last.
        context.nudge(call.tenant.id)
      }
    },
  }
}

function entryHandlers(context: Context): Pick<Handlers, EntryCalls> {
  const { database } = context.store
  const entry = async (call: Asking, id: HistoryEntryId): Promise<CallAnswer<'readEntry'>> =>
    await database.tenantSql(
      call.tenant.id,
      async (sql) => await readEntry(sql, call.tenant.id, id, await viewerOf(sql, call), context.clock()),
    )
  return {
    async moveEntry(call) {
      const { id } = call.params
      const { entryId, changed } = await moveEntry(database, reviewerOf(context, call), id as HistoryEntryId, call.body.lead)
      if (changed) context.nudge(call.tenant.id)
      return await entry(call, entryId)
    },
    async undoEntry(call) {
      const { confirmationId, changed } = await undoEntry(database, reviewerOf(context, call), call.params.id as HistoryEntryId)
      if (changed) context.nudge(call.tenant.id)
      return { confirmation: confirmationId }
    },
    async setEntryPrivate(call) {
      const id = call.params.id as HistoryEntryId
      if (await setEntryPrivate(database, reviewerOf(context, call), id, call.body.private)) context.nudge(call.tenant.id)
      return await entry(call, id)
    },
  }
}
