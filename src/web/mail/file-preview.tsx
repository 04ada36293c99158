/** A picture or a PDF of a mail, looked at here; loaded when one is first opened. */
import { Modal } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import css from './attachments.module.css'

export interface FilePreviewProps {
  readonly url: string
  readonly file: { readonly fileName: string; readonly mediaType: string }
  readonly onClose: () => void
}

export function FilePreview({ url, file: { fileName, mediaType }, onClose }: FilePreviewProps): ReactElement {
  const { t } = useTranslation()
  return (
    <Modal opened onClose={onClose} title={<bdi>{fileName}</bdi>} size="80rem" closeButtonProps={{ 'aria-label': t('common.close') }}>
      {mediaType === 'application/pdf' ? (
        // The browser's own PDF reader does not run in a sandbox; the server serves nothing but a PDF as one (nosniff), and by a policy without scripts.
        // oxlint-disable-next-line react/iframe-missing-sandbox
        <iframe title={fileName} src={url} className={css['pdf']} />
      ) : (
        <img src={url} alt={fileName} className={css['picture']} />
      )}
    </Modal>
  )
}
