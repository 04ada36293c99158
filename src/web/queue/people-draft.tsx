/** Unknown people of the mail: one click, and the answer makes contact persons of them at the lead's company. */
import { Button, Checkbox, TextInput } from '@mantine/core'
import { IconCheck, IconUserPlus } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import type { Question } from './claim.ts'
import type { Draft } from './draft.ts'
import css from './people-draft.module.css'

/** Behind an unknown person in the mail's head. */
export function MakePerson({
  person: { address, name },
  isOn,
  onToggle,
}: {
  readonly person: { readonly address: string; readonly name: string | null }
  readonly isOn: boolean
  readonly onToggle: (address: string) => void
}): ReactElement {
  const { t } = useTranslation()
  const Icon = isOn ? IconCheck : IconUserPlus
  const label = t('queue.people.make', { name: name ?? address })
  return (
    <button type="button" className={css['make']} aria-pressed={isOn} aria-label={label} title={label} onClick={() => onToggle(address)}>
      <Icon size={14} aria-hidden />
    </button>
  )
}

export function PeopleDraft({ question, draft }: { readonly question: Question; readonly draft: Draft }): ReactElement | null {
  const { t } = useTranslation()
  const { unknownPeople } = question
  if (unknownPeople.length === 0) return null
  const chosen = [...draft.people.values()]
  return (
    <div className={css['box']}>
      <Button
        variant="subtle"
        size="compact-sm"
        className={css['all']}
        aria-pressed={chosen.length === unknownPeople.length}
        leftSection={<IconUserPlus size={15} aria-hidden />}
        rightSection={<KeyHint keys="p" quiet />}
        onClick={draft.toggleEverybody}
      >
        {t('queue.people.all', { count: unknownPeople.length })}
      </Button>
      {chosen.length > 0 && (
        <fieldset className={css['people']}>
          <legend className={css['words']}>{t('queue.people.words')}</legend>
          {unknownPeople.map(({ address }) => {
            const person = draft.people.get(address)
            return (
              <div key={address} className={css['person']}>
                <Checkbox size="xs" aria-label={address} checked={person !== undefined} onChange={() => draft.togglePerson(address)} />
                <TextInput
                  size="xs"
                  className={css['name']}
                  aria-label={t('queue.people.nameOf', { address })}
                  disabled={person === undefined}
                  value={person?.name ?? ''}
                  maxLength={200}
                  onChange={(event) => draft.rename(address, event.currentTarget.value)}
                />
                <bdi className={css['address']}>{address}</bdi>
              </div>
            )
          })}
        </fieldset>
      )}
    </div>
  )
}
