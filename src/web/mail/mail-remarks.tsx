/** What is worth knowing beside what a mail says: a machine wrote it, part of it could not be read, earlier mails are missing, who captured it. */
import { IconInfoCircle } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { useFormats } from '../parts/formats.ts'
import css from './mail-remarks.module.css'

type Mail = NonNullable<CallAnswer<'readEntry'>['mail']>

/** Of what was odd about a mail, what a reader should know; the rest is for whoever reads its trace. */
const tellingDefects = [
  'encrypted',
  'signed',
  'bodyUnreadable',
  'textTruncated',
  'htmlTruncated',
  'tooManyParts',
  'nestedTooDeep',
  'tnefBroken',
  'tooManyAttachedMessages',
  'tooManyRecipients',
  'dateImplausible',
  'severalAuthors',
  'authorUnclear',
] as const
const automaticKinds = ['automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport'] as const

function remarksOf(mail: Mail, t: TFunction, at: (when: string) => string): string[] {
  const automatic = automaticKinds.find((kind) => kind === mail.automatic)
  const defects = tellingDefects.filter((code) => mail.defects.includes(code))
  return [
    ...(automatic === undefined ? [] : [t(`mail.automatic.${automatic}`)]),
    ...defects.map((code) => t(`mail.defect.${code}`)),
    ...(mail.missingEarlier > 0 ? [t('mail.missingEarlier', { count: mail.missingEarlier })] : []),
    ...mail.capturedBy.map(({ address, channel, at: when }) => t('mail.capturedBy', { address, channel, when: at(when) })),
  ]
}

export function MailRemarks({ mail }: { readonly mail: Mail }): ReactElement | null {
  const { t } = useTranslation()
  const formats = useFormats()
  const remarks = remarksOf(mail, t, (when) => formats.dateTime(when))
  const notes = mail.capturedBy.flatMap(({ note }) => note ?? [])
  if (remarks.length === 0 && notes.length === 0) return null
  return (
    <div className={css['remarks']}>
      <IconInfoCircle size={16} aria-hidden className={css['icon']} />
      <ul>
        {notes.map((note) => (
          <li key={note} className={css['note']} dir="auto">
            {note}
          </li>
        ))}
        {remarks.map((remark) => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
    </div>
  )
}
