/** The rest of a phone's navigation; loaded when it is first opened, and open then. */
import { Menu } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { MoreButton } from './more-button.tsx'
import type { Place } from './places.ts'

export function MoreMenu({ places }: { readonly places: readonly Place[] }): ReactElement {
  const { t } = useTranslation()
  return (
    <Menu defaultOpened position="top-end" width={220} withinPortal={false}>
      <Menu.Target>
        <MoreButton />
      </Menu.Target>
      <Menu.Dropdown>
        {places.map(({ to, name, icon: Icon }) => (
          <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} stroke={1.6} aria-hidden />}>
            {t(`nav.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
