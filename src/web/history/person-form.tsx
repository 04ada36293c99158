/** Making a contact person, or changing one: name, addresses, company. */
import { ActionIcon, Button, Modal, Textarea, TextInput, Tooltip } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { CallAnswer } from '../../api/contract.ts'
import { type CompanyChoice, CompanyPicker } from '../parts/company-picker.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell } from '../parts/toasts.tsx'
import { useChange } from '../queries.ts'
import css from './forms.module.css'

type Person = CallAnswer<'createContactPerson'>

const touched = ['listContactPersons', 'readContactPerson', 'readCompany', 'listCompanies', 'readEntry', 'readConfirmation'] as const

export interface PersonFormProps {
  /** Who is changed; absent: a new one. */
  readonly person?: Person
  /** What is known of a new one. */
  readonly start?: {
    readonly name?: string | undefined
    readonly address?: string | undefined
    readonly company?: CompanyChoice | undefined
  }
  readonly onDone: (person: Person) => void
  readonly onClose: () => void
}

export function PersonForm({ person, start = {}, onDone, onClose }: PersonFormProps): ReactElement {
  const { t } = useTranslation()
  const [base, setBase] = useState(person)
  const [name, setName] = useState(person?.name ?? start.name ?? '')
  const [addresses, setAddresses] = useState(person?.addresses.join('\n') ?? start.address ?? '')
  const [company, setCompany] = useState<CompanyChoice | null>(person?.company ?? start.company ?? null)
  const options = {
    invalidates: touched,
    onDone: (made: Person) => {
      tell(t('common.saved'))
      onDone(made)
    },
  }
  const create = useChange('createContactPerson', options)
  const update = useChange('updateContactPerson', {
    ...options,
    // What somebody else saved meanwhile is the new ground; saving again lays this over it.
    onProblem: ({ status, current }) => (status === 409 && isPerson(current) ? setBase(current) : undefined),
  })
  const change = base === undefined ? create : update
  const errors = errorsOf(t, change.error)
  const written = addresses.split(/[\s,;]+/).filter((address) => address !== '')
  const isComplete = name.trim() !== '' && written.length > 0 && company !== null
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    // A form in a dialog of another form.
    event.stopPropagation()
    if (!isComplete || change.isPending) return
    const body = { name: name.trim(), addresses: written }
    if (base === undefined) create.mutate({ body: { ...body, company: 'id' in company ? { id: company.id } : { name: company.name } } })
    else
      update.mutate({
        params: { id: base.id },
        body: { ...body, version: base.version, ...('id' in company ? { company: { id: company.id } } : {}) },
      })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(base === undefined ? 'history.person.new' : 'history.person.edit')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form onSubmit={submit} className={css['form']} noValidate>
        <TextInput
          data-autofocus
          label={t('history.person.name')}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          maxLength={200}
          withAsterisk
          error={errors['name']}
        />
        <Textarea
          label={t('history.person.addresses')}
          description={t('history.person.addressesWords')}
          value={addresses}
          onChange={({ currentTarget }) => setAddresses(currentTarget.value)}
          autosize
          minRows={1}
          maxRows={8}
          withAsterisk
          error={errors['addresses'] ?? Object.entries(errors).find(([path]) => path.startsWith('addresses'))?.[1]}
        />
        <CompanyPicker
          label={t('history.company.one')}
          value={company}
          onChange={setCompany}
          allowNew={base === undefined}
          required
          error={errors['company']}
        />
        {change.error !== null && <ProblemNote problem={change.error} />}
        <div className={css['buttons']}>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={change.isPending} disabled={!isComplete}>
            {t('common.save')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

function isPerson(value: unknown): value is Person {
  return typeof value === 'object' && value !== null && 'addresses' in value && 'version' in value
}

/** Behind somebody in a mail who is no contact person yet. */
export function NewPersonButton({ address, name }: { readonly address: string; readonly name: string | null }): ReactElement {
  const { t } = useTranslation()
  const [opened, setOpened] = useState(false)
  const label = t('history.person.make', { address })
  return (
    <>
      <Tooltip label={label}>
        <ActionIcon size="sm" onClick={() => setOpened(true)} aria-label={label}>
          <IconUserPlus size={14} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {opened && (
        <PersonForm start={{ address, name: name ?? undefined }} onDone={() => setOpened(false)} onClose={() => setOpened(false)} />
      )}
    </>
  )
}
