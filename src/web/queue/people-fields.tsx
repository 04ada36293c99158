/** Who becomes a contact person: by which name, and of which company. Loaded with the first who does. */
import { Checkbox, TextInput } from '@mantine/core'
import { IconBuilding } from '@tabler/icons-react'
import { type KeyboardEvent, type ReactElement, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CompanyPicker } from '../parts/company-picker.tsx'
import type { Question } from './claim.ts'
import type { Draft, PersonDraft } from './draft.ts'
import group from './field-group.module.css'
import css from './people-fields.module.css'

export interface PeopleFieldsProps {
  /** All who could become one. */
  readonly people: Question['unknownPeople']
  readonly draft: Draft
}

export function PeopleFields({ people, draft }: PeopleFieldsProps): ReactElement {
  const { t } = useTranslation()
  return (
    <fieldset className={`${group['box'] ?? ''} ${css['people'] ?? ''}`}>
      <legend className={group['legend']}>{t('queue.people.words')}</legend>
      {people.map(({ address }) => {
        const person = draft.people.get(address)
        return (
          <div key={address} className={css['person']}>
            <Checkbox size="xs" aria-label={address} checked={person !== undefined} onChange={() => draft.togglePerson(address)} />
            <TextInput
              size="xs"
              aria-label={t('queue.people.nameOf', { address })}
              disabled={person === undefined}
              value={person?.name ?? ''}
              maxLength={200}
              onChange={(event) => draft.changePerson(address, { name: event.currentTarget.value })}
            />
            <bdi className={css['address']}>{address}</bdi>
            {person !== undefined && <CompanyOf person={person} onChange={(company) => draft.changePerson(address, { company })} />}
          </div>
        )
      })}
    </fieldset>
  )
}

interface CompanyOfProps {
  readonly person: PersonDraft
  readonly onChange: (company: PersonDraft['company']) => void
}

/** Says which, and finds another one where that is wished. */
function CompanyOf({ person: { address, company }, onChange }: CompanyOfProps): ReactElement {
  const { t } = useTranslation()
  const [picks, setPicks] = useState(false)
  const picked = useRef(false)
  const words = company?.name ?? t('history.company.ofLead')
  const close = (): void => {
    picked.current = true
    setPicks(false)
  }
  if (picks) {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      close()
    }
    return (
      // Escape of the field in it.
      // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
      <div className={css['company']} onKeyDown={onKeyDown}>
        <CompanyPicker
          label={t('history.company.of', { address })}
          value={company}
          onChange={(next) => {
            onChange(next)
            close()
          }}
          onLeave={() => setPicks(false)}
        />
      </div>
    )
  }
  return (
    <button
      // Whoever chose goes on from here.
      ref={(button) => {
        if (picked.current) button?.focus()
        picked.current = false
      }}
      type="button"
      className={css['company']}
      data-chosen={company !== null || undefined}
      aria-label={t('history.company.ofIs', { address, company: words })}
      onClick={() => setPicks(true)}
    >
      <IconBuilding size={14} aria-hidden />
      <bdi className="lp-truncate">{words}</bdi>
    </button>
  )
}
