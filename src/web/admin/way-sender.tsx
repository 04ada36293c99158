/** Whether the sender is who the mail says, and what told so. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { ServerWords } from './server-words.tsx'
import type { Standing, Trace } from './trace.ts'
import { Facts, WayStep } from './way-step.tsx'

const good: readonly Standing[] = ['aligned', 'trustedSubmission']

export function SenderStep({ trace: { standing, authentication } }: { readonly trace: Trace }): ReactElement | null {
  const { t } = useTranslation()
  if (standing === undefined) return null
  const { spf, dkim = [], dmarc, arc, authservId, reasons = [] } = authentication ?? {}
  const shown = (checked: { readonly result?: string; readonly domain?: string | null } | undefined): ReactElement | null =>
    checked?.result === undefined ? null : (
      <bdi dir="ltr">
        {checked.result}
        {checked.domain != null && ` (${checked.domain})`}
      </bdi>
    )
  // A mail may carry two signatures that are alike to the letter.
  // oxlint-disable-next-line react/no-array-index-key
  const dkimLines = dkim.map((each, at) => <div key={at}>{shown(each)}</div>)
  const server = authservId === undefined ? null : <bdi>{authservId}</bdi>
  return (
    <WayStep title={t('admin.message.step.sender')} state={good.includes(standing) ? 'done' : 'bad'}>
      <p>{t(`admin.message.standing.${standing}`, { defaultValue: standing })}</p>
      {authentication !== undefined && (
        <Facts
          facts={[
            ['SPF', shown(spf)],
            ['DKIM', dkim.length === 0 ? null : dkimLines],
            ['DMARC', shown(dmarc)],
            ['ARC', shown(arc)],
            [t('admin.message.authserv'), server],
          ]}
        />
      )}
      <ServerWords lines={reasons} />
    </WayStep>
  )
}
