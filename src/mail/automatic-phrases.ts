/**
 * Machines that say nothing in their header, told by their words: out-of-office answers, bounces, read receipts, in the languages of our users. Never by one
 * word alone: a person may be out of the office and say so in an answer that matters. In doubt it is ordinary mail.
 */
import {
  absence,
  absenceInSubject,
  advice,
  answerNameInSubject,
  bounceSubject,
  bounceText,
  receiptSubject,
  receiptText,
} from './automatic-words.ts'
import { onOneLine, withoutFormat } from './clean-text.ts'
import type { AutomaticKind } from './message.ts'
import type { MessageIdKey } from './message-id.ts'
import { subjectPrefix } from './subject-prefix.ts'

export interface PhraseQuestion {
  /** Decoded. */
  readonly subject: string
  /** What was newly written; a quoted out-of-office is somebody else's. */
  readonly newestText: string
  /** Of the one author; null where there is none. */
  readonly authorLocalPart: string | null
  /** '' is the null reverse path; null where there was no envelope. */
  readonly reversePath: string | null
  /** In-Reply-To and References. */
  readonly references: readonly MessageIdKey[]
}

const subjectCharactersMax = 400
/** Machines say what they are in their first lines. */
const headCharactersMax = 1_500
/** An answering machine's text is short; a long letter that mentions a holiday is a letter. */
const answerCharactersMax = 2_500
/** So many different pieces of advice, besides the absence, where the subject does not name an automatic answer. */
const adviceMin = 2

/** The absence is what an answering machine has to say first. */
const awayWithinCharacters = 400

const machineLocalPart =
  /^(?:mail(?:er)?[-_.]?da?emon|mdaemon|post[-_.]?master|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|mail-?(?:delivery|admin|system).*|.*da?emon|mmdf|uucp|root|.*-admin|system(?:admin)?|exchange|smtp|mta)$/i

/** What kind of machine wrote it, or null for ordinary mail; for mail of which `automaticKind` knows nothing by the header. Bounded time; never throws. */
export function automaticByPhrases(question: PhraseQuestion): AutomaticKind | null {
  const subject = flat(question.subject.slice(0, subjectCharactersMax)).replace(/^(?:\s*\[[^\]]{0,60}\])*\s*/u, '')
  const text = flat(question.newestText.slice(0, headCharactersMax))
  const prefix = subjectPrefix(subject)
  // Who forwards a machine's words is a person.
  if (prefix === 'forward') return null
  const isMachine = question.reversePath === '' || (question.authorLocalPart !== null && machineLocalPart.test(question.authorLocalPart))
  const notified = notificationKind(text, isMachine)
  if (notified !== null) return notified
  if (isMachine && isBounce(subject, text, prefix !== null)) return 'bounce'
  if (/^complaint about message from \d/i.test(subject)) return 'feedbackReport'
  if (prefix === null && receiptSubject.test(subject) && receiptText.test(text)) return 'readReceipt'
  return isAnswer(question, subject, text) ? 'automaticReply' : null
}

/** One line without invisible characters. */
function flat(text: string): string {
  return onOneLine(withoutFormat(text))
}

/** What Amazon SES sends through its notification service: JSON. */
function notificationKind(text: string, isMachine: boolean): AutomaticKind | null {
  if (!isMachine || !text.startsWith('{')) return null
  const type = /notificationType\\?"\s?:\s?\\?"(Bounce|Complaint|Delivery)/.exec(text)?.[1]
  if (type === undefined) return null
  return type === 'Bounce' ? 'bounce' : type === 'Complaint' ? 'feedbackReport' : 'automaticReply'
}

/** A machine's mail that says in its subject, or in its first lines, that something was not delivered. Under a reply's subject both must speak, or the text be empty. */
function isBounce(subject: string, text: string, isReply: boolean): boolean {
  const inSubject = bounceSubject.test(subject)
  const inText = bounceText.test(text)
  return isReply ? inText : inSubject || (inText && subject.length < 200)
}

function isAnswer(question: PhraseQuestion, subject: string, text: string): boolean {
  if (answerNameInSubject.test(subject)) return true
  if (question.newestText.length > answerCharactersMax) return false
  // The phrases of all languages are the dearest thing that is asked of a text: only where the subject or the thread leaves room for an answer.
  const prefix = subjectPrefix(subject)
  if (absenceInSubject.test(subject) && prefix === null) return tellsAbsence(text)
  const answers = question.references.length > 0 || prefix === 'reply'
  return answers && tellsAbsence(text) && advised(text) >= adviceMin
}

function tellsAbsence(text: string): boolean {
  const away = absence.exec(text)
  return away !== null && away.index < awayWithinCharacters
}

/** How many different pieces of advice it gives. */
function advised(text: string): number {
  return new Set(Array.from(text.matchAll(advice), (found) => found[0].toLowerCase())).size
}
