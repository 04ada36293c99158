/** Who is signed in, how the page looks, and signing out; loaded when it is first opened, and open then. */
import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core'
import { IconLogout } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { endSession, useSession } from '../session.ts'
import { AccountButton } from './account-button.tsx'
import css from './top-bar.module.css'

const schemes = [
  { value: 'auto', name: 'themeAuto' },
  { value: 'light', name: 'themeLight' },
  { value: 'dark', name: 'themeDark' },
] as const

export function AccountMenu(): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const navigate = useNavigate()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = async (): Promise<void> => {
    await endSession().catch(() => undefined)
    await navigate({ to: '/sign-in', search: { why: 'signedOut' } })
  }
  return (
    <Menu defaultOpened position="bottom-end" width={260} withinPortal={false}>
      <Menu.Target>
        <AccountButton />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/account">
          <span className={css['who']}>
            <bdi className={css['name']}>{user.name}</bdi>
            <span className="lp-quiet">{user.email}</span>
            <span className="lp-quiet">{t(`role.${user.role}`)}</span>
          </span>
        </Menu.Item>
        <Menu.Divider />
        <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
          {schemes.map(({ value, name }) => (
            <Menu.RadioItem key={value} value={value} closeMenuOnClick={false}>
              {t(`nav.${name}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden className={css['mirrored']} />} onClick={() => void signOut()}>
          {t('nav.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
