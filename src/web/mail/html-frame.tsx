/**
 * A mail's HTML in a frame of its own: made safe by the server, under a Content-Security-Policy of its own, sandboxed without scripts.
 * What it would fetch from elsewhere is told by number and stays blocked until somebody asks for it, for this mail and this time alone.
 */
import { Button, useComputedColorScheme } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { type ReactElement, type RefObject, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callUrl } from '../api-client.ts'
import css from './html-frame.module.css'

export interface HtmlFrameProps {
  readonly mailId: string
  readonly subject: string
  readonly remoteContents: number
}

/** A longer mail scrolls inside; browsers draw no frames of any height. */
const frameHeightMax = 30_000
/** A mail that is always taller than the window it is shown in would grow for ever. */
const fitsMax = 100

export function HtmlFrame({ mailId, subject, remoteContents }: HtmlFrameProps): ReactElement {
  const { t } = useTranslation()
  const [remote, setRemote] = useState(false)
  const frame = useFittedFrame()
  const dark = useComputedColorScheme('light') === 'dark'
  const query = { remote: remote ? 'true' : 'false', dark: dark ? 'true' : 'false' }
  const loadRemote = (): void => {
    setRemote(true)
    // The button goes; what it was about is the next thing to look at.
    frame.current?.focus()
  }
  return (
    <div className={css['box']}>
      {remoteContents > 0 && !remote && (
        <div className={css['blocked']}>
          <IconCloudOff size={16} aria-hidden />
          <span className={css['blockedWords']}>{t('mail.remoteBlocked', { count: remoteContents })}</span>
          <Button variant="default" size="compact-sm" onClick={loadRemote}>
            {t('mail.remoteLoad')}
          </Button>
        </div>
      )}
      <div className={css['paper']}>
        <iframe
          ref={frame}
          title={t('mail.htmlOf', { subject })}
          className={css['frame']}
          // Our origin, so that it can be measured; without scripts in it (here and by its own policy) nothing else comes of that.
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          src={callUrl('readMailHtml', { params: { id: mailId }, query })}
        />
      </div>
    </div>
  )
}

/** A frame as tall as what is in it, and whose keys are heard like those of the page around it. */
function useFittedFrame(): RefObject<HTMLIFrameElement | null> {
  const ref = useRef<HTMLIFrameElement>(null)
  useEffect(() => {
    const frame = ref.current
    if (frame === null) return undefined
    let stop = (): void => undefined
    const fit = (): void => {
      stop()
      const body = frame.contentDocument?.body
      if (body === undefined) return
      let fits = 0
      const measured = new ResizeObserver(() => {
        frame.style.blockSize = `${String(Math.min(body.scrollHeight, frameHeightMax))}px`
        fits += 1
        if (fits >= fitsMax) measured.disconnect()
      })
      measured.observe(body)
      const forward = (event: KeyboardEvent): void => forwardKey(frame, event)
      frame.contentDocument?.addEventListener('keydown', forward)
      stop = () => measured.disconnect()
    }
    frame.addEventListener('load', fit)
    return () => {
      frame.removeEventListener('load', fit)
      stop()
    }
  }, [])
  return ref
}

/** Keys belong to the page, also while the mail has the focus; what moves the text stays there. */
function forwardKey(frame: HTMLIFrameElement, event: KeyboardEvent): void {
  const { key, code, shiftKey, ctrlKey, metaKey, altKey } = event
  if (['Tab', 'Enter', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', ' '].includes(key)) return
  const again = new KeyboardEvent('keydown', { key, code, shiftKey, ctrlKey, metaKey, altKey, bubbles: true, cancelable: true })
  if (!frame.dispatchEvent(again)) event.preventDefault()
}
