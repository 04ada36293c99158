/** Folds lead names and subjects into the same form, so that a name can be found in a subject as whole words (PRODUCT §3). */

/** Words of a name that can be found in a subject; a longer name is never found by its name. */
export const leadNameWordsMax = 12
/** A subject of more words than this is not searched for names at all: half a search could miss the second name and make one lead of two. */
export const namedSubjectWordsMax = 60
/** Characters of a folded name that are kept (a B-tree key ends at 2,704 bytes). */
export const leadNameKeyCharactersMax = 400
/** Shorter than the limit above, so that a name that was cut can never be found by what is left of it. */
const phraseCharactersMax = 300
const foldedCharactersMax = 4_000

/** Latin letters that Unicode does not take apart into a base letter and a mark. */
const undividedLetters: Readonly<Record<string, string>> = {
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
}

/**
 * The form under which a lead's name is stored and sought: without case, accents and invisible characters, its words joined by one
 * space. `''` for a name without a letter or digit; nothing finds that.
 */
export function leadNameKey(name: string): string {
  return foldedWords(name).join(' ').slice(0, leadNameKeyCharactersMax).toWellFormed()
}

/**
 * Every run of whole words of a subject in folded form, up to `leadNameWordsMax` words each, distinct: a lead whose `leadNameKey` is
 * among them is named in the subject. Empty where the subject has more than `namedSubjectWordsMax` words.
 */
export function leadNamePhrases(subject: string): string[] {
  if (subject.length > foldedCharactersMax) return []
  const words = foldedWords(subject)
  if (words.length > namedSubjectWordsMax) return []
  const phrases = new Set<string>()
  for (const first of words.keys()) {
    let phrase = ''
    for (const word of words.slice(first, first + leadNameWordsMax)) {
      phrase = phrase === '' ? word : `${phrase} ${word}`
      if (phrase.length > phraseCharactersMax) break
      phrases.add(phrase)
    }
  }
  return [...phrases]
}

/**
 * The words of a text without case, accents and invisible characters, in their order; of the first 4,000 characters.
 * Only the combining marks of Latin, Greek and Cyrillic (U+0300 to U+036F) are accents; the vowel signs of other scripts make
 * different words and stay.
 */
export function foldedWords(written: string): string[] {
  const folded = written
    .slice(0, foldedCharactersMax)
    .replace(/\p{Cf}/gu, '')
    .normalize('NFKD')
    .replace(/[\u0300-\u036F]/g, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþħıς]/g, (letter) => undividedLetters[letter] ?? letter)
    .normalize('NFC')
  return folded.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
}
