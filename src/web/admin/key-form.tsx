/** A new API key: what for, what it may do, and how long. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useChange } from '../queries.ts'
import { Panel } from './panel.tsx'
import { RoleChoice } from './role-choice.tsx'
import css from './rows.module.css'

const roles = ['submit', 'salesperson', 'reviewer', 'admin'] as const
const yearDays = 365
/** In days; 0: without end. */
const lifetimes = [30, 90, yearDays, 0] as const
const dayMs = 24 * 3_600_000

export interface KeyFormProps {
  readonly onMade: (key: string) => void
  readonly onClose: () => void
}

export function KeyForm({ onMade, onClose }: KeyFormProps): ReactElement {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [role, setRole] = useState<(typeof roles)[number]>('submit')
  const [days, setDays] = useState<number>(yearDays)
  const make = useChange('createApiKey', { invalidates: ['listApiKeys'], onDone: ({ key }) => onMade(key) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() === '' || make.isPending) return
    const expiresAt = days === 0 ? {} : { expiresAt: new Date(Date.now() + days * dayMs).toISOString() }
    make.mutate({ body: { name: name.trim(), role, ...expiresAt } })
  }
  const lifetimeWords = (each: number): string =>
    each === 0 ? t('admin.keys.expiryNever') : each === yearDays ? t('admin.keys.expiryYear') : t('admin.keys.expiryDays', { count: each })
  return (
    <Panel title={t('admin.keys.make')}>
      <form className={css['fields']} onSubmit={submit} noValidate>
        <TextInput
          label={t('admin.keys.name')}
          placeholder={t('admin.keys.nameExample')}
          autoFocus
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <NativeSelect
          label={t('admin.keys.expiry')}
          value={String(days)}
          onChange={({ currentTarget }) => setDays(Number(currentTarget.value))}
          data={lifetimes.map((each) => ({ value: String(each), label: lifetimeWords(each) }))}
        />
        <div className={css['whole']}>
          <RoleChoice label={t('admin.keys.role')} roles={roles} value={role} onChange={setRole} />
        </div>
        <div className={`${css['whole']} ${css['gap']}`}>
          {make.error !== null && <ProblemNote problem={make.error} />}
          <div className={css['end']}>
            <Button type="submit" aria-busy={make.isPending} disabled={name.trim() === ''}>
              {t('admin.keys.submit')}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
          </div>
        </div>
      </form>
    </Panel>
  )
}
