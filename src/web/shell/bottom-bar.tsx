/** The navigation of a phone: what is needed between two calls, under the thumb; the rest behind "more". */
import { Link } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session.ts'
import { CountBadge } from './count-badge.tsx'
import { MoreButton } from './more-button.tsx'
import { type Place, placesOf } from './places.ts'
import css from './navigation.module.css'

const MoreMenu = lazy(async () => ({ default: (await import('./more-menu.tsx')).MoreMenu }))

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
      {rest.length > 0 && <More places={rest} />}
    </nav>
  )
}

/** The menu is loaded when it is first opened. */
function More({ places }: { readonly places: readonly Place[] }): ReactElement {
  const [isOpened, setIsOpened] = useState(false)
  return isOpened ? (
    <Suspense fallback={<MoreButton />}>
      <MoreMenu places={places} />
    </Suspense>
  ) : (
    <MoreButton aria-haspopup="menu" aria-expanded={false} onClick={() => setIsOpened(true)} />
  )
}
