/** Which leads came into question, and what was decided. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { EvidenceChips } from '../parts/evidence-chip.tsx'
import { reasonWords } from '../parts/evidence-words.ts'
import { useFormats } from '../parts/formats.ts'
import { LeadLabel } from '../parts/lead-label.tsx'
import { useSession } from '../session.ts'
import { isSettled, mayReplay, stateReason } from './message-state.tsx'
import { chipEvidence, type Trace, type TracedDelivery } from './trace.ts'
import { WayStep } from './way-step.tsx'
import { ServerWords } from './server-words.tsx'
import { TextLink } from './text-link.tsx'
import css from './way.module.css'

type Candidates = NonNullable<NonNullable<Trace['decision']>['candidates']>

export function CandidatesStep({ candidates }: { readonly candidates: Candidates }): ReactElement {
  const { t } = useTranslation()
  return (
    <WayStep title={t('admin.message.step.candidates')} state="done">
      {candidates.length === 0 ? (
        <p className={css['quiet']}>{t('admin.message.candidatesNone')}</p>
      ) : (
        <ol className={css['items']}>
          {candidates.map(({ leadId, number, evidence }) => (
            <li key={leadId} className={css['item']}>
              <LeadLabel number={number} />
              <EvidenceChips evidence={chipEvidence(evidence)} />
            </li>
          ))}
        </ol>
      )}
    </WayStep>
  )
}

const decisions = { appended: 'append', inReview: 'confirm', ignored: 'ignore', failed: 'failed', unroutable: 'unroutable' } as const

export function DecisionStep({ delivery }: { readonly delivery: TracedDelivery }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { tenant: own } = useSession()
  const { state, lead, reason, detail, settledAt, trace } = delivery
  const kind = Object.hasOwn(decisions, state) ? decisions[state as keyof typeof decisions] : null
  const title = t('admin.message.step.decision')
  if (!isSettled(state) || kind === null)
    return (
      <WayStep title={title} state="later">
        {<p className={css['quiet']}>{t('admin.message.decision.waiting')}</p>}
      </WayStep>
    )
  const reasons = state === 'inReview' ? (trace?.decision?.reasons ?? (reason === null ? [] : [reason])) : []
  const evidence = chipEvidence(trace?.decision?.evidence)
  return (
    <WayStep title={title} state={mayReplay(state) ? 'bad' : 'done'} aside={settledAt === null ? undefined : formats.dateTime(settledAt)}>
      <p>
        {kind === 'append' && lead !== null ? t('admin.message.decision.append', { lead }) : null}
        {kind === 'append' && lead === null ? t('admin.message.decision.appendUnknown') : null}
        {kind !== 'append' && t(`admin.message.decision.${kind}`)}
        {reason !== null && kind !== 'confirm' && kind !== 'append' && ` ${stateReason(t, state, reason)}`}
      </p>
      {reasons.length > 0 && (
        <ul className={css['items']}>
          {reasons.map((each) => (
            <li key={each}>{reasonWords(t, each)}</li>
          ))}
        </ul>
      )}
      <EvidenceChips evidence={evidence} />
      <ServerWords lines={mayReplay(state) && detail !== null ? [detail] : []} />
      {own !== null && state === 'appended' && lead !== null && (
        <TextLink to="/leads/$number" params={{ number: lead }}>
          {t('admin.message.toLead')}
        </TextLink>
      )}
      {own !== null && state === 'inReview' && <TextLink to="/confirm">{t('admin.message.toQueue')}</TextLink>}
    </WayStep>
  )
}
