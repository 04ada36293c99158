/** The way of one mail for one company, step by step, from the moment it was handed in. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../parts/formats.ts'
import { useSession } from '../session.ts'
import { durationWords } from './duration.ts'
import { isSettled, senderWords } from './message-state.tsx'
import { Note } from './note.tsx'
import { ServerWords } from './server-words.tsx'
import { stages, type Trace, type TracedDelivery, type TracedMessage } from './trace.ts'
import { PeopleStep, ThreadStep, TokensStep } from './way-clues.tsx'
import { CandidatesStep, DecisionStep } from './way-decision.tsx'
import { SenderStep } from './way-sender.tsx'
import { Facts, WayStep } from './way-step.tsx'
import css from './way.module.css'

const channels = ['smtp', 'lmtp', 'imap', 'http', 'file'] as const

export interface WayProps {
  readonly message: TracedMessage
  readonly delivery: TracedDelivery
}

export function Way({ message, delivery }: WayProps): ReactElement {
  const { t } = useTranslation()
  const { tenant: own } = useSession()
  const { trace, state } = delivery
  return (
    <>
      <ol className={css['way']} aria-label={t('admin.message.steps')}>
        <HandedInStep message={message} />
        <TakenStep delivery={delivery} />
        <TenantStep delivery={delivery} />
        {trace !== null && <SenderStep trace={trace} />}
        {trace?.tokens !== undefined && <TokensStep tokens={trace.tokens} />}
        {trace?.people !== undefined && <PeopleStep people={trace.people} />}
        {trace?.thread !== undefined && <ThreadStep trace={trace} />}
        {trace?.decision?.candidates !== undefined && <CandidatesStep candidates={trace.decision.candidates} />}
        <DecisionStep delivery={delivery} />
      </ol>
      {own === null && isSettled(state) && <Note tone="quiet">{t('admin.message.hidden')}</Note>}
      {trace?.ms !== undefined && <Times ms={trace.ms} />}
    </>
  )
}

function HandedInStep({ message }: { readonly message: TracedMessage }): ReactElement {
  const { t } = useTranslation()
  const formats = useFormats()
  const { channel, receivedAt, bytes, reversePath, forwardPaths, clientAddress, heloName, tls, authenticatedAs, fromTrustedNetwork } =
    message
  const known = channels.find((each) => each === channel)
  const ltr = (text: string | null): ReactElement | null => (text === null ? null : <bdi>{text}</bdi>)
  const isWire = clientAddress !== null
  return (
    <WayStep title={known === undefined ? channel : t(`admin.message.channel.${known}`)} state="done" aside={formats.bytes(bytes)}>
      <Facts
        facts={[
          [t('admin.message.mailFrom'), ltr(senderWords(t, reversePath))],
          [t('admin.message.rcptTo'), ltr(forwardPaths.join(', '))],
          [t('admin.message.clientAddress'), ltr(clientAddress)],
          [t('admin.message.helo'), ltr(heloName)],
          [t('admin.message.tls'), isWire ? ltr(tls ?? t('admin.message.noTls')) : null],
          [t('admin.message.auth'), ltr(authenticatedAs)],
        ]}
      />
      {fromTrustedNetwork && <p className={css['quiet']}>{t('admin.message.trusted')}</p>}
      <p className={css['quiet']}>{t('admin.message.storedWords', { date: formats.exact(receivedAt) })}</p>
    </WayStep>
  )
}

function TakenStep({ delivery: { state, attempts, dueAt, detail, trace } }: { readonly delivery: TracedDelivery }): ReactElement {
  const { t, i18n } = useTranslation()
  const formats = useFormats()
  const waited = trace?.ms?.waited
  const isTaken = attempts > 0
  return (
    <WayStep
      title={t('admin.message.step.taken')}
      state={isSettled(state) ? 'done' : 'now'}
      {...(waited === undefined ? {} : { aside: t('admin.message.afterWait', { time: durationWords(i18n.language, waited) }) })}
    >
      <p className={css['quiet']}>{isTaken ? t('admin.message.takenWords', { count: attempts }) : t('admin.message.waits')}</p>
      {state === 'received' && attempts > 0 && detail !== null && (
        <>
          <p>{t('admin.message.again', { date: formats.dateTime(dueAt) })}</p>
          <ServerWords lines={[detail]} />
        </>
      )}
    </WayStep>
  )
}

function TenantStep({ delivery: { tenant, state, trace } }: { readonly delivery: TracedDelivery }): ReactElement {
  const { t } = useTranslation()
  const { tenant: own } = useSession()
  const isKnown = tenant !== null
  return (
    <WayStep title={t('admin.message.step.tenant')} state={isKnown ? 'done' : isSettled(state) ? 'bad' : 'later'}>
      {isKnown && <p>{t('admin.message.tenantWords', { tenant: own?.slug === tenant ? own.name : tenant })}</p>}
      {!isKnown && isSettled(state) && <p>{t('admin.message.tenantNone')}</p>}
      {trace?.outside === true && <p>{t('admin.message.outside')}</p>}
    </WayStep>
  )
}

function Times({ ms }: { readonly ms: NonNullable<Trace['ms']> }): ReactElement {
  const { t, i18n } = useTranslation()
  const shown = stages.flatMap((stage) => (ms[stage] === undefined ? [] : [[stage, ms[stage]] as const]))
  const longest = Math.max(1, ...shown.map(([, each]) => each))
  return (
    <section className={css['stages']}>
      <h3 className={css['title']}>{t('admin.message.times')}</h3>
      <dl className={css['times']}>
        {shown.map(([stage, each]) => (
          <div key={stage} style={{ display: 'contents' }}>
            <dt>{t(`admin.message.stage.${stage}`)}</dt>
            <dd>
              <span className={css['bar']} style={{ inlineSize: `${Math.max(1, (each / longest) * 100)}%` }} />
              <span className={css['number']}>{durationWords(i18n.language, each)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
