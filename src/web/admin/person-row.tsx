/** One of the people: role, state, a new link, out and in again. */
import { ActionIcon, Menu, NativeSelect } from '@mantine/core'
import { IconDots, IconLink, IconUserCheck, IconUserOff } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../api-client.ts'
import { tell, tellProblem, tellWithUndo } from '../parts/toasts.tsx'
import { invalidateCalls, patchCalls, useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { Chip } from './chip.tsx'
import type { MadeLink } from './link-card.tsx'
import type { User } from './people-page.tsx'
import css from './rows.module.css'

const roles = ['salesperson', 'reviewer', 'admin'] as const

export interface PersonRowProps {
  readonly user: User
  readonly isLastAdmin: boolean
  readonly onLink: (made: MadeLink) => void
}

export function PersonRow({ user, isLastAdmin, onLink }: PersonRowProps): ReactElement {
  const { t } = useTranslation()
  const isSelf = useSession().user.id === user.id
  const update = useUserUpdate(user)
  return (
    <li className={css['row']}>
      <div className={css['what']}>
        <div className={css['name']}>
          <bdi>{user.name}</bdi>
        </div>
        <div className={css['below']}>
          <bdi>{user.email}</bdi>
        </div>
      </div>
      <div className={css['end']}>
        {isSelf && <Chip tone="accent">{t('admin.people.you')}</Chip>}
        {isLastAdmin && <Chip tone="quiet">{t('admin.people.lastAdmin')}</Chip>}
        <StateChip user={user} />
        <NativeSelect
          aria-label={t('admin.people.roleOf', { name: user.name })}
          size="xs"
          value={user.role}
          disabled={isLastAdmin || user.disabled}
          onChange={({ currentTarget: { value } }) => update.setRole(roles.find((role) => role === value) ?? user.role)}
          data={roles.map((value) => ({ value, label: t(`role.${value}`) }))}
        />
        <PersonMenu user={user} isLastAdmin={isLastAdmin} onLink={onLink} onDisable={update.setDisabled} />
      </div>
    </li>
  )
}

function StateChip({ user: { disabled, invited, hasPassword } }: { readonly user: User }): ReactElement | null {
  const { t } = useTranslation()
  if (disabled) return <Chip tone="bad">{t('admin.people.disabled')}</Chip>
  if (invited) return <Chip tone="warn">{t('admin.people.invited')}</Chip>
  return hasPassword ? null : <Chip tone="quiet">{t('admin.people.noPassword')}</Chip>
}

function PersonMenu({
  user,
  isLastAdmin,
  onLink,
  onDisable,
}: PersonRowProps & { readonly onDisable: (disabled: boolean) => void }): ReactElement {
  const { t } = useTranslation()
  const link = useChange('createResetLink', { invalidates: ['listUsers'], onDone: onLink, onProblem: tellProblem })
  return (
    <Menu position="bottom-end" portalProps={{ target: '#main' }}>
      <Menu.Target>
        <ActionIcon aria-label={t('admin.people.actions', { name: user.name })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!user.disabled && (
          <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={() => link.mutate({ params: { id: user.id } })}>
            {t(user.hasPassword ? 'admin.people.resetLink' : 'admin.people.newInvitation')}
          </Menu.Item>
        )}
        {user.disabled ? (
          <Menu.Item leftSection={<IconUserCheck size={16} aria-hidden />} onClick={() => onDisable(false)}>
            {t('admin.people.enable')}
          </Menu.Item>
        ) : (
          <Menu.Item leftSection={<IconUserOff size={16} aria-hidden />} disabled={isLastAdmin} onClick={() => onDisable(true)}>
            {t('admin.people.disable')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

interface UserUpdate {
  readonly setRole: (role: User['role']) => void
  readonly setDisabled: (disabled: boolean) => void
}

/** Shown at once; somebody else's newer state comes instead where there is one. */
function useUserUpdate(user: User): UserUpdate {
  const { t } = useTranslation()
  const put = (next: User): void => {
    patchCalls('listUsers', ({ users }) => ({ users: users.map((each) => (each.id === next.id ? next : each)) }))
  }
  const onProblem = (problem: ApiProblem): void => {
    if (problem.code === 'conflict' && problem.current === undefined) tell(t('admin.people.lastAdminWords'))
    else tellProblem(problem)
    if (problem.current === undefined) void invalidateCalls('listUsers')
    else put(problem.current as User)
  }
  const update = useChange('updateUser', {
    optimistic: ({ body: change }) =>
      patchCalls('listUsers', ({ users }) => ({
        users: users.map((each) =>
          each.id === user.id ? { ...each, role: change.role ?? each.role, disabled: change.disabled ?? each.disabled } : each,
        ),
      })),
    onProblem,
  })
  const params = { id: user.id }
  return {
    setRole: (role) =>
      update.mutate(
        { params, body: { version: user.version, role } },
        { onSuccess: (next) => (put(next), tell(t('admin.people.roleSet', { name: user.name, role: t(`role.${role}`) }))) },
      ),
    setDisabled: (disabled) =>
      update.mutate(
        { params, body: { version: user.version, disabled } },
        {
          onSuccess: (next) => {
            put(next)
            if (!disabled) return tell(t('admin.people.enabledNow', { name: user.name }))
            tellWithUndo(t('admin.people.disabledNow', { name: user.name }), () =>
              update.mutate({ params, body: { version: next.version, disabled: false } }, { onSuccess: put }),
            )
          },
        },
      ),
  }
}
