/** A mailbox to watch: it is tried before it is kept. */
import { Button, NativeSelect, NumberInput, PasswordInput, TextInput } from '@mantine/core'
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

interface Draft {
  readonly host: string
  readonly port: number
  readonly tls: (typeof tlsModes)[number]
  readonly user: string
  readonly password: string
  readonly folder: string
  readonly after: (typeof afterwards)[number]
  readonly moveTo: string
}

const empty: Draft = { host: '', port: 993, tls: 'on', user: '', password: '', folder: 'INBOX', after: 'seen', moveTo: '' }

function bodyOf({ host, port, tls, user, password, folder, after, moveTo }: Draft): SentBody<'addMailbox'> {
  return { host: host.trim(), port, tls, user: user.trim(), password, folder, after: after === 'move' ? `move:${moveTo.trim()}` : after }
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
  const { host, user, password, folder, after, moveTo } = draft
  const isComplete = [host, user, password, folder, after === 'move' ? moveTo : 'x'].every((text) => text.trim() !== '')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !add.isPending) add.mutate({ body: bodyOf(draft) })
  }
  return (
    <Panel title={t('admin.mailboxes.add')} words={t('admin.mailboxes.addWords')}>
      <form className={css['fields']} onSubmit={submit} noValidate>
        <ServerFields draft={draft} set={set} errors={errorsOf(add.error)} />
        <MailFields draft={draft} set={set} errors={errorsOf(add.error)} />
        <div className={`${css['whole']} ${css['gap']}`}>
          {draft.tls === 'off' && <Note tone="warn">{t('admin.mailboxes.tlsOff')}</Note>}
          {add.isPending && (
            <Note tone="quiet" live>
              {t('admin.mailboxes.trying')}
            </Note>
          )}
          {add.error !== null && (
            <ProblemNote problem={add.error} words={t(add.error.status === 409 ? 'admin.mailboxes.taken' : 'admin.mailboxes.refused')} />
          )}
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

function MailFields({ draft, set, errors }: FieldsProps): ReactElement {
  const { t } = useTranslation()
  return (
    <>
      <TextInput
        label={t('admin.mailboxes.folder')}
        value={draft.folder}
        error={errors['folder']}
        onChange={({ currentTarget }) => set({ folder: currentTarget.value })}
      />
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
    </>
  )
}
