/**
 * Words as search sees them: without case, accents and points, in the languages of our users. An umlaut is found written out as well, and the other way
 * about: ü by "u" and by "ue". Folded here and not by the database, whose idea of letters depends on how it was set up.
 */

/** Of a text; what stands behind is not found. */
export const searchedCharactersMax = 100_000
/** Different words of a mail. */
export const searchedWordsMax = 5_000
/** Longer runs of letters are no words that anybody types. */
const wordCharactersMax = 64
/** Words of a search that count. */
export const askedWordsMax = 8
/** From so many letters on a word finds what begins with it; the last one, which may still be typed, from two on. */
const beginningLettersMin = 3

/** Combining marks of Latin, Greek and Cyrillic; Hebrew points; Arabic vowel signs. */
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g
/** Letters that Unicode does not take apart, and the Hebrew letters that look otherwise at the end of a word. */
const folded: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
  ך: 'כ',
  ם: 'מ',
  ן: 'נ',
  ף: 'פ',
  ץ: 'צ',
}
const foldedLetters = new RegExp(`[${Object.keys(folded).join('')}]`, 'g')
/** Written out, as German and the Nordic languages do where a keyboard has no such key. */
const writtenOut: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' }
const umlauts = /[äöüåø]/g

const word = /[\p{L}\p{N}\p{M}]+/gu
const beforeAt = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u
const afterAt = /^[\p{L}\p{N}.-]+/u
const mailboxCharactersMax = 64
const domainCharactersMax = 190

/** One word that is sought: any of these forms, whole or as a beginning. */
export interface AskedWord {
  readonly forms: readonly string[]
  readonly isBeginning: boolean
}

/** All words of some texts, each once: folded, those with umlauts also written out, and addresses whole. */
export function searchWords(texts: readonly string[]): string[] {
  const words = new Set<string>()
  /** Most words of a text come again: each is folded once. */
  const seen = new Set<string>()
  let left = searchedCharactersMax
  for (const text of texts) {
    const lower = plain(text.slice(0, left))
    left -= Math.min(left, text.length)
    for (const found of addressesIn(lower)) words.add(foldedForm(found))
    for (const [found] of lower.matchAll(word)) {
      if (seen.has(found)) continue
      if (words.size >= searchedWordsMax) return [...words]
      seen.add(found)
      if (found.length <= wordCharactersMax) for (const form of formsOf(found)) words.add(form)
    }
  }
  return [...words]
}

/** The words of a search, all of which must be found. An address, or the beginning of one, is one word. Empty where nothing was asked. */
export function askedWords(written: string): AskedWord[] {
  const asked: AskedWord[] = []
  const parts = plain(written).split(/\s+/)
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1
    if (/^[^@]+@[^@]*$/.test(part)) asked.push({ forms: [foldedForm(part)], isBeginning: true })
    else for (const [found] of part.matchAll(word)) asked.push(askedWord(found, isLast))
  }
  // Points without a letter fold to nothing.
  return asked.filter(({ forms }) => forms.length > 0).slice(0, askedWordsMax)
}

/** Looked for around each "@", which is rare: a pattern for the whole would be tried at every letter. */
function addressesIn(text: string): string[] {
  const found: string[] = []
  for (let at = text.indexOf('@'); at !== -1 && found.length < searchedWordsMax; at = text.indexOf('@', at + 1)) {
    const mailbox = beforeAt.exec(text.slice(Math.max(0, at - mailboxCharactersMax), at))?.[0]
    const domain = afterAt.exec(text.slice(at + 1, at + 1 + domainCharactersMax))?.[0].replace(/[.-]+$/, '')
    if (mailbox !== undefined && domain !== undefined && domain !== '') found.push(`${mailbox}@${domain}`)
  }
  return found
}

function askedWord(found: string, isLast: boolean): AskedWord {
  const forms = formsOf(found.slice(0, wordCharactersMax))
  return { forms, isBeginning: (forms[0] ?? '').length >= (isLast ? 2 : beginningLettersMin) }
}

/** Part of a text, and whether it is a word that was sought. */
interface MarkedPart {
  readonly text: string
  readonly isFound: boolean
}

/** Joined they are the text. One by one, for whoever needs no more than the first. */
export function* markWords(text: string, asked: readonly AskedWord[]): Generator<MarkedPart, void> {
  /** Most words of a text come again. */
  const seen = new Map<string, boolean>()
  let end = 0
  for (const match of text.matchAll(word)) {
    const [found] = match
    let isFound = seen.get(found)
    if (isFound === undefined) {
      isFound = formsOf(plain(found)).some((form) => asked.some((one) => fits(form, one)))
      seen.set(found, isFound)
    }
    if (!isFound) continue
    if (match.index > end) yield { text: text.slice(end, match.index), isFound: false }
    end = match.index + found.length
    yield { text: found, isFound: true }
  }
  if (end < text.length) yield { text: text.slice(end), isFound: false }
}

/** Of an address its words are marked. */
function fits(form: string, { forms, isBeginning }: AskedWord): boolean {
  return forms.some((one) =>
    one.includes('@') ? one.split(/[^\p{L}\p{N}\p{M}]+/u).includes(form) : isBeginning ? form.startsWith(one) : form === one,
  )
}

/** The folded word, and where it has umlauts the one that writes them out. */
function formsOf(lower: string): string[] {
  if (isAscii(lower)) return [lower]
  const form = foldedForm(lower)
  const out = foldedForm(lower.replace(umlauts, (letter) => writtenOut[letter] ?? letter))
  return [form, out].filter((one, at, all) => one !== '' && all.indexOf(one) === at)
}

/** Then there is nothing to fold: no accent, no other form, no mark. */
function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text)
}

function plain(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text
    .replace(/\p{Cf}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .toWellFormed()
}

function foldedForm(lower: string): string {
  return lower
    .normalize('NFKD')
    .replace(marks, '')
    .replace(foldedLetters, (letter) => folded[letter] ?? letter)
    .normalize('NFC')
}
