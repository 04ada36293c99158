/** A new task in one line. */
import { Button, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, type RefObject, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { tellProblem } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import css from './new-task.module.css'

export function NewTask({ titleField }: { readonly titleField: RefObject<HTMLInputElement | null> }): ReactElement {
  const { t } = useTranslation()
  const [title, setTitle] = useState('')
  const [dueOn, setDueOn] = useState('')
  const create = useChange('createTask', {
    invalidates: ['listTasks', 'readLead'],
    onDone: () => {
      setTitle('')
      setDueOn('')
      titleField.current?.focus()
    },
    onProblem: tellProblem,
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (title.trim() !== '' && !create.isPending) create.mutate({ body: { title: title.trim(), dueOn: dueOn === '' ? null : dueOn } })
  }
  return (
    <form className={css['new']} onSubmit={submit}>
      <TextInput
        ref={titleField}
        className={css['title']}
        maxLength={200}
        placeholder={t('tasks.new')}
        aria-label={t('tasks.new')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
        rightSection={title === '' ? <KeyHint keys="n" quiet /> : undefined}
      />
      <TextInput type="date" aria-label={t('tasks.due')} value={dueOn} onChange={(event) => setDueOn(event.currentTarget.value)} />
      <Button type="submit" loading={create.isPending} disabled={title.trim() === ''} leftSection={<IconPlus size={16} aria-hidden />}>
        {t('tasks.add')}
      </Button>
    </form>
  )
}
