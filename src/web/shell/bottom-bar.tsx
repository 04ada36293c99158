/** The navigation of a phone: what is needed between two calls, under the thumb; the rest behind "more". */
import { Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session.ts'
import { CountBadge } from './count-badge.tsx'
import { placesOf } from './places.ts'
import css from './navigation.module.css'

const atHand: ReadonlySet<string> = new Set(['confirm', 'leads', 'people', 'search'])

export function BottomBar(): ReactElement {
  const { t } = useTranslation()
  const { daily, seldom } = placesOf(useSession())
  const places = [...daily, ...seldom]
  const shown = daily.length === 0 ? places : places.filter(({ name }) => atHand.has(name))
  const rest = places.filter((place) => !shown.includes(place))
  return (
    <nav className={css['bar']} aria-label={t('nav.main')}>
      {shown.map(({ to, name, icon: Icon }) => (
        <Link key={to} to={to} className={css['thumb']}>
          <span className={css['thumbIcon']}>
            <Icon size={22} stroke={1.6} aria-hidden />
            {name === 'confirm' && <CountBadge />}
          </span>
          <span className={css['thumbName']}>{t(name === 'people' ? 'nav.peopleShort' : `nav.${name}`)}</span>
        </Link>
      ))}
      {rest.length > 0 && (
        <Menu position="top-end" width={220} withinPortal={false}>
          <Menu.Target>
            <button type="button" className={css['thumb']}>
              <IconDots size={22} stroke={1.6} aria-hidden />
              <span className={css['thumbName']}>{t('nav.more')}</span>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map(({ to, name, icon: Icon }) => (
              <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={18} stroke={1.6} aria-hidden />}>
                {t(`nav.${name}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </nav>
  )
}
