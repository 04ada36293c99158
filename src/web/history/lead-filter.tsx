/** Only what stands at one lead, which is found by its number, its name or its company's. */
import { CloseButton } from '@mantine/core'
import { IconTargetArrow } from '@tabler/icons-react'
import { lazy, type ReactElement, Suspense, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LeadLabel } from '../parts/lead-label.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { useCall } from '../queries.ts'
import css from './lead-filter.module.css'

const LeadPicker = lazy(async () => ({ default: (await import('../parts/lead-picker.tsx')).LeadPicker }))

export interface LeadFilterProps {
  /** Its number. */
  readonly lead: string | undefined
  readonly onChange: (lead: string | undefined) => void
}

export function LeadFilter({ lead, onChange }: LeadFilterProps): ReactElement {
  const { t } = useTranslation()
  const [picks, setPicks] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const named = useCall('readLead', { params: { number: lead ?? '' } }, { enabled: lead !== undefined }).data
  const pick = (): void => setPicks(true)
  const close = (): void => {
    setPicks(false)
    // Also where a key had opened it.
    button.current?.focus()
  }
  useShortcuts(t('history.list.keys'), [{ keys: ['l'], label: t('history.search.oneLead'), run: pick }])
  return (
    <span className={css['filter']} data-on={lead !== undefined || undefined}>
      <button
        ref={button}
        type="button"
        className={css['pick']}
        aria-haspopup="dialog"
        {...(lead === undefined ? {} : { title: t('history.search.otherLead') })}
        onClick={pick}
      >
        <IconTargetArrow size={14} aria-hidden />
        {lead === undefined ? (
          t('history.search.oneLead')
        ) : (
          <span className="lp-truncate">
            <LeadLabel number={lead} name={named?.name ?? null} link={false} />
          </span>
        )}
      </button>
      {lead !== undefined && (
        <CloseButton
          size="sm"
          aria-label={t('history.search.allLeads')}
          onClick={() => {
            onChange(undefined)
            button.current?.focus()
          }}
        />
      )}
      {picks && (
        <Suspense>
          <LeadPicker
            title={t('history.search.leadTitle')}
            onClose={close}
            onPick={(number) => {
              onChange(number)
              close()
            }}
          />
        </Suspense>
      )}
    </span>
  )
}
