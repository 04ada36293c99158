/** Whether what is shown is live: a dot at the top, and words across the page once it has not been for a while. */
import { IconPlugConnectedX } from '@tabler/icons-react'
import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiveState } from '../live.ts'
import { Tip } from '../parts/tip.tsx'
import css from './live-state.module.css'

/** A connection that comes back at once is nobody's business. */
const toldAfterMs = 4_000

export function LiveDot(): ReactElement {
  const { t } = useTranslation()
  const state = useLiveState()
  return (
    <Tip label={t(`live.${state}`)}>
      <span className={css['state']} data-state={state} role="status">
        <span className={css['dot']} aria-hidden />
        <span className={css['words']}>{t(`live.short.${state}`)}</span>
      </span>
    </Tip>
  )
}

export function LiveNote(): ReactElement | null {
  const state = useLiveState()
  const isAway = state === 'reconnecting' || state === 'offline'
  return isAway ? <AwayNote state={state} /> : null
}

function AwayNote({ state }: { readonly state: 'reconnecting' | 'offline' }): ReactElement | null {
  const { t } = useTranslation()
  const [told, setTold] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setTold(true), toldAfterMs)
    return () => clearTimeout(timer)
  }, [])
  if (!told) return null
  return (
    <div className={css['note']} role="status">
      <IconPlugConnectedX size={16} aria-hidden />
      {t(`live.${state}`)}
    </div>
  )
}
