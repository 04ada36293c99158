/** JSON as Postgres takes it. */

/**
 * JSON that Postgres takes: it refuses U+0000 and halves of surrogate pairs. What mail says is cleaned of them when it is read; this is for
 * what slipped through, for one such character would else stop its mail for ever.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  // Looked for first because it is quick: hardly any mail has an escape of this kind.
  return text.includes('\\u') && unfitEscape.test(text)
    ? text.replaceAll(anyEscape, (escape) => (unfitEscape.test(escape) ? '' : escape))
    : text
}

/** JSON.stringify escapes a surrogate only where it has no other half. */
const unfitEscape = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i
const anyEscape = /\\(?:u[0-9a-f]{4}|.)/gi
