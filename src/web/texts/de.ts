import { en } from './en.ts'
import type { Texts } from './language.ts'

export const de: Texts = en
