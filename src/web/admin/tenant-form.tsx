/** A new tenant with its first admin, who gets a link. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, type ReactElement, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ProblemNote } from '../parts/problem-note.tsx'
import { errorsOf } from '../parts/problem-words.ts'
import { useChange } from '../queries.ts'
import { type Language, languageNames, languages } from '../texts/language.ts'
import type { MadeLink } from './link-card.tsx'
import { Panel } from './panel.tsx'
import { ZoneSelect } from './zone-select.tsx'
import css from './rows.module.css'

/** As the server wants it: small letters, digits, hyphens. */
function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '')
}

export interface TenantFormProps {
  readonly onMade: (made: MadeLink) => void
  readonly onClose: () => void
}

export function TenantForm({ onMade, onClose }: TenantFormProps): ReactElement {
  const { t, i18n } = useTranslation()
  const [name, setName] = useState('')
  const [written, setSlug] = useState<string | null>(null)
  const [locale, setLocale] = useState<Language>(languages.find((each) => each === i18n.language) ?? 'en')
  const [timeZone, setTimeZone] = useState(() => new Intl.DateTimeFormat().resolvedOptions().timeZone)
  const [admin, setAdmin] = useState({ name: '', email: '' })
  const make = useChange('createTenant', { invalidates: ['listTenants'], onDone: onMade })
  const slug = written ?? slugOf(name)
  const isComplete = [name, slug, admin.name, admin.email].every((text) => text.trim() !== '')
  const errors = errorsOf(t, make.error)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (isComplete && !make.isPending) make.mutate({ body: { slug, name, locale, timeZone, admin } })
  }
  return (
    <Panel title={t('admin.tenants.make')} words={t('admin.tenants.makeWords')}>
      <form className={css['fields']} onSubmit={submit} noValidate>
        <TextInput
          label={t('admin.tenants.name')}
          autoFocus
          value={name}
          error={errors['name']}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <TextInput
          label={t('admin.tenants.slug')}
          description={t('admin.tenants.slugWords')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          dir="ltr"
          value={slug}
          error={errors['slug']}
          onChange={({ currentTarget }) => setSlug(currentTarget.value)}
        />
        <NativeSelect
          label={t('account.language')}
          value={locale}
          onChange={({ currentTarget: { value } }) => setLocale(languages.find((each) => each === value) ?? 'en')}
          data={languages.map((value) => ({ value, label: languageNames[value] }))}
        />
        <ZoneSelect value={timeZone} onChange={setTimeZone} error={errors['timeZone']} />
        <TextInput
          label={t('admin.tenants.adminName')}
          value={admin.name}
          error={errors['admin.name']}
          onChange={({ currentTarget: { value } }) => setAdmin({ ...admin, name: value })}
        />
        <TextInput
          label={t('admin.tenants.adminEmail')}
          type="email"
          dir="ltr"
          value={admin.email}
          error={errors['admin.email']}
          onChange={({ currentTarget: { value } }) => setAdmin({ ...admin, email: value })}
        />
        {make.error !== null && (
          <div className={css['whole']}>
            <ProblemNote problem={make.error} />
          </div>
        )}
        <div className={`${css['whole']} ${css['end']}`}>
          <Button type="submit" aria-busy={make.isPending} disabled={!isComplete}>
            {t('admin.tenants.submit')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </Panel>
  )
}
