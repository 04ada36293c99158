/** The frame of every page: navigation at the side (a bar at the bottom of a phone), search and state at the top, the page in between. */
import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, type ReactElement, type RefObject, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLive } from '../live.ts'
import { TipLayer } from '../parts/tip.tsx'
import { useSession } from '../session.ts'
import { type Language, languages, speak } from '../texts/language.ts'
import { BottomBar } from './bottom-bar.tsx'
import { LiveNote } from './live-state.tsx'
import { SideNavigation } from './side-navigation.tsx'
import { TopBar } from './top-bar.tsx'
import { useFrameShortcuts } from './frame-shortcuts.ts'
import css from './shell.module.css'

const LivePopup = lazy(async () => ({ default: (await import('../queue/live-popup.tsx')).LivePopup }))
const ShortcutHelp = lazy(async () => ({ default: (await import('../parts/shortcut-help.tsx')).ShortcutHelp }))

export function Shell(): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  const [helpOpened, setHelpOpened] = useState(false)
  const [searchOpened, setSearchOpened] = useState(false)
  const main = useFocusedMain()
  useLive(session.tenant?.slug ?? null)
  useLanguageOf(session.user.locale)
  useFrameShortcuts({ openHelp: useCallback(() => setHelpOpened(true), []), openSearch: useCallback(() => setSearchOpened(true), []) })
  return (
    <div className={css['frame']}>
      <a href="#main" className={css['skip']} onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t('common.skip')}
      </a>
      <SideNavigation />
      <TopBar searchOpened={searchOpened} onSearch={setSearchOpened} onHelp={() => setHelpOpened(true)} />
      <main id="main" ref={main} tabIndex={-1} className={css['main']}>
        <LiveNote />
        <div className={css['page']}>
          <Outlet />
        </div>
      </main>
      <BottomBar />
      {session.tenant !== null && (
        <Suspense>
          <LivePopup />
        </Suspense>
      )}
      <TipLayer />
      {helpOpened && (
        <Suspense>
          <ShortcutHelp onClose={() => setHelpOpened(false)} />
        </Suspense>
      )}
    </div>
  )
}

/** After a change of page the focus goes to it, unless something on it took the focus already. */
function useFocusedMain(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current !== undefined && path !== shown.current && main.current?.contains(document.activeElement) !== true)
      main.current?.focus({ preventScroll: true })
    shown.current = path
  }, [path])
  return main
}

/** The language that this person chose goes with him from browser to browser; who chose none keeps what this browser shows. */
function useLanguageOf(locale: string | null): void {
  useEffect(() => {
    const chosen = languages.find((language): language is Language => language === locale)
    if (chosen !== undefined) void speak(chosen)
  }, [locale])
}
