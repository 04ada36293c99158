/**
 * A small popup for what was just filed by itself, or waits: to be checked in passing and corrected with one key. At most three, gone by themselves, and
 * none goes while somebody reads it. On a phone one slim bar.
 */
import { ActionIcon } from '@mantine/core'
import { IconBellOff, IconX } from '@tabler/icons-react'
import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FiledCard, WaitsCard } from './popup-cards.tsx'
import { type Notice, setMuted, useNotices } from './popup-notices.ts'
import { Tip } from '../parts/tip.tsx'
import css from './live-popup.module.css'

const shownMs = 14_000

export function LivePopup(): ReactElement {
  const { t } = useTranslation()
  const { shown, more, drop, dropAll } = useNotices()
  const [isHeld, setIsHeld] = useState(false)
  const newest = shown.at(-1)
  return (
    // Only whether somebody reads it: what is in it has the keys and clicks.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      className={css['popup']}
      aria-label={t('popup.title')}
      aria-live="polite"
      onMouseEnter={() => setIsHeld(true)}
      onMouseLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={({ currentTarget, relatedTarget }) => setIsHeld(currentTarget.contains(relatedTarget))}
    >
      {shown.length > 0 && (
        <div className={css['bar']}>
          {more > 0 && <span className={css['more']}>{t('popup.more', { count: more })}</span>}
          <Tip label={t('popup.mute')}>
            <ActionIcon size="sm" aria-label={t('popup.mute')} onClick={() => setMuted(true)}>
              <IconBellOff size={15} aria-hidden />
            </ActionIcon>
          </Tip>
          <Tip label={t('popup.closeAll')}>
            <ActionIcon size="sm" aria-label={t('popup.closeAll')} onClick={dropAll}>
              <IconX size={15} aria-hidden />
            </ActionIcon>
          </Tip>
        </div>
      )}
      {shown.map((notice) => (
        <TimedCard key={notice.id} notice={notice} isNewest={notice === newest} isHeld={isHeld} onGone={drop} />
      ))}
    </section>
  )
}

interface TimedCardProps {
  readonly notice: Notice
  readonly isNewest: boolean
  readonly isHeld: boolean
  readonly onGone: (id: string) => void
}

function TimedCard({ notice, isNewest, isHeld, onGone }: TimedCardProps): ReactElement {
  const { id, kind, told } = notice
  const [isBusy, setIsBusy] = useState(false)
  useEffect(() => {
    if (isHeld || isBusy) return undefined
    const timer = setTimeout(() => onGone(id), shownMs)
    return () => clearTimeout(timer)
  }, [id, isHeld, isBusy, onGone])
  const gone = (): void => onGone(id)
  return kind === 'filed' ? (
    <FiledCard id={id} told={told} hasKeys={isNewest} onBusy={setIsBusy} onGone={gone} />
  ) : (
    <WaitsCard id={id} told={told} hasKeys={isNewest} onGone={gone} />
  )
}
