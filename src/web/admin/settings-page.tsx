/** What holds for the whole company: its name, language, time zone, currency, and what happens with mail that is not clear. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { ListSkeleton } from '../parts/page-skeleton.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { tell } from '../parts/toasts.tsx'
import { languageNames, languages } from '../texts/language.ts'
import { Note } from './note.tsx'
import { Panel } from './panel.tsx'
import { PolicyChoice } from './policy-choice.tsx'
import { type SettingName, type SettingsDraft, useSettingsDraft } from './settings-draft.ts'
import { ZoneSelect } from './zone-select.tsx'
import css from './rows.module.css'

export function SettingsPage(): ReactElement {
  const { t } = useTranslation()
  const draft = useSettingsDraft(useCallback(() => tell(t('common.saved')), [t]))
  const { shown, readProblem } = draft
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    draft.save()
  }
  return (
    <PageBody>
      <PageHeader title={t('admin.settings.title')} words={t('admin.settings.words')} />
      {readProblem !== null && <ProblemNote problem={readProblem} onRetry={draft.refetch} />}
      {shown === null && readProblem === null && <ListSkeleton rows={6} />}
      {shown !== null && (
        <form onSubmit={submit} noValidate>
          <Company draft={draft} />
          <Panel title={t('admin.settings.policies')}>
            <div className={css['apart']}>
              <PolicyChoice
                name="unauthenticatedSender"
                choices={['confirm', 'refuse']}
                texts="unauthenticated"
                value={shown.unauthenticatedSender}
                onChange={draft.set}
              />
              <PolicyChoice
                name="internalMail"
                choices={['numbered', 'ignore', 'file']}
                texts="internal"
                value={shown.internalMail}
                onChange={draft.set}
              />
              <PolicyChoice
                name="onlyOpenLead"
                choices={['confirm', 'file']}
                texts="onlyOpen"
                value={shown.onlyOpenLead}
                onChange={draft.set}
              />
            </div>
          </Panel>
          <Saving draft={draft} />
        </form>
      )}
    </PageBody>
  )
}

function Company({ draft: { shown, set, saveProblem } }: { readonly draft: SettingsDraft }): ReactElement | null {
  const { t } = useTranslation()
  if (shown === null) return null
  const errors = errorsOf(t, saveProblem)
  return (
    <Panel title={t('admin.settings.company')}>
      <div className={css['fields']}>
        <TextInput
          label={t('admin.settings.name')}
          description={t('admin.settings.nameWords', { example: `${shown.name} Lead 11111` })}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={shown.name}
          error={errors['name']}
          onChange={({ currentTarget }) => set('name', currentTarget.value)}
        />
        <NativeSelect
          label={t('admin.settings.language')}
          value={shown.locale}
          onChange={({ currentTarget }) => set('locale', currentTarget.value)}
          data={languages.map((value) => ({ value, label: languageNames[value] }))}
        />
        <ZoneSelect value={shown.timeZone} onChange={(zone) => set('timeZone', zone)} error={errors['timeZone']} />
        <TextInput
          label={t('admin.settings.currency')}
          dir="ltr"
          maxLength={3}
          autoCapitalize="characters"
          value={shown.currency}
          error={errors['currency'] === undefined ? undefined : t('admin.settings.currencyWrong')}
          onChange={({ currentTarget }) => set('currency', currentTarget.value.toUpperCase())}
        />
      </div>
    </Panel>
  )
}

const labels = {
  name: 'admin.settings.name',
  locale: 'admin.settings.language',
  timeZone: 'account.timeZone',
  currency: 'admin.settings.currency',
  unauthenticatedSender: 'admin.settings.unauthenticatedSender',
  internalMail: 'admin.settings.internalMail',
  onlyOpenLead: 'admin.settings.onlyOpenLead',
} as const satisfies Record<SettingName, string>

function Saving({ draft }: { readonly draft: SettingsDraft }): ReactElement {
  const { t, i18n } = useTranslation()
  const { theirs, saveProblem, isPending, isChanged } = draft
  const fields = new Intl.ListFormat(i18n.language).format((theirs ?? []).map((name) => `“${t(labels[name])}”`))
  return (
    <div className={css['gap']}>
      {theirs !== null && (
        <Note tone="warn" live>
          <p>
            <strong>{t('admin.settings.changed')}</strong>
          </p>
          <p>{theirs.length === 0 ? t('admin.settings.changedNothing') : t('admin.settings.changedWords', { fields })}</p>
        </Note>
      )}
      {saveProblem !== null && <ProblemNote problem={saveProblem} />}
      <div>
        <Button type="submit" aria-busy={isPending} aria-disabled={!isChanged} data-disabled={!isChanged}>
          {t('common.save')}
        </Button>
      </div>
    </div>
  )
}
