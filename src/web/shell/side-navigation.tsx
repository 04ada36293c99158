/** The navigation at the side: names where there is room, icons with a tooltip where there is not. */
import { useMediaQuery } from '@mantine/hooks'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session.ts'
import { CountBadge } from './count-badge.tsx'
import { type Place, placesOf } from './places.ts'
import { Tip } from '../parts/tip.tsx'
import css from './navigation.module.css'

export function SideNavigation(): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const { daily, seldom } = placesOf(session)
  return (
    <nav className={css['side']} aria-label={t('nav.main')}>
      <Link to="/" className={css['brand']}>
        <img src="/favicon.svg" alt="" width={26} height={26} />
        <span className={css['brandWords']}>
          <span className={css['brandName']}>Leadpost</span>
          {session.tenant !== null && <bdi className={css['tenant']}>{session.tenant.name}</bdi>}
        </span>
      </Link>
      <ul className={css['places']}>
        {daily.map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
      </ul>
      <ul className={css['places']}>
        {seldom.map((place) => (
          <PlaceLink key={place.to} place={place} />
        ))}
      </ul>
    </nav>
  )
}

function PlaceLink({ place: { to, name, icon: Icon } }: { readonly place: Place }): ReactElement {
  const { t } = useTranslation()
  const isNarrow = useMediaQuery('(max-width: 75em)')
  return (
    <li>
      <Tip label={isNarrow ? t(`nav.${name}`) : ''}>
        <Link to={to} className={css['place']}>
          <Icon size={19} stroke={1.7} aria-hidden className={css['icon']} />
          <span className={css['name']}>{t(`nav.${name}`)}</span>
          {name === 'confirm' && <CountBadge />}
        </Link>
      </Tip>
    </li>
  )
}
