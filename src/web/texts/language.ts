/**
 * Which languages there are, which one the page speaks, and loading it: one file per language, and only the one that is spoken is fetched. What only
 * some pages say (administering, looking things up, signing in) is in files of their own (`admin-…`, `history-…`, `account-…`), fetched with the first of these pages; what exactly is
 * wrong (`fault-…`), with the first refusal.
 */
import { createInstance, type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type * as account from './account-en.ts'
import type { admin } from './admin-en.ts'
import type { en } from './en.ts'
import type { fault } from './fault-en.ts'
import type { history } from './history-en.ts'

export const languages = ['en', 'de', 'pl', 'sv', 'he'] as const
export type Language = (typeof languages)[number]

/** Each in its own words, for whoever cannot read the one that is shown. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch', pl: 'Polski', sv: 'Svenska', he: 'עברית' }

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    resources: { translation: typeof en & typeof account & { admin: typeof admin; history: typeof history; fault: typeof fault } }
  }
}

const remembered = 'leadpost-language'

const load: Readonly<Record<Language, () => Promise<object>>> = {
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
  pl: async () => (await import('./pl.ts')).pl,
  sv: async () => (await import('./sv.ts')).sv,
  he: async () => (await import('./he.ts')).he,
}

/** What some pages alone say. */
const loadPart = {
  account: {
    en: async () => await import('./account-en.ts'),
    de: async () => await import('./account-de.ts'),
    pl: async () => await import('./account-pl.ts'),
    sv: async () => await import('./account-sv.ts'),
    he: async () => await import('./account-he.ts'),
  },
  admin: {
    en: async () => await import('./admin-en.ts'),
    de: async () => await import('./admin-de.ts'),
    pl: async () => await import('./admin-pl.ts'),
    sv: async () => await import('./admin-sv.ts'),
    he: async () => await import('./admin-he.ts'),
  },
  fault: {
    en: async () => await import('./fault-en.ts'),
    de: async () => await import('./fault-de.ts'),
    pl: async () => await import('./fault-pl.ts'),
    sv: async () => await import('./fault-sv.ts'),
    he: async () => await import('./fault-he.ts'),
  },
  history: {
    en: async () => await import('./history-en.ts'),
    de: async () => await import('./history-de.ts'),
    pl: async () => await import('./history-pl.ts'),
    sv: async () => await import('./history-sv.ts'),
    he: async () => await import('./history-he.ts'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<Language, () => Promise<object>>>>>
export type TextPart = keyof typeof loadPart
/** Open pages say them: from now on they come with every language. */
const opened = new Set<TextPart>()

export function directionOf(language: string): 'ltr' | 'rtl' {
  return language === 'he' ? 'rtl' : 'ltr'
}

function isLanguage(tag: string): tag is Language {
  return (languages as readonly string[]).includes(tag)
}

/** What the browser asks for, as far as there is a language for it. `iw` is Hebrew's old code. */
export function browserLanguage(wanted: readonly string[] = navigator.languages): Language {
  const tags = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '').map((tag) => (tag === 'iw' ? 'he' : tag))
  return tags.find(isLanguage) ?? 'en'
}

export const texts: i18n = createInstance()

/** Before the first paint: the language chosen here before, else the browser's. */
export async function openTexts(): Promise<void> {
  const chosen = readRemembered()
  const language = chosen ?? browserLanguage()
  await texts.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: await load[language]() } },
    interpolation: { escapeValue: false },
    returnNull: false,
  })
  show(language)
}

/** Speaks another language, and remembers it for this browser; null is the browser's own. */
export async function speak(choice: Language | null): Promise<void> {
  remember(choice)
  const language = choice ?? browserLanguage()
  if (!texts.hasResourceBundle(language, 'translation')) texts.addResourceBundle(language, 'translation', await load[language]())
  await addParts(language)
  if (texts.language !== language) await texts.changeLanguage(language)
  show(language)
}

/** Before the first page that says them. */
export async function openTextPart(part: TextPart): Promise<void> {
  opened.add(part)
  const language = languages.find((each) => each === texts.language) ?? 'en'
  await addParts(language)
  // Another one was chosen meanwhile.
  if (texts.language !== language) await openTextPart(part)
}

async function addParts(language: Language): Promise<void> {
  const missing = [...opened].filter((part) => texts.getResource(language, 'translation', part) === undefined)
  const loaded = await Promise.all(missing.map(async (part) => await loadPart[part][language]()))
  for (const part of loaded) texts.addResourceBundle(language, 'translation', { ...part }, true, true)
}

function show(language: Language): void {
  document.documentElement.lang = language
  document.documentElement.dir = directionOf(language)
}

function readRemembered(): Language | null {
  try {
    const chosen = localStorage.getItem(remembered)
    return chosen !== null && isLanguage(chosen) ? chosen : null
  } catch {
    return null
  }
}

function remember(choice: Language | null): void {
  try {
    if (choice === null) localStorage.removeItem(remembered)
    else localStorage.setItem(remembered, choice)
  } catch {
    // Without storage it is asked of the session next time.
  }
}
