/** What a mail says: the newest text with what it quotes folded below, or its HTML in the frame. */
import { Button, SegmentedControl } from '@mantine/core'
import { type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { HtmlFrame } from './html-frame.tsx'
import { LongText } from './long-text.tsx'
import css from './mail-text.module.css'

type Mail = NonNullable<CallAnswer<'readEntry'>['mail']>

export function MailText({ mail }: { readonly mail: Mail }): ReactElement {
  const { t } = useTranslation()
  // A mail that says nothing as text is likely a picture or a newsletter: its HTML is what there is to see.
  const [as, setAs] = useState<'text' | 'html'>(mail.html !== null && mail.newestText.trim() === '' ? 'html' : 'text')
  return (
    <div className={css['box']}>
      {mail.html !== null && (
        <SegmentedControl
          size="xs"
          className={css['switch']}
          aria-label={t('mail.shownAs')}
          value={as}
          onChange={(value) => setAs(value)}
          data={[
            { value: 'text', label: t('mail.asText') },
            { value: 'html', label: t('mail.asHtml') },
          ]}
        />
      )}
      {as === 'html' && mail.html !== null ? (
        <HtmlFrame mailId={mail.id} subject={mail.subject} remoteContents={mail.html.remoteContents} />
      ) : (
        <PlainText newest={mail.newestText} quoted={mail.quotedText} />
      )}
    </div>
  )
}

function PlainText({ newest, quoted }: { readonly newest: string; readonly quoted: string | null }): ReactElement {
  const { t } = useTranslation()
  const [unfolded, setUnfolded] = useState(false)
  return (
    <>
      {newest.trim() === '' ? <p className="lp-quiet">{t('mail.noText')}</p> : <LongText className={css['text']} text={newest} />}
      {quoted !== null && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          className={css['fold']}
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {t(unfolded ? 'mail.quotedHide' : 'mail.quotedShow')}
        </Button>
      )}
      {quoted !== null && unfolded && <LongText className={css['quoted']} text={quoted} />}
    </>
  )
}
