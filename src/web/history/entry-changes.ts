/** What one can do with an entry: move it, take it out, make it private; each shown at once, and taken back by a click. */
import { useTranslation } from 'react-i18next'
import type { CallName } from '../../api/calls.ts'
import type { CallAnswer } from '../../api/contract.ts'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { patchCalls, useChange } from '../queries.ts'
import { dropEntry, placeEntry, rowOf } from './entries.ts'

type EntryWhole = CallAnswer<'readEntry'>
export type LeadName = EntryWhole['lead']

export interface EntryChanges {
  readonly move: (lead: LeadName) => void
  readonly takeOut: () => void
  readonly setPrivate: (isPrivate: boolean) => void
}

const touched: readonly CallName[] = ['readEntry', 'readLead', 'listLeads', 'listConfirmations', 'countConfirmations']

/** @param onGone it stands here no more. */
export function useEntryChanges(entry: EntryWhole | undefined, onGone: (movedTo: EntryWhole | null) => void): EntryChanges {
  const { t } = useTranslation()
  const moveBack = useChange('moveEntry', {
    invalidates: touched,
    onDone: (moved) => void placeEntry(rowOf(moved)),
    onProblem: tellProblem,
  })
  const move = useChange('moveEntry', { invalidates: touched, onProblem: tellProblem })
  const fileAgain = useChange('answerConfirmation', { invalidates: touched, onProblem: tellProblem })
  const undo = useChange('undoEntry', { invalidates: touched, onProblem: tellProblem })
  const hide = useChange('setEntryPrivate', { invalidates: ['readEntry'], onProblem: tellProblem })
  if (entry === undefined) return { move: () => undefined, takeOut: () => undefined, setPrivate: () => undefined }
  const { id, lead } = entry

  return {
    move(to) {
      const rollback = placeEntry({ ...rowOf(entry), lead: to })
      move.mutate(
        { params: { id }, body: { lead: to.number } },
        {
          onSuccess: (moved) => {
            placeEntry(rowOf(moved))
            tellWithUndo(t('history.moved', { lead: to.number, name: to.name }), () =>
              moveBack.mutate({ params: { id: moved.id }, body: { lead: lead.number } }),
            )
          },
          onError: rollback,
        },
      )
      onGone({ ...entry, lead: to })
    },
    takeOut() {
      const rollback = dropEntry(id)
      undo.mutate(
        { params: { id } },
        {
          onSuccess: ({ confirmation }) =>
            tellWithUndo(t('history.takenOut'), () => {
              if (confirmation === null) return
              fileAgain.mutate({ params: { id: confirmation }, body: { kind: 'append', lead: lead.number } })
            }),
          onError: rollback,
        },
      )
      onGone(null)
    },
    setPrivate(isPrivate) {
      const show = (value: boolean): (() => void) => {
        const rollbacks = [
          placeEntry({ ...rowOf(entry), private: value }),
          patchCalls('readEntry', (kept) => (kept.id === id ? { ...kept, private: value } : kept)),
        ]
        return () => rollbacks.forEach((rollback) => rollback())
      }
      const rollback = show(isPrivate)
      hide.mutate(
        { params: { id }, body: { private: isPrivate } },
        {
          onSuccess: () =>
            tellWithUndo(t(isPrivate ? 'history.madePrivate' : 'history.madePublic'), () => {
              const back = show(!isPrivate)
              hide.mutate({ params: { id }, body: { private: !isPrivate } }, { onError: back })
            }),
          onError: rollback,
        },
      )
    },
  }
}
