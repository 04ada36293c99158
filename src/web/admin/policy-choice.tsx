/** One policy: a question, its answers, and what follows from each in a sentence. */
import { Radio } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { Settings, SettingsDraft } from './settings-draft.ts'
import css from './role-choice.module.css'

type PolicyName = 'unauthenticatedSender' | 'internalMail' | 'onlyOpenLead'

export interface PolicyChoiceProps<Name extends PolicyName> {
  readonly name: Name
  readonly choices: readonly Settings[Name][]
  /** Where its texts are: `admin.settings.TEXTS`, and `…Words`. */
  readonly texts: 'unauthenticated' | 'internal' | 'onlyOpen'
  readonly value: Settings[Name]
  readonly onChange: SettingsDraft['set']
}

export function PolicyChoice<Name extends PolicyName>({ name, choices, texts, value, onChange }: PolicyChoiceProps<Name>): ReactElement {
  const { t } = useTranslation()
  const question: PolicyName = name
  return (
    <Radio.Group
      label={t(`admin.settings.${question}`)}
      value={value}
      onChange={(next) => onChange(name, choices.find((choice) => choice === next) ?? value)}
    >
      <div className={css['choices']}>
        {choices.map((choice) => (
          <Radio
            key={choice}
            value={choice}
            label={t(`admin.settings.${texts}.${choice}` as 'admin.settings.internal.file')}
            description={t(`admin.settings.${texts}Words.${choice}` as 'admin.settings.internalWords.file')}
          />
        ))}
      </div>
    </Radio.Group>
  )
}
