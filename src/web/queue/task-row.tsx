/** One task: finished by its box, changed where it stands. */
import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { LeadLabel } from '../parts/lead-label.tsx'
import { useCall } from '../queries.ts'
import type { Task, TaskChanges } from './task-changes.ts'
import css from './task-row.module.css'

export interface TaskRowProps {
  readonly task: Task
  readonly isLate: boolean
  readonly withAssignee: boolean
  readonly changes: TaskChanges
}

export function TaskRow({ task, isLate, withAssignee, changes }: TaskRowProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const [edits, setEdits] = useState(false)
  const title = useRef<HTMLButtonElement>(null)
  const close = (): void => {
    setEdits(false)
    // The title is there again once this is drawn.
    requestAnimationFrame(() => title.current?.focus())
  }
  const { doneAt, dueOn, lead, assignee } = task
  return (
    <li className={css['row']} data-task={task.id}>
      <Checkbox
        size="sm"
        className={css['box']}
        aria-label={t('tasks.finish', { title: task.title })}
        checked={doneAt !== null}
        onChange={() => changes.setDone(task, doneAt === null)}
      />
      {edits ? (
        <TaskEdit task={task} changes={changes} onClose={close} />
      ) : (
        <>
          <button
            ref={title}
            type="button"
            data-task-title
            className={css['title']}
            title={t('tasks.edit')}
            disabled={doneAt !== null}
            onClick={() => setEdits(true)}
          >
            <bdi>{task.title}</bdi>
          </button>
          <span className={css['about']}>
            {lead !== null && <LeadLabel number={lead.number} name={lead.name} />}
            {withAssignee && <bdi className={css['who']}>{assignee.name}</bdi>}
            {doneAt !== null ? (
              <span className={css['due']}>
                <DateText at={doneAt} />
              </span>
            ) : (
              dueOn !== null && (
                <time dateTime={dueOn} className={css['due']} data-late={isLate || undefined}>
                  {formats.day(dueOn)}
                </time>
              )
            )}
          </span>
        </>
      )}
    </li>
  )
}

interface TaskEditProps {
  readonly task: Task
  readonly changes: TaskChanges
  readonly onClose: () => void
}

function TaskEdit({ task, changes, onClose }: TaskEditProps): ReactElement {
  const { t } = useTranslation()
  const { data } = useCall('listUsers', {})
  const [title, setTitle] = useState(task.title)
  const [dueOn, setDueOn] = useState(task.dueOn ?? '')
  const [assignee, setAssignee] = useState(task.assignee.email)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (title.trim() === '') return
    changes.change(task, { title: title.trim(), dueOn: dueOn === '' ? null : dueOn, assignee })
    onClose()
  }
  const users = data?.users.filter(({ disabled, email }) => !disabled || email === assignee) ?? [task.assignee]
  return (
    // Escape leaves it as it was, from each of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className={css['edit']} onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <TextInput
        size="xs"
        autoFocus
        className={css['wide']}
        aria-label={t('tasks.title')}
        maxLength={200}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        type="date"
        aria-label={t('tasks.due')}
        value={dueOn}
        onChange={(event) => setDueOn(event.currentTarget.value)}
      />
      <NativeSelect
        size="xs"
        aria-label={t('tasks.who')}
        value={assignee}
        onChange={(event) => setAssignee(event.currentTarget.value)}
        data={users.map(({ email, name }) => ({ value: email, label: name }))}
      />
      <Button type="submit" size="xs" disabled={title.trim() === ''}>
        {t('common.save')}
      </Button>
      <Button size="xs" variant="default" onClick={onClose}>
        {t('common.cancel')}
      </Button>
    </form>
  )
}
