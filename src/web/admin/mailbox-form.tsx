/** A mailbox to watch: it is tried before it is kept. */
import { Button, NativeSelect, NumberInput, PasswordInput, Radio, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SentBody } from '../../api/contract.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { Note } from './note.tsx'
import { Panel } from './panel.tsx'
import css from './rows.module.css'

const tlsModes = ['on', 'starttls', 'off'] as const
const portOf = { on: 993, starttls: 143, off: 143 } as const
const afterwards = ['seen', 'leave', 'move', 'delete'] as const
const kinds = ['inbox', 'sent'] as const
/** As most servers call it. */
const folderOf = { inbox: 'INBOX', sent: 'Sent' } as const

interface Draft {
  readonly host: string
  readonly port: number
  readonly tls: (typeof tlsModes)[number]
  readonly user: string
  readonly password: string
  readonly kind: (typeof kinds)[number]
  readonly folder: string
  readonly after: (typeof afterwards)[number]
  readonly moveTo: string
  readonly trustedAuthservId: string
}

const empty: Draft = {
  host: '',
  port: 993,
  tls: 'on',
  user: '',
  password: '',
  kind: 'inbox',
  folder: folderOf.inbox,
  after: 'seen',
  moveTo: '',
  trustedAuthservId: '',
}

function bodyOf({ host, port, tls, user, password, kind, folder, after, moveTo, trustedAuthservId }: Draft): SentBody<'addMailbox'> {
  const server = { host: host.trim(), port, tls, user: user.trim(), password, folder }
  if (kind === 'sent') return { ...server, sent: true }
  const trusted = trustedAuthservId.trim() === '' ? {} : { trustedAuthservId: trustedAuthservId.trim() }
  return { ...server, after: after === 'move' ? `move:${moveTo.trim()}` : after, ...trusted }
}

export function MailboxForm({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(empty)
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change })
  const add = useChange('addMailbox', {
    invalidates: ['listMailboxes', 'readHealth'],
    onDone: () => {
      tell(t('admin.mailboxes.added'))
      onClose()
    },
  })
  const { host, user, password, kind, folder, after, moveTo } = draft
  const needed = kind === 'inbox' && after === 'move' ? [moveTo] : []
  const isComplete = [host, user, password, folder, ...needed].every((text) => text.trim() !== '')
  const errors = errorsOf(t, add.error)
  const isUnknown = add.error?.status === 400 && add.error.fault === null && add.error.errors.length === 0
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !add.isPending) add.mutate({ body: bodyOf(draft) })
  }
  return (
    <Panel title={t('admin.mailboxes.add')} words={t('admin.mailboxes.addWords')}>
      <form className={css['fields']} onSubmit={submit} noValidate>
        <ServerFields draft={draft} set={set} errors={errors} />
        <KindChoice draft={draft} set={set} errors={errors} />
        <MailFields draft={draft} set={set} errors={errors} />
        <div className={`${css['whole']} ${css['gap']}`}>
          {draft.tls === 'off' && <Note tone="warn">{t('admin.mailboxes.tlsOff')}</Note>}
          {add.isPending && (
            <Note tone="quiet" live>
              {t('admin.mailboxes.trying')}
            </Note>
          )}
          {add.error !== null && <ProblemNote problem={add.error} {...(isUnknown ? { words: t('admin.mailboxes.refused') } : {})} />}
          <div className={css['end']}>
            <Button type="submit" aria-busy={add.isPending} disabled={!isComplete}>
              {t('admin.mailboxes.submit')}
            </Button>
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
          </div>
        </div>
      </form>
    </Panel>
  )
}

interface FieldsProps {
  readonly draft: Draft
  readonly set: (change: Partial<Draft>) => void
  readonly errors: Readonly<Record<string, string>>
}

