/** What one can do with a task: finish it, take that back, change it. Shown at once; 409 tells of a newer state, which is then shown. */
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { patchCalls, useChange } from '../queries.ts'

export type Task = CallAnswer<'listTasks'>['tasks'][number]

export interface TaskFields {
  readonly title: string
  readonly dueOn: string | null
  readonly assignee: string
}

export interface TaskChanges {
  readonly setDone: (task: Task, done: boolean) => void
  readonly change: (task: Task, fields: TaskFields) => void
  readonly undoLast: () => void
}

const touched = ['listTasks', 'readLead'] as const

export function useTaskChanges(): TaskChanges {
  const { t } = useTranslation()
  const last = useRef<(() => void) | null>(null)
  const update = useChange('updateTask', { invalidates: touched, onProblem: tellProblem })
  const finish = useChange('updateTask', {
    // It leaves the list that it stands in, and comes into the other.
    optimistic: ({ params }) => patchCalls('listTasks', (page) => ({ ...page, tasks: page.tasks.filter(({ id }) => id !== params.id) })),
    invalidates: touched,
    onDone: ({ id, version, title, doneAt }) => {
      const undo = (): void => {
        last.current = null
        update.mutate({ params: { id }, body: { version, done: doneAt === null } })
      }
      const hide = tellWithUndo(t(doneAt === null ? 'tasks.reopened' : 'tasks.finished', { title }), undo)
      last.current = () => {
        hide()
        undo()
      }
    },
    onProblem: tellProblem,
  })
  return {
    setDone: ({ id, version }, done) => finish.mutate({ params: { id }, body: { version, done } }),
    change: ({ id, version }, fields) => update.mutate({ params: { id }, body: { version, ...fields } }),
    undoLast: () => last.current?.(),
  }
}
