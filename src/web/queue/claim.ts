/** Tells the others that one works on what is open, for as long as it is open; and who does, where somebody else was quicker. */
import { useEffect } from 'react'
import type { CallAnswer } from '../../api/contract.ts'
import { ApiProblem, callApi } from '../api-client.ts'
import { tellProblem } from '../parts/toasts.tsx'
import { callQuery, queryClient } from '../queries.ts'
import { useSession } from '../session.ts'
import { patchRow, type Row } from './queue-list.ts'

export type Question = CallAnswer<'readConfirmation'>

/** Passing by is no work: whoever only looks through the queue claims nothing. */
const claimAfterMs = 500
/** It lapses at the server after 120 s. */
const renewEveryMs = 60_000

/** Clocks differ. */
const lapseMarginMs = 2_000

export interface Claim {
  /** Somebody else who works on it. */
  readonly heldBy: Row['claimedBy']
  readonly takeOver: () => void
}

function adopt(row: Row): void {
  const { claimedBy, settled } = row
  queryClient.setQueryData<Question>(callQuery('readConfirmation', { params: { id: row.id } }).queryKey, (question) =>
    question === undefined ? question : { ...question, claimedBy, settled },
  )
  patchRow(row.id, { claimedBy, settled })
}

/** Somebody else has it, or has settled it: that is shown, and is no failure. */
function adoptCurrent(problem: unknown): boolean {
  if (!(problem instanceof ApiProblem) || problem.status !== 409) return false
  const row = problem.current as Row | undefined
  if (row === undefined) return false
  adopt(row)
  return true
}

async function claim(id: string, take: boolean): Promise<void> {
  try {
    adopt(await callApi('claimConfirmation', { params: { id }, body: { take } }))
  } catch (problem) {
    if (!adoptCurrent(problem) && take && problem instanceof ApiProblem) tellProblem(problem)
  }
}

export function useClaim({ id, claimedBy, settled }: Question): Claim {
  const { user } = useSession()
  const heldBy = claimedBy !== null && claimedBy.email !== user.email ? claimedBy : null
  const lapsesAt = heldBy?.until ?? null
  useEffect(() => {
    if (lapsesAt === null) return undefined
    const timer = setTimeout(
      () => {
        patchRow(id, { claimedBy: null })
        void queryClient.invalidateQueries({ queryKey: callQuery('readConfirmation', { params: { id } }).queryKey })
      },
      Math.max(0, Date.parse(lapsesAt) - Date.now()) + lapseMarginMs,
    )
    return () => clearTimeout(timer)
  }, [id, lapsesAt])
  const isFree = heldBy === null && settled === null
  useEffect(() => {
    if (!isFree) return undefined
    let claimed = false
    const renew = (): void => {
      claimed = true
      void claim(id, false)
    }
    const first = setTimeout(renew, claimAfterMs)
    const again = setInterval(renew, renewEveryMs)
    return () => {
      clearTimeout(first)
      clearInterval(again)
      // What was answered meanwhile has no claim any more, and that is well.
      if (claimed) void callApi('releaseConfirmation', { params: { id } }).catch(() => undefined)
    }
  }, [id, isFree])
  return { heldBy, takeOver: () => void claim(id, true) }
}
