/** A mail whole, as it is read in the queue and in a contact history. */
import { IconFileCode } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { callUrl } from '../api-client.ts'
import { Attachments } from './attachments.tsx'
import { MailHead, type MailHeadProps } from './mail-head.tsx'
import { MailRemarks } from './mail-remarks.tsx'
import { MailText } from './mail-text.tsx'
import css from './mail-view.module.css'

type Mail = NonNullable<CallAnswer<'readEntry'>['mail']>

export interface MailViewProps extends Pick<MailHeadProps, 'unknownAction'> {
  readonly mail: Mail
}

/** The subject stands above it, where the page has its heading. */
export function MailView({ mail, ...head }: MailViewProps): ReactElement {
  const { t } = useTranslation()
  return (
    <div className={css['mail']}>
      <MailHead mail={mail} {...head} />
      {/* Another mail starts folded and as text again. */}
      <MailText key={mail.id} mail={mail} />
      <Attachments key={`files ${mail.id}`} mail={mail} />
      <MailRemarks mail={mail} />
      <a className={css['raw']} href={callUrl('readMailRaw', { params: { id: mail.id } })} download>
        <IconFileCode size={16} aria-hidden />
        {t('mail.raw')}
      </a>
    </div>
  )
}
