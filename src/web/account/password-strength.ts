/**
 * A first word on a new password while it is typed, without the dictionaries that the server has: it looks at length, variety and what is known of its owner.
 * The server has the last word (src/accounts/password-rules.ts).
 */

/** As the server's; a test holds them together. */
export const passwordCharactersMin = 10
const strongCharacters = 16
/** Characters that do not follow from the one before. */
const freshMin = 7

const rows = ['1234567890', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', 'abcdefghijklmnopqrstuvwxyz']
/** What everybody tries first, in the languages of the page. */
const common = new Set(
  'password passwort haslo lösenord sisma qwerty qwertz asdfgh letmein welcome willkommen witaj valkommen admin administrator leadpost iloveyou ichliebedich kochamcie sommer summer winter fruhling frühling herbst monkey dragon football fussball fußball baseball master sunshine princess shadow superman batman schatz geheim hallo hello changeme secret test testing login polska deutschland israel sverige'.split(
    ' ',
  ),
)

export type Strength = 'empty' | 'short' | 'common' | 'personal' | 'simple' | 'fair' | 'strong'

/** @param about what others know of its owner: name, address, company. */
export function strengthOf(password: string, about: readonly string[]): Strength {
  if (password === '') return 'empty'
  const characters = Array.from(password.normalize('NFKC').toLowerCase())
  if (characters.length < passwordCharactersMin) return 'short'
  const text = characters.join('')
  if (common.has(text.replaceAll(/[^\p{L}]/gu, ''))) return 'common'
  if (lettersBeside(text, about) < 6) return 'personal'
  const fresh = characters.filter((character, index) => index === 0 || !follows(characters[index - 1] ?? '', character)).length
  if (fresh < freshMin || new Set(characters).size < freshMin - 1) return 'simple'
  return characters.length >= strongCharacters ? 'strong' : 'fair'
}

function follows(before: string, character: string): boolean {
  if (before === character) return true
  return rows.some((row) => {
    const at = row.indexOf(before)
    return at >= 0 && (row[at + 1] === character || row[at - 1] === character)
  })
}

function lettersBeside(text: string, about: readonly string[]): number {
  const known = about.flatMap((each) => [each, ...each.split(/[^\p{L}\p{N}]+/u)]).filter((part) => part.length > 2)
  const rest = known.toSorted((a, b) => b.length - a.length).reduce((left, part) => left.replaceAll(part.toLowerCase(), ''), text)
  return rest === text ? Number.POSITIVE_INFINITY : rest.replaceAll(/[^\p{L}]/gu, '').length
}
