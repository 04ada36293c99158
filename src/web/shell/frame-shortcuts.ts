/** The keys that count everywhere. */
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useSession } from '../session.ts'
import { placesOf } from './places.ts'

export function useFrameShortcuts({ openHelp, openSearch }: { readonly openHelp: () => void; readonly openSearch: () => void }): void {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { daily } = placesOf(useSession())
  const goTo = daily.flatMap(({ to, name, letter }) =>
    letter === undefined
      ? []
      : [{ keys: [`g ${letter}`], label: `${t('find.goTo')}: ${t(`nav.${name}`)}`, run: () => void navigate({ to }) }],
  )
  useShortcuts(
    t('keys.everywhere'),
    [
      { keys: ['/', 'mod+k'], label: t('keys.find'), run: openSearch },
      // With a modifier also while somebody types.
      { keys: ['mod+k'], label: t('keys.find'), run: openSearch, anywhere: true, hidden: true },
      { keys: ['?'], label: t('keys.help'), run: openHelp },
      ...goTo,
    ],
    'frame',
  )
}
