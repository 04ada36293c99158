/** Short words at the edge of the screen, gone by themselves: done, failed, and "undo". */
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { texts } from '../texts/language.ts'
import { problemWords } from './problem-words.ts'
import css from './toasts.module.css'

/** Long enough to read it, move there and press it. */
const undoForMs = 10_000

export function tell(words: string): void {
  notifications.show({ message: words, withBorder: true, role: 'status', closeButtonProps: { 'aria-label': texts.t('common.close') } })
}

export function tellProblem(problem: Error): void {
  notifications.show({
    message: problemWords(texts.t, problem),
    color: 'red',
    withBorder: true,
    role: 'alert',
    autoClose: undoForMs,
    closeButtonProps: { 'aria-label': texts.t('common.close') },
  })
}

/** Answers how to take the toast away, for a page that undoes by key. `action`: what the button does, if it is not undoing. */
export function tellWithUndo(words: string, undo: () => void, action = texts.t('common.undo')): () => void {
  const id = notifications.show({
    message: (
      <span className={css['undo']}>
        <span>{words}</span>
        <Button
          variant="light"
          size="compact-sm"
          onClick={() => {
            notifications.hide(id)
            undo()
          }}
        >
          {action}
        </Button>
      </span>
    ),
    withBorder: true,
    role: 'status',
    autoClose: undoForMs,
    closeButtonProps: { 'aria-label': texts.t('common.close') },
  })
  return () => notifications.hide(id)
}
