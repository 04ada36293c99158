/** Reads lead numbers, quote numbers and near misses out of a subject, by the grammar of PRODUCT §3. */

/** Longest lead or quote number that is one: a longer run of digits is data of some other kind (and would burden an index key). */
export const leadNumberDigitsMax = 64
/** Distinct number tokens that are looked at in one subject; where there are more, `cut` says so and nothing may be filed by number. */
export const numberTokensMax = 100
/** Distinct near misses that are kept; they only propose, so the rest may go. */
export const nearMissesMax = 20
/** Characters (UTF-16 units) of a subject that are read. */
export const numberedSubjectCharactersMax = 200_000

const nearMissTokenCharactersMax = 200
/** Fewer digits than this, glued to letters, are everyday words (`Q3`, `A4`, `B2B`, `mp3`), not a mistyped number. */
const gluedDigitsMin = 4

/**
 * Invisible format characters (general category Cf: bidi marks, zero-width characters, soft hyphen, BOM, tags). The prepended
 * concatenation marks (Arabic number sign and its like) are of that category as well, but they are seen, so they stay.
 */
const invisibleFormat = /[\p{Cf}--[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]]/gv
const token = /\P{White_Space}+/gu
const leadNumber = /^[0-9]+$/
const quoteNumber = /^([0-9]+)-[1-9][0-9]{0,2}$/
/** `Re[2]:`, `AW[3]`: a mail client counts its replies. */
const replyCounter = /^\p{L}{1,4}[[(][0-9]+[\])]:?$/u
const severalNumbersGlued = /[,;&+]/

/** What a subject says in numbers. Each list is distinct and in the order of the subject. */
export interface SubjectNumbers {
  readonly leadNumbers: readonly string[]
  /** As written, version included: `1024-2`. */
  readonly quoteNumbers: readonly string[]
  /** The bare digits of what looks like a lead number and is none; never one that stands in `leadNumbers` too. */
  readonly nearMisses: readonly string[]
  /** There was more than the limits above let us read: treat it as too many candidates, never as "no other number". */
  readonly cut: boolean
}

/**
 * Reads a decoded, unfolded subject (RFC 2047 and RFC 5322 §2.2.3 are behind us; what was folded between digits is two tokens).
 *
 *     subject      = [token] *( 1*space [token] )    ; after every invisible format character has been taken out
 *     space        = any character with the Unicode property White_Space (TAB, NBSP, U+2009, U+3000, line breaks …)
 *     token        = 1*( any character but space )   ; so start and end of the subject bound a token, as a space does
 *     lead-number  = 1*64DIGIT                       ; the whole token
 *     quote-number = 1*64DIGIT "-" version           ; the whole token
 *     version      = %x31-39 *2DIGIT                 ; 1 … 999, no leading zero: `2026-01` is a month
 *     DIGIT        = %x30-39                         ; ASCII alone: full-width, Arabic or mathematical digits are none
 *     near-miss    = any other token (or piece of it between `,` `;` `&` `+`) with exactly one run of decimal digits of
 *                    whatever script: `11111)`, `#11111`, `Lead:11111`, `11111,`, `[DEMOS`, `#12148]`, full-width `１１１１１`;
 *                    but no reply counter (`Re[2]:`), nor a few digits glued to letters (`Q3`, `A4`)
 *
 * Numbers are strings: `011111` and `11111` are two numbers. Whether a number is one of the tenant's leads is not known here.
 * Total; time and size are linear in the subject, whatever it holds.
 */
export function readSubjectNumbers(subject: string): SubjectNumbers {
  const leadNumbers = new Set<string>()
  const quoteNumbers = new Set<string>()
  const nearMisses = new Set<string>()
  const { text, cut: textCut } = readable(subject)
  let cut = textCut
  for (const [word] of text.matchAll(token)) {
    const numbers = isLeadNumber(word) ? leadNumbers : isQuoteNumber(word) ? quoteNumbers : null
    if (numbers === null) {
      for (const digits of nearMissesOf(word)) if (nearMisses.size < nearMissesMax) nearMisses.add(digits)
    } else if (numbers.has(word)) {
      continue
    } else if (leadNumbers.size + quoteNumbers.size < numberTokensMax) {
      numbers.add(word)
    } else {
      cut = true
      break
    }
  }
  return {
    leadNumbers: [...leadNumbers],
    quoteNumbers: [...quoteNumbers],
    nearMisses: [...nearMisses].filter((digits) => !leadNumbers.has(digits)),
    cut,
  }
}

/** Is the whole of `written` a lead number by the grammar above? What loads or creates leads holds to the same rule. */
export function isLeadNumber(written: string): boolean {
  return written.length <= leadNumberDigitsMax && leadNumber.test(written)
}

/** Is the whole of `written` a quote number with its version (`1024-2`)? */
export function isQuoteNumber(written: string): boolean {
  const number = quoteNumber.exec(written)?.[1]
  return number !== undefined && number.length <= leadNumberDigitsMax
}

/** The quote that a quote number with version belongs to: `1024` for `1024-2`; anything else comes back as it is. */
export function quoteOfVersion(written: string): string {
  return quoteNumber.exec(written)?.[1] ?? written
}

/** Cuts only between tokens, for the half of a token may be a number that nobody wrote. */
function readable(subject: string): { text: string; cut: boolean } {
  const cut = subject.length > numberedSubjectCharactersMax
  const read = cut ? subject.slice(0, numberedSubjectCharactersMax).replace(/(?<!\P{White_Space})\P{White_Space}+$/u, '') : subject
  return { text: read.replace(invisibleFormat, ''), cut }
}

function nearMissesOf(word: string): string[] {
  if (word.length > nearMissTokenCharactersMax || !/\p{Nd}/u.test(word) || replyCounter.test(word)) return []
  return word.split(severalNumbersGlued).flatMap((piece) => {
    const ascii = piece.replace(/\p{Nd}/gu, asciiDigit)
    const runs = ascii.match(/[0-9]+/g) ?? []
    const digits = runs[0]
    if (digits === undefined || runs.length > 1 || digits.length > leadNumberDigitsMax) return []
    const glued = /\p{L}[0-9]|[0-9]\p{L}/u.test(ascii)
    return glued && digits.length < gluedDigitsMin ? [] : [digits]
  })
}

/** Unicode keeps the decimal digits of every script in unbroken runs from zero to nine (The Unicode Standard §4.6). */
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0
  let zero = codePoint
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1
  return String((codePoint - zero) % 10)
}
