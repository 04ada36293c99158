/** The mail that carries a one-time link, in the language of whoever gets it. */
import type { OwnMail } from './send-mail.ts'
import { linkTexts, mailLanguages, type LinkWords, type MailLanguage } from './link-texts.ts'

export interface LinkMail extends Omit<LinkWords, 'until'> {
  readonly kind: 'invitation' | 'passwordReset'
  readonly email: string
  /** Of the reader, else of his tenant; unknown ones are English. */
  readonly language: string
  readonly timeZone: string
  readonly expiresAt: Date
}

/** A name may hold whatever somebody wrote: no line of it becomes one of ours, and no link of it looks like ours. */
const nameCharactersMax = 100

export function linkMail(mail: LinkMail): OwnMail {
  const language = mailLanguages.find((each) => each === mail.language) ?? 'en'
  const words: LinkWords = {
    name: plain(mail.name),
    company: mail.company === null ? null : plain(mail.company),
    by: plain(mail.by),
    link: mail.link,
    until: untilIn(language, mail.timeZone, mail.expiresAt),
  }
  const { subject, lines } = linkTexts[language][mail.kind](words)
  return { to: { name: plain(mail.name), address: mail.email }, subject, text: `${lines.join('\n\n')}\n`, language }
}

function plain(written: string): string {
  return written
    .replace(/\p{C}+|\s+/gu, ' ')
    .replaceAll(/\b(\w+):\/\//g, '$1: ')
    .trim()
    .slice(0, nameCharactersMax)
}

function untilIn(language: MailLanguage, timeZone: string, at: Date): string {
  const format = (zone: string): string =>
    new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: zone }).format(at) + ` (${zone})`
  try {
    return format(timeZone)
  } catch {
    return format('UTC')
  }
}
