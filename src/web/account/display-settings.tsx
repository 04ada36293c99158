/** Language, time zone, light or dark, dense or airy. Each is kept at once. */
import { NativeSelect, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { type ReactElement, type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { readDensity, showDensity } from '../parts/density.ts'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { refreshSession, useSession } from '../session.ts'
import { type Language, languageNames, languages, speak } from '../texts/language.ts'
import css from './account-page.module.css'

const zones = Intl.supportedValuesOf('timeZone')
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone
/** As its browser, or as its system. */
const unset = ''

export function DisplaySettings(): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [density, setDensity] = useState(readDensity)
  const update = useChange('updateProfile', {
    onDone: (session) => {
      refreshSession(session)
      tell(t('common.saved'))
    },
    onProblem: tellProblem,
  })
  const chooseLanguage = async (value: string): Promise<void> => {
    const locale = languages.find((language): language is Language => language === value) ?? null
    await speak(locale)
    update.mutate({ body: { locale } })
  }
  return (
    <div className={css['fields']}>
      <NativeSelect
        label={t('account.language')}
        value={user.locale ?? unset}
        onChange={({ currentTarget }) => void chooseLanguage(currentTarget.value)}
        data={[{ value: unset, label: t('account.languageSystem') }, ...languages.map((value) => ({ value, label: languageNames[value] }))]}
      />
      <NativeSelect
        label={t('account.timeZone')}
        value={user.timeZone ?? unset}
        onChange={({ currentTarget: { value } }) => update.mutate({ body: { timeZone: value === unset ? null : value } })}
        data={[{ value: unset, label: t('account.timeZoneSystem', { zone: browserZone }) }, ...zonesWith(user.timeZone)]}
      />
      <Choice label={t('account.theme')}>
        {(labelId) => (
          <SegmentedControl
            fullWidth
            aria-labelledby={labelId}
            value={colorScheme}
            onChange={(value) => setColorScheme(value)}
            data={[
              { value: 'auto', label: t('nav.themeAuto') },
              { value: 'light', label: t('nav.themeLight') },
              { value: 'dark', label: t('nav.themeDark') },
            ]}
          />
        )}
      </Choice>
      <Choice label={t('account.density')}>
        {(labelId) => (
          <SegmentedControl
            fullWidth
            aria-labelledby={labelId}
            value={density}
            onChange={(value) => {
              setDensity(value)
              showDensity(value)
            }}
            data={[
              { value: 'dense', label: t('account.densityCompact') },
              { value: 'airy', label: t('account.densityComfortable') },
            ]}
          />
        )}
      </Choice>
    </div>
  )
}

/** A zone that the server knows and this browser does not (UTC, an older name) can still be chosen. */
function zonesWith(chosen: string | null): readonly string[] {
  const all = zones.includes('UTC') ? zones : [...zones, 'UTC']
  return chosen === null || all.includes(chosen) ? all : [...all, chosen]
}

function Choice({ label, children }: { readonly label: string; readonly children: (labelId: string) => ReactNode }): ReactElement {
  const id = useId()
  return (
    <div>
      <p id={id} className={css['label']}>
        {label}
      </p>
      {children(id)}
    </div>
  )
}
