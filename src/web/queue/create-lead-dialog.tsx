/** A new lead out of a mail: its subject is the name, its people's company the company, and whoever reads it the owner; then the mail is filed there. */
import { Autocomplete, Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../api-client.ts'
import { errorsOf } from '../parts/problem-words.ts'
import { ProblemNote } from '../parts/problem-note.tsx'
import { useCall, useChange } from '../queries.ts'
import { useSession } from '../session.ts'
import type { Question } from './claim.ts'
import type { Draft } from './draft.ts'
import css from './create-lead-dialog.module.css'

type Participant = Question['mail']['participants'][number]

const nameMax = 200
const companiesMax = 8
const waitMs = 120

export interface CreateLeadDialogProps {
  readonly question: Question
  readonly draft: Draft
  readonly onCreated: (number: string) => void
  readonly onClose: () => void
}

/** `AW: Re: Fwd: Website` is about the website. */
function topicOf(subject: string): string {
  return subject
    .replace(/^(?:\s*(?:re|aw|antw|sv|vs|vb|odp|fwd?|wg|pd|tr|rif|res|enc|השב|הועבר)(?:\[\d+\])?\s*:)+/i, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, nameMax)
}

/** The first company that somebody in the mail belongs to, else what the first stranger's domain is called. */
function companyOf({ mail, unknownPeople }: Question): string {
  const known = mail.participants.find(({ company, own }) => company !== null && !own)?.company?.name
  if (known !== undefined) return known
  const domain = unknownPeople[0]?.address.split('@')[1] ?? ''
  const [name = ''] = domain.split('.').slice(-2)
  return name === '' ? '' : name[0]?.toUpperCase() + name.slice(1)
}

function knownPeopleOf({ mail }: Question): readonly Participant[] {
  const known = mail.participants.filter(({ contactPersonId, own }) => contactPersonId !== null && !own)
  return known.filter((person, index) => known.findIndex((other) => other.contactPersonId === person.contactPersonId) === index)
}

export function CreateLeadDialog({ question, draft, onCreated, onClose }: CreateLeadDialogProps): ReactElement {
  const { t } = useTranslation()
  const { user } = useSession()
  const known = knownPeopleOf(question)
  const [name, setName] = useState(topicOf(question.subject))
  const [company, setCompany] = useState(companyOf(question))
  const [owner, setOwner] = useState(user.email)
  const [players, setPlayers] = useState<ReadonlySet<string>>(new Set(known.map(({ contactPersonId }) => contactPersonId ?? '')))
  const companies = useCompanies(company)
  const { data: people } = useCall('listUsers', {})
  const create = useChange('createLead', { invalidates: ['listLeads', 'listCompanies'], onDone: ({ number }) => onCreated(number) })
  const errors = errorsOf(t, create.error)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() === '') return
    const written = company.trim()
    const chosen =
      companies.find((each) => each.name.toLocaleLowerCase() === written.toLocaleLowerCase()) ?? existing(create.error, written)
    create.mutate({
      body: {
        name: name.trim(),
        owner,
        ...(written === '' ? {} : { company: chosen === undefined ? { name: written } : { id: chosen.id } }),
        ...(players.size === 0 ? {} : { keyPlayers: [...players].map((contactPersonId) => ({ contactPersonId })) }),
      },
    })
  }
  const toggle = (id: string): void => setPlayers(new Set(players.has(id) ? [...players].filter((each) => each !== id) : [...players, id]))
  return (
    <Modal opened onClose={onClose} title={t('queue.create.title')} size="md" closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form className={css['form']} onSubmit={submit}>
        {create.error !== null && <ProblemNote problem={create.error} />}
        <TextInput
          data-autofocus
          required
          label={t('queue.create.name')}
          maxLength={nameMax}
          value={name}
          error={errors['name']}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Autocomplete
          label={t('queue.create.company')}
          description={
            company.trim() === '' || companies.some((each) => each.name.toLocaleLowerCase() === company.trim().toLocaleLowerCase())
              ? undefined
              : t('queue.create.companyNew')
          }
          maxLength={nameMax}
          data={[...new Set(companies.map((each) => each.name))]}
          value={company}
          onChange={setCompany}
          comboboxProps={{ transitionProps: { duration: 0 } }}
        />
        <NativeSelect
          label={t('queue.create.owner')}
          value={owner}
          onChange={(event) => setOwner(event.currentTarget.value)}
          data={(people?.users ?? [user])
            .filter((each) => !('disabled' in each && each.disabled))
            .map((each) => ({ value: each.email, label: each.name }))}
        />
        {known.length + question.unknownPeople.length > 0 && (
          <fieldset className={css['people']}>
            <legend>{t('queue.create.people')}</legend>
            {known.map(({ contactPersonId, name: person, address, company: at }) => (
              <Checkbox
                key={contactPersonId}
                size="xs"
                checked={players.has(contactPersonId ?? '')}
                onChange={() => toggle(contactPersonId ?? '')}
                label={<Person name={person ?? address} remark={at?.name ?? ''} />}
              />
            ))}
            {question.unknownPeople.map(({ address, name: person }) => (
              <Checkbox
                key={address}
                size="xs"
                checked={draft.people.has(address)}
                onChange={() => draft.togglePerson(address)}
                label={<Person name={person ?? address} remark={t('queue.create.newPerson')} />}
              />
            ))}
          </fieldset>
        )}
        <div className={css['actions']}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
            {t('queue.create.submit')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

function Person({ name, remark }: { readonly name: string; readonly remark: string }): ReactElement {
  return (
    <span>
      <bdi>{name}</bdi> <bdi className="lp-quiet">{remark}</bdi>
    </span>
  )
}

function useCompanies(written: string): readonly { readonly id: string; readonly name: string }[] {
  const [asked] = useDebouncedValue(written.trim(), waitMs)
  const { data } = useCall(
    'listCompanies',
    { query: { limit: companiesMax, ...(asked === '' ? {} : { search: asked }) } },
    { keepPrevious: true },
  )
  return data?.companies ?? []
}

/** One of that name was there already, which the refusal told. */
function existing(problem: ApiProblem | null, written: string): { readonly id: string } | undefined {
  const company = problem?.status === 409 ? (problem.current as { readonly id?: string; readonly name?: string } | undefined) : undefined
  return company?.id !== undefined && company.name?.toLocaleLowerCase() === written.toLocaleLowerCase() ? { id: company.id } : undefined
}
