/**
 * What one can do with an entry: move it, take it out, make it private; each shown at once, and taken back by a click. It goes on when the page that it was
 * begun on is left.
 */
import { texts } from '../texts/language.ts'
import type { CallAnswer } from '../../api/contract.ts'
import { ApiProblem, callApi } from '../api-client.ts'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { invalidateCalls, patchCalls, type Rollback } from '../queries.ts'
import { dropEntry, placeEntry, rowOf } from './entries.ts'

type EntryWhole = CallAnswer<'readEntry'>
type LeadName = EntryWhole['lead']

/** Puts back what was shown where the server does not agree, and says so. */
async function change(rollback: Rollback, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (problem) {
    if (!(problem instanceof ApiProblem)) throw problem
    rollback()
    tellProblem(problem)
  } finally {
    await invalidateCalls('readEntry', 'readLead', 'listLeads', 'listConfirmations', 'countConfirmations')
  }
}

export async function moveEntry(entry: EntryWhole, lead: LeadName): Promise<void> {
  await change(placeEntry({ ...rowOf(entry), lead }), async () => {
    const moved = await callApi('moveEntry', { params: { id: entry.id }, body: { lead: lead.number } })
    placeEntry(rowOf(moved))
    const words = texts.t('history.moved', { lead: lead.number, name: lead.name })
    tellWithUndo(words, () => void moveBack(moved, entry.lead))
  })
}

async function moveBack(moved: EntryWhole, lead: LeadName): Promise<void> {
  await change(placeEntry({ ...rowOf(moved), lead }), async () => {
    placeEntry(rowOf(await callApi('moveEntry', { params: { id: moved.id }, body: { lead: lead.number } })))
  })
}

/** It stands nowhere then, and waits for an answer again. */
export async function takeOutEntry({ id, lead }: EntryWhole): Promise<void> {
  await change(dropEntry(id), async () => {
    const { confirmation } = await callApi('undoEntry', { params: { id } })
    tellWithUndo(texts.t('history.takenOut'), () => {
      if (confirmation !== null) void fileAgain(confirmation, lead.number)
    })
  })
}

/** A live event brings it back into the lists. */
async function fileAgain(confirmation: string, lead: string): Promise<void> {
  await change(
    () => undefined,
    async () => {
      await callApi('answerConfirmation', { params: { id: confirmation }, body: { kind: 'append', lead } })
    },
  )
}

export async function setEntryPrivate(entry: EntryWhole, isPrivate: boolean): Promise<void> {
  const { id } = entry
  const rollbacks = [
    placeEntry({ ...rowOf(entry), private: isPrivate }),
    patchCalls('readEntry', (kept) => (kept.id === id ? { ...kept, private: isPrivate } : kept)),
  ]
  await change(
    () => rollbacks.forEach((rollback) => rollback()),
    async () => {
      await callApi('setEntryPrivate', { params: { id }, body: { private: isPrivate } })
      const words = texts.t(isPrivate ? 'history.madePrivate' : 'history.madePublic')
      // Taking it back says so again, which can be taken back in turn.
      tellWithUndo(words, () => void setEntryPrivate({ ...entry, private: isPrivate }, !isPrivate))
    },
  )
}
