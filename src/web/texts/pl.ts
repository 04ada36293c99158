import { en } from './en.ts'
import type { Texts } from './language.ts'

export const pl: Texts = en
