/** The subject as a reader sees it, on one line (RFC 5322 §3.6.5, 2047). Nothing here may ever make a number token that was not sent. */
import { decodeEncodedWords } from './encoded-word.ts'
import { fieldBodies, unfolded } from './header.ts'
import type { Defect, HeaderLine } from './message.ts'

export const subjectCharactersMax = 2_000
/** Before decoding: encoded words take up to twelve characters for one. */
const encodedSubjectCharactersMax = subjectCharactersMax * 12

/** Subject fields of one header that are read; RFC 5322 §3.6 allows one. */
export const subjectFieldsMax = 10

export interface Subjects {
  /** The first, as a reader sees it. */
  readonly subject: string
  /** Those after it: which of them a mail client shows is its own choice (hazard 10), so what they say counts as well. */
  readonly furtherSubjects: readonly string[]
  /** `subjectTooLong` where something of them was left out. */
  readonly defects: Defect[]
}

/**
 * Every Subject field, decoded and unfolded, without line breaks, each at most `subjectCharactersMax` long; '' where there is none. Folds and
 * line breaks become single spaces, since white space bounds a number token (PRODUCT §3). Other control characters become U+FFFD and a subject that is too long
 * is cut after a whole word: leaving out a character or half a token would make another number of it.
 */
export function readSubjects(lines: readonly HeaderLine[]): Subjects {
  const defects: Defect[] = []
  const fields = fieldBodies(lines, 'subject')
  if (fields.length > 1) defects.push({ code: 'repeatedSubject', detail: `${fields.length} Subject fields` })
  const read = fields.slice(0, subjectFieldsMax).map(readOne)
  if (read.some(({ undecodable }) => undecodable)) {
    defects.push({ code: 'undecodableSubject', detail: 'octets do not fit the charset that is named' })
  }
  if (fields.length > subjectFieldsMax || read.some(({ cut }) => cut)) {
    defects.push({
      code: 'subjectTooLong',
      detail: `more than ${subjectCharactersMax} characters, or more than ${subjectFieldsMax} fields`,
    })
  }
  const [subject = '', ...furtherSubjects] = read.map(({ text }) => text)
  return { subject, furtherSubjects, defects }
}

function readOne(field: string): { text: string; cut: boolean; undecodable: boolean } {
  const encoded = unfolded(field)
  const isCut = encoded.length > encodedSubjectCharactersMax
  const decoded = decodeEncodedWords(isCut ? wholeWords(encoded.slice(0, encodedSubjectCharactersMax)) : encoded)
  const line = decoded.text
    .toWellFormed()
    .replaceAll(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .trim()
  const isLong = line.length > subjectCharactersMax
  // Cut once more where it was cut before decoding: the encoded word after the last may have gone on with the number.
  const text = isCut || isLong ? wholeWords(line.slice(0, subjectCharactersMax)) : line
  return { text, cut: isCut || isLong, undecodable: decoded.undecodable }
}

/** Without the last token, which may be half of one. */
function wholeWords(text: string): string {
  let end = text.length
  while (end > 0 && !/\p{White_Space}/u.test(text.charAt(end - 1))) end--
  return text.slice(0, end).trim()
}
