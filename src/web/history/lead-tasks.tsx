/** The open tasks of a lead: added in one line, finished by one click. */
import { Button, Checkbox, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { useFormats } from '../parts/formats.ts'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { patchCalls, useCall, useChange } from '../queries.ts'
import css from './lead-tasks.module.css'

type Task = CallAnswer<'listTasks'>['tasks'][number]

const tasksShown = 100
const touched = ['listTasks', 'readLead'] as const

export function LeadTasks({ lead }: { readonly lead: string }): ReactElement {
  const { t } = useTranslation()
  const list = useCall('listTasks', { query: { lead, limit: tasksShown } })
  const reopen = useChange('updateTask', { invalidates: touched, onProblem: tellProblem })
  const finish = useChange('updateTask', {
    optimistic: ({ params }) => patchCalls('listTasks', (kept) => ({ ...kept, tasks: kept.tasks.filter(({ id }) => id !== params.id) })),
    invalidates: touched,
    onDone: ({ id, version, title }) =>
      tellWithUndo(t('history.task.done', { title }), () => reopen.mutate({ params: { id }, body: { version, done: false } })),
    onProblem: tellProblem,
  })
  if (list.error !== null) return <ProblemNote problem={list.error} onRetry={() => void list.refetch()} />
  if (list.data === undefined) return <ListSkeleton rows={1} height={32} />
  return (
    <div>
      {list.data.tasks.length > 0 && (
        <ul className={css['tasks']}>
          {list.data.tasks.map((task) => (
            <li key={task.id}>
              <OneTask
                task={task}
                onFinish={() => finish.mutate({ params: { id: task.id }, body: { version: task.version, done: true } })}
              />
            </li>
          ))}
        </ul>
      )}
      <NewTask lead={lead} />
    </div>
  )
}

function OneTask({ task, onFinish }: { readonly task: Task; readonly onFinish: () => void }): ReactElement {
  const formats = useFormats()
  const [now] = useState(() => new Date())
  const { title, dueOn, assignee } = task
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: formats.timeZone, dateStyle: 'short' }).format(now)
  return (
    <div className={css['task']}>
      <Checkbox size="xs" checked={false} onChange={onFinish} label={<bdi>{title}</bdi>} />
      <span className={css['due']} data-late={(dueOn !== null && dueOn < today) || undefined}>
        {dueOn !== null && <time dateTime={dueOn}>{formats.day(dueOn)}</time>}
        <bdi>{assignee.name}</bdi>
      </span>
    </div>
  )
}

function NewTask({ lead }: { readonly lead: string }): ReactElement {
  const { t } = useTranslation()
  const [title, setTitle] = useState('')
  const [dueOn, setDueOn] = useState('')
  const create = useChange('createTask', {
    invalidates: touched,
    onDone: () => {
      setTitle('')
      setDueOn('')
    },
    onProblem: tellProblem,
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (title.trim() !== '' && !create.isPending) create.mutate({ body: { title: title.trim(), lead, dueOn: dueOn === '' ? null : dueOn } })
  }
  return (
    <form onSubmit={submit} className={css['new']}>
      <TextInput
        size="xs"
        className={css['title']}
        value={title}
        maxLength={200}
        onChange={({ currentTarget }) => setTitle(currentTarget.value)}
        placeholder={t('history.task.new')}
        aria-label={t('history.task.new')}
      />
      {title !== '' && (
        <>
          <TextInput
            size="xs"
            type="date"
            value={dueOn}
            onChange={({ currentTarget }) => setDueOn(currentTarget.value)}
            aria-label={t('history.task.due')}
          />
          <Button type="submit" size="xs" variant="default" loading={create.isPending} leftSection={<IconPlus size={14} aria-hidden />}>
            {t('history.task.add')}
          </Button>
        </>
      )}
    </form>
  )
}
