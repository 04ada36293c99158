/** Around the pages before signing in: the name of the program, one card, and the language for whoever cannot read this one. */
import { NativeSelect } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { browserLanguage, type Language, languageNames, languages, speak } from '../texts/language.ts'
import css from './front-frame.module.css'

export function FrontFrame({
  title,
  words,
  children,
}: {
  readonly title: string
  readonly words?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  const { t, i18n } = useTranslation()
  return (
    <div className={css['frame']}>
      <title>{`${title} · Leadpost`}</title>
      <main className={css['main']}>
        <div className={css['brand']}>
          <img src="/favicon.svg" alt="" width={34} height={34} />
          <span className={css['name']}>Leadpost</span>
        </div>
        <section className={css['card']}>
          <h1 className={css['title']}>{title}</h1>
          {words !== undefined && <p className={css['words']}>{words}</p>}
          {children}
        </section>
      </main>
      <footer className={css['foot']}>
        <NativeSelect
          size="xs"
          variant="unstyled"
          aria-label={t('account.language')}
          value={i18n.language}
          onChange={({ currentTarget: { value } }) => void speak(value === browserLanguage() ? null : (value as Language))}
          data={languages.map((value) => ({ value, label: languageNames[value] }))}
        />
      </footer>
    </div>
  )
}
