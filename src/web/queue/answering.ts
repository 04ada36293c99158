/** Answering: the next one opens at once while the server writes, every answer can be taken back, and whoever was too late is told who was quicker. */
import type { TFunction } from 'i18next'
import { type RefObject, useCallback, useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { SentBody } from '../../api/contract.ts'
import { ApiProblem, callApi, type FaultJson } from '../api-client.ts'
import { tell, tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { problemWords } from '../parts/problem-words.ts'
import { invalidateCalls, patchCalls, useChange } from '../queries.ts'
import { useNameOf } from './person-names.ts'
import { insertRow, removeRows, type Row } from './queue-list.ts'

export type Answer = SentBody<'answerConfirmation'>

export interface BulkResult {
  readonly row: Row
  /** Null where it was answered. */
  readonly problem: string | null
  readonly fault?: FaultJson | undefined
}

export interface Answering {
  /** `siblings` get the same answer, without what was made for this one. */
  readonly answer: (row: Row, answer: Answer, siblings?: readonly Row[]) => void
  readonly answerAll: (rows: readonly Row[], answer: Answer) => Promise<readonly BulkResult[]>
  readonly undo: (ids: readonly string[]) => Promise<void>
  readonly undoLast: () => void
}

interface Pending {
  ids: readonly string[]
  /** Whether it was taken; never rejects. */
  done: Promise<boolean>
  /** Before it was even written. */
  isTakenBack: boolean
  hide: () => void
}

/** So many answers can be taken back by key; all others from the list of what is settled. */
const rememberedMax = 100
const afterAnswer = ['countConfirmations', 'listConfirmations', 'readConfirmation', 'listSiblings', 'readLead', 'listTasks'] as const

/** The list as it is now. */
type Items = Readonly<RefObject<readonly Row[]>>

/** @param goTo opens one of the queue, or none. */
export function useAnswering(items: Items, openId: string | null, goTo: (id: string | null, focus?: boolean) => void): Answering {
  const { t } = useTranslation()
  const nameOf = useNameOf()
  const given = useRef<Pending[]>([])
  const { mutateAsync: send } = useChange('answerConfirmation', { invalidates: afterAnswer })
  const { mutateAsync: sendAll } = useChange('answerConfirmations', { invalidates: afterAnswer })

  const undo = useCallback(
    async (ids: readonly string[]): Promise<void> => {
      given.current = given.current.filter((one) => !one.ids.some((id) => ids.includes(id)))
      const rows = await takeBack(t, ids)
      for (const row of rows) insertRow(row)
      const [first] = rows
      if (first !== undefined) {
        tell(t('queue.told.undone', { count: rows.length }))
        goTo(first.id)
      }
      await invalidateCalls(...afterAnswer)
    },
    [t, goTo],
  )

  return useMemo(() => {
    const remember = (one: Pending): void => {
      given.current.at(-1)?.hide()
      given.current = [...given.current, one].slice(-rememberedMax)
    }
    const leave = (rows: readonly Row[]): (() => void) => {
      const ids = new Set(rows.map(({ id }) => id))
      const next = openId === null || !ids.has(openId) ? openId : nextAfter(items.current, openId, ids)
      const putBack = removeRows(ids)
      const recount = patchCalls('countConfirmations', (counts) => ({ ...counts, open: Math.max(0, counts.open - ids.size) }))
      if (next !== openId) goTo(next)
      return () => {
        putBack()
        recount()
      }
    }
    return {
      undo,
      answer(row, answer, siblings = []) {
        const putBack = leave([row, ...siblings])
        const one: Pending = { ids: [row.id], isTakenBack: false, hide: () => undefined, done: Promise.resolve(false) }
        one.done = (async () => {
          try {
            const settled = await send({ params: { id: row.id }, body: answer })
            const { results } =
              siblings.length === 0
                ? { results: [] }
                : await sendAll({ body: { ids: siblings.map(({ id }) => id), answer: plain(answer) } })
            // What somebody else settled meanwhile is not ours to take back.
            one.ids = [row.id, ...results.filter((each) => each.settled).map(({ id }) => id)]
            const missed = 1 + siblings.length - one.ids.length
            if (!one.isTakenBack) one.hide = tellWithUndo(toldWords(t, answer, settled, one.ids.length), () => void undo(one.ids))
            if (missed > 0) tell(t('queue.told.missed', { count: missed }))
            return true
          } catch (problem) {
            given.current = given.current.filter((other) => other !== one)
            tellRefused(t, { problem, row, nameOf, putBack, open: () => goTo(row.id) })
            return false
          }
        })()
        remember(one)
      },
      async answerAll(rows, answer) {
        const { results } = await sendAll({ body: { ids: rows.map(({ id }) => id), answer } })
        const resultOf = new Map(results.map((result) => [result.id, result]))
        const done = rows.filter(({ id }) => resultOf.get(id)?.problem === null)
        leave(done)
        remember({ ids: done.map(({ id }) => id), done: Promise.resolve(true), isTakenBack: false, hide: () => undefined })
        return rows.map((row) => ({ row, problem: resultOf.get(row.id)?.problem ?? null, fault: resultOf.get(row.id)?.fault }))
      },
      undoLast() {
        const last = given.current.at(-1)
        if (last === undefined) return tell(t('queue.told.nothingToUndo'))
        given.current = given.current.slice(0, -1)
        last.hide()
        last.isTakenBack = true
        void last.done.then((taken) => (taken ? undo(last.ids) : undefined))
      },
    }
  }, [t, items, openId, goTo, nameOf, send, sendAll, undo])
}

/** What was made on the spot belongs to one mail. */
function plain(answer: Answer): Answer {
  return answer.kind === 'append' ? { kind: 'append', lead: answer.lead } : answer
}

/** The one below, else the one above. */
export function nextAfter(items: readonly Row[], id: string, without: ReadonlySet<string>): string | null {
  const at = items.findIndex((row) => row.id === id)
  const left = (row: Row): boolean => !without.has(row.id) && row.settled === null
  return (items.slice(at + 1).find(left) ?? items.slice(0, Math.max(at, 0)).findLast(left))?.id ?? null
}

function toldWords(t: TFunction, answer: Answer, row: Row, count: number): string {
  if (answer.kind === 'dismiss') return t('queue.told.dismissed', { count, reason: answer.reason })
  const name = row.candidates.find(({ lead }) => lead === answer.lead)?.leadName
  return name === undefined
    ? t('queue.told.filed', { count, lead: answer.lead })
    : t('queue.told.filedNamed', { count, lead: answer.lead, name })
}

async function takeBack(t: TFunction, ids: readonly string[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const id of ids) {
    try {
      const { keptContactPersons, ...row } = await callApi('undoAnswer', { params: { id } })
      rows.push(row)
      if (keptContactPersons.length > 0)
        tell(t('queue.told.peopleStay', { count: keptContactPersons.length, names: keptContactPersons.map(({ name }) => name).join(', ') }))
    } catch (problem) {
      if (problem instanceof ApiProblem) tellProblem(problem)
    }
  }
  return rows
}

interface Refused {
  readonly problem: unknown
  readonly row: Row
  readonly nameOf: (actor: string) => string
  readonly putBack: () => void
  readonly open: () => void
}

/** Somebody was quicker: it stays away, and one is told who. Anything else: it comes back. */
function tellRefused(t: TFunction, { problem, row: { subject }, nameOf, putBack, open }: Refused): void {
  if (!(problem instanceof ApiProblem)) return
  const current = problem.status === 409 ? (problem.current as Row | undefined) : undefined
  const settled = current?.settled ?? null
  if (settled !== null) {
    const who = nameOf(settled.by)
    tell(
      settled.kind === 'append'
        ? t('queue.told.settledBefore', { who, lead: settled.lead ?? '', subject })
        : t('queue.told.dismissedBefore', { who, subject }),
    )
    return
  }
  putBack()
  const holder = current?.claimedBy?.name
  const words = holder === undefined ? problemWords(t, problem) : t('queue.told.claimed', { name: holder })
  tellWithUndo(t('queue.told.notAnswered', { subject, words }), open, t('queue.told.look'))
}
