/** Around every page of administering: what else there is, at the side (on a phone above it, to be pushed along). */
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { type ReactElement, useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { calls } from '../../api/calls.ts'
import { NoAccessPage } from '../parts/lost-page.tsx'
import { mayCall, useSession } from '../session.ts'
import { groupsOf, type Section, sectionAt } from './sections.ts'
import css from './admin-frame.module.css'

const roles = ['operator', 'admin'] as const

export function AdminFrame(): ReactElement {
  const session = useSession()
  const path = useRouterState({ select: (state) => state.location.pathname })
  const section = sectionAt(path, session)
  const needs = section?.needs ?? 'readTenant'
  if (!mayCall(session, needs)) {
    const allow: readonly string[] = calls[needs].allow as readonly string[]
    return <NoAccessPage roles={roles.filter((role) => allow.includes(role))} />
  }
  return (
    <div className={css['frame']}>
      <SectionList />
      <div className={css['page']}>
        <Outlet />
      </div>
    </div>
  )
}

function SectionList(): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const list = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.location.pathname })
  useEffect(() => {
    // A path of another section: its link may stand outside of what a phone shows.
    if (path !== '') list.current?.querySelector('[data-status="active"]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <nav ref={list} className={css['sections']} aria-label={t('nav.admin')}>
      {groupsOf(session).map(({ name, sections }) => (
        <ul key={name} className={css['group']}>
          {sections.map((section) => (
            <SectionLink key={section.name} section={section} />
          ))}
        </ul>
      ))}
    </nav>
  )
}

function SectionLink({ section }: { readonly section: Section }): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const { name, to, icon: Icon } = section
  // A tenant's page belongs to their list, though its address is not below that.
  const isAbove = useRouterState({ select: ({ location }) => sectionAt(location.pathname, session)?.name === name })
  return (
    <li>
      <Link
        to={to}
        className={css['section']}
        activeOptions={{ exact: to === '/admin', includeSearch: false }}
        {...(isAbove ? { 'data-status': 'active' } : {})}
      >
        <Icon size={17} stroke={1.7} aria-hidden className={css['icon']} />
        <span>{t(`admin.sections.${name}`)}</span>
      </Link>
    </li>
  )
}
