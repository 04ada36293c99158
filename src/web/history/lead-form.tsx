/** Making a lead, or changing one, in one form: name, company, owner, status, key players. */
import { ActionIcon, Button, Modal, Select, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer, SentBody } from '../../api/contract.ts'
import { type CompanyChoice, CompanyPicker } from '../parts/company-picker.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import { leadStatuses as statuses } from './list-search.ts'
import { OwnerPicker, PersonPicker } from './pickers.tsx'
import css from './forms.module.css'

type Lead = CallAnswer<'readLead'>
type Status = Lead['status']

const touched = ['listLeads', 'readLead', 'listCompanies', 'readCompany', 'readContactPerson'] as const

interface Draft {
  readonly name: string
  readonly number: string
  readonly company: CompanyChoice | null
  readonly owner: string | null
  readonly status: Status
  readonly players: readonly { readonly id: string; readonly name: string; readonly role: string }[]
}

export interface LeadFormProps {
  /** What is changed; absent: a new one. */
  readonly lead?: Lead
  readonly company?: CompanyChoice
  readonly onDone: (lead: Lead) => void
  readonly onClose: () => void
}

export function LeadForm({ lead, company, onDone, onClose }: LeadFormProps): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const [base, setBase] = useState(lead)
  const [draft, setDraft] = useState<Draft>(() => (lead === undefined ? freshDraft(user.email, company ?? null) : draftOf(lead)))
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part })
  const options = {
    invalidates: touched,
    onDone: (made: Lead) => {
      tell(t('common.saved'))
      onDone(made)
    },
  }
  const create = useChange('createLead', options)
  const update = useChange('updateLead', {
    ...options,
    onProblem: ({ status, current }) => {
      if (status !== 409 || base === undefined || !isLead(current)) return
      // What was not touched here takes the newer state.
      setDraft(rebased(draft, draftOf(base), draftOf(current)))
      setBase(current)
    },
  })
  const change = base === undefined ? create : update
  const errors = errorsOf(t, change.error)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (draft.name.trim() === '' || change.isPending) return
    if (base === undefined) create.mutate({ body: newBody(draft) })
    else update.mutate({ params: { number: base.number }, body: { version: base.version, ...editBody(draft, base) } })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(base === undefined ? 'history.lead.new' : 'history.lead.edit')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit} className={css['form']} noValidate>
        <TextInput
          data-autofocus
          label={t('history.lead.name')}
          value={draft.name}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
          maxLength={200}
          withAsterisk
          error={errors['name']}
        />
        <CompanyPicker
          label={t('history.company.one')}
          value={draft.company}
          onChange={(next) => set({ company: next })}
          allowNew={base === undefined}
          error={errors['company']}
        />
        <div className={css['pair']}>
          <OwnerPicker label={t('history.lead.owner')} value={draft.owner} onChange={(owner) => set({ owner })} error={errors['owner']} />
          {base === undefined ? (
            <TextInput
              label={t('history.lead.number')}
              placeholder={t('history.lead.nextNumber')}
              inputMode="numeric"
              value={draft.number}
              onChange={({ currentTarget }) => set({ number: currentTarget.value.replaceAll(/\D/g, '').slice(0, 20) })}
              error={errors['number']}
            />
          ) : (
            <Select
              label={t('history.lead.status')}
              value={draft.status}
              allowDeselect={false}
              data={statuses.map((value) => ({ value, label: t(`lead.status.${value}`) }))}
              onChange={(value) => set({ status: statuses.find((status) => status === value) ?? draft.status })}
            />
          )}
        </div>
        <Players players={draft.players} onChange={(players) => set({ players })} />
        {change.error !== null && <ProblemNote problem={change.error} />}
        <div className={css['buttons']}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={draft.name.trim() === ''}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

interface PlayersProps {
  readonly players: Draft['players']
  readonly onChange: (players: Draft['players']) => void
}

function Players({ players, onChange }: PlayersProps): ReactElement {
  const { t } = useTranslation()
  return (
    <div>
      <PersonPicker
        label={t('history.lead.players')}
        onPick={(person) => (players.some(({ id }) => id === person.id) ? undefined : onChange([...players, { ...person, role: '' }]))}
      />
      {players.length > 0 && (
        <ul className={css['players']} style={{ marginBlockStart: '0.5rem' }}>
          {players.map((player) => (
            <li key={player.id} className={css['player']}>
              <bdi className="lp-truncate">{player.name}</bdi>
              <TextInput
                size="xs"
                value={player.role}
                maxLength={100}
                placeholder={t('history.lead.role')}
                aria-label={t('history.lead.roleOf', { name: player.name })}
                onChange={({ currentTarget }) =>
                  onChange(players.map((one) => (one.id === player.id ? { ...one, role: currentTarget.value } : one)))
                }
              />
              <ActionIcon
                onClick={() => onChange(players.filter(({ id }) => id !== player.id))}
                aria-label={t('history.lead.removePlayer', { name: player.name })}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function freshDraft(owner: string, company: CompanyChoice | null): Draft {
  return { name: '', number: '', company, owner, status: 'open', players: [] }
}

function draftOf({ name, number, company, owner, status, keyPlayers }: Lead): Draft {
  const players = keyPlayers.map(({ contactPerson, role }) => ({ id: contactPerson.id, name: contactPerson.name, role }))
  return { name, number, company, owner: owner?.email ?? null, status, players }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Mine where I changed something, else theirs. */
function rebased(mine: Draft, before: Draft, theirs: Draft): Draft {
  return {
    number: theirs.number,
    name: mine.name === before.name ? theirs.name : mine.name,
    company: isSame(mine.company, before.company) ? theirs.company : mine.company,
    owner: mine.owner === before.owner ? theirs.owner : mine.owner,
    status: mine.status === before.status ? theirs.status : mine.status,
    players: isSame(mine.players, before.players) ? theirs.players : mine.players,
  }
}

const writtenPlayers = (players: Draft['players']): { contactPersonId: string; role: string }[] =>
  players.map(({ id, role }) => ({ contactPersonId: id, role: role.trim() }))

function newBody({ name, number, company, owner, players }: Draft): SentBody<'createLead'> {
  return {
    name: name.trim(),
    ...(number === '' ? {} : { number }),
    ...(company === null ? {} : { company: 'id' in company ? { id: company.id } : { name: company.name } }),
    ...(owner === null ? {} : { owner }),
    ...(players.length === 0 ? {} : { keyPlayers: writtenPlayers(players) }),
  }
}

/** What differs alone. */
function editBody(draft: Draft, base: Lead): Omit<SentBody<'updateLead'>, 'version'> {
  const before = draftOf(base)
  const { company } = draft
  return {
    ...(draft.name.trim() === before.name ? {} : { name: draft.name.trim() }),
    ...(draft.status === before.status ? {} : { status: draft.status }),
    ...(draft.owner === before.owner ? {} : { owner: draft.owner }),
    ...(isSame(company, before.company) ? {} : { company: company !== null && 'id' in company ? { id: company.id } : null }),
    ...(isSame(draft.players, before.players) ? {} : { keyPlayers: writtenPlayers(draft.players) }),
  }
}

function isLead(value: unknown): value is Lead {
  return typeof value === 'object' && value !== null && 'keyPlayers' in value
}
