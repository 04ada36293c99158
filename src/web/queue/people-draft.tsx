/** Unknown people of the mail: one click, and the answer makes contact persons of them, at the lead's company unless another is chosen. */
import { Button } from '@mantine/core'
import { IconCheck, IconUserPlus } from '@tabler/icons-react'
import { lazy, type ReactElement, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { KeyHint } from '../parts/key-hint.tsx'
import { openTextPart } from '../texts/language.ts'
import type { Question } from './claim.ts'
import type { Draft } from './draft.ts'
import css from './people-draft.module.css'

const PeopleFields = lazy(async () => {
  const [{ PeopleFields: component }] = await Promise.all([import('./people-fields.tsx'), openTextPart('history')])
  return { default: component }
})

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
      <Suspense>{chosen.length > 0 && <PeopleFields people={unknownPeople} draft={draft} />}</Suspense>
    </div>
  )
}
