/** The subject as a reader sees it, on one line (RFC 5322 §3.6.5, 2047). Nothing here may ever make a number token that was not sent. */
import { decodeEncodedWords } from './encoded-word.ts'
import { fieldBodies, unfolded } from './header.ts'
import type { Defect, HeaderLine } from './message.ts'

export const subjectCharactersMax = 2_000
/** Before decoding: encoded words take up to twelve characters for one. */
const encodedSubjectCharactersMax = subjectCharactersMax * 12

/**
 * The first Subject field, decoded and unfolded, without line breaks, at most `subjectCharactersMax` long; '' where there is none. Folds and
 * line breaks become single spaces, since white space bounds a number token (PRODUCT §3). Other control characters become U+FFFD and a subject that is too long
 * is cut after a whole word: leaving out a character or half a token would make another number of it.
 */
export function readSubject(lines: readonly HeaderLine[]): { subject: string; defects: Defect[] } {
  const defects: Defect[] = []
  const fields = fieldBodies(lines, 'subject')
  const first = fields[0]
  if (first === undefined) return { subject: '', defects }
  if (fields.length > 1) defects.push({ code: 'repeatedSubject', detail: `${fields.length} Subject fields` })
  const encoded = unfolded(first)
  const isCut = encoded.length > encodedSubjectCharactersMax
  const decoded = decodeEncodedWords(isCut ? wholeWords(encoded.slice(0, encodedSubjectCharactersMax)) : encoded)
  if (decoded.undecodable) defects.push({ code: 'undecodableSubject', detail: 'octets do not fit the charset that is named' })
  const line = decoded.text
    .toWellFormed()
    .replaceAll(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replaceAll(/\p{Cc}/gu, '\ufffd')
    .trim()
  const subject = isCut || line.length > subjectCharactersMax ? wholeWords(line.slice(0, subjectCharactersMax)) : line
  return { subject, defects }
}

/** Without the last token, which may be half of one. */
function wholeWords(text: string): string {
  let end = text.length
  while (end > 0 && !/\p{White_Space}/u.test(text.charAt(end - 1))) end--
  return text.slice(0, end).trim()
}
