/** Whether the popup tells of new mail, where the lists are that it tells of. */
import { ActionIcon } from '@mantine/core'
import { IconBell, IconBellOff } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { Tip } from '../parts/tip.tsx'
import { setMuted, useMuted } from './popup-notices.ts'

export function PopupSwitch(): ReactElement {
  const { t } = useTranslation()
  const muted = useMuted()
  const Icon = muted ? IconBellOff : IconBell
  const label = t(muted ? 'popup.unmute' : 'popup.mute')
  return (
    <Tip label={label}>
      <ActionIcon aria-label={label} onClick={() => setMuted(!muted)}>
        <Icon size={17} aria-hidden />
      </ActionIcon>
    </Tip>
  )
}
