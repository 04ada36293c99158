/** Search, whether it is live, help, and who is signed in. */
import { ActionIcon } from '@mantine/core'
import { IconKeyboard, IconSearch } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { Tip } from '../parts/tip.tsx'
import { useSession } from '../session.ts'
import { AccountButton } from './account-button.tsx'
import { LiveDot } from './live-state.tsx'
import css from './top-bar.module.css'

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }))
const FindAnything = lazy(async () => ({ default: (await import('./find-anything.tsx')).FindAnything }))

export interface TopBarProps {
  readonly searchOpened: boolean
  readonly onSearch: (opened: boolean) => void
  readonly onHelp: () => void
}

export function TopBar({ searchOpened, onSearch, onHelp }: TopBarProps): ReactElement {
  const { t } = useTranslation()
  const session = useSession()
  return (
    <section className={css['bar']} aria-label={t('nav.top')}>
      <Link to="/" className={css['brand']} aria-label="Leadpost">
        <img src="/favicon.svg" alt="" width={26} height={26} />
      </Link>
      {session.tenant === null ? (
        <span className={css['space']} />
      ) : (
        <button type="button" className={css['search']} onClick={() => onSearch(true)}>
          <IconSearch size={16} aria-hidden />
          <span className={css['searchWords']}>{t('find.button')}</span>
          <KeyHint keys="/" quiet />
        </button>
      )}
      <div className={css['end']}>
        <LiveDot />
        <Tip label={t('nav.help')}>
          <ActionIcon onClick={onHelp} aria-label={t('nav.help')} size="lg" className={css['help']}>
            <IconKeyboard size={19} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tip>
        <Account />
      </div>
      {searchOpened && (
        <Suspense>
          <FindAnything onClose={() => onSearch(false)} />
        </Suspense>
      )}
    </section>
  )
}

/** The menu is loaded when it is first opened. */
function Account(): ReactElement {
  const [isOpened, setIsOpened] = useState(false)
  return isOpened ? (
    <Suspense fallback={<AccountButton />}>
      <AccountMenu />
    </Suspense>
  ) : (
    <AccountButton aria-haspopup="menu" aria-expanded={false} onClick={() => setIsOpened(true)} />
  )
}
