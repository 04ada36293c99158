/** "Send me a test": a mail of our own through the whole way in, shown step by step as it happens. */
import { Button, TextInput } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyLine, CopyLines } from './copy-line.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { Panel } from './panel.tsx'
import { TestWay } from './test-way.tsx'
import css from './rows.module.css'

export function TestPage(): ReactElement {
  const { t } = useTranslation()
  const { crmAddresses } = useSession()
  const [lead, setLead] = useState('')
  const [sentAt, setSentAt] = useState<number | null>(null)
  const send = useChange('sendProbe')
  const isNumber = /^\d{0,20}$/.test(lead.trim())
  const isMissing = send.error?.status === 404
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isNumber || send.isPending) return
    setSentAt(Date.now())
    send.mutate({ body: lead.trim() === '' ? {} : { lead: lead.trim() } })
  }
  return (
    <PageBody>
      <PageHeader title={t('admin.test.title')} words={t('admin.test.words')} />
      <form className={`${css['form']} ${css['spaced']}`} onSubmit={submit} noValidate>
        <TextInput
          label={`${t('admin.test.lead')} (${t('common.optional')})`}
          description={t('admin.test.leadWords')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          inputMode="numeric"
          dir="ltr"
          value={lead}
          error={isMissing || !isNumber ? t('admin.test.noLead') : undefined}
          onChange={({ currentTarget }) => setLead(currentTarget.value)}
        />
        <div className={`${css['button']} ${css['besideField']}`}>
          <Button type="submit" aria-busy={send.isPending} leftSection={<IconSend size={16} aria-hidden />}>
            {t(send.data === undefined ? 'admin.test.send' : 'admin.test.again')}
          </Button>
        </div>
      </form>
      {send.error !== null && !isMissing && <ProblemNote problem={send.error} />}
      {sentAt !== null && (send.isPending || send.data !== undefined) && (
        <TestWay key={sentAt} id={send.data?.id ?? null} hasLead={lead.trim() !== ''} />
      )}
      <Panel title={t('admin.test.real')} words={t('admin.test.realWords')}>
        <CopyLines>
          {crmAddresses.map((address) => (
            <CopyLine key={address} label={t('admin.addresses.address')} value={address} />
          ))}
        </CopyLines>
      </Panel>
    </PageBody>
  )
}
