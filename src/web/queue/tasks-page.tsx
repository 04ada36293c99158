/** Follow-up tasks, by when they are due; finished by one key. */
import { Button, SegmentedControl } from '@mantine/core'
import { IconChecklist } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { useFormats } from '../parts/formats.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { usePages } from '../queries.ts'
import { dayFromNow } from './days.ts'
import { NewTask } from './new-task.tsx'
import { type Task, useTaskChanges } from './task-changes.ts'
import { TaskRow } from './task-row.tsx'
import type { TaskSearch } from './task-search.ts'
import css from './tasks-page.module.css'

const pageTasks = 100
const groups = ['overdue', 'today', 'week', 'later', 'undated'] as const
type Group = (typeof groups)[number]

function groupOf({ dueOn }: Task, timeZone: string): Group {
  if (dueOn === null) return 'undated'
  if (dueOn < dayFromNow(0, timeZone)) return 'overdue'
  if (dueOn === dayFromNow(0, timeZone)) return 'today'
  return dueOn <= dayFromNow(7, timeZone) ? 'week' : 'later'
}

export function TasksPage(): ReactElement {
  const { t } = useTranslation()
  const search = useSearch({ from: '/shell/tasks' })
  const navigate = useNavigate()
  const isDone = search.state === 'done'
  const isMine = search.whose !== 'anyone'
  const list = usePages('listTasks', { query: { limit: pageTasks, assignee: isMine ? 'me' : 'anyone', state: isDone ? 'done' : 'open' } })
  const tasks = list.data?.pages.flatMap((page) => page.tasks) ?? []
  const changes = useTaskChanges()
  const title = useRef<HTMLInputElement>(null)
  const body = useRef<HTMLDivElement>(null)
  useTaskKeys(body, title, tasks, changes)
  const show = (next: TaskSearch): void => void navigate({ to: '/tasks', search: next, replace: true })
  return (
    <PageBody>
      <PageHeader
        title={t('nav.tasks')}
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('tasks.whose')}
              value={isMine ? 'me' : 'anyone'}
              onChange={(value) => show({ ...(isDone ? { state: 'done' } : {}), ...(value === 'anyone' ? { whose: 'anyone' } : {}) })}
              data={[
                { value: 'me', label: t('tasks.mine') },
                { value: 'anyone', label: t('tasks.anyone') },
              ]}
            />
            <SegmentedControl
              size="xs"
              aria-label={t('tasks.state')}
              value={isDone ? 'done' : 'open'}
              onChange={(value) => show({ ...(value === 'done' ? { state: 'done' } : {}), ...(isMine ? {} : { whose: 'anyone' }) })}
              data={[
                { value: 'open', label: t('tasks.open') },
                { value: 'done', label: t('tasks.done') },
              ]}
            />
          </>
        }
      />
      {!isDone && <NewTask titleField={title} />}
      <div ref={body}>
        {list.isError && list.data === undefined && <ProblemNote problem={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && <ListSkeleton rows={6} />}
        {list.data !== undefined && tasks.length === 0 && (
          <EmptyState
            icon={<IconChecklist size={26} />}
            title={t(isDone ? 'tasks.emptyDone' : 'tasks.empty')}
            words={t(isDone ? 'tasks.emptyDoneWords' : 'tasks.emptyWords')}
          />
        )}
        <TaskGroups tasks={tasks} isDone={isDone} withAssignee={!isMine} changes={changes} />
        {list.hasNextPage && (
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common.more')}
          </Button>
        )}
      </div>
    </PageBody>
  )
}

interface TaskGroupsProps {
  readonly tasks: readonly Task[]
  readonly isDone: boolean
  readonly withAssignee: boolean
  readonly changes: ReturnType<typeof useTaskChanges>
}

/** What is done stands in one list, the last first. */
function TaskGroups({ tasks, isDone, withAssignee, changes }: TaskGroupsProps): ReactElement {
  const { t } = useTranslation()
  const { timeZone } = useFormats()
  const shown = isDone ? (['done'] as const) : groups
  return (
    <>
      {shown.map((group) => {
        const those = group === 'done' ? tasks : tasks.filter((task) => groupOf(task, timeZone) === group)
        if (those.length === 0) return null
        return (
          <section key={group} className={css['group']}>
            <h2 className={css['title']} data-group={group}>
              {t(`tasks.group.${group}`)} <span className={css['count']}>{those.length}</span>
            </h2>
            <ul className={css['list']}>
              {those.map((task) => (
                <TaskRow key={task.id} task={task} isLate={group === 'overdue'} withAssignee={withAssignee} changes={changes} />
              ))}
            </ul>
          </section>
        )
      })}
    </>
  )
}

/** Up and down, finish, new: the row with the focus is the one that is meant. */
function useTaskKeys(
  body: { readonly current: HTMLElement | null },
  title: { readonly current: HTMLElement | null },
  tasks: readonly Task[],
  changes: ReturnType<typeof useTaskChanges>,
): void {
  const { t } = useTranslation()
  const rows = (): HTMLElement[] => [...(body.current?.querySelectorAll<HTMLElement>('[data-task]') ?? [])]
  const walk = (by: 1 | -1): void => {
    const all = rows()
    const at = all.findIndex((row) => row.contains(document.activeElement))
    const to = at === -1 ? (by === 1 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)
    all[to]?.querySelector<HTMLElement>('[data-task-title]')?.focus()
  }
  const finish = (): void => {
    const row = document.activeElement?.closest<HTMLElement>('[data-task]')
    const task = tasks.find(({ id }) => id === row?.dataset['task'])
    if (task === undefined || row === null || row === undefined) return
    const all = rows()
    const at = all.indexOf(row)
    const next = all[at + 1] ?? all[at - 1]
    next?.querySelector<HTMLElement>('[data-task-title]')?.focus()
    changes.setDone(task, task.doneAt === null)
  }
  useShortcuts(t('nav.tasks'), [
    { keys: ['j', 'ArrowDown'], label: t('queue.keys.next'), run: () => walk(1) },
    { keys: ['k', 'ArrowUp'], label: t('queue.keys.previous'), run: () => walk(-1) },
    { keys: ['x'], label: t('tasks.keys.finish'), run: finish },
    { keys: ['n'], label: t('tasks.keys.new'), run: () => title.current?.focus() },
    { keys: ['u'], label: t('common.undo'), run: () => changes.undoLast() },
  ])
}
