/** Has a mail that failed, or that nobody has, tried again. */
import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { tell, tellProblem } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'

export function ReplayButton({ id, receivedAt }: { readonly id: string; readonly receivedAt: string }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const replay = useChange('replayMessage', {
    invalidates: ['listMessages', 'listFailedOffers', 'readMessage', 'readHealth', 'readTenantHealth'],
    onDone: () => tell(t('admin.messages.replayed')),
    onProblem: tellProblem,
  })
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<IconRefresh size={14} aria-hidden />}
      aria-busy={replay.isPending}
      aria-label={`${t('admin.messages.replay')}: ${formats.dateTime(receivedAt)}`}
      onClick={() => !replay.isPending && replay.mutate({ params: { id } })}
    >
      {t('admin.messages.replay')}
    </Button>
  )
}
