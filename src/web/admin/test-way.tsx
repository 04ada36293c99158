/** Where a test mail is: each step is ticked off as it happens. */
import type { TFunction } from 'i18next'
import { type ReactElement, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useCall } from '../queries.ts'
import { durationWords } from './duration.ts'
import { isSettled } from './message-state.tsx'
import { Note } from './note.tsx'
import { readTrace, type TracedDelivery } from './trace.ts'
import { type StepState, WayStep } from './way-step.tsx'
import { TextLink } from './text-link.tsx'
import css from './way.module.css'

const everyMs = 400
const lateAfterMs = 15_000

/** `id` null: it is being sent. */
export function TestWay({ id, hasLead }: { readonly id: string | null; readonly hasLead: boolean }): ReactElement {
  const { t, i18n } = useTranslation()
  const [isDone, setDone] = useState(false)
  const isLate = useLate(!isDone)
  const watching = id !== null && !isDone
  const { data } = useCall(
    'readMessage',
    { params: { id: id ?? '' } },
    { enabled: id !== null, staleAfterMs: 0, ...(watching ? { refetchEveryMs: everyMs } : {}) },
  )
  const message = data === undefined ? null : readTrace(data)
  const delivery = message?.deliveries[0] ?? null
  if (!isDone && delivery !== null && isSettled(delivery.state)) setDone(true)
  const steps = stepsOf(t, { isSent: id !== null, isStored: message !== null, delivery, hasLead })
  const took = message === null || delivery?.settledAt == null ? null : Date.parse(delivery.settledAt) - Date.parse(message.receivedAt)
  const isTest = delivery?.reason === 'ownLoop'
  return (
    <section className={css['test']} aria-label={t('admin.test.title')}>
      <ol className={css['way']}>
        {steps.map(({ name, state, words }) => (
          <WayStep key={name} title={t(`admin.test.step.${name}`)} state={state}>
            {words === null ? undefined : <p className={css['quiet']}>{words}</p>}
          </WayStep>
        ))}
      </ol>
      {isDone && took !== null ? (
        <Note tone={isTest ? 'good' : 'warn'} live>
          <p>{isTest ? t('admin.test.arrived', { time: durationWords(i18n.language, took) }) : t('admin.test.otherwise')}</p>
          {id !== null && (
            <p>
              <TextLink to="/admin/messages/$id" params={{ id }}>
                {t('admin.test.whole')}
              </TextLink>
            </p>
          )}
        </Note>
      ) : (
        <Note tone={isLate ? 'warn' : 'quiet'} live>
          {isLate ? t('admin.test.late', { time: durationWords(i18n.language, lateAfterMs) }) : t('admin.test.wait')}
        </Note>
      )}
    </section>
  )
}

function useLate(isWaiting: boolean): boolean {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (!isWaiting) return undefined
    const timer = setTimeout(() => setLate(true), lateAfterMs)
    return () => clearTimeout(timer)
  }, [isWaiting])
  return isLate
}

interface TestStep {
  readonly name: 'sent' | 'stored' | 'tenant' | 'sender' | 'lead' | 'decided'
  readonly state: StepState
  readonly words: string | null
}

interface Whereabouts {
  readonly isSent: boolean
  readonly isStored: boolean
  readonly delivery: TracedDelivery | null
  readonly hasLead: boolean
}

function stepsOf(t: TFunction, { isSent, isStored, delivery, hasLead }: Whereabouts): readonly TestStep[] {
  const trace = delivery?.trace ?? null
  const tenant = delivery?.tenant ?? null
  const lead = trace?.tokens?.find((token) => token.lead !== null)?.lead ?? null
  const isOver = delivery !== null && isSettled(delivery.state)
  const standing = trace?.standing
  const reached: readonly (readonly [TestStep['name'], boolean, string | null])[] = [
    ['sent', isSent, null],
    ['stored', isStored, null],
    ['tenant', tenant !== null, tenant === null ? null : t('admin.message.tenantWords', { tenant })],
    ['sender', standing !== undefined, standing === undefined ? null : t(`admin.message.standing.${standing}`)],
    [
      'lead',
      isOver && (lead !== null || !hasLead),
      isOver ? (lead === null ? t('admin.test.leadNotAsked') : t('admin.test.leadFound', { lead })) : null,
    ],
    ['decided', isOver && delivery.reason === 'ownLoop', null],
  ]
  const next = reached.findIndex(([, isReached]) => !isReached)
  return reached.map(([name, isReached, words], at) => ({
    name,
    words,
    state: isReached ? 'done' : isOver ? 'bad' : at === next ? 'now' : 'later',
  }))
}
