/** First letters of a name, for a mark as small as two letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = initialOf(words[0] ?? '') ?? '?'
  const last = words.length > 1 ? (initialOf(words.at(-1) ?? '') ?? '') : ''
  return (first + last).toUpperCase()
}

function initialOf(word: string): string | undefined {
  const point = word.codePointAt(0)
  return point === undefined ? undefined : String.fromCodePoint(point)
}
