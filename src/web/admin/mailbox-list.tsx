/** Watched mailboxes and how each fares. */
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { useFormats } from '../parts/formats.ts'
import { Chip, type Tone } from './chip.tsx'
import { faultWords } from '../parts/fault-words.ts'
import { durationWords } from './duration.ts'
import { useKeptFocus } from './kept-focus.ts'
import css from './rows.module.css'

export type Mailbox = CallAnswer<'addMailbox'>

const tones = { connected: 'good', connecting: 'quiet', failing: 'bad', unwatched: 'warn' } as const satisfies Record<string, Tone>
type KnownState = keyof typeof tones

export interface MailboxListProps {
  readonly mailboxes: readonly Mailbox[]
  /** What can be done with one. */
  readonly actions?: (mailbox: Mailbox) => ReactNode
}

export function MailboxList({ mailboxes, actions }: MailboxListProps): ReactElement {
  const { t } = useTranslation()
  const list = useKeptFocus<HTMLUListElement>()
  return (
    <ul ref={list} tabIndex={-1} className={css['rows']} aria-label={t('admin.mailboxes.title')}>
      {mailboxes.map((mailbox) => (
        <li key={mailbox.id} className={css['row']}>
          <div className={css['what']}>
            <div className={css['name']}>
              <bdi>{mailbox.user}</bdi>
            </div>
            <div className={css['below']}>
              <bdi dir="ltr">
                {mailbox.host}:{mailbox.port}
              </bdi>{' '}
              · <bdi>{mailbox.folder}</bdi>
            </div>
            <Fares mailbox={mailbox} />
            {mailbox.trustedAuthservId !== null && (
              <div className={css['below']}>{t('admin.mailboxes.trusts', { server: mailbox.trustedAuthservId })}</div>
            )}
            <Trouble mailbox={mailbox} />
          </div>
          <div className={css['end']}>
            {mailbox.sent && <Chip tone="quiet">{t('admin.mailboxes.sent')}</Chip>}
            <StateOf state={mailbox.state} />
            {actions?.(mailbox)}
          </div>
        </li>
      ))}
    </ul>
  )
}

/** What went wrong last, until a connection stands again; what could not be taken is told as long as it stays there. */
function Trouble({ mailbox: { state, setAside, lastError, lastFault } }: { readonly mailbox: Mailbox }): ReactElement | null {
  const { t } = useTranslation()
  if (lastError === null || (state === 'connected' && setAside === 0)) return null
  const words = faultWords(t, lastFault)
  if (words !== null) return <div className={css['trouble']}>{words}</div>
  return (
    <div className={css['trouble']} lang="en" dir="ltr">
      {lastError}
    </div>
  )
}

function StateOf({ state }: { readonly state: string }): ReactElement {
  const { t } = useTranslation()
  if (!Object.hasOwn(tones, state)) return <Chip tone="quiet">{state}</Chip>
  return <Chip tone={tones[state as KnownState]}>{t(`admin.mailboxes.state.${state as KnownState}`)}</Chip>
}

function Fares({ mailbox: { connectedSince, lastMailAt, waiting, setAside, lagSeconds } }: { readonly mailbox: Mailbox }): ReactElement {
  const { t, i18n } = useTranslation()
  const formats = useFormats()
  const words = [
    ...(connectedSince === null ? [] : [t('admin.mailboxes.connectedSince', { date: formats.dateTime(connectedSince) })]),
    lastMailAt === null ? t('admin.mailboxes.noMail') : t('admin.mailboxes.lastMail', { date: formats.relative(lastMailAt) }),
    ...(waiting > 0 ? [t('admin.mailboxes.waiting', { count: waiting })] : []),
    ...(setAside > 0 ? [t('admin.mailboxes.aside', { count: setAside })] : []),
    ...(lagSeconds !== null && lagSeconds > 0
      ? [t('admin.mailboxes.lag', { time: durationWords(i18n.language, lagSeconds * 1_000) })]
      : []),
  ]
  return <div className={css['below']}>{words.join(' · ')}</div>
}
