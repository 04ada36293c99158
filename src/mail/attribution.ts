/** The line with which mail clients say whom they quote ("On …, X wrote:"), in the languages of the clients. */
import { withoutFormat } from './clean-text.ts'
import { bareLine } from './header-labels.ts'

/** An attribution that stands at lines `start` to `end` (exclusive). */
export interface Attribution {
  readonly start: number
  readonly end: number
  /** The lines joined by spaces, without quote marks. */
  readonly text: string
  /** It names an address or a full date with time: enough to believe that what follows unmarked is quoted. */
  readonly strong: boolean
}

/** An attribution is wrapped over this many lines at most. */
export const attributionLinesMax = 5
const attributionCharactersMax = 400

/** Words that say "wrote" or "writes", in the languages of the clients; compared as whole words. */
const wroteWords =
  'wrote|writes|write|schrieb|schreibt|geschrieben|a écrit|écrit|écrivait|escribió|escribio|escribe|escrigué|va escriure|ha scritto|scrive|scrisse|schreef|geschreven|schrijft|skrev|skriver|' +
  'skrifaði|kirjoitti|kirjoittaa|napisał|napisała|napisał\\(a\\)|pisze|napsal|napsala|napsal\\(a\\)|napsáno|píše|napísal|napísala|napísal\\(a\\)|написал|написала|написал\\(а\\)|пишет|написав|написала|' +
  'написав\\(ла\\)|пише|писал|písal|napisao|napisala|napisao\\/la|je napisal|je napisao|írta|ezt írta|írja|yazdı|yazmış|yazıyor|έγραψε|escreveu|escreve|a scris|scrie|rašė|parašė|rakstīja|kirjutas|' +
  'menulis|đã viết|viết|כתב|כתבה|كتب|كتبت|نوشت'
const wroteMarks = /写道|寫道|写到|さんは書きました|のメッセージ|が書きました|작성|님이 쓴 글|wrote$/u
const wrote = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wroteWords})(?![\\p{L}\\p{N}(])`, 'iu')
const wroteAtEnd = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wroteWords})$`, 'iu')
/** The longest of them, and the character before it. */
const wroteCharactersMax = Math.max(...wroteWords.split('|').map((word) => word.length)) + 1

/** How an attribution begins: with "On" and its like, a weekday or a date. */
const openers =
  'on|at|am|le|el|il|in data|em|no dia|den|d|op|dnia|w dniu|dne|dňa|v|kl|på|þann|στις|в|на|בתאריך|ב|في|بتاريخ|在|于|於|vào|pada|în data|la data|dana'
const weekdays =
  'mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lun|mar|mer|jeu|ven|sam|dim|lunes|martes|miércoles|jueves|viernes|sábado|domingo|' +
  'pon|wt|śr|czw|pt|sob|niedz|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|po|út|st|čt|pá|ne|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|' +
  'понеділок|вівторок|середа|четвер|пʼятниця|субота|неділя|seg|ter|qua|qui|sex|sáb|dom'
const beginsLikeOne = new RegExp(
  `^(?:[-\\s]*)(?:(?:${openers})[\\s.,]|(?:${weekdays})[\\p{L}]*[.,]?\\s|\\d{1,4}[\\s./:-]|\\d+\\. |\\d{4}年)`,
  'iu',
)

const address = /[^\s<>"'()[\]:;,@]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]{1,250}/u
const bracketedAddressAtEnd = /[<[(][^\s<>@]{0,80}[^<>@]{1,64}@[^\s<>@]{1,250}[>\])]{1,2}\s*[:：]?$/u
const time = /(?<!\d)\d{1,2}[:.h]\s?\d{2}(?!\d)|\d{1,2}\s?[AP]M\b|\d{1,2}[点點时時시]/iu
const year = /(?<!\d)(?:19|20)\d{2}(?!\d)/
const shortDate = /(?<!\d)\d{1,2}[./-]\s?\d{1,2}[./-]\s?(?:\d{2}|\d{4})(?!\d)/
const isoDateFirst = /^\d{4}[-/]\d{1,2}[-/]\d{1,2}\b/
const zoneOffset = /\b(?:GMT|UTC)\s?[+-]\d{1,2}/

/**
 * The attribution whose last line is at `last`, or null. The first line is looked for upwards, up to the next blank line: the nearest that begins
 * like one ("On", a weekday, a date), else the nearest from which on it reads as one.
 */
export function attributionEndingAt(lines: readonly string[], last: number, lowest = 0): Attribution | null {
  if (!mayEndAttribution(lines[last] ?? '')) return null
  let text = ''
  let found: Attribution | null = null
  let gaps = 0
  for (let start = last; start >= Math.max(lowest, last - attributionLinesMax); start--) {
    const line = bareLine((lines[start] ?? '').slice(0, attributionCharactersMax * 2))
    if (line === '') {
      // Some clients put the address between blank lines: only then may one stand inside.
      if (++gaps > 1 || !text.startsWith('<')) break
      continue
    }
    text = text === '' ? line : `${line} ${text}`
    if (text.length > attributionCharactersMax) break
    const judged = judge(text)
    if (judged === null) continue
    const begins = beginsLikeOne.test(line) && hasDate(line)
    if (found === null || begins) found = { start, end: last + 1, text, strong: judged.strong }
    if (begins) break
  }
  return found === null || /^[<([]/.test(found.text) ? null : found
}
/** With these no word ends: most lines of a letter need not be looked at more closely. */
const endsSentence: ReadonlySet<string> = new Set('.,;!?')

/** Cheap test on a line's end, so that the rest is seldom run: a colon, "wrote" without one, a bracketed address, a zone. */
export function mayEndAttribution(line: string): boolean {
  const ending = withoutFormat(line.slice(-160)).trim()
  if (ending === '') return false
  const last = ending.at(-1) ?? ''
  if (last === ':' || last === '：') return true
  const bare = last === '-' ? ending.replace(/[\s-]+$/, '') : ending
  return (
    (!endsSentence.has(last) && wroteAtEnd.test(bare.slice(-wroteCharactersMax))) ||
    wroteMarks.test(bare) ||
    ('>])'.includes(last) && address.test(ending)) ||
    (isoDateFirst.test(ending) && zoneOffset.test(ending))
  )
}

function hasDate(words: string): boolean {
  return year.test(words) || shortDate.test(words) || time.test(words)
}

function judge(text: string): { strong: boolean } | null {
  const words = text
    .replace(/^[\s-]+|[\s-]+$/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
  const hasAddress = address.test(words)
  const strong = hasAddress || ((year.test(words) || shortDate.test(words)) && (time.test(words) || zoneOffset.test(words)))
  const ends = /[:：]$/.test(words)
  if (wrote.test(words) || wroteMarks.test(words)) {
    const closes = ends || wroteAtEnd.test(words) || wroteMarks.test(words)
    return closes && (hasAddress || hasDate(words)) ? { strong } : null
  }
  // Without a word for "wrote": a date at the head and an address or a zone at the end.
  if (isoDateFirst.test(words) && (bracketedAddressAtEnd.test(words) || (zoneOffset.test(words) && words.length < 120)))
    return { strong: true }
  return ends && hasDate(words) && bracketedAddressAtEnd.test(words) && beginsLikeOne.test(words) ? { strong: true } : null
}
