/** Whose mail is never kept. */
import { Button, TextInput } from '@mantine/core'
import { IconMailOff } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell, tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { patchCalls, useCall, useChange } from '../queries.ts'
import { Chip } from './chip.tsx'
import { useKeptFocus } from './kept-focus.ts'
import { Panel } from './panel.tsx'
import css from './rows.module.css'

export function NeverLogPage(): ReactElement {
  const { t } = useTranslation()
  const { data, error, refetch } = useCall('listNeverLogRules', {})
  return (
    <PageBody>
      <PageHeader title={t('admin.neverLog.title')} words={t('admin.neverLog.words')} />
      <Panel title={t('admin.neverLog.add')}>
        <AddRule />
      </Panel>
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={3} />}
      {data?.rules.length === 0 && (
        <EmptyState icon={<IconMailOff size={28} />} title={t('admin.neverLog.empty')} words={t('admin.neverLog.emptyWords')} />
      )}
      {data !== undefined && data.rules.length > 0 && <Rules rules={data.rules} />}
    </PageBody>
  )
}

function AddRule(): ReactElement {
  const { t } = useTranslation()
  const [pattern, setPattern] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const add = useChange('addNeverLogRule', {
    invalidates: ['listNeverLogRules'],
    onDone: (rule) => {
      tell(t('admin.neverLog.added', { pattern: rule.pattern }))
      setPattern('')
      field.current?.focus()
    },
  })
  const why = errorsOf(t, add.error)['pattern']
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (pattern.trim() !== '' && !add.isPending) add.mutate({ body: { pattern: pattern.trim() } })
  }
  return (
    <form className={css['form']} onSubmit={submit} noValidate>
      <TextInput
        ref={field}
        label={t('admin.neverLog.pattern')}
        description={t('admin.neverLog.patternWords')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={pattern}
        error={why}
        onChange={({ currentTarget }) => setPattern(currentTarget.value)}
      />
      <div className={`${css['button']} ${css['besideField']}`}>
        <Button type="submit" aria-busy={add.isPending} disabled={pattern.trim() === ''}>
          {t('admin.neverLog.submit')}
        </Button>
      </div>
      {add.error !== null && why === undefined && <ProblemNote problem={add.error} />}
    </form>
  )
}

function Rules({ rules }: { readonly rules: readonly { readonly pattern: string; readonly createdAt: string }[] }): ReactElement {
  const { t } = useTranslation()
  const list = useKeptFocus<HTMLUListElement>()
  const again = useChange('addNeverLogRule', { invalidates: ['listNeverLogRules'], onProblem: tellProblem })
  const remove = useChange('removeNeverLogRule', {
    optimistic: ({ params: { pattern } }) =>
      patchCalls('listNeverLogRules', (answer) => ({ rules: answer.rules.filter((rule) => rule.pattern !== pattern) })),
    invalidates: ['listNeverLogRules'],
    onDone: (_, { params: { pattern } }) =>
      tellWithUndo(t('admin.neverLog.removed', { pattern }), () => again.mutate({ body: { pattern } })),
    onProblem: tellProblem,
  })
  return (
    <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.neverLog.title')}>
      {rules.map(({ pattern, createdAt }) => (
        <li key={pattern} className={css['row']}>
          <div className={css['what']}>
            <bdi className={css['name']}>{pattern}</bdi>
          </div>
          <div className={css['end']}>
            {!pattern.includes('@') && <Chip tone="quiet">{t('admin.neverLog.wholeDomain')}</Chip>}
            <span className={css['below']}>
              <DateText at={createdAt} as="full" />
            </span>
            <Button
              variant="default"
              size="compact-sm"
              aria-label={`${t('common.remove')}: ${pattern}`}
              onClick={() => remove.mutate({ params: { pattern } })}
            >
              {t('common.remove')}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  )
}
