/** The company's mail domains: mail belongs to the company whose host name its author writes from, once the company has proved that it is its own. */
import { Button, Checkbox } from '@mantine/core'
import { IconWorldCheck } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useCall, useChange } from '../queries.ts'
import { DomainField } from './domain-field.tsx'
import { HostNameCard } from './host-name-card.tsx'
import { useKeptFocus } from './kept-focus.ts'
import { Panel } from './panel.tsx'
import { typedDomain } from './typed-domain.ts'
import css from './host-names-page.module.css'
import rows from './rows.module.css'

export function HostNamesPage(): ReactElement {
  const { t } = useTranslation()
  const { data, error, refetch } = useCall('listHostNames', {})
  const list = useKeptFocus<HTMLUListElement>()
  return (
    <PageBody>
      <PageHeader title={t('admin.hostNames.title')} words={t('admin.hostNames.words')} />
      {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton rows={3} height={64} />}
      {data?.hostNames.length === 0 && (
        <EmptyState icon={<IconWorldCheck size={28} />} title={t('admin.hostNames.empty')} words={t('admin.hostNames.emptyWords')} />
      )}
      <ul ref={list} tabIndex={-1} className={css['cards']} aria-label={t('admin.hostNames.title')}>
        {data?.hostNames.map((host) => (
          <li key={host.name}>
            <HostNameCard host={host} />
          </li>
        ))}
      </ul>
      <AddHostName />
    </PageBody>
  )
}

function AddHostName(): ReactElement {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [subdomains, setSubdomains] = useState(false)
  const field = useRef<HTMLInputElement>(null)
  const add = useChange('addHostName', {
    invalidates: ['listHostNames'],
    onDone: () => {
      setName('')
      setSubdomains(false)
      field.current?.focus()
    },
  })
  const errors = errorsOf(t, add.error)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const domain = typedDomain(name)
    if (domain !== '' && !add.isPending) add.mutate({ body: { name: domain, subdomains } })
  }
  return (
    <Panel title={t('admin.hostNames.add')} words={t('admin.hostNames.addWords')}>
      <form className={rows['form']} onSubmit={submit} noValidate>
        <DomainField ref={field} label={t('admin.hostNames.name')} value={name} error={errors['name']} onChange={setName} />
        <div className={`${rows['button']} ${rows['besideField']}`}>
          <Button type="submit" aria-busy={add.isPending} disabled={name.trim() === ''}>
            {t('admin.hostNames.submit')}
          </Button>
        </div>
        <Checkbox
          className={rows['whole']}
          label={t('admin.hostNames.subdomains')}
          description={t('admin.hostNames.subdomainsWords')}
          checked={subdomains}
          onChange={({ currentTarget }) => setSubdomains(currentTarget.checked)}
        />
        {add.error !== null && errors['name'] === undefined && <ProblemNote problem={add.error} />}
      </form>
    </Panel>
  )
}
