/** Which new passwords are good enough: long, not among those that everybody guesses first, and not made of what is known about their owner. */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { type Fault, faultOf, PermanentFailure } from '../failure.ts'
import { passwordCharactersMax, passwordCharactersMin } from './passwords.ts'

/** Guesses that a password must outlast, as a power of ten: more than somebody who is throttled makes in centuries. */
const guessesLog10Min = 8
/** What is looked at: a longer password is as good as its beginning, and looking takes longer with each character. */
const examinedCharactersMax = 64

interface Weakness {
  readonly words: string
  readonly fault: Fault
}

/** Besides a name, an address or a company a password has at least so many letters. */
const lettersBesideMin = 6
const madeOfKnown: Weakness = {
  words: 'This password is made of a name, an address or a company that others know. Take something that has nothing to do with you.',
  fault: faultOf('passwordOfKnown'),
}

/** The dictionaries take some 40 MB once they are read, so only who needs them reads them. */
let examiner: Promise<ZxcvbnFactory> | undefined

async function openExaminer(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
}

/** `inputInvalid`, told apart from what else may be wrong with the input. */
export class WeakPassword extends PermanentFailure {
  constructor({ words, fault }: Weakness) {
    super('inputInvalid', words, { fault })
    this.name = 'WeakPassword'
  }
}

/**
 * @param about what others know of its owner: name, address, company.
 * @throws WeakPassword, with words that say what to do.
 */
export async function checkNewPassword(password: string, about: readonly string[]): Promise<void> {
  const weakness = await weaknessOf(password, about)
  if (weakness !== null) throw new WeakPassword(weakness)
}

async function weaknessOf(password: string, about: readonly string[]): Promise<Weakness | null> {
  const { length } = Array.from(password)
  if (length < passwordCharactersMin)
    return {
      words: `A password has at least ${String(passwordCharactersMin)} characters; this one has ${String(length)}. Three or four words that do not belong together are easy to remember.`,
      fault: faultOf('valueTooShort', { min: passwordCharactersMin }),
    }
  if (password.length > passwordCharactersMax)
    return {
      words: `A password has at most ${String(passwordCharactersMax)} characters.`,
      fault: faultOf('valueTooLong', { max: passwordCharactersMax }),
    }
  const known = partsOf(about)
  if (lettersBeside(password, known) < lettersBesideMin) return madeOfKnown
  examiner ??= openExaminer()
  const examined = password.slice(0, examinedCharactersMax)
  const { guessesLog10, sequence } = (await examiner).check(examined, known)
  // A common word does not become another by a year and an exclamation mark.
  const bare = (await examiner).check(examined.replace(/[^\p{L}]/gu, '')).sequence
  const isCommonWord = bare.length === 1 && isFrom(bare, 'passwords-common')
  if (guessesLog10 >= guessesLog10Min && !isCommonWord) return null
  if (isFrom(sequence, 'userInputs')) return madeOfKnown
  if (isCommonWord || isFrom(sequence, 'passwords-common'))
    return {
      words:
        'This password is one of those that are guessed first: it is known from breaches elsewhere. Take three or four words that do not belong together.',
      fault: faultOf('passwordCommon'),
    }
  return {
    words: 'This password is easy to guess: repetitions, rows of keys, dates. Take three or four words that do not belong together.',
    fault: faultOf('passwordSimple'),
  }
}

function isFrom(sequence: readonly object[], dictionary: string): boolean {
  return sequence.some((match) => 'dictionaryName' in match && match.dictionaryName === dictionary)
}

/** Letters that are left once everything known is taken out, and none where nothing known is in it. */
function lettersBeside(password: string, known: readonly string[]): number {
  const written = password.normalize('NFKC').toLowerCase()
  const rest = known.toSorted((a, b) => b.length - a.length).reduce((text, part) => text.replaceAll(part.toLowerCase(), ''), written)
  return rest === written ? Number.POSITIVE_INFINITY : rest.replace(/[^\p{L}]/gu, '').length
}

/** Whole and in their parts: `anna.arndt@xyz.example` is also anna, arndt, xyz. */
function partsOf(about: readonly string[]): string[] {
  const parts = about.flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set([...parts, 'leadpost'])].filter((part) => part.length > 2)
}
