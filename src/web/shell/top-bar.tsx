/** Search, whether it is live, help, and who is signed in. */
import { ActionIcon, type MantineColorScheme, Menu, Tooltip, useMantineColorScheme } from '@mantine/core'
import { IconKeyboard, IconLogout, IconSearch } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { endSession, useSession } from '../session.ts'
import { LiveDot } from './live-state.tsx'
import css from './top-bar.module.css'

const FindAnything = lazy(async () => ({ default: (await import('./find-anything.tsx')).FindAnything }))

const schemes = [
  { value: 'auto', name: 'themeAuto' },
  { value: 'light', name: 'themeLight' },
  { value: 'dark', name: 'themeDark' },
] as const

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
        {session.tenant !== null && <LiveDot />}
        <Tooltip label={t('nav.help')}>
          <ActionIcon onClick={onHelp} aria-label={t('nav.help')} size="lg" className={css['help']}>
            <IconKeyboard size={19} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <AccountMenu />
      </div>
      {searchOpened && (
        <Suspense>
          <FindAnything onClose={() => onSearch(false)} />
        </Suspense>
      )}
    </section>
  )
}

function AccountMenu(): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const navigate = useNavigate()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = async (): Promise<void> => {
    await endSession().catch(() => undefined)
    await navigate({ to: '/sign-in', search: { why: 'signedOut' } })
  }
  return (
    <Menu position="bottom-end" width={260} withinPortal={false}>
      <Menu.Target>
        <button type="button" className={css['avatar']}>
          <span aria-hidden>{initialsOf(user.name)}</span>
          <span className="lp-unseen">{t('nav.signedInAs', { name: user.name })}</span>
        </button>
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

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? '') : ''
  return (first + last).toUpperCase()
}
