/** The TXT record that proves a host name, ready to be copied, with what the last look into the DNS found. It looks again by itself while one waits. */
import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { type ReactElement, useEffect, useEffectEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { DateText } from '../parts/date-text.tsx'
import { useFormats } from '../parts/formats.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { tell } from '../parts/toasts.tsx'
import { patchCalls, useChange } from '../queries.ts'
import { CopyLine, CopyLines } from './copy-line.tsx'
import type { HostName } from './host-name-card.tsx'
import { Note } from './note.tsx'
import css from './host-names-page.module.css'

/** Rarely enough for any name server. */
const lookEveryMs = 20_000
const recordType = 'TXT'
/** Forms that add the domain by themselves. */
const providers = 'Cloudflare, GoDaddy, home.pl, IONOS, Loopia, Namecheap, one.com, OVH, Route 53, STRATO'

export interface HostNameRecordProps {
  readonly host: HostName
  readonly record: { readonly name: string; readonly value: string }
}

export function HostNameRecord({ host, record }: HostNameRecordProps): ReactElement {
  const { t } = useTranslation()
  const check = useHostNameCheck(host)
  return (
    <div className={css['record']}>
      {host.state === 'claimed' && <p>{t('admin.hostNames.setRecord')}</p>}
      <CopyLines>
        <CopyLine label={t('admin.hostNames.recordType')} value={recordType} copy={false} />
        <CopyLine label={t('admin.hostNames.recordName')} value={record.name} />
        <CopyLine label={t('admin.hostNames.recordValue')} value={record.value} />
      </CopyLines>
      <NameHint host={host.name} record={record.name} />
      <Finding host={host} />
      {check.error !== null && <ProblemNote problem={check.error} />}
      <div className={css['check']}>
        <Button
          variant={host.state === 'claimed' ? 'filled' : 'default'}
          size="compact-sm"
          leftSection={<IconRefresh size={14} aria-hidden />}
          aria-busy={check.isPending}
          onClick={check.now}
        >
          {t('admin.hostNames.check')}
        </Button>
        <span className={css['hint']}>
          {host.checkedAt === null ? t('admin.hostNames.neverChecked') : <LastLook at={host.checkedAt} />}
          {host.state === 'claimed' && ` ${t('admin.hostNames.looksAgain')}`}
        </span>
      </div>
    </div>
  )
}

function LastLook({ at }: { readonly at: string }): ReactElement {
  const { t } = useTranslation()
  return (
    <>
      {t('admin.hostNames.lastLook')} <DateText at={at} />.
    </>
  )
}

function useHostNameCheck({ name, state }: HostName): {
  readonly now: () => void
  readonly isPending: boolean
  readonly error: Error | null
} {
  const { t } = useTranslation()
  const { mutate, isPending, error } = useChange('verifyHostName', {
    onDone: (checked) => {
      patchCalls('listHostNames', ({ hostNames }) => ({
        hostNames: hostNames.map((each) => (each.name === checked.name ? checked : each)),
      }))
      if (state === 'claimed' && checked.state !== 'claimed') tell(t('admin.hostNames.proved', { name }))
    },
  })
  const look = useEffectEvent(() => {
    if (document.visibilityState === 'visible' && !isPending) mutate({ params: { name } })
  })
  const waits = state === 'claimed'
  useEffect(() => {
    if (!waits) return undefined
    const timer = setInterval(() => look(), lookEveryMs)
    return () => clearInterval(timer)
  }, [waits])
  return { now: () => !isPending && mutate({ params: { name } }), isPending, error }
}

/** What goes into the field "name" is where most go wrong. */
function NameHint({ host, record }: { readonly host: string; readonly record: string }): ReactElement {
  const { t } = useTranslation()
  const brief = record.slice(0, -(host.length + 1))
  return (
    <details className={css['hint']}>
      <summary>{t('admin.hostNames.nameHint')}</summary>
      <ul>
        <li>
          {t('admin.hostNames.nameShort', { providers })} <code dir="ltr">{brief}</code>
        </li>
        <li>
          {t('admin.hostNames.nameFull')} <code dir="ltr">{record}.</code>
        </li>
        <li>{t('admin.hostNames.nameTtl')}</li>
      </ul>
    </details>
  )
}

const findings = ['found', 'missing', 'wrongValue', 'misplaced', 'unknown'] as const

function Finding({ host }: { readonly host: HostName }): ReactElement | null {
  const { t } = useTranslation()
  const formats = useFormats()
  const finding = findings.find((each) => each === host.finding)
  if (finding === undefined) return null
  const values = host.foundValues.map((value) => `“${value}”`).join(', ')
  return (
    <Note tone={finding === 'found' ? 'good' : 'warn'} live>
      <p>{t(`admin.hostNames.finding.${finding}`)}</p>
      {values !== '' && finding === 'wrongValue' && <p>{t('admin.hostNames.foundValues', { values })}</p>}
      {host.foundAt !== null && finding === 'misplaced' && <p>{t('admin.hostNames.foundAt', { name: host.foundAt })}</p>}
      {host.lapsesAt !== null && <p>{t('admin.hostNames.lapses', { date: formats.dateTime(host.lapsesAt) })}</p>}
    </Note>
  )
}
