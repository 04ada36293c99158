/** Has a mail that failed, or that nobody has, tried again. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { AgainButton } from './again-button.tsx'

export function ReplayButton({ id, receivedAt }: { readonly id: string; readonly receivedAt: string }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const replay = useChange('replayMessage', {
    invalidates: ['listMessages', 'listFailedOffers', 'readMessage', 'readHealth', 'readTenantHealth'],
    onDone: () => tell(t('admin.messages.replayed')),
    onProblem: tellProblem,
  })
  return (
    <AgainButton
      words={t('admin.messages.replay')}
      label={`${t('admin.messages.replay')}: ${formats.dateTime(receivedAt)}`}
      isBusy={replay.isPending}
      onClick={() => replay.mutate({ params: { id } })}
    />
  )
}
