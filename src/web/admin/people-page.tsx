/** The tenant's people: who there is, what each may do, inviting, and letting somebody in again. */
import { TextInput } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall } from '../queries.ts'
import { InviteForm } from './invite-form.tsx'
import { useKeptFocus } from './kept-focus.ts'
import { LinkCard, type MadeLink } from './link-card.tsx'
import { Panel } from './panel.tsx'
import { PersonRow } from './person-row.tsx'
import css from './rows.module.css'

export type User = CallAnswer<'listUsers'>['users'][number]

/** From here on one looks for a name rather than through the list. */
const filterFrom = 12

export function PeoplePage(): ReactElement {
  const { t } = useTranslation()
  const [made, setMade] = useState<MadeLink | null>(null)
  const [wanted, setWanted] = useState('')
  const { data, error, refetch } = useCall('listUsers', {})
  const list = useKeptFocus<HTMLUListElement>()
  const users = data?.users ?? []
  const admins = users.filter(({ role, disabled }) => role === 'admin' && !disabled)
  const needle = wanted.trim().toLocaleLowerCase()
  const shown = users.filter(({ name, email }) => `${name} ${email}`.toLocaleLowerCase().includes(needle))
  return (
    <PageBody>
      <PageHeader title={t('admin.people.title')} words={t('admin.people.words')} />
      {made !== null && <LinkCard made={made} onClose={() => setMade(null)} />}
      <Panel title={t('admin.people.invite')}>
        <InviteForm onInvited={setMade} />
      </Panel>
      <Panel title={t('admin.people.list')}>
        {error !== null && <ProblemNote problem={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <ListSkeleton rows={4} />}
        {users.length >= filterFrom && (
          <TextInput
            mb="sm"
            maw="22rem"
            type="search"
            aria-label={t('admin.people.find')}
            placeholder={t('admin.people.find')}
            value={wanted}
            onChange={({ currentTarget }) => setWanted(currentTarget.value)}
          />
        )}
        {users.length > 0 && (
          <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.people.list')}>
            {shown.map((user) => (
              <PersonRow key={user.id} user={user} isLastAdmin={admins.length === 1 && admins[0]?.id === user.id} onLink={setMade} />
            ))}
          </ul>
        )}
      </Panel>
    </PageBody>
  )
}
