/** One line of `leadpost check`. */
import { wordsOf } from '../failure.ts'

export interface CheckLine {
  readonly name: string
  readonly state: 'works' | 'warning' | 'fails'
  readonly words: string
  /** What to do about it, or null. */
  readonly todo: string | null
}

/** Runs one check; what it throws becomes a line. */
export async function checkLine(
  name: string,
  onTrouble: { readonly state: 'warning' | 'fails'; readonly todo: string },
  check: () => Promise<string | Omit<CheckLine, 'name'>>,
): Promise<CheckLine> {
  try {
    const found = await check()
    return typeof found === 'string' ? { name, state: 'works', words: found, todo: null } : { name, ...found }
  } catch (error) {
    return { name, state: onTrouble.state, words: wordsOf(error), todo: onTrouble.todo }
  }
}
