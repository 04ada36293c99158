/**
 * A mail's HTML in a frame of its own: made safe by the server, under a Content-Security-Policy of its own, sandboxed without scripts and without our origin.
 * What it would fetch from elsewhere is told by number and stays blocked until somebody asks for it, for this mail and this time alone.
 */
import { Button, useComputedColorScheme } from '@mantine/core'
import { IconCloudOff } from '@tabler/icons-react'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callUrl } from '../api-client.ts'
import css from './html-frame.module.css'

export interface HtmlFrameProps {
  readonly mailId: string
  readonly subject: string
  readonly remoteContents: number
}

export function HtmlFrame({ mailId, subject, remoteContents }: HtmlFrameProps): ReactElement {
  const { t } = useTranslation()
  const [remote, setRemote] = useState(false)
  const dark = useComputedColorScheme('light') === 'dark'
  const query = { remote: remote ? 'true' : 'false', dark: dark ? 'true' : 'false' }
  return (
    <div className={css['box']}>
      {remoteContents > 0 && !remote && (
        <div className={css['blocked']}>
          <IconCloudOff size={16} aria-hidden />
          <span>{t('mail.remoteBlocked', { count: remoteContents })}</span>
          <Button variant="default" size="compact-sm" onClick={() => setRemote(true)}>
            {t('mail.remoteLoad')}
          </Button>
        </div>
      )}
      <iframe
        key={`${mailId} ${remote}`}
        title={t('mail.htmlOf', { subject })}
        className={css['frame']}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        referrerPolicy="no-referrer"
        src={callUrl('readMailHtml', { params: { id: mailId }, query })}
      />
    </div>
  )
}
