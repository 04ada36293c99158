/** A mail's files: pictures and PDFs can be looked at here, everything can be downloaded; what belongs to the text or a signature is set apart. */
import { Button } from '@mantine/core'
import { IconDownload, IconFile, IconFileTypePdf } from '@tabler/icons-react'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { callUrl } from '../api-client.ts'
import { useFormats } from '../parts/formats.ts'
import css from './attachments.module.css'

type Mail = NonNullable<CallAnswer<'readEntry'>['mail']>
type Attachment = Mail['attachments'][number]

const FilePreview = lazy(async () => ({ default: (await import('./file-preview.tsx')).FilePreview }))

/** Shown at first; a mail may carry hundreds. */
const filesShown = 24
/** What the server shows in the browser rather than handing it out as a download. */
const pictureTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
/** Larger pictures are not fetched for a thumbnail. */
const thumbnailBytesMax = 2_000_000

function urlOf(mailId: string, { position }: Attachment, download: boolean): string {
  return callUrl('readAttachment', { params: { id: mailId, position }, query: download ? { download: 'true' } : {} })
}

export function Attachments({ mail }: { readonly mail: Mail }): ReactElement | null {
  const { t } = useTranslation()
  const [all, setAll] = useState(false)
  const [withInline, setWithInline] = useState(false)
  const [opened, setOpened] = useState<Attachment | null>(null)
  const files = mail.attachments.filter((file) => withInline || !file.inline)
  const inline = mail.attachments.filter((file) => file.inline).length
  if (mail.attachments.length === 0) return null
  const shown = all ? files : files.slice(0, filesShown)
  return (
    <section aria-label={t('mail.files', { count: files.length })}>
      <ul className={css['list']}>
        {shown.map((file) => (
          <FileCard key={file.position} mailId={mail.id} file={file} onOpen={() => setOpened(file)} />
        ))}
      </ul>
      <div className={css['more']}>
        {shown.length < files.length && (
          <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
            {t('mail.filesMore', { count: files.length - shown.length })}
          </Button>
        )}
        {inline > 0 && !withInline && (
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setWithInline(true)}>
            {t('mail.filesInline', { count: inline })}
          </Button>
        )}
      </div>
      {opened !== null && (
        <Suspense>
          <FilePreview url={urlOf(mail.id, opened, false)} file={opened} onClose={() => setOpened(null)} />
        </Suspense>
      )}
    </section>
  )
}

interface FileCardProps {
  readonly mailId: string
  readonly file: Attachment
  readonly onOpen: () => void
}

function FileCard({ mailId, file, onOpen }: FileCardProps): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const picture = pictureTypes.has(file.mediaType)
  const pdf = file.mediaType === 'application/pdf'
  const Icon = pdf ? IconFileTypePdf : IconFile
  const face = (
    <>
      {picture && file.bytes <= thumbnailBytesMax ? (
        <img className={css['thumbnail']} src={urlOf(mailId, file, false)} alt="" loading="lazy" />
      ) : (
        <Icon size={20} aria-hidden className={css['icon']} />
      )}
      <span className={css['words']}>
        <bdi className="lp-truncate">{file.fileName}</bdi>
        <span className="lp-quiet">{formats.bytes(file.bytes)}</span>
      </span>
    </>
  )
  return (
    <li className={css['card']}>
      {picture || pdf ? (
        <button type="button" className={css['face']} onClick={onOpen} title={file.fileName}>
          {face}
        </button>
      ) : (
        <span className={css['face']} title={file.fileName}>
          {face}
        </span>
      )}
      <a
        className={css['download']}
        href={urlOf(mailId, file, true)}
        download
        aria-label={t('mail.download', { name: file.fileName })}
        title={t('mail.download', { name: file.fileName })}
      >
        <IconDownload size={16} aria-hidden />
      </a>
    </li>
  )
}
