/**
 * Numbers in what a forwarder wrote above a mail (PRODUCT §3, Forwards). A subject is short and written on purpose; a few lines of text hold telephone numbers,
 * postcodes and prices as well, so that a number counts here only where it is plainly meant as a lead's. Every other one proposes.
 */
import { isLeadNumber, isQuoteNumber, readSubjectNumbers } from './lead-number.ts'

export interface ForwarderNumbers {
  readonly leadNumbers: readonly string[]
  /** As written, version included. */
  readonly quoteNumbers: readonly string[]
  /** Bare digits and quote numbers that only propose; none of those above. */
  readonly others: readonly string[]
}

/** Characters of the forwarder's words that are read, and different numbers in them that are looked at. */
export const forwarderCharactersMax = 4_000
const numbersMax = 20
/** Fewer at the end of a line are a house's number. */
const lastDigitsMin = 4

/** `Lead`, `XYZ-Lead`, `Leads`, `Leadu`, `Quote`, `Angebot` …: the word before the number says what it is. */
const namesLead = /^[\p{L}\p{N}&.-]*(?:lead\p{L}{0,3}|quote|angebot|oferta|oferty|offerte|devis|ליד|הצעה):?$/iu
/** `Lead no. 11111`. */
const saysNumber = /^(?:nr|no|num|number|nummer|numer|numero|número|מספר)[.:]?$/iu
/** What else a number may be that ends a line. */
const namesOtherThing =
  /(?:^|[^\p{L}])(?:tel|telefon|fon|phone|ph|fax|mobile?|mobil|handy|durchwahl|dw|ext|plz|zip|postfach|box|nr|no|um|at|o|am|on|seit|since|bis|until|ca|about|eur|usd|pln|ils|€|\$)[.:]?$/iu

/**
 * `words` is what stands above the original, without a signature. A token of digits bounded by spaces counts where the word before it says that it is a lead or a
 * quote, where it is the whole of a line, or where it ends the first line with words and no other digit stands in that line.
 */
export function readForwarderNumbers(words: string): ForwarderNumbers {
  const counted = new Set<string>()
  const seen = new Set<string>()
  let isFirst = true
  for (const line of words.slice(0, forwarderCharactersMax).split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue
    const { leadNumbers, quoteNumbers } = readSubjectNumbers(line)
    const tokens = line
      .replaceAll(/\p{Cf}/gu, '')
      .split(/\p{White_Space}+/u)
      .filter((token) => token !== '')
    for (const number of [...leadNumbers, ...quoteNumbers]) {
      if (seen.size >= numbersMax) break
      seen.add(number)
      if (isMeant(number, tokens, isFirst)) counted.add(number)
    }
    isFirst = false
  }
  return {
    leadNumbers: [...counted].filter(isLeadNumber),
    quoteNumbers: [...counted].filter(isQuoteNumber),
    others: [...seen].filter((number) => !counted.has(number)),
  }
}

function isMeant(number: string, tokens: readonly string[], isFirstLine: boolean): boolean {
  const at = tokens.indexOf(number)
  const before = tokens[at - 1] ?? ''
  if (namesLead.test(saysNumber.test(before) ? (tokens[at - 2] ?? '') : before)) return true
  if (tokens.length === 1) return isFirstLine
  const isLast = at === tokens.length - 1
  const isOnly = tokens.every((token, index) => index === at || !/\p{N}/u.test(token))
  return (
    isFirstLine &&
    isLast &&
    isOnly &&
    number.length >= lastDigitsMin &&
    /^[\p{L}\p{M}'’-]+:?$/u.test(before) &&
    !namesOtherThing.test(before)
  )
}
