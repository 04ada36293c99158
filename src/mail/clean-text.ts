/** Text that every store and reader can take: no U+0000 (Postgres refuses it), no lone surrogate (no UTF-8 has it), bounded. */

/** `text` without U+0000 and lone surrogates, of at most `charactersMax` UTF-16 units; no pair is cut in two. */
export function cleanText(text: string, charactersMax: number): string {
  let clean = text.length > charactersMax ? text.slice(0, charactersMax) : text
  if (clean.includes('\u0000')) clean = clean.replaceAll('\u0000', '')
  return clean.isWellFormed() ? clean : clean.replaceAll(/\p{Surrogate}/gu, '')
}
