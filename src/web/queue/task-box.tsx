/** A follow-up task that is made together with the answer. */
import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { useCall } from '../queries.ts'
import { useSession } from '../session.ts'
import { dayFromNow } from './days.ts'
import type { TaskDraft } from './draft.ts'
import group from './field-group.module.css'
import css from './task-box.module.css'

export interface TaskBoxProps {
  readonly task: TaskDraft | null
  readonly onTask: (task: TaskDraft | null) => void
  readonly onToggle: () => void
}

export function TaskBox({ task, onTask, onToggle }: TaskBoxProps): ReactElement {
  const { t } = useTranslation()
  if (task === null) {
    return (
      <Button
        variant="subtle"
        size="compact-sm"
        className={css['open']}
        leftSection={<IconChecklist size={15} aria-hidden />}
        rightSection={<KeyHint keys="t" quiet />}
        onClick={onToggle}
      >
        {t('queue.task.add')}
      </Button>
    )
  }
  return <TaskFields task={task} onTask={onTask} onToggle={onToggle} />
}

const toHeading = (): void => document.querySelector<HTMLElement>('[data-question-heading]')?.focus()

function TaskFields({ task, onTask, onToggle }: TaskBoxProps & { readonly task: TaskDraft }): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const { data } = useCall('listUsers', {})
  const colleagues = data?.users.filter(({ disabled, email }) => !disabled && email !== user.email) ?? []
  return (
    // Keys of the fields in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <fieldset
      className={`${group['box'] ?? ''} ${css['box'] ?? ''}`}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return
        if (event.target instanceof HTMLButtonElement) return
        // Back to the answer: what was typed goes with it; Escape takes it away.
        event.preventDefault()
        event.stopPropagation()
        if (event.key === 'Escape') onToggle()
        toHeading()
      }}
    >
      <legend className={group['legend']}>{t('queue.task.title')}</legend>
      <CloseButton size="xs" className={css['close']} aria-label={t('queue.task.remove')} onClick={() => (onToggle(), toHeading())} />
      <TextInput
        size="xs"
        autoFocus
        maxLength={200}
        placeholder={t('queue.task.placeholder')}
        aria-label={t('queue.task.what')}
        value={task.title}
        onChange={(event) => onTask({ ...task, title: event.currentTarget.value })}
      />
      <div className={css['when']}>
        <TextInput
          size="xs"
          type="date"
          className={css['date']}
          aria-label={t('queue.task.due')}
          value={task.dueOn}
          onChange={(event) => onTask({ ...task, dueOn: event.currentTarget.value })}
        />
        {([1, 7] as const).map((days) => (
          <Button key={days} size="xs" variant="default" onClick={() => onTask({ ...task, dueOn: dayFromNow(days) })}>
            {t(days === 1 ? 'queue.task.tomorrow' : 'queue.task.inAWeek')}
          </Button>
        ))}
      </div>
      <NativeSelect
        size="xs"
        aria-label={t('queue.task.who')}
        value={task.assignee}
        onChange={(event) => onTask({ ...task, assignee: event.currentTarget.value })}
        data={[{ value: '', label: t('queue.task.me') }, ...colleagues.map(({ email, name }) => ({ value: email, label: name }))]}
      />
    </fieldset>
  )
}
