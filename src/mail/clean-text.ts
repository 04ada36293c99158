/** Text that every store and reader can take: no U+0000 (Postgres refuses it), no lone surrogate (no UTF-8 has it), bounded; and text as readers show it. */

/** `text` without U+0000 and lone surrogates, of at most `charactersMax` UTF-16 units; no pair is cut in two. */
export function cleanText(text: string, charactersMax: number): string {
  let clean = text.length > charactersMax ? text.slice(0, charactersMax) : text
  if (clean.includes('\u0000')) clean = clean.replaceAll('\u0000', '')
  return clean.isWellFormed() ? clean : clean.replaceAll(/\p{Surrogate}/gu, '')
}

/** `text` with every stretch of white space as one blank, and none around it. A single blank, which most stretches are, is passed over. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[^\S ]\s*| \s+/g, ' ').trim()
}

/** Where format characters stand in Unicode, and hardly any other; quicker to see than what a character's category is. */
const mayBeFormat = /[\xad\u0600-\u08ff\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]/

/** `text` without format characters (Unicode category Cf: bidi marks, zero-width characters, soft hyphens), which readers do not show. */
export function withoutFormat(text: string): string {
  return mayBeFormat.test(text) ? text.replaceAll(/\p{Cf}/gu, '') : text
}