function ServerFields({ draft, set, errors }: FieldsProps): ReactElement {
  const { t } = useTranslation()
  return (
    <>
      <TextInput
        label={t('admin.mailboxes.host')}
        placeholder="imap.example.com"
        dir="ltr"
        autoFocus
        autoCapitalize="none"
        spellCheck={false}
        value={draft.host}
        error={errors['host']}
        onChange={({ currentTarget }) => set({ host: currentTarget.value })}
      />
      <div className={css['two']}>
        <NativeSelect
          label={t('admin.mailboxes.tls')}
          value={draft.tls}
          onChange={({ currentTarget: { value } }) => {
            const tls = tlsModes.find((mode) => mode === value) ?? 'on'
            set({ tls, port: portOf[tls] })
          }}
          data={tlsModes.map((value) => ({ value, label: t(`admin.mailboxes.tlsMode.${value}`) }))}
        />
        <NumberInput
          label={t('admin.mailboxes.port')}
          dir="ltr"
          hideControls
          allowDecimal={false}
          min={1}
          max={65_535}
          value={draft.port}
          error={errors['port']}
          onChange={(value) => set({ port: Number(value) })}
        />
      </div>
      <TextInput
        label={t('admin.mailboxes.user')}
        dir="ltr"
        autoComplete="off"
        autoCapitalize="none"
        value={draft.user}
        error={errors['user']}
        onChange={({ currentTarget }) => set({ user: currentTarget.value })}
      />
      <PasswordInput
        label={t('admin.mailboxes.password')}
        autoComplete="new-password"
        dir="ltr"
        value={draft.password}
        error={errors['password']}
        visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        onChange={({ currentTarget }) => set({ password: currentTarget.value })}
      />
    </>
  )
}

function KindChoice({ draft, set }: FieldsProps): ReactElement {
  const { t } = useTranslation()
  const choose = (value: string): void => {
    const kind = kinds.find((each) => each === value) ?? 'inbox'
    // A folder that somebody typed stays.
    set({ kind, ...(draft.folder === folderOf[draft.kind] ? { folder: folderOf[kind] } : {}) })
  }
  return (
    <Radio.Group className={css['whole']} label={t('admin.mailboxes.kind')} value={draft.kind} onChange={choose}>
      <div className={`${css['gap']} ${css['choices']}`}>
        {kinds.map((kind) => (
          <Radio key={kind} value={kind} label={t(`admin.mailboxes.kinds.${kind}`)} description={t(`admin.mailboxes.kindWords.${kind}`)} />
        ))}
      </div>
    </Radio.Group>
  )
}

function MailFields({ draft, set, errors }: FieldsProps): ReactElement {
  const { t } = useTranslation()
  const folder = (
    <TextInput
      label={t('admin.mailboxes.folder')}
      value={draft.folder}
      error={errors['folder']}
      onChange={({ currentTarget }) => set({ folder: currentTarget.value })}
    />
  )
  if (draft.kind === 'sent') return folder
  return (
    <>
      {folder}
      <NativeSelect
        label={t('admin.mailboxes.after')}
        value={draft.after}
        error={errors['after']}
        onChange={({ currentTarget: { value } }) => set({ after: afterwards.find((kind) => kind === value) ?? 'seen' })}
        data={afterwards.map((value) => ({ value, label: t(`admin.mailboxes.afterKind.${value}`) }))}
      />
      {draft.after === 'move' && (
        <TextInput
          label={t('admin.mailboxes.afterFolder')}
          value={draft.moveTo}
          onChange={({ currentTarget }) => set({ moveTo: currentTarget.value })}
        />
      )}
      <TextInput
        className={css['whole']}
        label={t('admin.mailboxes.authserv')}
        description={t('admin.mailboxes.authservWords')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder="mx.example.com"
        dir="ltr"
        autoCapitalize="none"
        spellCheck={false}
        value={draft.trustedAuthservId}
        error={errors['trustedAuthservId']}
        onChange={({ currentTarget }) => set({ trustedAuthservId: currentTarget.value })}
      />
    </>
  )
}
