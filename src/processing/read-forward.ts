/** Reads an inline forward: our own reader first, and email-forward-parser for headings that it does not know (Yahoo writes them on one line). */
import EmailForwardParser from 'email-forward-parser'
import type { EmailForwardMailbox, EmailForwardResult } from 'email-forward-parser'
import { type Forward, type ForwardQuestion, firstOpening, noForward, readForwarded } from '../mail/forwarded.ts'
import type { Mailbox } from '../mail/message.ts'
import { subjectPrefix } from '../mail/subject-prefix.ts'
import { readWrittenAuthor, readWrittenMailboxes } from '../mail/written-mailboxes.ts'
import { readWrittenDate } from '../mail/written-date.ts'

/** The library's expressions cost more than linear time (100,000 spaces took 21 s), so it is shown the head of the text, with short lines and few spaces. */
const shownCharactersMax = 10_000
const shownLineCharactersMax = 1_000

/**
 * Finds the original in a forwarded mail. `none` means: substitute nothing; `addressesInText` may still propose people. Never throws.
 */
export function readForward(question: ForwardQuestion): Forward {
  const own = readForwarded(question)
  if (own.kind === 'forward' || subjectPrefix(question.subject) !== 'forward') return own
  // Where our reader saw how the text is built and said no, it stays no.
  return firstOpening(question.text.split(/\r\n|\r|\n/)) === null ? secondOpinion(question) : noForward
}

function secondOpinion(question: ForwardQuestion): Forward {
  const shown = question.text
    .slice(0, shownCharactersMax)
    .replace(/[^\S\n]{3,}/g, '  ')
    .replace(/\n(?:[^\S\n]{0,2}\n){3,}/g, '\n\n\n')
    .split('\n')
    .map((line) => line.slice(0, shownLineCharactersMax))
    .join('\n')
  const read = askLibrary(shown)
  const email = read?.email
  if (read === null || email === undefined || !read.forwarded) return noForward
  const from = readWrittenAuthor(writtenMailbox(email.from))
  if (from === null || from.author.key === null || !question.text.includes(from.author.address)) return noForward
  const date = readWrittenDate(email.date ?? '', question.offsetMinutes)
  return {
    kind: 'forward',
    originalFrom: from.author,
    to: people(email.to),
    cc: people(email.cc),
    subject: email.subject ?? null,
    date: date?.date ?? null,
    text: wholeBody(question.text, email.body ?? ''),
    ownText: (read.message ?? '').trim(),
    facts: { heading: 'announced', subjectSaysForward: true, severalAuthors: false, dateZoned: date?.zoned ?? false, nested: 0 },
  }
}

function askLibrary(text: string): EmailForwardResult | null {
  try {
    return new EmailForwardParser().read(text)
  } catch {
    return null
  }
}

function writtenMailbox(mailbox: EmailForwardMailbox): string {
  if (mailbox.address === null || mailbox.address === undefined) return mailbox.name ?? ''
  const name = (mailbox.name ?? '').replace(/["\\<>\r\n]/g, ' ').trim()
  return name === '' ? mailbox.address : `"${name}" <${mailbox.address}>`
}

function people(mailboxes: EmailForwardMailbox | EmailForwardMailbox[] | null | undefined): Mailbox[] {
  const list = Array.isArray(mailboxes) ? mailboxes : mailboxes === null || mailboxes === undefined ? [] : [mailboxes]
  return list.flatMap((mailbox) => readWrittenMailboxes(writtenMailbox(mailbox)))
}

/** The library saw the head alone; the original's text goes on to the end. */
function wholeBody(text: string, body: string): string {
  const firstLine =
    body
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  const at = firstLine === '' ? -1 : text.indexOf(firstLine)
  return (at < 0 ? body : text.slice(at)).trim()
}
